"""Messages written into the outbox and taken back, in the transaction of the change that causes it."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Connection,
    Update,
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

from backend.contract.notices import Kind
from backend.contract.people import Role, StaffNotices
from backend.db import dialect
from backend.db.compiled import CompiledQuery, CompiledStatement
from backend.db.rows import fetch_all
from backend.db.tables import booking_items, bookings, outbox, people, roles, specialists
from backend.kit.tracing import current_traceparent
from backend.outbox.rules import ABOUT_BOOKING, CARDS, NoticeStatus

# Word for word as in the partial index, else SQLite does not use it.
IS_OPEN = text("outbox.status IN ('waiting','leased')")
# The sum keeps SQLite on that index and off the tenant's, which leads through everything that was ever sent.
open_tenant_id: ColumnElement[int] = outbox.c.tenant_id + 0

LONG_TEXT = 1_000  # characters of a text of items: what comes later begins another
# What has been sent waits once more.
SEND_AGAIN = {"status": "waiting", "attempts": 0, "done_at": None, "changing": False}


class NewNotice(NamedTuple):
    """A message to write; see `outbox` in `db/tables.py`. `traceparent` is put in when it is written."""

    tenant_id: int
    booking_id: int | None
    person_id: int
    role: Role
    kind: Kind
    created_at: int
    due_at: int
    expires_at: int | None = None
    previous_start: int | None = None
    lead_min: int | None = None
    dedupe_key: str | None = None
    text: str | None = None
    client_message_id: int | None = None
    sender_id: int | None = None
    status: NoticeStatus = "waiting"
    message_id: int | None = None
    done_at: int | None = None
    traceparent: str | None = None


class AdminToTell(NamedTuple):
    """An admin, with what they want to be told of."""

    id: int
    staff_notices: StaffNotices


class AudienceRow(NamedTuple):
    """A person whom a booking concerns, in one of their roles."""

    id: int
    role: Role
    unreachable_at: int | None


_TENANT: BindParameter[int] = bindparam("tenant")
_BOOKING: BindParameter[int] = bindparam("booking")
_CONCERNED = union(
    select(bindparam("client", type_=BigInteger).label("id"), literal("client").label("role")),
    select(specialists.c.person_id, literal("specialist"))
    .join(
        booking_items,
        and_(booking_items.c.tenant_id == specialists.c.tenant_id, booking_items.c.specialist_id == specialists.c.id),
    )
    .where(booking_items.c.tenant_id == _TENANT, booking_items.c.booking_id == _BOOKING),
    select(roles.c.person_id, literal("admin")).where(roles.c.tenant_id == _TENANT, roles.c.role == "admin"),
).subquery()
# Every booking runs these, so they are compiled once.
_AUDIENCE = CompiledQuery(
    AudienceRow,
    select(people.c.id, _CONCERNED.c.role, people.c.unreachable_at)
    .join(_CONCERNED, _CONCERNED.c.id == people.c.id)
    .where(people.c.tenant_id == _TENANT, people.c.tg_id.is_not(None))
    .order_by(people.c.id),
)
_DROP_REMINDERS = CompiledStatement(
    update(outbox)
    .where(
        outbox.c.tenant_id == _TENANT,
        outbox.c.booking_id == _BOOKING,
        outbox.c.kind == "reminder",
        IS_OPEN,
        outbox.c.message_id.is_(None),
    )
    .values(status="dropped", done_at=bindparam("at"))
)


def _renewal(which: ColumnElement[bool]) -> Update:
    """Return the statement that lets messages wait once more; what a sender has does so as soon as that has reported."""
    is_leased, at = outbox.c.status == "leased", bindparam("at", type_=BigInteger)
    is_sent = and_(outbox.c.status == "sent", outbox.c.message_id.is_not(None))
    kept = ("status", "attempts", "done_at", "due_at", "changed_at")
    changed = SEND_AGAIN | {"due_at": at, "changed_at": at}
    values = {name: case((is_leased, outbox.c[name]), else_=changed[name]) for name in kept}
    return update(outbox).where(which, or_(is_leased, is_sent)).values(values | {"changing": is_leased})


# Every change of a booking runs it, so it is compiled once.
_RENEW_FOR_CLIENT = CompiledStatement(
    _renewal(
        and_(
            outbox.c.tenant_id == _TENANT,
            outbox.c.booking_id == _BOOKING,
            outbox.c.role == "client",
            or_(*(outbox.c.kind == kind for kind in sorted(ABOUT_BOOKING))),
        )
    )
)
# By the dialect's name: an upsert is built for one of them.
_inserts: dict[str, CompiledStatement] = {}


def load_audience(conn: Connection, tenant_id: int, booking_id: int, client_id: int | None) -> list[AudienceRow]:
    """Return the client, the booking's specialists and the admins, as far as they have a Telegram account."""
    return _AUDIENCE.all(conn, tenant=tenant_id, booking=booking_id, client=client_id)


def list_admins_to_tell(conn: Connection, tenant_id: int) -> list[AdminToTell]:
    """Return the admins whom messages reach, with what they want to be told of."""
    is_admin = and_(roles.c.tenant_id == people.c.tenant_id, roles.c.person_id == people.c.id, roles.c.role == "admin")
    statement = select(people.c.id, people.c.staff_notices).join(roles, is_admin)
    reachable = and_(people.c.tg_id.is_not(None), people.c.unreachable_at.is_(None))
    return fetch_all(
        conn, AdminToTell, statement.where(people.c.tenant_id == tenant_id, reachable).order_by(people.c.id)
    )


def add_to_waiting_text(
    conn: Connection, tenant_id: int, person_id: int, first_word: str, item: str, due_at: int
) -> bool:
    """Add a word to a text that waits for the person and begins with that word; False where there is none, or it is long.

    It is sent when the sooner of the two is due."""
    waits = and_(open_tenant_id == tenant_id, IS_OPEN, outbox.c.status == "waiting", outbox.c.attempts == 0)
    is_such = and_(outbox.c.person_id == person_id, outbox.c.kind == "text", outbox.c.text.like(f"{first_word} %"))
    sooner = case((outbox.c.due_at > due_at, due_at), else_=outbox.c.due_at)
    statement = update(outbox).where(waits, is_such, func.length(outbox.c.text) < LONG_TEXT)
    return conn.execute(statement.values(text=outbox.c.text + f" {item}", due_at=sooner)).rowcount > 0


def insert_notices(conn: Connection, notices: Sequence[NewNotice]) -> None:
    """Write messages. A reminder has a `dedupe_key`: sent once it is never sent again, dropped it waits again."""
    if not notices:
        return
    statement = _inserts.get(conn.dialect.name)
    if statement is None:
        statement = _inserts[conn.dialect.name] = _insert(conn)
    traceparent = current_traceparent()
    statement.run_many(conn, [notice._asdict() | {"traceparent": traceparent} for notice in notices])


def _insert(conn: Connection) -> CompiledStatement:
    statement = dialect.upsert_into(conn, outbox).values({name: bindparam(name) for name in NewNotice._fields})
    return CompiledStatement(
        statement.on_conflict_do_update(
            index_elements=["tenant_id", "dedupe_key"],
            # the epoch grows so that a sender who still holds the dropped row cannot mark the new one
            set_={
                "status": "waiting",
                "due_at": statement.excluded.due_at,
                "done_at": None,
                "epoch": outbox.c.epoch + 1,
                "traceparent": statement.excluded.traceparent,
            },
            where=outbox.c.status == "dropped",
        )
    )


def revive_reminders(conn: Connection, tenant_id: int, person_id: int, now: int) -> None:
    """Let reminders wait again that were dropped because the person could not be reached and that are still to come."""
    is_for_this_start = (
        select(bookings.c.id)
        .where(
            bookings.c.tenant_id == outbox.c.tenant_id,
            bookings.c.id == outbox.c.booking_id,
            bookings.c.starts_at == outbox.c.expires_at,
            bookings.c.client_id == person_id,
            bookings.c.status == "confirmed",
            bookings.c.task.is_distinct_from("open"),
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
            is_for_this_start,
        )
        .values(status="waiting", done_at=None, epoch=outbox.c.epoch + 1)
    )


def drop_reminders(conn: Connection, tenant_id: int, booking_id: int, now: int) -> None:
    """Drop the booking's reminders that have not been sent."""
    _DROP_REMINDERS.run(conn, tenant=tenant_id, booking=booking_id, at=now)


def renew_notices(conn: Connection, tenant_id: int, booking_id: int, kinds: Collection[Kind], now: int) -> int:
    """Let the booking's messages of these kinds say what holds now, and return how many people have or get one.

    What has been sent is due once more, with its `message_id`; what a sender has is, as soon as that has reported."""
    is_about = and_(outbox.c.tenant_id == tenant_id, outbox.c.booking_id == booking_id)
    return renew_matching(conn, and_(is_about, outbox.c.kind.in_(kinds)), now)


def renew_client_notices(conn: Connection, tenant_id: int, booking_id: int, now: int) -> None:
    """Let what the booking's client has been sent about it say what holds now."""
    _RENEW_FOR_CLIENT.run(conn, tenant=tenant_id, booking=booking_id, at=now)


def replace_card_message(conn: Connection, tenant_id: int, booking_id: int, message_id: int) -> None:
    """Note that what shows a booking to its client is in another message of the chat, which may have to be edited."""
    is_about = and_(outbox.c.tenant_id == tenant_id, outbox.c.booking_id == booking_id, outbox.c.role == "client")
    newest = select(func.max(outbox.c.id)).where(is_about, outbox.c.kind.in_(sorted(CARDS))).scalar_subquery()
    conn.execute(update(outbox).where(is_about, outbox.c.id == newest).values(message_id=message_id))


def renew_clients_notices(conn: Connection, tenant_id: int, booking_ids: Collection[int], now: int) -> None:
    """Do so for many bookings."""
    if booking_ids:
        _RENEW_FOR_CLIENT.run_many(conn, [{"tenant": tenant_id, "booking": each, "at": now} for each in booking_ids])


def renew_matching(conn: Connection, which: ColumnElement[bool], now: int) -> int:
    """Let messages say what holds now, and return how many are on their way."""
    conn.execute(_renewal(which), {"at": now})
    return conn.execute(select(func.count()).select_from(outbox).where(which, IS_OPEN)).scalar() or 0


def mark_unreachable(conn: Connection, tenant_id: int, person_id: int, now: int) -> None:
    """Note that Telegram refuses our messages to the person, and drop what waits for them."""
    conn.execute(
        update(people).where(people.c.tenant_id == tenant_id, people.c.id == person_id).values(unreachable_at=now)
    )
    drop_notices_to(conn, tenant_id, person_id, now)


def clear_texts_to(conn: Connection, tenant_id: int, person_id: int) -> None:
    """Forget what was written to the person, also in what has been sent."""
    conn.execute(
        update(outbox)
        .where(outbox.c.tenant_id == tenant_id, outbox.c.person_id == person_id, outbox.c.text.is_not(None))
        .values(text=None, entities=None)
    )


def drop_notices_to(conn: Connection, tenant_id: int, person_id: int, now: int) -> None:
    """Drop what has not been sent to the person; what has been sent before stays as it is."""
    theirs = and_(open_tenant_id == tenant_id, outbox.c.person_id == person_id, IS_OPEN)
    is_there = and_(outbox.c.message_id.is_not(None), outbox.c.kind != "progress")
    conn.execute(update(outbox).where(theirs, is_there).values(status="sent", done_at=now))
    conn.execute(update(outbox).where(theirs).values(status="dropped", done_at=now, text=None))


def renew_notices_to(conn: Connection, tenant_id: int, person_id: int, now: int) -> None:
    """Let what a client has been sent say what holds now, where it changed; it may have changed while none could reach them."""
    theirs = and_(outbox.c.tenant_id == tenant_id, outbox.c.person_id == person_id, outbox.c.role == "client")
    renew_matching(conn, and_(theirs, outbox.c.kind.in_(sorted(ABOUT_BOOKING)), outbox.c.changed_at.is_not(None)), now)
