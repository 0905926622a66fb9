"""The log as people read it: names are looked up when it is shown, so that nobody who was erased has one."""

from collections.abc import Iterable, Sequence

import msgspec

from backend import clock
from backend.audit.queries.pages import BookingName, NamedKind, load_booking_names, load_names_of
from backend.audit.rules import REFERENCES, Line, split_reference
from backend.contract.audit import AuditEntry, AuditPage
from backend.transactions import UnitOfWork

_NAMED: tuple[NamedKind, ...] = ("person", "specialist", "service", "room")


def render_page(unit: UnitOfWork, lines: Sequence[Line], following: int | None, about: str = "") -> AuditPage:
    """Return the lines with the names of everybody and everything in them, and of what the page is about."""
    entries = [(line, msgspec.json.decode(line.detail, type=dict[str, object])) for line in lines]
    wanted: dict[str, set[int]] = {}
    mentioned = ((line.actor, line.object, *_references(detail)) for line, detail in entries)
    for reference in {about, *(each for references in mentioned for each in references)}:
        kind, number = split_reference(reference)
        if number is not None:
            wanted.setdefault(kind, set()).add(number)
    names = {
        f"{kind}:{number}": name
        for kind in _NAMED
        for number, name in load_names_of(unit.conn, unit.tenant_id, kind, wanted.get(kind, ())).items()
    }
    bookings = load_booking_names(unit.conn, unit.tenant_id, wanted.get("booking", ()))
    return AuditPage(
        items=[
            AuditEntry(
                seq=line.seq,
                at=clock.format_utc(line.at),
                actor=line.actor,
                action=line.action,
                object=line.object,
                detail=detail,
                request_id=line.request_id,
                actor_name=names.get(line.actor),
            )
            for line, detail in entries
        ],
        next=None if following is None else str(following),
        names=names | {f"booking:{each.id}": each.name or "" for each in bookings.values()},
        starts=_starts(bookings.values()),
    )


def _starts(bookings: Iterable[BookingName]) -> dict[str, str]:
    return {f"booking:{each.id}": clock.format_utc(each.starts_at) for each in bookings}


def _references(detail: dict[str, object]) -> list[str]:
    """Return what a line's detail refers to; before and after stand as a pair."""
    found = []
    for key, kind in REFERENCES.items():
        value = detail.get(key)
        found += [f"{kind}:{each}" for each in (value if isinstance(value, list) else [value])]
    return found
