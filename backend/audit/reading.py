"""The log as people read it: names are looked up when it is shown, so that nobody who was erased has one."""

from collections.abc import Iterable, Sequence

import msgspec

from backend import clock
from backend.audit.queries import BookingName, NamedKind, load_booking_names, load_names_of
from backend.audit.rules import Line
from backend.contract.audit import AuditEntry, AuditPage
from backend.transactions import UnitOfWork

_NAMED: tuple[NamedKind, ...] = ("person", "specialist", "service", "room")
# Ids in a line's detail, and of what they are.
_IDS = {"specialist_id": "specialist", "invited_by": "person", "walk_in": "person", "booking": "booking"}


def render_page(unit: UnitOfWork, lines: Sequence[Line], following: int | None) -> AuditPage:
    """Return the lines with the names of everybody and everything in them."""
    entries = [(line, msgspec.json.decode(line.detail, type=dict[str, object])) for line in lines]
    wanted: dict[str, set[int]] = {}
    for line, detail in entries:
        for kind, number in (*_ids_in((line.actor, line.object)), *_ids_in(_references(detail))):
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


def _ids_in(references: Iterable[str]) -> list[tuple[str, int]]:
    """Return the kind and the number of what has one."""
    parts = [reference.partition(":") for reference in references]
    return [(kind, int(number)) for kind, _, number in parts if number.isdecimal() and number.isascii()]


def _references(detail: dict[str, object]) -> list[str]:
    """Return what a line's detail refers to; before and after stand as a pair."""
    found = []
    for key, kind in _IDS.items():
        value = detail.get(key)
        found += [f"{kind}:{each}" for each in (value if isinstance(value, list) else [value])]
    return found
