"""`/v1/services`, `/v1/specialists`, `/v1/rooms`: everybody reads, admins change."""

from typing import Annotated, Any

import msgspec
from litestar import Request, delete, get, patch, post
from litestar.params import JSONBody, PathParameter, QueryParameter
from msgspec import UNSET
from sqlalchemy import Connection

from backend import idempotency as commands
from backend.audit.service import record
from backend.auth.access import Access
from backend.auth.actor import Actor, hide_private_fields
from backend.catalog import queries, service
from backend.catalog.queries import lists
from backend.contract import catalog as wire
from backend.contract import public
from backend.db import tables
from backend.db.engine import Database
from backend.errors import NotFound
from backend.kit.text import clean_lines, parse_money
from backend.locks import SharedRedis
from backend.people.service import forget_context
from backend.transactions import UnitOfWork

Id = Annotated[int, PathParameter(ge=1, lt=2**53)]
Command = Request[Any, Any, Any]
_TERMS = ("price", "duration_min", "buffer_before_min", "buffer_after_min", "capacity")


@get("/v1/services", access=Access.PUBLIC)
async def list_services(
    actor: Actor, db: Database, specialist_id: Annotated[int | None, QueryParameter(ge=1, lt=2**53)] = None
) -> wire.Services | public.PublicServices:
    """What can be booked, in the business's own order."""
    found = await db.read_cached(service.services, actor.tenant, None, specialist_id)
    return hide_private_fields(actor, wire.Services(items=found), public.PublicServices)


@get("/v1/services/{service_id:int}", access=Access.PUBLIC)
async def get_service(actor: Actor, db: Database, service_id: Id) -> wire.Service | public.PublicService:
    """One service."""
    found = await db.read_cached(service.service, actor.tenant, service_id)
    return hide_private_fields(actor, found, public.PublicService)


@post("/v1/services", access=Access.ADMIN)
async def add_service(
    data: JSONBody[wire.NewService], actor: Actor, request: Command, db: Database, now: int
) -> commands.Answered[wire.Service]:
    """A new service, last in the order."""
    tenant = actor.tenant

    def write(conn: Connection) -> wire.Service:
        name = service.named(conn, tables.services, tenant.id, data.name)
        room_ids = service.theirs(conn, tables.rooms, tenant.id, data.room_ids, "room_ids")
        values = {field: getattr(data, field) for field in _TERMS}
        values |= {"name": name, "price": parse_money(data.price), "description": clean_lines(data.description)}
        service_id = queries.add(conn, tables.services, tenant.id, values)
        queries.set_service_rooms(conn, tenant.id, service_id, room_ids)
        record(UnitOfWork(conn, actor, now), "service.added", f"service:{service_id}")
        return service.service(conn, tenant, service_id)

    return await commands.run(request, actor, db, write)


@patch("/v1/services/{service_id:int}", access=Access.ADMIN)
async def change_service(
    data: JSONBody[wire.UpdateService], actor: Actor, request: Command, db: Database, now: int, service_id: Id
) -> commands.Answered[wire.ChangedService]:
    """Absent fields stay. Visits keep the terms that they were booked with; those ahead are listed."""
    tenant = actor.tenant

    def write(conn: Connection) -> wire.ChangedService:
        was = service.service(conn, tenant, service_id)
        values = _given(data, ("description", "position", *_TERMS))
        if data.name is not UNSET:
            values["name"] = service.named(conn, tables.services, tenant.id, data.name, service_id)
        if data.price is not UNSET:
            values["price"] = parse_money(data.price)
        queries.change(conn, tables.services, tenant.id, service_id, values)
        if data.room_ids is not UNSET:
            room_ids = service.theirs(conn, tables.rooms, tenant.id, data.room_ids, "room_ids")
            queries.set_service_rooms(conn, tenant.id, service_id, room_ids)
        now_is = service.service(conn, tenant, service_id)
        changed = [f for f in was.__struct_fields__ if getattr(was, f) != getattr(now_is, f)]
        touched = {*_TERMS, "room_ids"} & set(changed)
        rows = queries.upcoming(conn, tenant.id, now, service_id=service_id) if touched else []
        record(UnitOfWork(conn, actor, now), "service.changed", f"service:{service_id}", {"fields": changed})
        return wire.ChangedService(**msgspec.structs.asdict(now_is), affected=service.affected(rows, tenant))

    return await commands.run(request, actor, db, write, status=200)


@delete("/v1/services/{service_id:int}", access=Access.ADMIN, status_code=200)
async def remove_service(
    actor: Actor, request: Command, db: Database, now: int, service_id: Id
) -> commands.Answered[wire.Removed]:
    """Takes it off sale; past visits still speak of it. Refused (`in_use`) while visits ahead have it."""
    tenant_id = actor.tenant.id

    def write(conn: Connection) -> wire.Removed:
        if not lists.active_services(conn, tenant_id, service_id):
            raise NotFound()
        service.refuse_if_needed(queries.upcoming(conn, tenant_id, now, service_id=service_id))
        queries.drop_offers(conn, tenant_id, service_id)
        queries.change(conn, tables.services, tenant_id, service_id, {"archived_at": now})
        record(UnitOfWork(conn, actor, now), "service.removed", f"service:{service_id}")
        return wire.Removed(id=service_id)

    return await commands.run(request, actor, db, write, status=200)


@get("/v1/specialists", access=Access.PUBLIC)
async def list_specialists(
    actor: Actor, db: Database, service_id: Annotated[int | None, QueryParameter(ge=1, lt=2**53)] = None
) -> wire.Specialists | public.PublicSpecialists:
    """Who can be booked, in the business's own order."""
    found = await db.read_cached(service.specialists, actor.tenant, None, service_id, _staff(actor))
    return hide_private_fields(actor, wire.Specialists(items=found), public.PublicSpecialists)


@get("/v1/specialists/{specialist_id:int}", access=Access.PUBLIC)
async def get_specialist(actor: Actor, db: Database, specialist_id: Id) -> wire.Specialist | public.PublicSpecialist:
    """One specialist."""
    found = await db.read_cached(service.specialist, actor.tenant, specialist_id, _staff(actor))
    return hide_private_fields(actor, found, public.PublicSpecialist)


@post("/v1/specialists", access=Access.ADMIN)
async def add_specialist(
    data: JSONBody[wire.NewSpecialist], actor: Actor, request: Command, db: Database, now: int
) -> commands.Answered[wire.Specialist]:
    """A new specialist, last in the order, without hours yet."""
    tenant = actor.tenant

    def write(conn: Connection) -> wire.Specialist:
        name = service.named(conn, tables.specialists, tenant.id, data.name)
        service.theirs(conn, tables.services, tenant.id, [o.service_id for o in data.services], "services")
        values = {"name": name, "description": clean_lines(data.description)}
        specialist_id = queries.add(conn, tables.specialists, tenant.id, values)
        queries.set_offers(conn, tenant.id, specialist_id, service.offer_rows(data.services))
        record(UnitOfWork(conn, actor, now), "specialist.added", f"specialist:{specialist_id}")
        return service.specialist(conn, tenant, specialist_id, staff=True)

    return await commands.run(request, actor, db, write)


@patch("/v1/specialists/{specialist_id:int}", access=Access.ADMIN)
async def change_specialist(
    data: JSONBody[wire.UpdateSpecialist], actor: Actor, request: Command, db: Database, now: int, specialist_id: Id
) -> commands.Answered[wire.ChangedSpecialist]:
    """Absent fields stay. Visits keep the terms that they were booked with; those whose terms change are listed."""
    tenant = actor.tenant

    def write(conn: Connection) -> wire.ChangedSpecialist:
        was = service.specialist(conn, tenant, specialist_id, staff=True)
        values = _given(data, ("description", "position"))
        if data.name is not UNSET:
            values["name"] = service.named(conn, tables.specialists, tenant.id, data.name, specialist_id)
        queries.change(conn, tables.specialists, tenant.id, specialist_id, values)
        if data.services is not UNSET:
            service.theirs(conn, tables.services, tenant.id, [o.service_id for o in data.services], "services")
            queries.set_offers(conn, tenant.id, specialist_id, service.offer_rows(data.services))
        now_is = service.specialist(conn, tenant, specialist_id, staff=True)
        changed = [f for f in was.__struct_fields__ if getattr(was, f) != getattr(now_is, f)]
        kept = {one.service_id: one for one in now_is.services}
        lost = {one.service_id for one in was.services if kept.get(one.service_id) != one}
        rows = queries.upcoming(conn, tenant.id, now, specialist_id=specialist_id, service_ids=lost) if lost else []
        record(UnitOfWork(conn, actor, now), "specialist.changed", f"specialist:{specialist_id}", {"fields": changed})
        return wire.ChangedSpecialist(**msgspec.structs.asdict(now_is), affected=service.affected(rows, tenant))

    return await commands.run(request, actor, db, write, status=200)


@delete("/v1/specialists/{specialist_id:int}", access=Access.ADMIN, status_code=200)
async def remove_specialist(
    actor: Actor, request: Command, db: Database, redis: SharedRedis, now: int, specialist_id: Id
) -> commands.Answered[wire.Removed]:
    """Takes them out of the business, their account with them. Refused (`in_use`) while visits ahead are theirs."""
    tenant_id = actor.tenant.id
    account: list[int | None] = []

    def write(conn: Connection) -> wire.Removed:
        if not lists.active_specialists(conn, tenant_id, specialist_id):
            raise NotFound()
        service.refuse_if_needed(queries.upcoming(conn, tenant_id, now, specialist_id=specialist_id))
        account.append(queries.unbind_account(conn, tenant_id, specialist_id))
        queries.set_offers(conn, tenant_id, specialist_id, [])
        queries.change(conn, tables.specialists, tenant_id, specialist_id, {"archived_at": now})
        record(UnitOfWork(conn, actor, now), "specialist.removed", f"specialist:{specialist_id}")
        return wire.Removed(id=specialist_id)

    answer = await commands.run(request, actor, db, write, status=200)
    await forget_context(redis, actor.tenant.slug, account)
    return answer


@get("/v1/rooms", access=Access.STAFF)
async def list_rooms(actor: Actor, db: Database) -> wire.Rooms:
    """Rooms and equipment."""
    rows = await db.read_cached(queries.all_rooms, actor.tenant.id)
    return wire.Rooms(items=[_room(row) for row in rows])


@post("/v1/rooms", access=Access.ADMIN)
async def add_room(
    data: JSONBody[wire.NewRoom], actor: Actor, request: Command, db: Database, now: int
) -> commands.Answered[wire.Room]:
    """A new room."""

    def write(conn: Connection) -> wire.Room:
        name = service.named(conn, tables.rooms, actor.tenant.id, data.name)
        room_id = queries.add(conn, tables.rooms, actor.tenant.id, {"name": name, "count": data.count})
        record(UnitOfWork(conn, actor, now), "room.added", f"room:{room_id}")
        return wire.Room(id=room_id, name=name, count=data.count)

    return await commands.run(request, actor, db, write)


@patch("/v1/rooms/{room_id:int}", access=Access.ADMIN)
async def change_room(
    data: JSONBody[wire.UpdateRoom], actor: Actor, request: Command, db: Database, now: int, room_id: Id
) -> commands.Answered[wire.ChangedRoom]:
    """Absent fields stay. Where the count falls, the visits ahead that hold one are listed; they keep it."""
    tenant = actor.tenant

    def write(conn: Connection) -> wire.ChangedRoom:
        was = queries.room(conn, tenant.id, room_id)
        if was is None:
            raise NotFound()
        values = _given(data, ("count",))
        if data.name is not UNSET:
            values["name"] = service.named(conn, tables.rooms, tenant.id, data.name, room_id)
        queries.change(conn, tables.rooms, tenant.id, room_id, values)
        fewer = values.get("count", was._mapping["count"]) < was._mapping["count"]
        rows = queries.upcoming(conn, tenant.id, now, room_id=room_id) if fewer else []
        record(UnitOfWork(conn, actor, now), "room.changed", f"room:{room_id}", {"fields": sorted(values)})
        row = queries.room(conn, tenant.id, room_id)
        return wire.ChangedRoom(**msgspec.structs.asdict(_room(row)), affected=service.affected(rows, tenant))

    return await commands.run(request, actor, db, write, status=200)


@delete("/v1/rooms/{room_id:int}", access=Access.ADMIN, status_code=200)
async def remove_room(
    actor: Actor, request: Command, db: Database, now: int, room_id: Id
) -> commands.Answered[wire.Removed]:
    """Refused (`in_use`) while a service takes it or visits ahead hold one."""

    def write(conn: Connection) -> wire.Removed:
        service.remove_room(conn, actor.tenant.id, room_id, now)
        record(UnitOfWork(conn, actor, now), "room.removed", f"room:{room_id}")
        return wire.Removed(id=room_id)

    return await commands.run(request, actor, db, write, status=200)


def _given(data: msgspec.Struct, fields: tuple[str, ...]) -> dict[str, Any]:
    """The fields that a PATCH has, as the table keeps them."""
    values = {field: getattr(data, field) for field in fields if getattr(data, field) is not UNSET}
    if "description" in values:
        values["description"] = clean_lines(values["description"])
    return values


def _room(row: Any) -> wire.Room:
    return wire.Room(id=row.id, name=row.name, count=row._mapping["count"])


def _staff(actor: Actor) -> bool:
    return actor.is_staff and actor.client_type == "internal"


handlers = [
    list_services, get_service, add_service, change_service, remove_service,
    list_specialists, get_specialist, add_specialist, change_specialist, remove_specialist,
    list_rooms, add_room, change_room, remove_room,
]  # fmt: skip
