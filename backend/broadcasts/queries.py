"""Broadcasts and their messages in the outbox: the audience is fixed once, with one message for each person.

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

from backend.broadcasts.rules import MessageCounts
from backend.contract.broadcasts import BroadcastStatus
from backend.db import dialect
from backend.db.rows import columns_of, fetch_all, fetch_first
from backend.db.tables import broadcasts, outbox, people, roles
from backend.outbox.queries import IS_OPEN, open_tenant_id
from backend.outbox.rules import Delivery, NoticeStatus

_B, _O = broadcasts.c, outbox.c


class BroadcastRow(NamedTuple):
    """A row of `broadcasts`. `entities` is JSON; `total` counts the audience since the first sending."""

    id: int
    text: str
    entities: str
    status: BroadcastStatus
    total: int
    created_at: int
    started_at: int | None
    done_at: int | None


class _CountRow(NamedTuple):
    status: NoticeStatus
    messages: int
    unsure: int


def insert_broadcast(conn: Connection, tenant_id: int, person_id: int, now: int, **content: str) -> int:
    """Insert a draft with its `text` and `entities` and return its id."""
    values = {"tenant_id": tenant_id, "status": "draft", "created_by": person_id, "created_at": now}
    return int(conn.execute(insert(broadcasts).values(values | content).returning(_B.id)).scalar_one())


def load_broadcast(conn: Connection, tenant_id: int, broadcast_id: int) -> BroadcastRow | None:
    """Return a broadcast, or None."""
    statement = select(*columns_of(BroadcastRow, broadcasts)).where(_B.tenant_id == tenant_id, _B.id == broadcast_id)
    return fetch_first(conn, BroadcastRow, statement)


def list_sent(conn: Connection, tenant_id: int, limit: int) -> list[BroadcastRow]:
    """Return the broadcasts that are no drafts, the newest first."""
    statement = select(*columns_of(BroadcastRow, broadcasts)).where(_B.tenant_id == tenant_id, _B.status != "draft")
    return fetch_all(conn, BroadcastRow, statement.order_by(_B.id.desc()).limit(limit))


def update_broadcast(conn: Connection, tenant_id: int, broadcast_id: int, **values: object) -> None:
    """Change a broadcast's row."""
    conn.execute(update(broadcasts).where(_B.tenant_id == tenant_id, _B.id == broadcast_id).values(**values))


def _in_audience(tenant_id: int) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of a client whom the bot can reach, who wants news and is not blocked; no staff."""
    is_staff = select(roles.c.person_id).where(roles.c.tenant_id == tenant_id, roles.c.person_id == people.c.id)
    return (
        people.c.tenant_id == tenant_id,
        people.c.tg_id.is_not(None),
        people.c.unreachable_at.is_(None),
        people.c.blocked.is_(False),
        people.c.news.is_(True),
        ~is_staff.exists(),
    )


def count_audience(conn: Connection, tenant_id: int) -> int:
    """Return how many people a broadcast would reach now."""
    return conn.execute(select(func.count()).select_from(people).where(*_in_audience(tenant_id))).scalar_one()


def insert_messages(conn: Connection, tenant_id: int, broadcast_id: int, now: int) -> int:
    """Insert a message for each person of the audience who has none yet, and return how many messages there are."""
    columns = {
        "tenant_id": people.c.tenant_id,
        "kind": literal("broadcast"),
        "role": literal("client"),
        "person_id": people.c.id,
        "broadcast_id": literal(broadcast_id),
        "due_at": literal(now),
        "dedupe_key": literal(f"broadcast:{broadcast_id}:") + cast(people.c.id, Text),
        "created_at": literal(now),
    }
    rows = select(*columns.values()).where(*_in_audience(tenant_id))
    statement = dialect.upsert_into(conn, outbox).from_select(list(columns), rows)
    conn.execute(statement.on_conflict_do_nothing(index_elements=["tenant_id", "dedupe_key"]))
    return conn.execute(select(func.count()).where(*_messages_of(tenant_id, broadcast_id))).scalar_one()


def _messages_of(tenant_id: int, broadcast_id: int) -> tuple[ColumnElement[bool], ...]:
    return _O.tenant_id == tenant_id, _O.broadcast_id == broadcast_id, _O.kind == "broadcast"


def pause_messages(conn: Connection, tenant_id: int, broadcast_id: int, now: int) -> None:
    """Drop what has not been sent; what a sender has claimed is refused when the sender begins."""
    waiting = (*_messages_of(tenant_id, broadcast_id), _O.status == "waiting")
    conn.execute(update(outbox).where(*waiting).values(status="dropped", done_at=now))


def resume_messages(conn: Connection, tenant_id: int, broadcast_id: int, now: int) -> None:
    """Let dropped messages wait again, to those who can still be reached."""
    reachable = select(people.c.id).where(*_in_audience(tenant_id))
    dropped = (*_messages_of(tenant_id, broadcast_id), _O.status == "dropped", _O.person_id.in_(reachable))
    # the epoch grows so that a sender who still holds one of them cannot mark it
    values = {"status": "waiting", "due_at": now, "created_at": now, "done_at": None, "epoch": _O.epoch + 1}
    fresh = {"attempts": 0, "error": None, "delivery": None}
    conn.execute(update(outbox).where(*dropped).values(values | fresh))


def count_messages(conn: Connection, tenant_id: int, broadcast_id: int) -> MessageCounts:
    """Return how many messages are in each status."""
    unsure = func.sum(case((_O.delivery == "unsure", 1), else_=0))
    statement = (
        select(_O.status, func.count().label("messages"), unsure.label("unsure"))
        .where(*_messages_of(tenant_id, broadcast_id))
        .group_by(_O.status)
    )
    rows = {row.status: row for row in fetch_all(conn, _CountRow, statement)}
    counts = {status: row.messages - row.unsure for status, row in rows.items()}
    return MessageCounts(**counts, unsure=sum(row.unsure for row in rows.values()))


def has_open_messages(conn: Connection, tenant_id: int, broadcast_id: int) -> bool:
    """Return whether somebody is still to be reached."""
    is_open = (*_messages_of(tenant_id, broadcast_id), _O.status.in_(("waiting", "leased")))
    return conn.execute(select(literal(1)).where(*is_open).limit(1)).first() is not None


def drop_broadcasts_to(conn: Connection, tenant_id: int, person_id: int, now: int) -> None:
    """Drop the messages of broadcasts to a person who wants no news any more, unless sending has begun."""
    theirs = (open_tenant_id == tenant_id, _O.person_id == person_id, _O.kind == "broadcast", _O.role == "client")
    not_begun = or_(_O.status == "waiting", and_(_O.status == "leased", _O.delivery == "claimed"))
    dropped = update(outbox).where(*theirs, IS_OPEN, not_begun)
    conn.execute(dropped.values(status="dropped", done_at=now, lease_until=None))


def insert_test_message(conn: Connection, tenant_id: int, row: BroadcastRow, person_id: int, now: int) -> None:
    """Insert a message with the broadcast's text to one person; it does not count for the broadcast."""
    values = {"tenant_id": tenant_id, "kind": "broadcast", "role": "admin", "person_id": person_id, "text": row.text}
    times = {"due_at": now, "created_at": now}
    conn.execute(insert(outbox).values({**values, **times, "entities": row.entities}))


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


def broadcast_status_of(conn: Connection, notice_id: int) -> BroadcastStatus | None:
    """Return the status of the broadcast that a message belongs to; None for a test of one."""
    join = and_(_B.tenant_id == _O.tenant_id, _B.id == _O.broadcast_id)
    status: BroadcastStatus | None = conn.execute(
        select(_B.status).select_from(outbox.join(broadcasts, join)).where(_O.id == notice_id)
    ).scalar()
    return status
