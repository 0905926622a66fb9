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
from backend.schedule.displacing import Alterations, DisplacementPlan
from backend.schedule.displacing_query import Bookings, Preview
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
        raise Invalid(f"A booking has from 1 to {MAX_SERVICES} services.", field="service_id")
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
    specialist_id: FromPath[int],
    data: JSONBody[Hours],
    alterations: Alterations,
    handling: Bookings = "keep",
    preview: Preview = "false",
) -> Answered[Changed]:
    """Replace the whole week."""
    plan = DisplacementPlan("hours", handling, preview, specialist_id)
    return await alterations.make(lambda unit: changes.replace_hours(unit, specialist_id, data), plan)


@patch("/v1/specialists/{specialist_id:int}/hours", access=Access.STAFF)
async def patch_hours(
    specialist_id: FromPath[int],
    data: JSONBody[UpdateHours],
    alterations: Alterations,
    handling: Bookings = "keep",
    preview: Preview = "false",
) -> Answered[Changed]:
    """Replace the shifts of some weekdays; the others stay."""
    plan = DisplacementPlan("hours", handling, preview, specialist_id)
    return await alterations.make(lambda unit: changes.replace_hours(unit, specialist_id, data), plan)


@put("/v1/specialists/{specialist_id:int}/dates/{date:str}", access=Access.STAFF)
async def put_date(
    specialist_id: FromPath[int],
    date: FromPath[str],
    data: JSONBody[DateHours],
    alterations: Alterations,
    handling: Bookings = "keep",
    preview: Preview = "false",
) -> Answered[Changed]:
    """Give one date its own shifts; none of them is a day off."""
    day, plan = _parse_day(date), DisplacementPlan("hours", handling, preview, specialist_id)
    return await alterations.make(lambda unit: changes.replace_date_hours(unit, specialist_id, day, data), plan)


@delete("/v1/specialists/{specialist_id:int}/dates/{date:str}", access=Access.STAFF, status_code=200)
async def delete_date(
    specialist_id: FromPath[int],
    date: FromPath[str],
    alterations: Alterations,
    handling: Bookings = "keep",
    preview: Preview = "false",
) -> Answered[Changed]:
    """Let the week hold again for that date."""
    day, plan = _parse_day(date), DisplacementPlan("hours", handling, preview, specialist_id)
    return await alterations.make(lambda unit: changes.replace_date_hours(unit, specialist_id, day, None), plan)


@post("/v1/specialists/{specialist_id:int}/time-off", access=Access.STAFF)
async def post_time_off(
    specialist_id: FromPath[int],
    data: JSONBody[NewTimeOff],
    alterations: Alterations,
    handling: Bookings = "keep",
    preview: Preview = "false",
) -> Answered[Changed]:
    """Add time off in wall times; one in a gap of the clock moves with it."""
    plan = DisplacementPlan("time_off", handling, preview, specialist_id)
    return await alterations.make(lambda unit: changes.add_time_off(unit, specialist_id, data), plan, 201)


@delete("/v1/specialists/{specialist_id:int}/time-off/{time_off_id:int}", access=Access.STAFF, status_code=200)
async def delete_time_off(
    specialist_id: FromPath[int], time_off_id: FromPath[int], alterations: Alterations
) -> Answered[Changed]:
    """Give the time back; bookings that needed a new time for it stand again."""
    plan = DisplacementPlan("time_off", "keep", "false", specialist_id)
    return await alterations.make(lambda unit: changes.remove_time_off(unit, specialist_id, time_off_id), plan)


@get("/v1/closures", access=Access.STAFF)
async def get_closures(transactions: Transactions) -> Closures:
    """Return the closed dates from today on."""
    return await transactions.read(changes.list_closures)


@post("/v1/closures", access=Access.ADMIN)
async def post_closure(
    data: JSONBody[NewClosure], alterations: Alterations, handling: Bookings = "keep", preview: Preview = "false"
) -> Answered[Changed]:
    """Close the business on a date, or on every date of a range."""
    days = service.parse_closed_days(data.date, data.last)
    plan = DisplacementPlan("closure", handling, preview)
    return await alterations.make(lambda unit: changes.add_closures(unit, *days), plan, 201)


@delete("/v1/closures/{date:str}", access=Access.ADMIN, status_code=200)
async def delete_closure(
    date: FromPath[str], alterations: Alterations, last: FromQuery[str | None] = None
) -> Answered[Changed]:
    """Open the business again on a date, or on every closed one up to `last`; bookings that needed a new time stand again."""
    days, plan = service.parse_closed_days(date, last), DisplacementPlan("closure", "keep", "false")
    return await alterations.make(lambda unit: changes.remove_closures(unit, *days), plan)


handlers = [
    get_slots, get_days, get_why, get_schedule, put_hours, patch_hours, put_date, delete_date, post_time_off, delete_time_off,
    get_closures, post_closure, delete_closure,
]  # fmt: skip
