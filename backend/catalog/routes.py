"""`/v1/services`, `/v1/specialists`, `/v1/rooms`: everybody reads, admins change."""

from typing import Annotated

from litestar import delete, get, patch, post
from litestar.params import JSONBody, PathParameter, QueryParameter

from backend.auth.access import Access
from backend.auth.actor import Actor, hide_private_fields
from backend.auth.contexts import StaleContexts
from backend.catalog import changes, service
from backend.contract.catalog import (
    ChangedRoom,
    ChangedService,
    ChangedSpecialist,
    NewRoom,
    NewService,
    NewSpecialist,
    Removed,
    Room,
    Rooms,
    Service,
    ServiceCard,
    Services,
    Specialist,
    Specialists,
    UpdateRoom,
    UpdateService,
    UpdateSpecialist,
)
from backend.contract.public import PublicService, PublicServices, PublicSpecialist, PublicSpecialists
from backend.idempotency import Answered
from backend.kit.redis import SharedRedis
from backend.schedule.displacing import Alterations, DisplacementPlan
from backend.schedule.displacing_query import Bookings, Preview
from backend.transactions import Transactions

Id = Annotated[int, PathParameter(ge=1, lt=2**53)]
OptionalId = Annotated[int | None, QueryParameter(ge=1, lt=2**53)]


@get("/v1/services", access=Access.PUBLIC)
async def list_services(transactions: Transactions, specialist_id: OptionalId = None) -> Services | PublicServices:
    """Return what can be booked, in the business's own order."""
    services = await transactions.read_cached(service.list_services, None, specialist_id)
    return hide_private_fields(transactions.actor, Services(items=services), PublicServices)


@get("/v1/services/{service_id:int}", access=Access.PUBLIC)
async def get_service(transactions: Transactions, service_id: Id) -> Service | PublicService:
    """Return one service."""
    found = await transactions.read_cached(service.load_service, service_id)
    return hide_private_fields(transactions.actor, found, PublicService)


@get("/v1/services/{service_id:int}/card", access=Access.ADMIN)
async def get_service_card(transactions: Transactions, service_id: Id) -> ServiceCard:
    """Return one service with the specialists and rooms that there are."""
    return await transactions.read(lambda unit: changes.load_service_card(unit, service_id))


@post("/v1/services", access=Access.ADMIN)
async def add_service(data: JSONBody[NewService], transactions: Transactions) -> Answered[ServiceCard]:
    """Add a service, last in the order."""
    return await transactions.write(lambda unit: changes.add_service(unit, data))


@patch("/v1/services/{service_id:int}", access=Access.ADMIN)
async def change_service(
    data: JSONBody[UpdateService],
    alterations: Alterations,
    service_id: Id,
    handling: Bookings = "keep",
    preview: Preview = "false",
) -> Answered[ChangedService]:
    """Change a service; absent fields stay. Bookings keep the terms that they were made with; those ahead are listed."""
    plan = DisplacementPlan("service", handling, preview)
    return await alterations.make(lambda unit: changes.change_service(unit, service_id, data), plan)


@delete("/v1/services/{service_id:int}", access=Access.ADMIN, status_code=200)
async def remove_service(
    alterations: Alterations, service_id: Id, handling: Bookings = "keep", preview: Preview = "false"
) -> Answered[Removed]:
    """Take a service off sale; its bookings still speak of it, and those ahead are listed."""
    plan = DisplacementPlan("service", handling, preview)
    return await alterations.make(lambda unit: changes.remove_service(unit, service_id), plan)


@get("/v1/specialists", access=Access.PUBLIC)
async def list_specialists(
    transactions: Transactions, service_id: OptionalId = None
) -> Specialists | PublicSpecialists:
    """Return who can be booked, in the business's own order."""
    staff = _sees_accounts(transactions.actor)
    service_ids = () if service_id is None else (service_id,)
    specialists = await transactions.read_cached(service.list_specialists, None, service_ids, staff)
    return hide_private_fields(transactions.actor, Specialists(items=specialists), PublicSpecialists)


@get("/v1/specialists/{specialist_id:int}", access=Access.PUBLIC)
async def get_specialist(transactions: Transactions, specialist_id: Id) -> Specialist | PublicSpecialist:
    """Return one specialist."""
    staff = _sees_accounts(transactions.actor)
    found = await transactions.read_cached(service.load_specialist, specialist_id, staff)
    return hide_private_fields(transactions.actor, found, PublicSpecialist)


@post("/v1/specialists", access=Access.ADMIN)
async def add_specialist(data: JSONBody[NewSpecialist], transactions: Transactions) -> Answered[Specialist]:
    """Add a specialist, last in the order, without hours yet."""
    return await transactions.write(lambda unit: changes.add_specialist(unit, data))


@patch("/v1/specialists/{specialist_id:int}", access=Access.ADMIN)
async def change_specialist(
    data: JSONBody[UpdateSpecialist],
    alterations: Alterations,
    specialist_id: Id,
    handling: Bookings = "keep",
    preview: Preview = "false",
) -> Answered[ChangedSpecialist]:
    """Change a specialist; absent fields stay. Bookings keep their terms; those ahead whose terms change are listed."""
    plan = DisplacementPlan("service", handling, preview, specialist_id)
    return await alterations.make(lambda unit: changes.change_specialist(unit, specialist_id, data), plan)


@delete("/v1/specialists/{specialist_id:int}", access=Access.ADMIN, status_code=200)
async def remove_specialist(
    alterations: Alterations,
    actor: Actor,
    redis: SharedRedis,
    specialist_id: Id,
    handling: Bookings = "keep",
    preview: Preview = "false",
) -> Answered[Removed]:
    """Take a specialist out of the business, their account with them; their bookings ahead are listed."""
    stale, plan = (
        StaleContexts(redis, actor.tenant.slug),
        DisplacementPlan("specialist", handling, preview, specialist_id),
    )
    answer = await alterations.make(lambda unit: changes.remove_specialist(unit, specialist_id, stale), plan)
    await stale.drop()
    return answer


@get("/v1/rooms", access=Access.STAFF)
async def list_rooms(transactions: Transactions) -> Rooms:
    """Return rooms and equipment."""
    return await transactions.read(changes.list_rooms, brief=True)


@post("/v1/rooms", access=Access.ADMIN)
async def add_room(data: JSONBody[NewRoom], transactions: Transactions) -> Answered[Room]:
    """Add a room."""
    return await transactions.write(lambda unit: changes.add_room(unit, data))


@patch("/v1/rooms/{room_id:int}", access=Access.ADMIN)
async def change_room(
    data: JSONBody[UpdateRoom],
    alterations: Alterations,
    room_id: Id,
    handling: Bookings = "keep",
    preview: Preview = "false",
) -> Answered[ChangedRoom]:
    """Change a room; absent fields stay. Where the count falls, bookings ahead that hold one are listed and keep it."""
    plan = DisplacementPlan("room", handling, preview)
    return await alterations.make(lambda unit: changes.change_room(unit, room_id, data), plan)


@delete("/v1/rooms/{room_id:int}", access=Access.ADMIN, status_code=200)
async def remove_room(
    alterations: Alterations, room_id: Id, handling: Bookings = "keep", preview: Preview = "false"
) -> Answered[Removed]:
    """Remove a room; the bookings ahead that hold one are listed. Refused (`in_use`) while a service takes it."""
    plan = DisplacementPlan("room", handling, preview)
    return await alterations.make(lambda unit: changes.remove_room(unit, room_id), plan)


def _sees_accounts(actor: Actor) -> bool:
    return actor.is_staff and actor.client_type == "internal"


handlers = [
    list_services, get_service, get_service_card, add_service, change_service, remove_service,
    list_specialists, get_specialist, add_specialist, change_specialist, remove_specialist,
    list_rooms, add_room, change_room, remove_room,
]  # fmt: skip
