"""Broadcasts as they are written, scheduled and listed."""

from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Table, insert, literal, select, update

from backend.contract.broadcasts import BroadcastStatus
from backend.db.rows import columns_of, fetch_all, fetch_first
from backend.db.tables import broadcasts, client_tags, roles, services, specialists

_B = broadcasts.c


class BroadcastRow(NamedTuple):
    """A row of `broadcasts`. `entities` and `audience` are JSON; `total` counts the audience since the first sending.

    One that is scheduled is a draft with `send_local`, a wall time of the business.
    """

    id: int
    text: str
    entities: str
    photo: str | None
    audience: str
    book_service_id: int | None
    send_local: str | None
    scheduled_by: int | None
    status: BroadcastStatus
    total: int
    created_at: int
    started_at: int | None
    done_at: int | None


class ScheduledBroadcast(NamedTuple):
    """A broadcast that waits for its time."""

    tenant_id: int
    id: int
    send_local: str


def insert_broadcast(conn: Connection, tenant_id: int, person_id: int, now: int, content: dict[str, object]) -> int:
    """Insert a draft with its content, by columns, and return its id."""
    values = {"tenant_id": tenant_id, "status": "draft", "created_by": person_id, "created_at": now}
    return int(conn.execute(insert(broadcasts).values(values | content).returning(_B.id)).scalar_one())


def load_broadcast(conn: Connection, tenant_id: int, broadcast_id: int) -> BroadcastRow | None:
    """Return a broadcast, or None."""
    statement = select(*columns_of(BroadcastRow, broadcasts)).where(_B.tenant_id == tenant_id, _B.id == broadcast_id)
    return fetch_first(conn, BroadcastRow, statement)


def list_scheduled_and_sent(conn: Connection, tenant_id: int, limit: int, drafted_since: int) -> list[BroadcastRow]:
    """Return those that wait for their time, the next first, the newest draft since then, and the sent ones, newest first.

    `drafted_since` is in epoch seconds: what was written and left is found again, what was given up goes by itself."""
    theirs = select(*columns_of(BroadcastRow, broadcasts)).where(_B.tenant_id == tenant_id)
    waiting = theirs.where(_B.status == "draft", _B.send_local.is_not(None)).order_by(_B.send_local, _B.id)
    rows = fetch_all(conn, BroadcastRow, waiting.limit(limit))
    drafted = theirs.where(_B.status == "draft", _B.send_local.is_(None), _B.created_at >= drafted_since)
    rows += fetch_all(conn, BroadcastRow, drafted.order_by(_B.id.desc()).limit(min(1, limit - len(rows))))
    sent = theirs.where(_B.status != "draft").order_by(_B.id.desc())
    return rows + fetch_all(conn, BroadcastRow, sent.limit(limit - len(rows)))


def find_scheduled(conn: Connection, before: str) -> list[ScheduledBroadcast]:
    """Return the broadcasts of all businesses whose wall time has come by a clock that reads `before`, the earliest first."""
    statement = select(*columns_of(ScheduledBroadcast, broadcasts)).where(
        _B.send_local.is_not(None), _B.send_local <= before, _B.status == "draft"
    )
    return fetch_all(conn, ScheduledBroadcast, statement.order_by(_B.send_local, _B.id))


def update_broadcast(conn: Connection, tenant_id: int, broadcast_id: int, values: dict[str, object]) -> None:
    """Change a broadcast's row."""
    conn.execute(update(broadcasts).where(_B.tenant_id == tenant_id, _B.id == broadcast_id).values(values))


def find_service_name(conn: Connection, tenant_id: int, service_id: int, *, on_sale: bool = False) -> str | None:
    """Return a service's name, or None where there is none, or none that is still on sale."""
    return _find_name(conn, services, tenant_id, service_id, *([services.c.archived_at.is_(None)] if on_sale else []))


def find_specialist_name(conn: Connection, tenant_id: int, specialist_id: int) -> str | None:
    """Return a specialist's name, or None where there is none."""
    return _find_name(conn, specialists, tenant_id, specialist_id)


def _find_name(
    conn: Connection, table: Table, tenant_id: int, row_id: int, *conditions: ColumnElement[bool]
) -> str | None:
    statement = select(table.c.name).where(table.c.tenant_id == tenant_id, table.c.id == row_id, *conditions)
    name: str | None = conn.execute(statement).scalar()
    return name


def find_tag_name(conn: Connection, tenant_id: int, tag_key: str) -> str | None:
    """Return a tag as it is written, or None where nobody has it."""
    named = select(client_tags.c.tag).where(client_tags.c.tenant_id == tenant_id, client_tags.c.tag_key == tag_key)
    tag: str | None = conn.execute(named.order_by(client_tags.c.person_id).limit(1)).scalar()
    return tag


def is_admin(conn: Connection, tenant_id: int, person_id: int) -> bool:
    """Return whether the person runs the business now."""
    granted = select(literal(1)).where(
        roles.c.tenant_id == tenant_id, roles.c.person_id == person_id, roles.c.role == "admin"
    )
    return conn.execute(granted).first() is not None
