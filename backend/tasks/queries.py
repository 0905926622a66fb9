"""Open tasks with their bookings, and what has been sent about them."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, exists, func, literal, or_, select, update

from backend.bookings.queries.loading import Viewer, is_done_by
from backend.bookings.queries.tasks import IS_OPEN
from backend.contract.schedule import Cause
from backend.db.compiled import CompiledQuery, insert_row
from backend.db.rows import fetch_all
from backend.db.tables import booking_history, bookings, outbox, specialists, tasks
from backend.outbox.rules import NoticeStatus

_B, _O, _S, _T = bookings.c, outbox.c, specialists.c, tasks.c


class TaskRow(NamedTuple):
    """A row of `tasks` with the name of the specialist whose calendar it is about."""

    id: int
    booking_id: int
    cause: Cause
    specialist_id: int | None
    specialist_name: str | None
    opened_at: int
    ask_again_at: int | None
    warn_at: int | None


class Sending(NamedTuple):
    """How far a message about a task is."""

    booking_id: int
    status: NoticeStatus
    was_sent: bool


_TASK = select(
    _T.id,
    _T.booking_id,
    _T.cause,
    _T.specialist_id,
    _S.name.label("specialist_name"),
    _T.opened_at,
    _T.ask_again_at,
    _T.warn_at,
).outerjoin(specialists, and_(_S.tenant_id == _T.tenant_id, _S.id == _T.specialist_id))
_OF_BOOKING = CompiledQuery(
    TaskRow, _TASK.where(_T.tenant_id == bindparam("tenant"), _T.booking_id == bindparam("booking"), IS_OPEN)
)


def insert_task(conn: Connection, tenant_id: int, values: Mapping[str, object]) -> None:
    """Open a task."""
    insert_row(conn, tasks, {"tenant_id": tenant_id, **values})


def update_task(conn: Connection, tenant_id: int, task_id: int, values: Mapping[str, object]) -> None:
    """Change a task."""
    conn.execute(update(tasks).where(_T.tenant_id == tenant_id, _T.id == task_id).values(dict(values)))


def find_task(conn: Connection, tenant_id: int, booking_id: int) -> TaskRow | None:
    """Return the open task of a booking, or None."""
    return _OF_BOOKING.first(conn, tenant=tenant_id, booking=booking_id)


def _open_tasks(tenant_id: int) -> Select[int, int, Cause, int | None, str | None, int, int | None, int | None]:
    return _TASK.join(bookings, and_(_B.tenant_id == _T.tenant_id, _B.id == _T.booking_id)).where(
        _T.tenant_id == tenant_id, IS_OPEN
    )


def list_tasks(conn: Connection, tenant_id: int, viewer: Viewer | None, limit: int) -> list[TaskRow]:
    """Return open tasks in the order of their bookings; a specialist's are those in which they take part, None: all."""
    statement = _open_tasks(tenant_id).where(*_seen_by(viewer))
    return fetch_all(conn, TaskRow, statement.order_by(_B.starts_at, _B.id).limit(limit))


def list_cancelled_tasks(conn: Connection, tenant_id: int, since: int) -> list[TaskRow]:
    """Return the tasks of bookings that were cancelled since then, and may still be brought back with them."""
    statement = _TASK.join(bookings, and_(_B.tenant_id == _T.tenant_id, _B.id == _T.booking_id)).where(
        _T.tenant_id == tenant_id, _T.closed_at >= since, _T.closed_at == _B.cancelled_at, _B.status == "cancelled"
    )
    return fetch_all(conn, TaskRow, statement)


def count_tasks(conn: Connection, tenant_id: int, viewer: Viewer) -> int:
    """Return how many open tasks the viewer sees."""
    statement = (
        select(func.count())
        .select_from(tasks)
        .join(bookings, and_(_B.tenant_id == _T.tenant_id, _B.id == _T.booking_id))
        .where(_T.tenant_id == tenant_id, IS_OPEN, *_seen_by(viewer))
    )
    return int(conn.execute(statement).scalar_one())


def _seen_by(viewer: Viewer | None) -> list[ColumnElement[bool]]:
    if viewer is None or viewer.sees_all:
        return []
    calendar = -1 if viewer.specialist_id is None else viewer.specialist_id
    return [is_done_by(literal(calendar))]


def _was_sent() -> ColumnElement[bool]:
    return or_(_O.status == "sent", _O.message_id.is_not(None))


def _asks_client() -> ColumnElement[bool]:
    """Return the condition that a message has asked the client of an open task for another time."""
    return and_(
        _O.tenant_id == _T.tenant_id,
        _O.booking_id == _T.booking_id,
        _O.kind == "move_asked",
        _O.role == "client",
        _O.created_at >= _T.opened_at,
    )


def list_sendings(conn: Connection, tenant_id: int, booking_ids: Collection[int]) -> list[Sending]:
    """Return how far the messages are by which the clients of open tasks were asked."""
    statement = (
        select(_T.booking_id, _O.status, _was_sent().label("was_sent"))
        .join(outbox, _asks_client())
        .where(_T.tenant_id == tenant_id, _T.booking_id.in_(list(booking_ids)), IS_OPEN)
    )
    return fetch_all(conn, Sending, statement) if booking_ids else []


def drop_questions(conn: Connection, tenant_id: int, booking_id: int, now: int) -> None:
    """Drop what asks for a new time of the booking and has not been sent: that was about a task that is closed."""
    of_booking = and_(_O.tenant_id == tenant_id, _O.booking_id == booking_id, _O.kind == "move_asked")
    unsent = update(outbox).where(of_booking, _O.status.in_(("waiting", "leased")), _O.message_id.is_(None))
    conn.execute(unsent.values(status="dropped", done_at=now))


def tenants_with_due_tasks(conn: Connection, now: int) -> list[int]:
    """Return the ids of tenants with tasks about which something is to be done now; see `list_due`."""
    statement = (
        select(_T.tenant_id)
        .join(bookings, and_(_B.tenant_id == _T.tenant_id, _B.id == _T.booking_id))
        .where(IS_OPEN, _is_due(now))
        .distinct()
    )
    return list(conn.execute(statement).scalars())


def list_due(conn: Connection, tenant_id: int, now: int) -> list[TaskRow]:
    """Return the open tasks whose time to ask again, to warn or to end has come, or that another release has settled."""
    return fetch_all(conn, TaskRow, _open_tasks(tenant_id).where(_is_due(now)).order_by(_T.id))


def list_moved(conn: Connection, tenant_id: int) -> set[int]:
    """Return the bookings that a release has moved which knows no tasks: theirs is still open."""
    statement = _open_tasks(tenant_id).where(_moved_since())
    return {task.booking_id for task in fetch_all(conn, TaskRow, statement)}


def _moved_since() -> ColumnElement[bool]:
    """Return the condition that the booking was moved after its task was opened."""
    table = booking_history.c
    own = and_(table.tenant_id == _T.tenant_id, table.booking_id == _T.booking_id)
    opened = select(func.max(table.id)).where(own, table.action == "task").scalar_subquery()
    later = booking_history.alias()
    return exists().where(
        later.c.tenant_id == _T.tenant_id,
        later.c.booking_id == _T.booking_id,
        later.c.action == "move",
        later.c.id > opened,
    )


def _is_due(now: int) -> ColumnElement[bool]:
    reached = exists().where(_asks_client(), _was_sent())
    return or_(
        _T.ask_again_at <= now,
        _T.warn_at <= now,
        and_(_B.starts_at <= now, reached),
        # another release has cancelled or moved it
        _B.status.not_in(("pending", "confirmed")),
        _moved_since(),
    )
