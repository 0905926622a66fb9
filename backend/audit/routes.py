"""`/v1/audit`: admins read their business's log, the gateway adds its decisions."""

from typing import Annotated
from weakref import WeakKeyDictionary

from litestar import get, post
from litestar.params import JSONBody, QueryParameter

from backend import clock
from backend.audit.queries.chain import Entry, append_entries, load_heads
from backend.audit.queries.pages import list_entries
from backend.audit.reading import render_page
from backend.auth.access import Access
from backend.auth.queries import load_tenant
from backend.contract.audit import AuditAccepted, AuditPage, NewAuditEntries
from backend.db.engine import Database
from backend.errors import Invalid, NotFound
from backend.kit.logging import log
from backend.kit.text import clean_line
from backend.transactions import Transactions, UnitOfWork


@get("/v1/audit", access=Access.ADMIN)
async def read_audit(
    transactions: Transactions,
    limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, QueryParameter(max_length=20)] = None,
    about: Annotated[str | None, QueryParameter(max_length=128)] = None,
) -> AuditPage:
    """Return a page of the log, the newest line first; `about` is who or what it concerns (`person:5`)."""
    if cursor is not None and not (cursor.isascii() and cursor.isdigit() and len(cursor) < 16):
        raise Invalid("This cursor is not from here.", field="cursor")
    before = None if cursor is None else int(cursor)

    def load(unit: UnitOfWork) -> AuditPage:
        lines, last = list_entries(unit.conn, unit.tenant_id, before, limit + 1, about)
        following = lines[limit - 1].seq if len(lines) > limit else last + 1 if last else None
        return render_page(unit, lines[:limit], following, about or "")

    return await transactions.read(load)


@post("/v1/audit", access=Access.OPERATOR, status_code=200)
async def add_audit(data: JSONBody[NewAuditEntries], tenant_slug: str, db: Database, now: int) -> AuditAccepted:
    """Append a batch of the gateway's decisions to the tenant's log."""
    tenant = await db.read(lambda conn: load_tenant(conn, tenant_slug))
    if tenant is None:
        raise NotFound()
    entries = [
        Entry(
            at=now if item.at is None else clock.parse_instant(item.at, "at"),
            actor=clean_line(item.actor, 128),
            action=clean_line(item.action, 128),
            subject=clean_line(item.object, 128),
            detail={clean_line(name, 64): _clean_value(value) for name, value in item.detail.items()},
            request_id=clean_line(item.request_id, 64),
        )
        for item in data.items
    ]
    await db.write(tenant.id, lambda conn: append_entries(conn, tenant.id, entries))
    return AuditAccepted(count=len(entries))


def _clean_value(value: str | int | bool | None) -> str | int | bool | None:
    return clean_line(value, 500) if isinstance(value, str) else value


async def log_heads(db: Database, now: int) -> None:
    """Log once a day where each log ends, so that `audit verify --heads` finds a database that was rolled back since.

    Of a business that wrote nothing since the last time nothing is logged."""
    since = _logged.get(db, now - DAY_S)
    if db in _logged and now - since < DAY_S:
        return
    for noted in await db.read(lambda conn: load_heads(conn, since)):
        log.info("audit head", tenant=noted.slug, seq=noted.seq, hash=noted.hash.hex())
    _logged[db] = now


DAY_S = 86_400
_logged: WeakKeyDictionary[Database, int] = WeakKeyDictionary()
handlers = [read_audit, add_audit]
background = [log_heads]
