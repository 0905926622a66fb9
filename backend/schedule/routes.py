"""`/v1/slots`, `/v1/days`, `/v1/agenda`, and the schedules of specialists and of the business."""

from typing import Annotated, Any

from litestar import Request, delete, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from backend import clock
from backend import idempotency as commands
from backend.auth.access import Access
from backend.auth.actor import Actor
from backend.contract.schedule import (
    Agenda,
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
)
from backend.db.engine import Database
from backend.errors import Invalid
from backend.schedule import agenda as agendas
from backend.schedule import changes, service
from backend.schedule.when import parse_start

AnyRequest = Request[Any, Any, Any]
Answered = commands.Answered[Changed]
ServiceIds = Annotated[list[int], QueryParameter(name="service_id")]
From = Annotated[str, QueryParameter(name="from")]
To = Annotated[str, QueryParameter(name="to")]
MAX_SERVICES = 10


def _asked(actor: Actor, service_ids: list[int], specialist_id: int | None, now: int) -> service.SlotQuery:
    if not 1 <= len(service_ids) <= MAX_SERVICES:
        raise Invalid(f"A visit has from 1 to {MAX_SERVICES} services.", field="service_id")
    return service.SlotQuery(actor.tenant, service_ids, specialist_id, now, client_limits=not actor.is_staff)


def _day(text: str) -> int:
    return clock.parse_date(text, "date").toordinal()


@get("/v1/slots", access=Access.PUBLIC)
async def get_slots(
    actor: Actor,
    db: Database,
    now: int,
    service_ids: ServiceIds,
    since: From,
    until: To,
    specialist_id: FromQuery[int | None] = None,
    limit: FromQuery[int | None] = None,
) -> Slots:
    """Free starts in order; notice and horizon hold for clients, not for staff.

    Several services that specialists could share in too many ways, each in another's way, are refused (`invalid`)."""
    ask, days = _asked(actor, service_ids, specialist_id, now), service.date_range(since, until)
    most = service.slot_limit(limit)
    return await db.read(lambda conn: service.slots(conn, ask, days, most))


@get("/v1/days", access=Access.PUBLIC)
async def get_days(
    actor: Actor,
    db: Database,
    now: int,
    service_ids: ServiceIds,
    since: From,
    until: To,
    specialist_id: FromQuery[int | None] = None,
) -> Days:
    """Dates with a free start, and the first one from `from` on, also after `to`.

    Several services that specialists could share in too many ways, each in another's way, are refused (`invalid`)."""
    ask, days = _asked(actor, service_ids, specialist_id, now), service.date_range(since, until)
    return await db.read(lambda conn: service.days(conn, ask, days))


@get("/v1/slots/why", access=Access.STAFF)
async def get_why(
    actor: Actor,
    db: Database,
    now: int,
    service_ids: ServiceIds,
    start: FromQuery[str],
    specialist_id: FromQuery[int | None] = None,
) -> Reasons:
    """Why a client is not offered a start: the rules that close it, for one or for all specialists."""
    ask = _asked(actor, service_ids, specialist_id, now)._replace(client_limits=True)
    at = parse_start(start.replace(" ", "+"), clock.zone(actor.tenant.timezone))
    return await db.read(lambda conn: service.explain_start(conn, ask, at))


@get("/v1/agenda", access=Access.STAFF)
async def get_agenda(
    actor: Actor, db: Database, now: int, date: FromQuery[str], specialist_id: FromQuery[int | None] = None
) -> Agenda:
    """One date of all specialists, or of one."""
    day = _day(date)
    return await db.read(lambda conn: agendas.agenda(conn, actor, day, specialist_id, now))


@get("/v1/specialists/{specialist_id:int}/schedule", access=Access.STAFF)
async def get_schedule(specialist_id: FromPath[int], actor: Actor, db: Database, now: int) -> Schedule:
    """The week, and the dates and time off from today on."""
    return await db.read(lambda conn: changes.show(conn, actor, specialist_id, now))


@put("/v1/specialists/{specialist_id:int}/hours", access=Access.STAFF)
async def put_hours(
    specialist_id: FromPath[int], data: JSONBody[Hours], request: AnyRequest, actor: Actor, db: Database, now: int
) -> Answered:
    """Replace the whole week."""
    return await commands.run(
        request, actor, db, lambda conn: changes.put_week(conn, actor, specialist_id, data, now), 200
    )


@put("/v1/specialists/{specialist_id:int}/dates/{date:str}", access=Access.STAFF)
async def put_date(
    specialist_id: FromPath[int],
    date: FromPath[str],
    data: JSONBody[DateHours],
    request: AnyRequest,
    actor: Actor,
    db: Database,
    now: int,
) -> Answered:
    """Other shifts for one date; none of them is a day off."""
    day = _day(date)
    return await commands.run(
        request, actor, db, lambda conn: changes.put_date(conn, actor, specialist_id, day, data, now), 200
    )


@delete("/v1/specialists/{specialist_id:int}/dates/{date:str}", access=Access.STAFF, status_code=200)
async def delete_date(
    specialist_id: FromPath[int], date: FromPath[str], request: AnyRequest, actor: Actor, db: Database, now: int
) -> Answered:
    """The week holds again for that date."""
    day = _day(date)
    return await commands.run(
        request, actor, db, lambda conn: changes.put_date(conn, actor, specialist_id, day, None, now), 200
    )


@post("/v1/specialists/{specialist_id:int}/time-off", access=Access.STAFF)
async def post_time_off(
    specialist_id: FromPath[int], data: JSONBody[NewTimeOff], request: AnyRequest, actor: Actor, db: Database, now: int
) -> Answered:
    """Time off in wall times; one in a gap of the clock moves with it."""
    return await commands.run(
        request, actor, db, lambda conn: changes.add_time_off(conn, actor, specialist_id, data, now)
    )


@delete("/v1/specialists/{specialist_id:int}/time-off/{time_off_id:int}", access=Access.STAFF, status_code=200)
async def delete_time_off(
    specialist_id: FromPath[int], time_off_id: FromPath[int], request: AnyRequest, actor: Actor, db: Database, now: int
) -> Answered:
    """Give the time back."""
    return await commands.run(
        request, actor, db, lambda conn: changes.remove_time_off(conn, actor, specialist_id, time_off_id, now), 200
    )


@get("/v1/closures", access=Access.STAFF)
async def get_closures(actor: Actor, db: Database, now: int) -> Closures:
    """Closed dates from today on."""
    return await db.read(lambda conn: changes.closures(conn, actor, now))


@post("/v1/closures", access=Access.ADMIN)
async def post_closure(
    data: JSONBody[NewClosure], request: AnyRequest, actor: Actor, db: Database, now: int
) -> Answered:
    """Close the business on a date."""
    day = _day(data.date)
    return await commands.run(request, actor, db, lambda conn: changes.close(conn, actor, day, now))


@delete("/v1/closures/{date:str}", access=Access.ADMIN, status_code=200)
async def delete_closure(date: FromPath[str], request: AnyRequest, actor: Actor, db: Database, now: int) -> Answered:
    """Open the business again on a date."""
    day = _day(date)
    return await commands.run(request, actor, db, lambda conn: changes.reopen(conn, actor, day, now), 200)


handlers = [
    get_slots, get_days, get_why, get_agenda, get_schedule, put_hours, put_date, delete_date, post_time_off,
    delete_time_off, get_closures, post_closure, delete_closure,
]  # fmt: skip
