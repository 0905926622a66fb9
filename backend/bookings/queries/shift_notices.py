"""Messages about many bookings that begin at other instants: taken back, written anew, brought to another zone."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, and_, bindparam, literal, or_, select, union, update

from backend.bookings.queries.wall_times import chunks_of
from backend.contract.notices import Kind
from backend.contract.people import Role
from backend.db.compiled import CompiledStatement
from backend.db.rows import fetch_all
from backend.db.tables import booking_items, bookings, outbox, people, specialists
from backend.outbox.queries import IS_OPEN, open_tenant_id

_O, _B, _I, _P = outbox.c, bookings.c, booking_items.c, people.c


class OpenNotice(NamedTuple):
    """A message about a booking that has not been sent; `starts_at` is the booking's start."""

    id: int
    booking_id: int
    kind: Kind
    previous_start: int | None
    due_at: int
    expires_at: int | None
    starts_at: int


class ReadyNotice(NamedTuple):
    """When a message is due and is not worth sending any more, and the start that it says there was before."""

    id: int
    due_at: int
    expires_at: int | None
    previous_start: int | None


class SentReminder(NamedTuple):
    """A reminder that was sent for a booking while it began at `expires_at`."""

    booking_id: int
    lead_min: int | None
    expires_at: int | None


class ConcernedPerson(NamedTuple):
    """Somebody with a Telegram account whom a booking concerns."""

    booking_id: int
    id: int
    role: Role
    unreachable_at: int | None


_SET_READY = CompiledStatement(
    update(outbox)
    .where(_O.id == bindparam("notice"), IS_OPEN)
    .values(due_at=bindparam("due"), expires_at=bindparam("expires"), previous_start=bindparam("previous"))
)
_KEEP_SENT = CompiledStatement(
    update(outbox)
    .where(
        _O.tenant_id == bindparam("tenant"),
        _O.booking_id == bindparam("booking"),
        _O.kind == "reminder",
        _O.expires_at == bindparam("before"),
        or_(_O.status == "sent", _O.message_id.is_not(None)),
    )
    .values(expires_at=bindparam("after"))
)


def list_open_notices(conn: Connection, tenant_id: int, booking_ids: Collection[int]) -> list[OpenNotice]:
    """Return what has not been sent about these bookings, but for reminders, whose time is their own."""
    statement = (
        select(_O.id, _O.booking_id, _O.kind, _O.previous_start, _O.due_at, _O.expires_at, _B.starts_at)
        .join(bookings, and_(_B.tenant_id == _O.tenant_id, _B.id == _O.booking_id))
        .where(open_tenant_id == tenant_id, IS_OPEN, _O.kind.not_in(("reminder", "approval_reminder")))
    )
    return [row for row in fetch_all(conn, OpenNotice, statement) if row.booking_id in booking_ids]


def change_open_notices(conn: Connection, notices: Sequence[ReadyNotice]) -> None:
    """Change messages that have not been sent."""
    if notices:
        rows = [
            {
                "notice": each.id,
                "due": each.due_at,
                "expires": each.expires_at,
                "previous": each.previous_start,
            }
            for each in notices
        ]
        _SET_READY.run_many(conn, rows)


def drop_open_reminders(conn: Connection, tenant_id: int, booking_ids: Sequence[int], now: int) -> None:
    """Drop the reminders of these bookings that have not been sent."""
    _drop(conn, tenant_id, booking_ids, "reminder", 0, now)


def drop_moves(conn: Connection, tenant_id: int, booking_ids: Sequence[int], since: int, now: int) -> set[int]:
    """Drop what has been written since then of moves and has not been sent; return the bookings of which there was some."""
    return _drop(conn, tenant_id, booking_ids, "moved", since, now)


def _drop(conn: Connection, tenant_id: int, booking_ids: Sequence[int], kind: str, since: int, now: int) -> set[int]:
    dropped: set[int] = set()
    for ids in chunks_of(booking_ids):
        waits = (_O.booking_id.in_(ids), _O.kind == kind, _O.created_at >= since, _O.message_id.is_(None), IS_OPEN)
        statement = update(outbox).where(_O.tenant_id == tenant_id, *waits).values(status="dropped", done_at=now)
        dropped.update(conn.execute(statement.returning(_O.booking_id)).scalars())
    return dropped


def list_sent_reminders(conn: Connection, tenant_id: int, booking_ids: Sequence[int]) -> set[SentReminder]:
    """Return the reminders of these bookings that were sent, be they due once more to be edited."""
    was_sent = or_(_O.status == "sent", _O.message_id.is_not(None))
    statement = select(_O.booking_id, _O.lead_min, _O.expires_at).where(
        _O.tenant_id == tenant_id, _O.kind == "reminder", was_sent
    )
    return {
        row
        for ids in chunks_of(booking_ids)
        for row in fetch_all(conn, SentReminder, statement.where(_O.booking_id.in_(ids)))
    }


def keep_reminders_sent(conn: Connection, tenant_id: int, starts: Mapping[int, tuple[int, int]]) -> None:
    """Let the reminders that were sent of bookings be of their new starts; `starts` are those before and now, by id."""
    if starts:
        rows = [
            {"tenant": tenant_id, "booking": booking_id, "before": before, "after": after}
            for booking_id, (before, after) in starts.items()
        ]
        _KEEP_SENT.run_many(conn, rows)


def list_concerned(conn: Connection, tenant_id: int, booking_ids: Sequence[int]) -> list[ConcernedPerson]:
    """Return the clients and the specialists of these bookings who have a Telegram account."""
    return [row for ids in chunks_of(booking_ids) for row in _list_concerned(conn, tenant_id, ids)]


def _list_concerned(conn: Connection, tenant_id: int, booking_ids: Sequence[int]) -> list[ConcernedPerson]:
    concerned = union(
        select(_B.id.label("booking_id"), _B.client_id.label("person_id"), literal("client").label("role")).where(
            _B.tenant_id == tenant_id, _B.id.in_(booking_ids)
        ),
        select(_I.booking_id, specialists.c.person_id, literal("specialist"))
        .join(specialists, and_(specialists.c.tenant_id == _I.tenant_id, specialists.c.id == _I.specialist_id))
        .where(_I.tenant_id == tenant_id, _I.booking_id.in_(booking_ids)),
    ).subquery()
    statement = (
        select(concerned.c.booking_id, _P.id, concerned.c.role, _P.unreachable_at)
        .join(people, _P.id == concerned.c.person_id)
        .where(_P.tenant_id == tenant_id, _P.tg_id.is_not(None))
        .order_by(concerned.c.booking_id, concerned.c.role, _P.id)
    )
    return fetch_all(conn, ConcernedPerson, statement)
