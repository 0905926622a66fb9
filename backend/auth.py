"""Who calls, and whether they may: every route declares its access, one guard enforces it."""

from collections.abc import Mapping
from enum import Enum
from functools import lru_cache
from typing import Any, Literal, TypeVar

import msgspec
from litestar.types import ASGIApp
from sqlalchemy import BigInteger, Connection, and_, bindparam, exists, select

from backend.contract.people import LOCALES, Locale, Person, Role
from backend.contract.tenancy import Policies
from backend.db.compiled import CompiledStatement
from backend.db.engine import Database
from backend.db.tables import people, roles, specialists, tenants
from backend.errors import Forbidden, Invalid, NotFound, TenantDisabled

_S = TypeVar("_S", bound=msgspec.Struct)
_P = TypeVar("_P", bound=msgspec.Struct)

# Whose idempotency keys those of anonymous callers are: nobody's own.
SHARED_SCOPE = "public"


class Access(Enum):
    """Who may call a route. Everything needs the internal key."""

    OPERATOR = "operator"  # the key is enough; never for public clients
    PUBLIC = "public"  # also anonymous public clients
    CLIENT = "client"  # any known person
    STAFF = "staff"  # a specialist or an admin
    ADMIN = "admin"


class TenantRow(msgspec.Struct, frozen=True):
    """A business as handlers need it. `policies` is shared between requests: never change it."""

    id: int
    slug: str
    name: str
    timezone: str
    locale: Locale
    currency: str
    enabled: bool
    address: str
    phone: str
    bot_username: str | None
    policies: Policies

    def __hash__(self) -> int:
        # its policies have none; what is asked of the database about equal businesses is the same (`Database.ask`)
        return self.id


class Actor(msgspec.Struct, frozen=True):
    """Who acts in which business. `person` is None for an anonymous caller and for one that is not known yet."""

    tenant: TenantRow
    person: Person | None
    client_type: Literal["internal", "public"]
    request_id: str

    @property
    def is_admin(self) -> bool:
        """Whether they run this business."""
        return self.person is not None and "admin" in self.person.roles

    @property
    def is_staff(self) -> bool:
        """Whether they are an admin or a specialist."""
        return self.person is not None and ("admin" in self.person.roles or "specialist" in self.person.roles)

    @property
    def specialist_id(self) -> int | None:
        """The calendar that is theirs, where they are a specialist."""
        if self.person is None or "specialist" not in self.person.roles:
            return None
        return self.person.specialist_id

    @property
    def person_id(self) -> int:
        """The person's id. Raises Forbidden where nobody is known: CLIENT access has made sure that somebody is."""
        if self.person is None:
            raise Forbidden()
        return self.person.id

    @property
    def scope(self) -> str:
        """Whose idempotency keys these are."""
        if self.person is not None:
            return f"p{self.person.id}"
        return SHARED_SCOPE if self.client_type == "public" else "operator"


def shown_to(actor: Actor, answer: _S, public: type[_P]) -> _S | _P:
    """The answer as the caller may see it: public clients get the fields of `public` only."""
    return answer if actor.client_type == "internal" else msgspec.convert(answer, public, from_attributes=True)


@lru_cache(maxsize=4096)
def policies_of(document: str) -> Policies:
    """The policies stored with a tenant or a booking; what an older version did not know has its default."""
    return msgspec.json.decode(document, type=Policies, strict=False)


_T = tenants.c
_is = {
    role: exists().where(
        roles.c.tenant_id == people.c.tenant_id, roles.c.person_id == people.c.id, roles.c.role == role
    )
    for role in ("specialist", "admin")
}
_calendar = (
    select(specialists.c.id)
    .where(
        specialists.c.tenant_id == people.c.tenant_id,
        specialists.c.person_id == people.c.id,
        specialists.c.archived_at.is_(None),
    )
    .correlate(people)
    .scalar_subquery()
)
_PERSON = (
    people.c.id.label("person_id"),
    people.c.tg_id,
    people.c.name.label("person_name"),
    people.c.phone.label("person_phone"),
    people.c.locale.label("person_locale"),
    people.c.language_code,
    people.c.blocked,
    people.c.staff_notices,
    people.c.news,
    _is["specialist"].label("is_specialist"),
    _is["admin"].label("is_admin"),
    _calendar.label("specialist_id"),
)
_TENANT = (
    _T.id, _T.slug, _T.name, _T.timezone, _T.locale, _T.currency, _T.enabled, _T.address, _T.phone, _T.bot_username,
    _T.policies,
)  # fmt: skip


# Read with every request: compiled once.
_BY_SLUG = CompiledStatement(select(*_TENANT).where(_T.slug == bindparam("slug")))
_BOTH = CompiledStatement(
    select(*_TENANT, *_PERSON)
    .select_from(
        tenants.outerjoin(
            people, and_(people.c.tenant_id == _T.id, people.c.tg_id == bindparam("tg_id", type_=BigInteger))
        )
    )
    .where(_T.slug == bindparam("slug"))
)
_BY_ID = CompiledStatement(
    select(*_TENANT, *_PERSON)
    .select_from(people.join(tenants, _T.id == people.c.tenant_id))
    .where(people.c.tenant_id == bindparam("tenant_id"), people.c.id == bindparam("person_id"))
)


def tenant_from(row: Any) -> TenantRow:
    """A row of `tenants` (at least its first eleven facts, by name) as a TenantRow."""
    return TenantRow(
        row.id,
        row.slug,
        row.name,
        row.timezone,
        row.locale,
        row.currency,
        bool(row.enabled),
        row.address,
        row.phone,
        row.bot_username,
        policies_of(row.policies),
    )


def load_tenant(conn: Connection, slug: str) -> TenantRow | None:
    """The business of that slug, whether enabled or not; None where there is none."""
    row = _BY_SLUG.first(conn, slug=slug)
    return None if row is None else tenant_from(row)


def spoken(choice: str | None, language_code: str | None, business: Locale) -> Locale:
    """The person's own choice, else their Telegram language where we speak it, else the business's."""
    code = choice or (language_code or "").split("-")[0].lower()
    return next((one for one in LOCALES if one == code), business)


def _person(row: Any) -> Person | None:
    if row.person_id is None:
        return None
    held: list[Role] = ["client"]
    if row.is_specialist:
        held.append("specialist")
    if row.is_admin:
        held.append("admin")
    return Person(
        id=row.person_id,
        tg_id=row.tg_id,
        roles=held,
        locale=spoken(row.person_locale, row.language_code, row.locale),
        name=row.person_name,
        phone=row.person_phone,
        specialist_id=row.specialist_id,
        blocked=bool(row.blocked),
        staff_notices=row.staff_notices,
        news=bool(row.news),
    )


def load(conn: Connection, slug: str, tg_id: int | None) -> tuple[TenantRow, Person | None] | None:
    """The business and the person behind a Telegram id, with their roles as they are now, in one query."""
    row = _BOTH.first(conn, slug=slug, tg_id=-1 if tg_id is None else tg_id)
    return None if row is None else (tenant_from(row), _person(row))


def load_person(conn: Connection, tenant_id: int, person_id: int) -> Person | None:
    """A person by id, as the contract shows them."""
    row = _BY_ID.first(conn, tenant_id=tenant_id, person_id=person_id)
    return None if row is None else _person(row)


async def actor_of(scope: Any) -> Actor:
    """Who acts, read once a request. Raises NotFound for an unknown business, TenantDisabled for one switched off."""
    state = scope["state"]
    known: Actor | None = state.get("actor")
    if known is not None:
        return known
    told: Mapping[bytes, bytes] = state["headers"]
    slug = told.get(b"x-tenant", b"").decode("latin-1")
    given = told.get(b"x-tg-id", b"")
    tg_id = None
    if given:
        if not (given.isdigit() and len(given) <= 16):
            raise Invalid("X-Tg-Id must be a number.", field="X-Tg-Id")
        tg_id = int(given)
    db: Database = scope["litestar_app"].state.db
    found = await db.ask(load, slug, tg_id)
    if found is None:
        raise NotFound()
    tenant, person = found
    if not tenant.enabled:
        raise TenantDisabled()
    internal = told.get(b"x-client-type") == b"internal"
    actor = Actor(tenant, person, "internal" if internal else "public", state["request_id"])
    state["actor"] = actor
    return actor


class Guard:
    """ASGI middleware between routing and the handler: enforces what the route declares, before a body is read.

    Roles are read with each request: a revoked one is refused at once. (Not one of the framework's guards: for those it
    copies the handler and builds a second request.)"""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """ASGI. Raises Forbidden and what `actor_of` raises."""
        access: Access | None = scope["route_handler"].opt.get("access")
        # None: the framework's own routes (the schema), and health; others cannot be without, see `_declared`
        if access is not None:
            await _admit(scope, access)
        await self._app(scope, receive, send)


async def _admit(scope: Any, access: Access) -> None:
    if access is Access.OPERATOR:
        if scope["state"]["headers"].get(b"x-client-type") == b"public":
            raise Forbidden()
        return
    actor = await actor_of(scope)
    if access is Access.PUBLIC:
        return
    allowed = {
        Access.CLIENT: actor.person is not None,
        Access.STAFF: actor.is_staff and actor.client_type == "internal",
        Access.ADMIN: actor.is_admin and actor.client_type == "internal",
    }[access]
    if not allowed:
        if actor.person is not None:
            await scope["litestar_app"].state.note_refusal(actor, scope["route_handler"].handler_name)
        raise Forbidden()
