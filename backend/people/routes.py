"""`/v1/people`, `/v1/clients`: who somebody is, what they say of themself, and clients as staff see them."""

from typing import Annotated, Any

from litestar import Request, delete, get, patch, post
from litestar.params import JSONBody, PathParameter, QueryParameter
from sqlalchemy import Connection

from backend import clock
from backend import idempotency as commands
from backend.audit.service import record
from backend.auth.access import Access
from backend.auth.actor import Actor
from backend.auth.queries import load_person, load_tenant
from backend.bookings import view
from backend.broadcasts.queries import forgo
from backend.contract import Done
from backend.contract import people as wire
from backend.contract.bookings import Booking
from backend.db.engine import Database
from backend.errors import NotFound, TenantDisabled, Unavailable
from backend.locks import SharedRedis
from backend.people import queries, rules, service, staff_routes
from backend.transactions import UnitOfWork

Id = Annotated[int, PathParameter(ge=1, lt=2**53)]
Command = Request[Any, Any, Any]
PAGE = 50


@post("/v1/people/identify", access=Access.OPERATOR, status_code=200)
async def identify(data: JSONBody[wire.Identify], tenant_slug: str, db: Database, now: int) -> wire.Person:
    """Gets or makes the person behind a Telegram id; what Telegram says anew is kept. Nothing new: nothing is written."""
    told = service.told_by_telegram(data.first_name, data.username, data.language_code)

    def look(conn: Connection) -> tuple[int, wire.Person | None]:
        tenant = load_tenant(conn, tenant_slug)
        if tenant is None:
            raise NotFound()
        if not tenant.enabled:
            raise TenantDisabled()
        row = queries.by_tg_id(conn, tenant.id, data.tg_id)
        same = row is not None and all(
            getattr(row, field) == value or (field == "name" and (row.name_set or not value))
            for field, value in told.items()
        )
        if row is None or not same or row.unreachable_at is not None:
            return tenant.id, None
        return tenant.id, load_person(conn, tenant.id, row.id)

    def write(conn: Connection) -> wire.Person | None:
        return load_person(conn, tenant_id, service.identify(conn, tenant_id, data.tg_id, told, now))

    tenant_id, person = await db.read(look, brief=True)
    if person is None:
        person = await db.write(tenant_id, write)
    if person is None:
        raise Unavailable(retry_after_s=1)
    return person


@get("/v1/people/me", access=Access.CLIENT)
async def get_me(actor: Actor) -> wire.Person:
    """Who I am here."""
    return _me(actor)


@patch("/v1/people/me", access=Access.CLIENT)
async def update_me(
    data: JSONBody[wire.UpdateMe], actor: Actor, request: Command, db: Database, redis: SharedRedis, now: int
) -> commands.Answered[wire.Person]:
    """Language, name, phone. A name given here is not replaced by Telegram's; an empty phone removes it.

    The phone counts as verified: the bot takes it from the person's own contact only."""
    me = _me(actor)

    def write(conn: Connection) -> wire.Person:
        values: dict[str, Any] = {}
        if data.locale is not None:
            values["locale"] = data.locale
        if data.name is not None:
            values["name"] = service.given_name(data.name)
        if data.phone is not None:
            values["phone"] = service.given_phone(data.phone)
            values["phone_verified_at"] = now if values["phone"] else None
        if data.staff_notices is not None:
            values["staff_notices"] = data.staff_notices
        if data.news is not None:
            values["news"] = data.news
        if data.news is False:
            forgo(conn, actor.tenant.id, me.id, now)
        queries.change(conn, actor.tenant.id, me.id, values)
        if data.reachable is not None:
            service.reach(conn, actor.tenant.id, me.id, reachable=data.reachable, now=now)
        return service.person(conn, actor.tenant.id, me.id)

    answer = await commands.run(request, actor, db, write, status=200)
    await service.forget_context(redis, actor.tenant.slug, [me.tg_id])
    return answer


@get("/v1/people/me/export", access=Access.CLIENT)
async def export_me(actor: Actor, db: Database, now: int) -> wire.MyData:
    """Everything kept about the caller."""
    me = _me(actor)

    def read(conn: Connection) -> wire.MyData:
        row = queries.by_id(conn, actor.tenant.id, me.id)
        if row is None:
            raise NotFound()
        rows = queries.bookings_of(conn, actor.tenant.id, me.id)
        visits: list[Booking] = []
        for start in range(0, len(rows), PAGE):
            part = view.render(conn, actor.tenant, rows[start : start + PAGE], now, actor)
            visits += part
        created = clock.format_utc(row.created_at)
        return wire.MyData(person=me, username=row.username, created_at=created, bookings=visits)

    return await db.read(read)


@delete("/v1/people/me", access=Access.CLIENT, status_code=200)
async def erase_me(
    actor: Actor, request: Command, db: Database, redis: SharedRedis, now: int
) -> commands.Answered[Done]:
    """Forgets the caller. Refused (`in_use`) while a visit is to come, `last_admin` for the last admin."""
    me = _me(actor)

    def write(conn: Connection) -> Done:
        service.erase(conn, actor.tenant.id, me, now)
        record(UnitOfWork(conn, actor, now), "person.erased", f"person:{me.id}")
        return Done()

    answer = await commands.run(request, actor, db, write, status=200)
    await service.forget_context(redis, actor.tenant.slug, [me.tg_id])
    return answer


@get("/v1/clients", access=Access.STAFF)
async def list_clients(
    actor: Actor,
    db: Database,
    now: int,
    wanted: Annotated[str, QueryParameter(name="query", max_length=64)] = "",
    cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=200)] = PAGE,
) -> wire.Clients:
    """Clients by name or phone; specialists see those who have had a visit with them."""
    after = None if cursor is None else rules.decode_cursor(cursor)
    if not actor.is_admin and actor.specialist_id is None:
        return wire.Clients(items=[], next=None)
    own = None if actor.is_admin else actor.specialist_id

    def read(conn: Connection) -> wire.Clients:
        rows = queries.clients(conn, actor.tenant.id, query=wanted, specialist_id=own, after=after, limit=limit + 1)
        more = len(rows) > limit
        rows = rows[:limit]
        following = rules.encode_cursor(rows[-1].rank, rows[-1].name_search, rows[-1].id) if more else None
        return wire.Clients(items=service.clients(conn, actor, rows, now), next=following)

    return await db.read(read)


@get("/v1/clients/{client_id:int}", access=Access.STAFF)
async def get_client(actor: Actor, db: Database, now: int, client_id: Id) -> wire.Client:
    """One client."""
    return await db.read(lambda conn: service.client(conn, actor, client_id, now))


@post("/v1/clients", access=Access.STAFF)
async def add_client(
    data: JSONBody[wire.NewClient], actor: Actor, request: Command, db: Database, now: int
) -> commands.Answered[wire.Client]:
    """A client who is not in Telegram."""

    def write(conn: Connection) -> wire.Client:
        name = service.given_name(data.name)
        phone = None if data.phone is None else service.given_phone(data.phone)
        note = service.given_note(data.note)
        person_id = queries.add_client(conn, actor.tenant.id, name, phone, note, now)
        record(UnitOfWork(conn, actor, now), "client.added", f"person:{person_id}")
        rows = [row for row in (queries.by_id(conn, actor.tenant.id, person_id),) if row is not None]
        return service.clients(conn, actor, rows, now)[0]

    return await commands.run(request, actor, db, write)


@patch("/v1/clients/{client_id:int}", access=Access.ADMIN)
async def update_client(
    data: JSONBody[wire.UpdateClient],
    actor: Actor,
    request: Command,
    db: Database,
    redis: SharedRedis,
    now: int,
    client_id: Id,
) -> commands.Answered[wire.Client]:
    """Name, phone, note, blocked; absent fields stay."""
    touched: list[int | None] = []

    def write(conn: Connection) -> wire.Client:
        touched.append(service.client(conn, actor, client_id, now).tg_id)
        values: dict[str, Any] = {}
        if data.name is not None:
            values["name"] = service.given_name(data.name)
        if data.phone is not None:
            values["phone"] = service.given_phone(data.phone)
        if data.note is not None:
            values["note"] = service.given_note(data.note)
        if data.blocked is not None:
            values["blocked"] = data.blocked
        queries.change(conn, actor.tenant.id, client_id, values)
        record(UnitOfWork(conn, actor, now), "client.changed", f"person:{client_id}", {"fields": sorted(values)})
        return service.client(conn, actor, client_id, now)

    answer = await commands.run(request, actor, db, write, status=200)
    await service.forget_context(redis, actor.tenant.slug, touched)
    return answer


def _me(actor: Actor) -> wire.Person:
    if actor.person is None:  # CLIENT access has made sure
        raise NotFound()
    return actor.person


handlers = [
    identify, get_me, update_me, export_me, erase_me,
    list_clients, get_client, add_client, update_client,
    *staff_routes.handlers,
]  # fmt: skip
