"""The outbox: rows written with the change that causes them, claimed under a lease, marked done under its epoch."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Connection,
    Row,
    and_,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
    text,
    union,
    update,
)

from backend.bookings.queries import BookingRow
from backend.contract.bookings import Status
from backend.db import dialect
from backend.db.compiled import CompiledQuery, CompiledStatement
from backend.db.rows import columns_of, fetch_all
from backend.db.tables import booking_items, bookings, broadcasts, outbox, people, roles, specialists, tenants

AnyRow = Row[*tuple[Any, ...]]
# Word for word as in the partial index, else SQLite does not use it.
_IS_OPEN = text("outbox.status IN ('waiting','leased')")
# The sum keeps SQLite on that index, and off the tenant's, which leads through everything that was ever sent.
_open_tenant = outbox.c.tenant_id + 0
CHUNK = 500


_T: BindParameter[int] = bindparam("tenant")
_BOOKING: BindParameter[int] = bindparam("booking")
_NOW: BindParameter[int] = bindparam("at")

# Every booking runs these, so they are built once: SQLAlchemy takes longer to build them than SQLite to run them.


class AnnouncedBooking(NamedTuple):
    """What announcing needs to know of a booking."""

    status: Status
    client_id: int | None
    starts_at: int
    policies: str


class Recipient(NamedTuple):
    """A person whom a booking concerns, in one of their roles."""

    id: int
    role: str
    unreachable_at: int | None


_VISIT = CompiledQuery(
    AnnouncedBooking,
    select(bookings.c.status, bookings.c.client_id, bookings.c.starts_at, bookings.c.policies).where(
        bookings.c.tenant_id == _T, bookings.c.id == _BOOKING
    ),
)
_WHO = union(
    select(bindparam("client", type_=BigInteger).label("id"), literal("client").label("role")),
    select(specialists.c.person_id, literal("specialist"))
    .join(
        booking_items,
        and_(booking_items.c.tenant_id == specialists.c.tenant_id, booking_items.c.specialist_id == specialists.c.id),
    )
    .where(booking_items.c.tenant_id == _T, booking_items.c.booking_id == _BOOKING),
    select(roles.c.person_id, literal("admin")).where(roles.c.tenant_id == _T, roles.c.role == "admin"),
).subquery()
_AUDIENCE = CompiledQuery(
    Recipient,
    select(people.c.id, _WHO.c.role, people.c.unreachable_at)
    .join(_WHO, _WHO.c.id == people.c.id)
    .where(people.c.tenant_id == _T, people.c.tg_id.is_not(None))
    .order_by(people.c.id),
)
_DROP_REMINDERS = CompiledStatement(
    update(outbox)
    .where(outbox.c.tenant_id == _T, outbox.c.booking_id == _BOOKING, outbox.c.kind == "reminder", _IS_OPEN)
    .values(status="dropped", done_at=_NOW)
)


def visit(conn: Connection, tenant_id: int, booking_id: int) -> AnnouncedBooking | None:
    """Return what announcing needs to know of a booking."""
    return _VISIT.first(conn, tenant=tenant_id, booking=booking_id)


def visits(conn: Connection, tenant_id: int, booking_ids: Collection[int]) -> Sequence[BookingRow]:
    """Return the named bookings."""
    statement = select(*columns_of(BookingRow, bookings)).where(
        bookings.c.tenant_id == tenant_id, bookings.c.id.in_(list(booking_ids))
    )
    return fetch_all(conn, BookingRow, statement)


def audience(conn: Connection, tenant_id: int, booking_id: int, client_id: int | None) -> list[Recipient]:
    """The client, the visit's specialists and the admins, with `role` and `unreachable_at`; those with an account."""
    return _AUDIENCE.all(conn, tenant=tenant_id, booking=booking_id, client=client_id)


def enqueue(conn: Connection, rows: list[dict[str, Any]]) -> None:
    """Messages and reminders (those with a `dedupe_key`), all with the same columns.

    A reminder that was sent for this start is never sent again; one that was dropped waits again."""
    if rows:
        form = (conn.dialect.name, *rows[0])
        if form not in _enqueue:
            _enqueue[form] = CompiledStatement(_upsert(conn, rows[0]))
        _enqueue[form].run_many(conn, rows)


_enqueue: dict[tuple[str, ...], CompiledStatement] = {}


def _upsert(conn: Connection, columns: Iterable[str]) -> Any:
    statement = dialect.upsert(conn, outbox).values({name: bindparam(name) for name in columns})
    return statement.on_conflict_do_update(
        index_elements=["tenant_id", "dedupe_key"],
        # the epoch grows so that a sender who still holds the dropped row cannot mark the new one
        set_={"status": "waiting", "due_at": statement.excluded.due_at, "done_at": None, "epoch": outbox.c.epoch + 1},
        where=outbox.c.status == "dropped",
    )


def revive_reminders(conn: Connection, tenant_id: int, person_id: int, now: int) -> None:
    """What was dropped because somebody could not be reached waits again, as far as it is still to come."""
    still = (
        select(bookings.c.id)
        .where(
            bookings.c.tenant_id == outbox.c.tenant_id,
            bookings.c.id == outbox.c.booking_id,
            bookings.c.starts_at == outbox.c.expires_at,
            bookings.c.client_id == person_id,
            bookings.c.status == "confirmed",
        )
        .exists()
    )
    conn.execute(
        update(outbox)
        .where(
            outbox.c.tenant_id == tenant_id,
            outbox.c.booking_id.in_(
                select(bookings.c.id).where(
                    bookings.c.tenant_id == tenant_id, bookings.c.client_id == person_id, bookings.c.starts_at > now
                )
            ),
            outbox.c.kind == "reminder",
            outbox.c.status == "dropped",
            outbox.c.due_at > now,
            still,
        )
        .values(status="waiting", done_at=None, epoch=outbox.c.epoch + 1)
    )


def drop_reminders(conn: Connection, tenant_id: int, booking_id: int, now: int) -> None:
    """The visit's reminders that have not been sent are not needed any more."""
    _DROP_REMINDERS.run(conn, tenant=tenant_id, booking=booking_id, at=now)


def mark_unreachable(conn: Connection, tenant_id: int, person_id: int, now: int) -> None:
    """Telegram refuses our messages to them: noted, and what waits for them is dropped."""
    conn.execute(
        update(people).where(people.c.tenant_id == tenant_id, people.c.id == person_id).values(unreachable_at=now)
    )
    drop_for_person(conn, tenant_id, person_id, now)


def drop_for_person(conn: Connection, tenant_id: int, person_id: int, now: int) -> None:
    """Nothing more is sent to them."""
    conn.execute(
        update(outbox)
        .where(_open_tenant == tenant_id, outbox.c.person_id == person_id, _IS_OPEN)
        .values(status="dropped", done_at=now, text=None)
    )


def _due(now: int) -> Any:
    return or_(
        and_(outbox.c.status == "waiting", outbox.c.due_at <= now),
        and_(outbox.c.status == "leased", outbox.c.lease_until <= now),
    )


def due_ids(conn: Connection, slugs: Collection[str], now: int, limit: int, per_tenant: int) -> list[int]:
    """Ids of what is due, the oldest of each tenant first and the tenants in turn, `per_tenant` at most of each.

    A broadcast waits for everything else: thousands of its messages must not hold up one confirmation."""
    waiting = select(_open_tenant).where(outbox.c.due_at <= now, _IS_OPEN, _due(now)).distinct()
    served = {
        row.id
        for row in conn.execute(
            select(tenants.c.id, tenants.c.slug).where(tenants.c.id.in_(waiting), tenants.c.enabled)
        )
        if row.slug in slugs
    }
    if not served:
        return []
    order = (case((outbox.c.kind == "broadcast", 1), else_=0), outbox.c.due_at, outbox.c.id)
    ranked = (
        select(
            outbox.c.id,
            outbox.c.due_at,
            func.row_number().over(partition_by=outbox.c.tenant_id, order_by=order).label("n"),
        )
        .where(outbox.c.due_at <= now, _IS_OPEN, _due(now), _open_tenant.in_(sorted(served)[:CHUNK]))
        .subquery()
    )
    statement = select(ranked.c.id).where(ranked.c.n <= per_tenant).order_by(ranked.c.n, ranked.c.due_at, ranked.c.id)
    return list(conn.execute(statement.limit(limit)).scalars())


def lock_due(conn: Connection, ids: Sequence[int], now: int) -> list[AnyRow]:
    """Those of them that are still due, with person and visit; another claim on PostgreSQL skips what is locked here."""
    if not ids:
        return []
    locked = conn.execute(
        select(outbox.c.id).where(outbox.c.id.in_(ids), _due(now)).with_for_update(skip_locked=True)
    ).scalars()
    statement = (
        select(
            outbox,
            people.c.tg_id,
            people.c.unreachable_at,
            people.c.staff_notices,
            people.c.locale,
            people.c.language_code,
            bookings.c.status.label("booking_status"),
            broadcasts.c.status.label("broadcast_status"),
            broadcasts.c.text.label("broadcast_text"),
            broadcasts.c.entities.label("broadcast_entities"),
        )
        .join(people, and_(people.c.tenant_id == outbox.c.tenant_id, people.c.id == outbox.c.person_id))
        .outerjoin(bookings, and_(bookings.c.tenant_id == outbox.c.tenant_id, bookings.c.id == outbox.c.booking_id))
        .outerjoin(
            broadcasts, and_(broadcasts.c.tenant_id == outbox.c.tenant_id, broadcasts.c.id == outbox.c.broadcast_id)
        )
        .where(outbox.c.id.in_(list(locked)))
        .order_by(outbox.c.due_at, outbox.c.id)
    )
    return list(conn.execute(statement))


def lease(conn: Connection, ids: Sequence[int], until: int) -> None:
    """The claim: a new epoch, and nobody else's until the lease ends."""
    if ids:
        values = {"status": "leased", "lease_until": until, "epoch": outbox.c.epoch + 1}
        conn.execute(update(outbox).where(outbox.c.id.in_(ids)).values(**values, attempts=outbox.c.attempts + 1))


def drop(conn: Connection, ids: Sequence[int], now: int) -> None:
    """Not worth sending any more."""
    if ids:
        conn.execute(update(outbox).where(outbox.c.id.in_(ids)).values(status="dropped", done_at=now, text=None))


def next_due(conn: Connection) -> int | None:
    """The earliest instant at which something waiting is due, or a lease ends."""
    waiting = select(func.min(outbox.c.due_at)).where(_IS_OPEN, outbox.c.status == "waiting")
    leased = select(func.min(outbox.c.lease_until)).where(_IS_OPEN, outbox.c.status == "leased")
    found = [at for at in (conn.execute(waiting).scalar(), conn.execute(leased).scalar()) if at is not None]
    return min(found) if found else None


def claimed(conn: Connection, notice_id: int) -> AnyRow | None:
    """A row as its sender reports on it."""
    columns = (
        outbox.c.tenant_id, outbox.c.person_id, outbox.c.kind, outbox.c.status, outbox.c.epoch, outbox.c.attempts,
        outbox.c.created_at, outbox.c.broadcast_id, outbox.c.error,
    )  # fmt: skip
    return conn.execute(select(*columns).where(outbox.c.id == notice_id).with_for_update()).first()


def finish(conn: Connection, notice_id: int, values: dict[str, Any]) -> None:
    """What became of it."""
    conn.execute(update(outbox).where(outbox.c.id == notice_id).values(lease_until=None, **values))


def tenants_by_id(conn: Connection, ids: Collection[int]) -> list[AnyRow]:
    """Rows of the named tenants."""
    return list(conn.execute(select(tenants).where(tenants.c.id.in_(ids))))
