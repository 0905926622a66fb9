"""The chain of the audit log: append in the transaction of the change, export and verify.

Appending needs the key of the seal. It belongs to the process and never passes through a request: `create_app` and the
commands that write call `use_key(internal_key)` once when they start.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, and_, bindparam, insert, select, tuple_, update

from backend.audit import rules
from backend.audit.rules import Line
from backend.db.compiled import CompiledQuery, CompiledStatement, insert_row
from backend.db.rows import columns_of, fetch_all, stream_rows
from backend.db.tables import audit, audit_heads, tenants

_key: bytes | None = None
MAX_DETAIL = 4_000
BATCH = 1_000


class Entry(msgspec.Struct, frozen=True):
    """A line to append. `at` is in epoch seconds; `detail` never holds message texts, names or secrets.

    `actor` is `person:<id>`, `anonymous`, `operator`, `gateway` or `system`; `subject` is `<kind>:<id>`.
    """

    at: int
    actor: str
    action: str
    subject: str
    detail: Mapping[str, object] = {}
    request_id: str = ""


class ExportedRow(NamedTuple):
    """A row of `audit` with the slug of its tenant."""

    tenant_id: int
    seq: int
    at: int
    actor: str
    action: str
    object: str
    detail: str
    request_id: str
    hash: bytes
    slug: str


class LogHead(NamedTuple):
    """Where the log of a business ends, or ended when it was noted outside the database."""

    slug: str
    seq: int
    hash: bytes


class _HeadRow(NamedTuple):
    tenant_id: int
    seq: int
    hash: bytes
    seal: bytes


class _Head(NamedTuple):
    seq: int
    hash: bytes


# Every change appends, so these are compiled once.
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


def use_key(internal_key: str) -> None:
    """Tell this process the internal key, which `append_entries` needs."""
    global _key
    _key = rules.seal_key(internal_key)


def append_entries(conn: Connection, tenant_id: int, entries: Sequence[Entry]) -> None:
    """Add lines to the tenant's chain, in the caller's transaction: one that holds the tenant's writes in order."""
    if _key is None:
        raise RuntimeError("audit: use_key() was not called when the process started")
    if not entries:
        return
    head = _HEAD.first(conn, tenant=tenant_id)
    seq, last_hash = rules.START if head is None else head
    rows = []
    for entry in entries:
        seq += 1
        detail = msgspec.json.encode(entry.detail, order="deterministic").decode()
        if len(detail) > MAX_DETAIL:
            detail = '{"too_long":true}'
        line = Line(tenant_id, seq, entry.at, entry.actor, entry.action, entry.subject, detail, entry.request_id)
        last_hash = rules.line_hash(last_hash, line)
        rows.append(line._replace(hash=last_hash)._asdict())
    if len(rows) == 1:
        insert_row(conn, audit, rows[0])
    else:
        conn.execute(insert(audit), rows)
    values = {"seq": seq, "hash": last_hash, "seal": rules.seal_of(_key, tenant_id, seq, last_hash)}
    if head is None:
        conn.execute(insert(audit_heads).values(tenant_id=tenant_id, **values))
    else:
        _MOVE_HEAD.run(conn, tenant=tenant_id, **values)


def export_entries(
    conn: Connection, after: tuple[int, int], limit: int, tenant_id: int | None = None
) -> list[ExportedRow]:
    """Return the lines of all tenants (or of one) that follow (tenant id, number), in the order of these."""
    statement = (
        select(*columns_of(Line, audit), tenants.c.slug)
        .join(tenants, tenants.c.id == audit.c.tenant_id)
        .where(tuple_(audit.c.tenant_id, audit.c.seq) > after)
        .order_by(audit.c.tenant_id, audit.c.seq)
        .limit(limit)
    )
    if tenant_id is not None:
        statement = statement.where(audit.c.tenant_id == tenant_id)
    return fetch_all(conn, ExportedRow, statement)


def load_heads(conn: Connection, since: int = 0) -> list[LogHead]:
    """Return the heads of all logs whose last line is not older than `since` (epoch seconds), by slug."""
    statement = (
        select(tenants.c.slug, audit_heads.c.seq, audit_heads.c.hash)
        .join(tenants, tenants.c.id == audit_heads.c.tenant_id)
        .join(audit, and_(audit.c.tenant_id == audit_heads.c.tenant_id, audit.c.seq == audit_heads.c.seq))
        .where(audit.c.at >= since)
        .order_by(tenants.c.slug)
    )
    return fetch_all(conn, LogHead, statement)


def find_lost_heads(conn: Connection, noted: Sequence[LogHead]) -> list[str]:
    """Return a sentence for each head that was noted earlier and is not in its log now. None: an empty list.

    A log that was rolled back to an older sealed head, or written anew by somebody with the key, is whole in itself.
    """
    faults = []
    for head in noted:
        line = (audit.c.tenant_id == tenants.c.id, audit.c.seq == head.seq, audit.c.hash == head.hash)
        statement = select(audit.c.seq).join(tenants, and_(*line)).where(tenants.c.slug == head.slug)
        if conn.execute(statement).first() is None:
            faults.append(
                f"business {head.slug}: line {head.seq} is not the one that was noted: rolled back or replaced"
            )
    return faults


def find_lost_hashes(conn: Connection, hashes: Sequence[bytes]) -> list[str]:
    """Return a sentence for each hash that no line of any log has."""
    return [
        f"no log has a line with the hash {wanted.hex()}: rolled back or replaced"
        for wanted in hashes
        if conn.execute(select(audit.c.seq).where(audit.c.hash == wanted).limit(1)).first() is None
    ]


def find_faults(conn: Connection, *internal_keys: str) -> list[str]:
    """Return the faults of all logs, a sentence each: altered, removed, cut off, a forged head. None: an empty list.

    A head is sealed with one of the keys.
    """
    faults: list[str] = []
    ends: dict[int, rules.ChainEnd] = {}
    broken: set[int] = set()
    statement = select(*columns_of(Line, audit)).order_by(audit.c.tenant_id, audit.c.seq)
    for row in stream_rows(conn, Line, statement, BATCH):
        seq, last_hash = ends.get(row.tenant_id, rules.START)
        if row.tenant_id not in broken:
            if row.seq != seq + 1:
                faults.append(f"tenant {row.tenant_id}: lines {seq + 1} to {row.seq - 1} are missing")
                broken.add(row.tenant_id)
            elif rules.line_hash(last_hash, row) != row.hash:
                faults.append(f"tenant {row.tenant_id}: line {row.seq} was altered, or the one before it")
                broken.add(row.tenant_id)
        ends[row.tenant_id] = rules.ChainEnd(row.seq, row.hash)
    heads = {row.tenant_id: row for row in fetch_all(conn, _HeadRow, select(*columns_of(_HeadRow, audit_heads)))}
    # each tenant's log begins with its creation, so a tenant without a log has lost it
    known = set(conn.execute(select(tenants.c.id)).scalars())
    keys = [rules.seal_key(key) for key in internal_keys]
    for tenant_id in sorted(known | heads.keys() | ends.keys()):
        fault = _head_fault(keys, heads.get(tenant_id), ends.get(tenant_id, rules.START), tenant_id in broken)
        if fault is not None:
            faults.append(f"tenant {tenant_id}: {fault}")
    return faults


def reseal_heads(conn: Connection, previous_key: str) -> int:
    """Seal with this process's key the heads that are sealed with the one before. Returns how many."""
    assert _key is not None, "use_key() was called"
    previous, count = rules.seal_key(previous_key), 0
    for head in fetch_all(conn, _HeadRow, select(*columns_of(_HeadRow, audit_heads)).with_for_update()):
        tenant_id, seq, last_hash = head.tenant_id, head.seq, head.hash
        if rules.is_sealed(previous, tenant_id, seq, last_hash, head.seal):
            seal = rules.seal_of(_key, tenant_id, seq, last_hash)
            _MOVE_HEAD.run(conn, tenant=tenant_id, seq=seq, hash=last_hash, seal=seal)
            count += 1
    return count


def _head_fault(keys: Sequence[bytes], head: _HeadRow | None, end: rules.ChainEnd, broken: bool) -> str | None:
    """Return what is wrong with a tenant's head, given where its lines end and whether they are broken already."""
    if head is None:
        return "the head is missing"
    if not any(rules.is_sealed(key, head.tenant_id, head.seq, head.hash, head.seal) for key in keys):
        return "the head is not sealed with this key"
    if head.seq > end.seq:
        return f"the log is cut off after line {end.seq} of {head.seq}"
    if (head.seq, head.hash) != end and not broken:
        return f"the log does not end where its head says (line {head.seq})"
    return None
