"""Messages of broadcasts in the outbox: the audience is fixed once, with one message for each person.

`dedupe_key` keeps a second sending from adding anybody twice.
"""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Text,
    and_,
    case,
    cast,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from backend.broadcasts.queries.audience import in_audience, is_reachable
from backend.broadcasts.queries.drafts import BroadcastRow
from backend.broadcasts.rules import MessageCounts
from backend.contract.broadcasts import Audience
from backend.db import dialect
from backend.db.rows import fetch_all
from backend.db.tables import outbox, people
from backend.outbox.queries import IS_OPEN, open_tenant_id
from backend.outbox.rules import Delivery, NoticeStatus

_O = outbox.c


class NewSending(NamedTuple):
    """A broadcast that is to be sent to its audience as it is at `now`, from `due_at` on (epoch seconds)."""

    tenant_id: int
    broadcast_id: int
    audience: Audience
    now: int
    due_at: int


class _CountRow(NamedTuple):
    status: NoticeStatus
    messages: int
    unsure: int
    blocked: int


def insert_messages(conn: Connection, sending: NewSending) -> int:
    """Insert a message for each person of the audience who has none yet, and return how many messages there are."""
    columns = {
        "tenant_id": people.c.tenant_id,
        "kind": literal("broadcast"),
        "role": literal("client"),
        "person_id": people.c.id,
        "broadcast_id": literal(sending.broadcast_id),
        "due_at": literal(sending.due_at),
        "dedupe_key": literal(f"broadcast:{sending.broadcast_id}:") + cast(people.c.id, Text),
        "created_at": literal(sending.now),
    }
    rows = select(*columns.values()).where(*in_audience(sending.tenant_id, sending.audience, sending.now))
    statement = dialect.upsert_into(conn, outbox).from_select(list(columns), rows)
    conn.execute(statement.on_conflict_do_nothing(index_elements=["tenant_id", "dedupe_key"]))
    messages = select(func.count()).where(*_messages_of(sending.tenant_id, sending.broadcast_id))
    return conn.execute(messages).scalar_one()


def _messages_of(tenant_id: int, broadcast_id: int) -> tuple[ColumnElement[bool], ...]:
    # an admin's role is that of a test
    return (
        _O.tenant_id == tenant_id,
        _O.broadcast_id == broadcast_id,
        _O.kind == "broadcast",
        _O.role == "client",
    )


def pause_messages(conn: Connection, tenant_id: int, broadcast_id: int, now: int) -> None:
    """Drop what has not been sent; what a sender has claimed is refused when the sender begins."""
    waiting = (*_messages_of(tenant_id, broadcast_id), _O.status == "waiting")
    conn.execute(update(outbox).where(*waiting).values(status="dropped", done_at=now))


def resume_messages(conn: Connection, tenant_id: int, broadcast_id: int, now: int, due_at: int) -> None:
    """Let dropped messages wait again, to those who can still be reached, from `due_at` on."""
    reachable = select(people.c.id).where(*is_reachable(tenant_id))
    dropped = (*_messages_of(tenant_id, broadcast_id), _O.status == "dropped", _O.person_id.in_(reachable))
    # the epoch grows so that a sender who still holds one of them cannot mark it
    values = {"status": "waiting", "due_at": due_at, "created_at": now, "done_at": None, "epoch": _O.epoch + 1}
    fresh = {"attempts": 0, "error": None, "delivery": None}
    conn.execute(update(outbox).where(*dropped).values(values | fresh))


def put_off_messages(conn: Connection, tenant_id: int, broadcast_id: int, now: int, due_at: int) -> None:
    """Let what nobody has begun to send wait until then, also what a sender had claimed whose lease has ended."""
    is_lost = and_(_O.status == "leased", _O.lease_until <= now, _O.delivery == "claimed")
    is_waiting = or_(and_(_O.status == "waiting", _O.due_at < due_at), is_lost)
    values = {"status": "waiting", "due_at": due_at, "lease_until": None, "delivery": None}
    conn.execute(update(outbox).where(*_messages_of(tenant_id, broadcast_id), is_waiting).values(values))


def has_open_messages(conn: Connection, tenant_id: int, broadcast_id: int) -> bool:
    """Return whether somebody is left to whom it is still to be sent, or is being sent."""
    is_open = (*_messages_of(tenant_id, broadcast_id), _O.status.in_(("waiting", "leased")))
    return conn.execute(select(_O.id).where(*is_open).limit(1)).first() is not None


def next_count_change(conn: Connection, tenant_id: int, broadcast_id: int, since: int) -> int | None:
    """Return when the counts of messages may differ from what they were at `since` (epoch seconds); None for never.

    That is at once where a message is being sent or was done since then, and otherwise when the next is due."""
    at = case((_O.status == "waiting", _O.due_at), else_=since)
    may_change = or_(_O.status.in_(("waiting", "leased")), _O.done_at >= since)
    due_at: int | None = conn.execute(
        select(func.min(at)).where(*_messages_of(tenant_id, broadcast_id), may_change)
    ).scalar()
    return due_at


def count_messages(conn: Connection, tenant_id: int, broadcast_id: int) -> MessageCounts:
    """Return how many messages are in each status."""
    statement = (
        select(
            _O.status,
            func.count().label("messages"),
            func.sum(case((_O.delivery == "unsure", 1), else_=0)).label("unsure"),
            func.sum(case((_O.blocked, 1), else_=0)).label("blocked"),
        )
        .where(*_messages_of(tenant_id, broadcast_id))
        .group_by(_O.status)
    )
    rows = fetch_all(conn, _CountRow, statement)
    counts = {row.status: row.messages - row.unsure - row.blocked for row in rows}
    return MessageCounts(**counts, unsure=sum(row.unsure for row in rows), blocked=sum(row.blocked for row in rows))


def drop_broadcasts_to(conn: Connection, tenant_id: int, person_id: int, now: int) -> None:
    """Drop the messages of broadcasts to a person who wants no news any more, unless sending has begun."""
    theirs = (open_tenant_id == tenant_id, _O.person_id == person_id, _O.kind == "broadcast", _O.role == "client")
    not_begun = or_(_O.status == "waiting", and_(_O.status == "leased", _O.delivery == "claimed"))
    dropped = update(outbox).where(*theirs, IS_OPEN, not_begun)
    conn.execute(dropped.values(status="dropped", done_at=now, lease_until=None))


def insert_test_message(conn: Connection, tenant_id: int, row: BroadcastRow, person_id: int, now: int) -> None:
    """Insert a message that shows the broadcast to one person as it is now; it does not count for the broadcast.

    It has no `dedupe_key`, as an admin may look at it again and again."""
    values = {"tenant_id": tenant_id, "kind": "broadcast", "role": "admin", "person_id": person_id, "text": row.text}
    times = {"due_at": now, "created_at": now}
    conn.execute(insert(outbox).values({**values, **times, "entities": row.entities, "broadcast_id": row.id}))


def show_progress_to(conn: Connection, tenant_id: int, broadcast_id: int, person_id: int, now: int) -> None:
    """Write the one message that shows how far the broadcast is: due now, and again until it is over."""
    values = {"person_id": person_id, "status": "waiting", "due_at": now, "created_at": now}
    statement = dialect.upsert_into(conn, outbox).values(
        tenant_id=tenant_id,
        kind="progress",
        role="admin",
        broadcast_id=broadcast_id,
        dedupe_key=f"progress:{broadcast_id}",
        **values,
    )
    fresh = {"attempts": 0, "done_at": None, "error": None, "delivery": None}
    changes = {
        **values,
        **fresh,
        "epoch": _O.epoch + 1,
        # a message in another person's chat cannot be edited
        "message_id": case((_O.person_id == person_id, _O.message_id)),
    }
    conn.execute(statement.on_conflict_do_update(index_elements=["tenant_id", "dedupe_key"], set_=changes))


def mark_unsure(conn: Connection, ids: Sequence[int], now: int) -> None:
    """Mark messages whose sender died while sending: they may have arrived, and nobody gets a broadcast twice."""
    if ids:
        values = {"status": "failed", "delivery": "unsure", "lease_until": None, "done_at": now}
        conn.execute(update(outbox).where(_O.id.in_(ids)).values(values))


def mark_delivery(conn: Connection, ids: Sequence[int], delivery: Delivery) -> None:
    """Note how far the delivery of leased messages is."""
    if ids:
        conn.execute(update(outbox).where(_O.id.in_(ids)).values(delivery=delivery))
