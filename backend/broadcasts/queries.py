"""Broadcasts and their outbox rows: the audience fixed once, a row for each person, told apart by the dedupe key."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, Text, and_, case, cast, func, insert, literal, select, text, update

from backend.broadcasts.rules import BEGUN, UNSURE
from backend.db import dialect
from backend.db.tables import broadcasts, outbox, people, roles

AnyRow = Row[*tuple[Any, ...]]
_B, _O = broadcasts.c, outbox.c
_IS_OPEN = text("outbox.status IN ('waiting','leased')")


def add(conn: Connection, tenant_id: int, person_id: int, now: int, **said: Any) -> int:
    """A draft with its `text` and `entities`; its id."""
    values = {"tenant_id": tenant_id, "status": "draft", "created_by": person_id, "created_at": now} | said
    return int(conn.execute(insert(broadcasts).values(values).returning(_B.id)).scalar_one())


def one(conn: Connection, tenant_id: int, broadcast_id: int) -> AnyRow | None:
    """A broadcast's own row."""
    return conn.execute(select(broadcasts).where(_B.tenant_id == tenant_id, _B.id == broadcast_id)).first()


def sent(conn: Connection, tenant_id: int, limit: int) -> Sequence[AnyRow]:
    """Those that are no drafts, the newest first."""
    statement = select(broadcasts).where(_B.tenant_id == tenant_id, _B.status != "draft")
    return conn.execute(statement.order_by(_B.id.desc()).limit(limit)).all()


def change(conn: Connection, tenant_id: int, broadcast_id: int, **values: Any) -> None:
    """Changes a broadcast's own row."""
    conn.execute(update(broadcasts).where(_B.tenant_id == tenant_id, _B.id == broadcast_id).values(values))


def _audience(tenant_id: int, *columns: Any) -> Select[Any]:
    """Clients whom the bot can reach, who want news and whom the business has not blocked; staff know already."""
    is_staff = select(roles.c.person_id).where(roles.c.tenant_id == tenant_id, roles.c.person_id == people.c.id)
    return select(*columns).where(
        people.c.tenant_id == tenant_id,
        people.c.tg_id.is_not(None),
        people.c.unreachable_at.is_(None),
        people.c.blocked.is_(False),
        people.c.news.is_(True),
        ~is_staff.exists(),
    )


def audience(conn: Connection, tenant_id: int) -> int:
    """How many it would reach now."""
    return int(conn.execute(_audience(tenant_id, func.count())).scalar_one())


def fill(conn: Connection, tenant_id: int, broadcast_id: int, now: int) -> int:
    """A row for each person of the audience; a second filling adds nobody twice. How many rows there are."""
    named = literal(f"broadcast:{broadcast_id}:") + cast(people.c.id, Text)
    rows = _audience(
        tenant_id, people.c.tenant_id, literal("broadcast"), literal("client"), people.c.id, literal(broadcast_id),
        literal(now), named, literal(now),
    )  # fmt: skip
    names = ["tenant_id", "kind", "role", "person_id", "broadcast_id", "due_at", "dedupe_key", "created_at"]
    filled = dialect.upsert(conn, outbox).from_select(names, rows)
    conn.execute(filled.on_conflict_do_nothing(index_elements=["tenant_id", "dedupe_key"]))
    return int(conn.execute(select(func.count()).where(*_rows(tenant_id, broadcast_id))).scalar_one())


def _rows(tenant_id: int, broadcast_id: int) -> tuple[Any, ...]:
    return _O.tenant_id == tenant_id, _O.broadcast_id == broadcast_id, _O.kind == "broadcast"


def halt(conn: Connection, tenant_id: int, broadcast_id: int, now: int) -> None:
    """What has not been sent is put aside; what a sender holds is refused when it begins."""
    waiting = (*_rows(tenant_id, broadcast_id), _O.status == "waiting")
    conn.execute(update(outbox).where(*waiting).values(status="dropped", done_at=now))


def revive(conn: Connection, tenant_id: int, broadcast_id: int, now: int) -> None:
    """What was put aside waits again, for those who can still be reached."""
    reachable = _audience(tenant_id, people.c.id)
    offload = (*_rows(tenant_id, broadcast_id), _O.status == "dropped", _O.person_id.in_(reachable))
    # the epoch grows so that a sender who still holds one of them cannot mark it
    values = {"status": "waiting", "due_at": now, "created_at": now, "done_at": None, "epoch": _O.epoch + 1}
    conn.execute(update(outbox).where(*offload).values(**values, attempts=0, error=None))


def counts(conn: Connection, tenant_id: int, broadcast_id: int) -> dict[str, int]:
    """Rows by status; those of which nobody knows whether they arrived as `unsure`."""
    unsure = func.sum(case((_O.error == UNSURE, 1), else_=0))
    statement = select(_O.status, func.count(), unsure).where(*_rows(tenant_id, broadcast_id)).group_by(_O.status)
    found = {"unsure": 0}
    for status, count, not_known in conn.execute(statement):
        found[status] = count
        if status == "failed":
            found["unsure"] = int(not_known)
            found["failed"] = count - int(not_known)
    return found


def is_open(conn: Connection, tenant_id: int, broadcast_id: int) -> bool:
    """Whether somebody is still to be reached."""
    some = select(literal(1)).where(*_rows(tenant_id, broadcast_id), _O.status.in_(("waiting", "leased")))
    return conn.execute(some.limit(1)).first() is not None


def forgo(conn: Connection, tenant_id: int, person_id: int, now: int) -> None:
    """Somebody wants no news any more: of what is on its way to everybody they get nothing that has not begun."""
    # open rows are few and have an index of their own: see `notices.queries`
    mine = (_O.tenant_id + 0 == tenant_id, _O.person_id == person_id, _O.kind == "broadcast", _O.role == "client")
    begun = and_(_O.status == "leased", func.coalesce(_O.error, "") == BEGUN)
    conn.execute(update(outbox).where(*mine, _IS_OPEN, ~begun).values(status="dropped", done_at=now, lease_until=None))


def try_out(conn: Connection, row: AnyRow, person_id: int, now: int) -> None:
    """A broadcast's text to one person, outside its own count."""
    conn.execute(
        insert(outbox).values(
            tenant_id=row.tenant_id, kind="broadcast", role="admin", person_id=person_id, text=row.text,
            entities=row.entities, due_at=now, created_at=now,
        )
    )  # fmt: skip


def watch(conn: Connection, tenant_id: int, broadcast_id: int, person_id: int, now: int) -> None:
    """The one message that shows how far it is: due now, and again until it is over."""
    values = {"person_id": person_id, "status": "waiting", "due_at": now, "created_at": now}
    statement = dialect.upsert(conn, outbox).values(
        tenant_id=tenant_id,
        kind="progress",
        role="admin",
        broadcast_id=broadcast_id,
        dedupe_key=f"progress:{broadcast_id}",
        **values,
    )
    again: dict[str, Any] = values | {"epoch": _O.epoch + 1, "attempts": 0, "done_at": None, "error": None}
    # somebody else's message cannot be edited in this one's chat
    again["message_id"] = case((_O.person_id == person_id, _O.message_id))
    conn.execute(statement.on_conflict_do_update(index_elements=["tenant_id", "dedupe_key"], set_=again))


def not_sure(conn: Connection, ids: Sequence[int], now: int) -> None:
    """Their sender died while sending: they may have arrived, and nobody gets a broadcast twice."""
    if ids:
        conn.execute(
            update(outbox).where(_O.id.in_(ids)).values(status="failed", error=UNSURE, lease_until=None, done_at=now)
        )


def status_of(conn: Connection, notice_id: int) -> str | None:
    """The status of the broadcast that a notice belongs to; None for a test of one."""
    join = and_(_B.tenant_id == _O.tenant_id, _B.id == _O.broadcast_id)
    found = conn.execute(select(_B.status).select_from(outbox.join(broadcasts, join)).where(_O.id == notice_id)).first()
    return None if found is None else str(found.status)


def mark(conn: Connection, ids: Sequence[int], text: str) -> None:
    """Notes something on leased rows, see `rules`."""
    if ids:
        conn.execute(update(outbox).where(_O.id.in_(ids)).values(error=text))
