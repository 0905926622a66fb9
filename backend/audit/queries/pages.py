"""Pages of the audit log, and the names of what its lines are about. The tenant comes first everywhere."""

from collections.abc import Collection
from typing import Literal, NamedTuple

from sqlalchemy import ColumnElement, Connection, Table, and_, cast, func, literal, or_, select
from sqlalchemy.types import String

from backend.audit.rules import REFERENCES, Line, split_reference
from backend.db.rows import columns_of, fetch_all
from backend.db.tables import audit, booking_items, bookings, people, rooms, services, specialists

# How many lines a search by what they are about looks at; the next page goes on below.
WINDOW = 20_000
# What a line is about and has a name of its own.
NamedKind = Literal["person", "specialist", "service", "room"]
_NAMED: dict[NamedKind, Table] = {"person": people, "specialist": specialists, "service": services, "room": rooms}


class BookingName(NamedTuple):
    """A booking by its client and its start; `name` is None while nobody has taken it over."""

    id: int
    name: str | None
    starts_at: int


class _Name(NamedTuple):
    id: int
    name: str


def list_entries(
    conn: Connection, tenant_id: int, before: int | None, limit: int, about: str | None = None
) -> tuple[list[Line], int]:
    """Return the newest lines first, below the number `before` if it is given, and the number down to which was looked.

    `about` (`person:5`, `service:2`): only what concerns them, among the next `WINDOW` lines."""
    statement = select(*columns_of(Line, audit)).where(audit.c.tenant_id == tenant_id)
    if before is None:
        newest = select(func.max(audit.c.seq)).where(audit.c.tenant_id == tenant_id)
        before = (conn.execute(newest).scalar() or 0) + 1
    last = 0 if about is None else max(0, before - 1 - WINDOW)
    statement = statement.where(audit.c.seq < before, audit.c.seq > last)
    if about is not None:
        statement = statement.where(_concerns(tenant_id, about))
    return fetch_all(conn, Line, statement.order_by(audit.c.seq.desc()).limit(limit)), last


def _concerns(tenant_id: int, about: str) -> ColumnElement[bool]:
    """Return the condition of lines that somebody wrote or that are about them, their bookings or, in the detail, them."""
    kind, wanted = split_reference(about)
    conditions: list[ColumnElement[bool]] = [audit.c.object == about, audit.c.actor == about]
    if wanted is None:
        return or_(*conditions)
    for name in (name for name, of_kind in REFERENCES.items() if of_kind == kind):
        # alone, or the first or second of a pair: keys are in order, and behind this one no pair holds numbers
        conditions += [
            audit.c.detail.like(f'%"{name}":{value}%')
            for value in (f"{wanted},", f"{wanted}}}", f"[{wanted},", f"[%,{wanted}]")
        ]
    if kind == "person":
        own = select(_reference("booking", bookings.c.id))
        conditions.append(
            audit.c.object.in_(own.where(bookings.c.tenant_id == tenant_id, bookings.c.client_id == wanted))
        )
    elif kind == "specialist":
        items, them = booking_items.c, specialists.c
        own = select(_reference("booking", items.booking_id))
        conditions.append(audit.c.object.in_(own.where(items.tenant_id == tenant_id, items.specialist_id == wanted)))
        account = select(_reference("person", them.person_id))
        conditions.append(audit.c.actor.in_(account.where(them.tenant_id == tenant_id, them.id == wanted)))
    return or_(*conditions)


def _reference(kind: str, number: ColumnElement[int]) -> ColumnElement[str]:
    return literal(f"{kind}:", String) + cast(number, String)


def load_booking_names(conn: Connection, tenant_id: int, ids: Collection[int]) -> dict[int, BookingName]:
    """Return whose bookings these are and when they begin, by id."""
    if not ids:
        return {}
    client = and_(people.c.tenant_id == bookings.c.tenant_id, people.c.id == bookings.c.client_id)
    statement = select(bookings.c.id, people.c.name, bookings.c.starts_at).outerjoin(people, client)
    own = statement.where(bookings.c.tenant_id == tenant_id, bookings.c.id.in_(sorted(ids)))
    return {row.id: row for row in fetch_all(conn, BookingName, own)}


def load_names_of(conn: Connection, tenant_id: int, kind: NamedKind, ids: Collection[int]) -> dict[int, str]:
    """Return the names of things of a kind by id, also of those that were removed; nobody who was erased has one."""
    if not ids:
        return {}
    table = _NAMED[kind]
    statement = select(table.c.id, table.c.name).where(table.c.tenant_id == tenant_id, table.c.id.in_(sorted(ids)))
    return {row.id: row.name for row in fetch_all(conn, _Name, statement)}
