"""Messages as their senders see them: what is due, leased, and what became of it."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, case, func, not_, or_, select, update

from backend.contract.bookings import Status, TaskState
from backend.contract.broadcasts import BroadcastStatus
from backend.contract.notices import REPLACED, Kind
from backend.contract.people import Role, StaffNotices
from backend.db.rows import columns_of, fetch_all, fetch_first
from backend.db.tables import bookings, broadcasts, outbox, people, services, tenants
from backend.outbox.queries import IS_OPEN, open_tenant_id
from backend.outbox.rules import CARDS, Delivery, NoticeStatus

_O = outbox.c
# How many businesses are looked at in one search for due messages.
CHUNK = 500


class DueNotice(NamedTuple):
    """A message to send, with the person, the booking and the broadcast that it is about.

    The text of a broadcast's message is the broadcast's own, unless the message has one.
    """

    id: int
    tenant_id: int
    kind: Kind
    role: Role
    booking_id: int | None
    broadcast_id: int | None
    text: str | None
    entities: str | None
    lead_min: int | None
    previous_start: int | None
    expires_at: int | None
    status: NoticeStatus
    delivery: Delivery | None
    epoch: int
    message_id: int | None
    traceparent: str | None
    client_message_id: int | None
    sender_id: int | None
    person_id: int
    tg_id: int | None
    unreachable_at: int | None
    staff_notices: StaffNotices
    news: bool
    blocked: bool
    locale: str | None
    language_code: str | None
    booking_status: Status | None
    booking_start: int | None
    booking_task: TaskState | None
    broadcast_status: BroadcastStatus | None
    broadcast_text: str | None
    broadcast_entities: str | None
    broadcast_photo: str | None
    broadcast_audience: str | None
    book_service_id: int | None


def is_edited(row: DueNotice) -> bool:
    """Return whether the message is there already and is changed, not sent anew."""
    return row.message_id is not None and row.kind not in REPLACED


class ClaimedNotice(NamedTuple):
    """A message as its sender reports on it."""

    tenant_id: int
    person_id: int
    role: Role
    kind: Kind
    broadcast_id: int | None
    status: NoticeStatus
    delivery: Delivery | None
    epoch: int
    attempts: int
    due_at: int
    created_at: int
    changed_at: int | None
    changing: bool
    message_id: int | None


class DueQuery(NamedTuple):
    """Of which businesses how many messages are wanted, in all and of each; none of the kinds `unknown` to the sender."""

    slugs: frozenset[str]
    limit: int
    per_tenant: int
    unknown: frozenset[Kind]


class _ServedTenant(NamedTuple):
    id: int
    slug: str


_DUE_NOTICE = (
    select(
        _O.id,
        _O.tenant_id,
        _O.kind,
        _O.role,
        _O.booking_id,
        _O.broadcast_id,
        _O.text,
        _O.entities,
        _O.lead_min,
        _O.previous_start,
        _O.expires_at,
        _O.status,
        _O.delivery,
        _O.epoch,
        _O.message_id,
        _O.traceparent,
        _O.client_message_id,
        _O.sender_id,
        _O.person_id,
        people.c.tg_id,
        people.c.unreachable_at,
        people.c.staff_notices,
        people.c.news,
        people.c.blocked,
        people.c.locale,
        people.c.language_code,
        bookings.c.status.label("booking_status"),
        bookings.c.starts_at.label("booking_start"),
        bookings.c.task.label("booking_task"),
        broadcasts.c.status.label("broadcast_status"),
        broadcasts.c.text.label("broadcast_text"),
        broadcasts.c.entities.label("broadcast_entities"),
        broadcasts.c.photo.label("broadcast_photo"),
        broadcasts.c.audience.label("broadcast_audience"),
        services.c.id.label("book_service_id"),
    )
    .join(people, and_(people.c.tenant_id == _O.tenant_id, people.c.id == _O.person_id))
    .outerjoin(bookings, and_(bookings.c.tenant_id == _O.tenant_id, bookings.c.id == _O.booking_id))
    .outerjoin(broadcasts, and_(broadcasts.c.tenant_id == _O.tenant_id, broadcasts.c.id == _O.broadcast_id))
    # one that is on sale no more leads nowhere
    .outerjoin(
        services,
        and_(
            services.c.tenant_id == broadcasts.c.tenant_id,
            services.c.id == broadcasts.c.book_service_id,
            services.c.archived_at.is_(None),
        ),
    )
    .order_by(_O.due_at, _O.id)
)


def _is_due(now: int) -> ColumnElement[bool]:
    return or_(
        and_(_O.status == "waiting", _O.due_at <= now),
        and_(_O.status == "leased", _O.lease_until <= now),
    )


def _is_known(unknown: Collection[Kind]) -> list[ColumnElement[bool]]:
    """Return what tells messages that a sender knows who does not know these kinds, nor what is said to admins with them."""
    if not unknown:
        return []
    about_no_booking = and_(_O.kind == "text", _O.role == "admin", _O.booking_id.is_(None))
    return [_O.kind.not_in(sorted(unknown)), not_(about_no_booking)]


def find_due(conn: Connection, query: DueQuery, now: int) -> list[int]:
    """Return ids of what is due, the oldest of each tenant first and the tenants in turn, at most `per_tenant` of each.

    A broadcast comes after everything else: its thousands of messages must not hold up one confirmation.
    """
    known = _is_known(query.unknown)
    waiting = select(open_tenant_id).where(_O.due_at <= now, IS_OPEN, _is_due(now), *known).distinct()
    enabled = select(tenants.c.id, tenants.c.slug).where(tenants.c.id.in_(waiting), tenants.c.enabled)
    served = {row.id for row in fetch_all(conn, _ServedTenant, enabled) if row.slug in query.slugs}
    if not served:
        return []
    order = (case((_O.kind == "broadcast", 1), else_=0), _O.due_at, _O.id)
    ranked = (
        select(_O.id, _O.due_at, func.row_number().over(partition_by=_O.tenant_id, order_by=order).label("rank"))
        .where(_O.due_at <= now, IS_OPEN, _is_due(now), open_tenant_id.in_(sorted(served)[:CHUNK]), *known)
        .subquery()
    )
    statement = (
        select(ranked.c.id)
        .where(ranked.c.rank <= query.per_tenant)
        .order_by(ranked.c.rank, ranked.c.due_at, ranked.c.id)
        .limit(query.limit)
    )
    return list(conn.execute(statement).scalars())


def lock_due(conn: Connection, ids: Sequence[int], now: int) -> list[DueNotice]:
    """Return those of the messages that are still due; another claim on PostgreSQL skips what is locked here."""
    if not ids:
        return []
    due = select(_O.id).where(_O.id.in_(ids), _is_due(now)).with_for_update(skip_locked=True)
    locked = conn.execute(due).scalars().all()
    return fetch_all(conn, DueNotice, _DUE_NOTICE.where(_O.id.in_(locked)))


def load_leased(conn: Connection, notice_id: int) -> DueNotice | None:
    """Return a message that a sender has, as it is now; None where it is with nobody."""
    return fetch_first(conn, DueNotice, _DUE_NOTICE.where(_O.id == notice_id, _O.status == "leased"))


def lease_notices(conn: Connection, ids: Sequence[int], until: int) -> None:
    """Give the messages to one sender until the lease ends: a new epoch each."""
    if ids:
        values = {"status": "leased", "delivery": "claimed", "lease_until": until, "changing": False}
        grown = {"epoch": _O.epoch + 1, "attempts": _O.attempts + 1}
        conn.execute(update(outbox).where(_O.id.in_(ids)).values(values | grown))


class _NewestCard(NamedTuple):
    booking_id: int
    id: int


def find_newest_cards(conn: Connection, tenant_id: int, booking_ids: Collection[int]) -> dict[int, int]:
    """Return the newest message that shows each booking to its client, sent or on its way."""
    if not booking_ids:
        return {}
    shows = and_(_O.role == "client", _O.kind.in_(sorted(CARDS)), _O.status.in_(("waiting", "leased", "sent")))
    statement = (
        select(_O.booking_id, func.max(_O.id).label("id"))
        .where(_O.tenant_id == tenant_id, _O.booking_id.in_(booking_ids), shows)
        .group_by(_O.booking_id)
    )
    return {row.booking_id: row.id for row in fetch_all(conn, _NewestCard, statement)}


def drop_notices(conn: Connection, ids: Sequence[int], now: int) -> None:
    """Drop messages that are not worth sending any more."""
    if ids:
        conn.execute(update(outbox).where(_O.id.in_(ids)).values(status="dropped", done_at=now, text=None))


def leave_as_sent(conn: Connection, ids: Sequence[int], now: int) -> None:
    """Leave messages as they were sent, although what they say has changed."""
    if ids:
        conn.execute(update(outbox).where(_O.id.in_(ids)).values(status="sent", done_at=now))


def next_due_at(conn: Connection, now: int) -> int | None:
    """Return the next instant after `now` at which a waiting message is due or a lease ends; None where there is none."""
    waiting = select(func.min(_O.due_at)).where(IS_OPEN, _O.status == "waiting", _O.due_at > now)
    leased = select(func.min(_O.lease_until)).where(IS_OPEN, _O.status == "leased", _O.lease_until > now)
    instants = [conn.execute(earliest).scalar() for earliest in (waiting, leased)]
    return min((at for at in instants if at is not None), default=None)


def lock_claimed(conn: Connection, notice_id: int) -> ClaimedNotice | None:
    """Return a message as its sender reports on it, locked until the transaction ends."""
    statement = select(*columns_of(ClaimedNotice, outbox)).where(_O.id == notice_id).with_for_update()
    return fetch_first(conn, ClaimedNotice, statement)


def update_notice(conn: Connection, notice_id: int, **values: object) -> None:
    """Write what became of a message; its lease ends."""
    conn.execute(update(outbox).where(_O.id == notice_id).values(lease_until=None, **values))
