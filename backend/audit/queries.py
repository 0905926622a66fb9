"""The audit log in the database: append in the transaction of the change, page through it, verify it.

Appending needs the key of the seal, which the process learns once at its start: `use_key(internal_key)`, called by
`create_app` and by commands that write. It is the process's, like its log, and is never passed through a request.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, Row, bindparam, insert, select, tuple_, update

from backend.audit import rules
from backend.db.compiled import CompiledQuery, CompiledStatement, insert_row
from backend.db.tables import audit, audit_heads, tenants

_key: bytes | None = None
MAX_DETAIL = 4_000
# Built once: every change runs them.


class _Head(NamedTuple):
    seq: int
    hash: bytes


_HEAD = CompiledQuery(
    _Head,
    select(audit_heads.c.seq, audit_heads.c.hash)
    .where(audit_heads.c.tenant_id == bindparam("tenant"))
    .with_for_update(),
)
_MOVE_HEAD = CompiledStatement(
    update(audit_heads)
    .where(audit_heads.c.tenant_id == bindparam("tenant"))
    .values(seq=bindparam("seq"), hash=bindparam("hash"), seal=bindparam("seal")),
)


class Entry(msgspec.Struct, frozen=True):
    """One line to append. `at` in epoch seconds; `detail` never holds message texts, names or secrets."""

    at: int
    actor: str
    action: str
    object: str
    detail: Mapping[str, Any] = {}
    request_id: str = ""


def use_key(internal_key: str) -> None:
    """Tell this process the internal key; `append` needs it."""
    global _key
    _key = rules.seal_key(internal_key)


def append(
    conn: Connection,
    tenant_id: int,
    *,
    actor: str,
    action: str,
    object: str,  # noqa: A002 - the column's own name
    detail: Mapping[str, Any],
    request_id: str,
    now: int,
) -> None:
    """Adds one line to the tenant's chain, in the caller's transaction (one that holds the tenant's writes in order).

    `actor` is `person:<id>`, `operator`, `gateway` or `system`; `object` is `<kind>:<id>`."""
    extend(conn, tenant_id, [Entry(now, actor, action, object, detail, request_id)])


def extend(conn: Connection, tenant_id: int, entries: Sequence[Entry]) -> None:
    """As `append`, for many lines at once."""
    if _key is None:
        raise RuntimeError("audit: use_key() was not called when the process started")
    if not entries:
        return
    head = _HEAD.first(conn, tenant=tenant_id)
    seq, last = (0, rules.GENESIS) if head is None else (head.seq, head.hash)
    rows = []
    for one in entries:
        seq += 1
        detail = msgspec.json.encode(one.detail, order="deterministic").decode()
        if len(detail) > MAX_DETAIL:
            detail = '{"too_long":true}'
        last = rules.row_hash(last, tenant_id, seq, one.at, one.actor, one.action, one.object, detail, one.request_id)
        rows.append(
            {"tenant_id": tenant_id, "seq": seq, "at": one.at, "actor": one.actor, "action": one.action}
            | {"object": one.object, "detail": detail, "request_id": one.request_id, "hash": last}
        )
    if len(rows) == 1:
        insert_row(conn, audit, rows[0])
    else:
        conn.execute(insert(audit), rows)
    values = {"seq": seq, "hash": last, "seal": rules.seal(_key, tenant_id, seq, last)}
    if head is None:
        conn.execute(insert(audit_heads).values(tenant_id=tenant_id, **values))
    else:
        _MOVE_HEAD.run(conn, tenant=tenant_id, **values)


def page(conn: Connection, tenant_id: int, before: int | None, limit: int) -> Sequence[Row[*tuple[Any, ...]]]:
    """The newest lines first, below `before` if it is given."""
    statement = select(audit).where(audit.c.tenant_id == tenant_id)
    if before is not None:
        statement = statement.where(audit.c.seq < before)
    return conn.execute(statement.order_by(audit.c.seq.desc()).limit(limit)).all()


def lines(
    conn: Connection, after: tuple[int, int], limit: int, tenant_id: int | None = None
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Every tenant's lines (or one's) as they were written, with its slug: those that follow (tenant, seq)."""
    statement = (
        select(audit, tenants.c.slug)
        .join(tenants, tenants.c.id == audit.c.tenant_id)
        .where(tuple_(audit.c.tenant_id, audit.c.seq) > after)
        .order_by(audit.c.tenant_id, audit.c.seq)
        .limit(limit)
    )
    if tenant_id is not None:
        statement = statement.where(audit.c.tenant_id == tenant_id)
    return conn.execute(statement).all()


def verify(conn: Connection, internal_key: str) -> list[str]:
    """Every tenant's faults, a sentence each: altered, removed, cut off, a forged head. Nothing found: an empty list."""
    key = rules.seal_key(internal_key)
    heads = {row.tenant_id: row for row in conn.execute(select(audit_heads)).all()}
    faults: list[str] = []
    ends: dict[int, tuple[int, bytes]] = {}
    broken: set[int] = set()
    statement = select(audit).order_by(audit.c.tenant_id, audit.c.seq)
    for row in conn.execute(statement, execution_options={"yield_per": 1000}):
        seq, last = ends.get(row.tenant_id, (0, rules.GENESIS))
        if row.tenant_id not in broken:
            expected = rules.row_hash(
                last, row.tenant_id, row.seq, row.at, row.actor, row.action, row.object, row.detail, row.request_id
            )
            if row.seq != seq + 1:
                faults.append(f"tenant {row.tenant_id}: lines {seq + 1} to {row.seq - 1} are missing")
                broken.add(row.tenant_id)
            elif expected != row.hash:
                faults.append(f"tenant {row.tenant_id}: line {row.seq} was altered, or the one before it")
                broken.add(row.tenant_id)
        ends[row.tenant_id] = (row.seq, row.hash)
    # every tenant's log begins with its own creation, so that one without a log has lost it
    known = set(conn.execute(select(tenants.c.id)).scalars())
    for tenant_id in sorted(known | heads.keys() | ends.keys()):
        head = heads.get(tenant_id)
        seq, last = ends.get(tenant_id, (0, rules.GENESIS))
        if head is None:
            faults.append(f"tenant {tenant_id}: the head is missing")
        elif not rules.sealed(key, tenant_id, head.seq, head.hash, head.seal):
            faults.append(f"tenant {tenant_id}: the head is not sealed with this key")
        elif head.seq > seq:
            faults.append(f"tenant {tenant_id}: the log is cut off after line {seq} of {head.seq}")
        elif (head.seq, head.hash) != (seq, last) and tenant_id not in broken:
            faults.append(f"tenant {tenant_id}: the log does not end where its head says (line {head.seq})")
    return faults
