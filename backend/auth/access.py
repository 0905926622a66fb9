"""Access: every route declares who may call it, one ASGI middleware enforces it."""

from collections.abc import Mapping
from enum import Enum

from litestar.types import ASGIApp, Receive, Scope, Send

from backend.auth.actor import Actor
from backend.auth.queries import load_tenant_and_person
from backend.db.engine import Database
from backend.errors import Forbidden, Invalid, NotFound, TenantDisabled


class Access(Enum):
    """Who may call a route. Everything needs the internal key."""

    OPERATOR = "operator"  # the key is enough; never for public clients
    PUBLIC = "public"  # also anonymous public clients
    CLIENT = "client"  # any known person
    STAFF = "staff"  # a specialist or an admin
    ADMIN = "admin"


async def identify_caller(scope: Scope) -> Actor:
    """Return who acts, read once a request. Raises NotFound for an unknown business, TenantDisabled for one switched off."""
    state = scope["state"]
    known: Actor | None = state.get("actor")
    if known is not None:
        return known
    headers: Mapping[bytes, bytes] = state["headers"]
    slug = headers.get(b"x-tenant", b"").decode("latin-1")
    raw_tg_id = headers.get(b"x-tg-id", b"")
    tg_id = None
    if raw_tg_id:
        if not (raw_tg_id.isdigit() and len(raw_tg_id) <= 16):
            raise Invalid("X-Tg-Id must be a number.", field="X-Tg-Id")
        tg_id = int(raw_tg_id)
    db: Database = scope["litestar_app"].state.db
    tenant_and_person = await db.read_at_once(load_tenant_and_person, slug, tg_id)
    if tenant_and_person is None:
        raise NotFound()
    tenant, person = tenant_and_person
    if not tenant.enabled:
        raise TenantDisabled()
    internal = headers.get(b"x-client-type") == b"internal"
    actor = Actor(tenant, person, "internal" if internal else "public", state["request_id"])
    state["actor"] = actor
    return actor


class AccessMiddleware:
    """ASGI middleware between routing and the handler: enforces what the route declares, before a body is read.

    Roles are read with each request: a revoked one is refused at once. (Not one of the framework's guards: for those it
    copies the handler and builds a second request.)"""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Identify the caller and go on with the request (ASGI). Raises Forbidden and what `identify_caller` raises."""
        access: Access | None = scope["route_handler"].opt.get("access")
        # None: the framework's own routes (the schema) and health; `app.py` refuses any other route without it
        if access is not None:
            await _require_access(scope, access)
        await self._app(scope, receive, send)


async def _require_access(scope: Scope, access: Access) -> None:
    if access is Access.OPERATOR:
        if scope["state"]["headers"].get(b"x-client-type") == b"public":
            raise Forbidden()
        return
    actor = await identify_caller(scope)
    if access is Access.PUBLIC:
        return
    allowed = {
        Access.CLIENT: actor.person is not None,
        Access.STAFF: actor.is_staff and actor.client_type == "internal",
        Access.ADMIN: actor.is_admin and actor.client_type == "internal",
    }[access]
    if not allowed:
        if actor.person is not None:
            await scope["litestar_app"].state.audit_refusal(actor, scope["route_handler"].handler_name)
        raise Forbidden()
