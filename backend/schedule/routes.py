"""`/v1/slots`, `/v1/days`, and the schedules of specialists and of the business."""

from typing import Annotated

from litestar import delete, get, patch, post, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from backend import clock
from backend.auth.access import Access
from backend.contract.schedule import (
    Changed,
    Closures,
    DateHours,
    Days,
    Hours,
    NewClosure,
    NewTimeOff,
    Reasons,
    Schedule,
    Slots,
    UpdateHours,
)
from backend.errors import Invalid
from backend.idempotency import Answered
from backend.observability.metrics import Metrics
from backend.schedule import changes, service
from backend.schedule.service import SlotQuery
from backend.transactions import Transactions, UnitOfWork

ServiceIds = Annotated[list[int], QueryParameter(name="service_id")]
From = Annotated[str, QueryParameter(name="from")]
To = Annotated[str, QueryParameter(name="to")]
MAX_SERVICES = 10


def _slot_query(
    transactions: Transactions, service_ids: list[int], specialist_id: int | None, places: int, *, client_limits: bool
) -> SlotQuery:
    if not 1 <= len(service_ids) <= MAX_SERVICES:
        raise Invalid(f"A visit has from 1 to {MAX_SERVICES} services.", field="service_id")
    tenant, now = transactions.actor.tenant, transactions.now
    return SlotQuery(tenant, service_ids, specialist_id, now, client_limits, places=places)


def _parse_day(text: str) -> int:
    return clock.parse_date(text, "date").toordinal()


@get("/v1/slots", access=Access.PUBLIC)
async def get_slots(  # noqa: PLR0913  query parameters
    transactions: Transactions,
    metrics: Metrics,
    service_ids: ServiceIds,
    since: From,
    until: To,
    specialist_id: FromQuery[int | None] = None,
    places: FromQuery[int] = 1,
    limit: FromQuery[int | None] = None,
) -> Slots:
    """Return free starts in order. Notice and horizon hold for clients, not for staff.

    Several services that specialists could share in too many ways, each in another's way, are refused (`invalid`)."""
    client_limits = not transactions.actor.is_staff
    query = _slot_query(transactions, service_ids, specialist_id, places, client_limits=client_limits)
    days, limit = service.parse_date_range(since, until), service.check_slot_limit(limit)

    def read(unit: UnitOfWork) -> Slots:
        with metrics.free_times.time():
            return service.list_slots(unit.conn, query, days, limit)

    return await transactions.read(read)


@get("/v1/days", access=Access.PUBLIC)
async def get_days(
    transactions: Transactions,
    metrics: Metrics,
    service_ids: ServiceIds,
    since: From,
    until: To,
    specialist_id: FromQuery[int | None] = None,
    places: FromQuery[int] = 1,
) -> Days:
    """Return the dates with a free start, and the first one from `from` on, also after `to`.

    Several services that specialists could share in too many ways, each in another's way, are refused (`invalid`)."""
    client_limits = not transactions.actor.is_staff
    query = _slot_query(transactions, service_ids, specialist_id, places, client_limits=client_limits)
    days = service.parse_date_range(since, until)

    def read(unit: UnitOfWork) -> Days:
        with metrics.free_times.time():
            return service.list_days(unit.conn, query, days)

    return await transactions.read(read)


@get("/v1/slots/why", access=Access.STAFF)
async def get_why(
    transactions: Transactions,
    service_ids: ServiceIds,
    start: FromQuery[str],
    specialist_id: FromQuery[int | None] = None,
    places: FromQuery[int] = 1,
) -> Reasons:
    """Return why a client is not offered a start: the rules that close it, for one or for all specialists."""
    query = _slot_query(transactions, service_ids, specialist_id, places, client_limits=True)
    at = clock.parse_start(start.replace(" ", "+"), query.zone.tz)
    return await transactions.read(lambda unit: service.explain_start(unit.conn, query, at))


@get("/v1/specialists/{specialist_id:int}/schedule", access=Access.STAFF)
async def get_schedule(specialist_id: FromPath[int], transactions: Transactions) -> Schedule:
    """Return the week, and the dates and time off from today on."""
    return await transactions.read(lambda unit: changes.load_schedule(unit, specialist_id))


@put("/v1/specialists/{specialist_id:int}/hours", access=Access.STAFF)
async def put_hours(
    specialist_id: FromPath[int], data: JSONBody[Hours], transactions: Transactions
) -> Answered[Changed]:
    """Replace the whole week."""
    return await transactions.write(lambda unit: changes.replace_hours(unit, specialist_id, data), 200)


@patch("/v1/specialists/{specialist_id:int}/hours", access=Access.STAFF)
async def patch_hours(
    specialist_id: FromPath[int], data: JSONBody[UpdateHours], transactions: Transactions
) -> Answered[Changed]:
    """Replace the shifts of some weekdays; the others stay."""
    return await transactions.write(lambda unit: changes.replace_hours(unit, specialist_id, data), 200)


@put("/v1/specialists/{specialist_id:int}/dates/{date:str}", access=Access.STAFF)
async def put_date(
    specialist_id: FromPath[int], date: FromPath[str], data: JSONBody[DateHours], transactions: Transactions
) -> Answered[Changed]:
    """Give one date its own shifts; none of them is a day off."""
    day = _parse_day(date)
    return await transactions.write(lambda unit: changes.replace_date_hours(unit, specialist_id, day, data), 200)


@delete("/v1/specialists/{specialist_id:int}/dates/{date:str}", access=Access.STAFF, status_code=200)
async def delete_date(
    specialist_id: FromPath[int], date: FromPath[str], transactions: Transactions
) -> Answered[Changed]:
    """Let the week hold again for that date."""
    day = _parse_day(date)
    return await transactions.write(lambda unit: changes.replace_date_hours(unit, specialist_id, day, None), 200)


@post("/v1/specialists/{specialist_id:int}/time-off", access=Access.STAFF)
async def post_time_off(
    specialist_id: FromPath[int], data: JSONBody[NewTimeOff], transactions: Transactions
) -> Answered[Changed]:
    """Add time off in wall times; one in a gap of the clock moves with it."""
    return await transactions.write(lambda unit: changes.add_time_off(unit, specialist_id, data))


@delete("/v1/specialists/{specialist_id:int}/time-off/{time_off_id:int}", access=Access.STAFF, status_code=200)
async def delete_time_off(
    specialist_id: FromPath[int], time_off_id: FromPath[int], transactions: Transactions
) -> Answered[Changed]:
    """Give the time back."""
    return await transactions.write(lambda unit: changes.remove_time_off(unit, specialist_id, time_off_id), 200)


@get("/v1/closures", access=Access.STAFF)
async def get_closures(transactions: Transactions) -> Closures:
    """Return the closed dates from today on."""
    return await transactions.read(changes.list_closures)


@post("/v1/closures", access=Access.ADMIN)
async def post_closure(data: JSONBody[NewClosure], transactions: Transactions) -> Answered[Changed]:
    """Close the business on a date."""
    day = _parse_day(data.date)
    return await transactions.write(lambda unit: changes.add_closure(unit, day))


@delete("/v1/closures/{date:str}", access=Access.ADMIN, status_code=200)
async def delete_closure(date: FromPath[str], transactions: Transactions) -> Answered[Changed]:
    """Open the business again on a date."""
    day = _parse_day(date)
    return await transactions.write(lambda unit: changes.remove_closure(unit, day), 200)


handlers = [
    get_slots, get_days, get_why, get_schedule, put_hours, patch_hours, put_date, delete_date, post_time_off, delete_time_off,
    get_closures, post_closure, delete_closure,
]  # fmt: skip
