"""What whole screens show, over several features, in one answer: homes, agendas, cards, choices of a time."""

from typing import Annotated, Literal

from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from backend import clock
from backend.auth.access import Access
from backend.bookings.queries.listing import Filters
from backend.contract.bookings import Status
from backend.contract.overviews import (
    Agenda,
    Agendas,
    BookingsOverview,
    Calendar,
    DayChoice,
    GapOffers,
    HoldSoonest,
    Home,
    ServiceChoice,
    SlotChoice,
    SoonestHold,
    SpecialistCard,
    SpecialistOffers,
    UnmarkedBookings,
    Weeks,
)
from backend.contract.people import Role
from backend.errors import Invalid
from backend.idempotency import Answered
from backend.overviews import cards, choices, lists
from backend.overviews.agenda import load_agendas
from backend.overviews.calendar import load_calendar
from backend.overviews.home import load_home
from backend.schedule.service import check_slot_limit, parse_date_range
from backend.schedule.zones import load_zone
from backend.transactions import Transactions

MAX_DAYS = 14
MAX_OFFERS = 20
MAX_GAP_S = 48 * 3600
MAX_PAGE = 200
From = Annotated[str, QueryParameter(name="from")]
To = Annotated[str, QueryParameter(name="to")]
ServiceIds = Annotated[list[int] | None, QueryParameter(name="service_id")]


@get("/v1/home", access=Access.CLIENT)
async def get_home(transactions: Transactions, role: FromQuery[Role | None] = None) -> Home:
    """Return the caller's first screen, in their strongest role or in another of theirs: staff may see a client's."""
    return await transactions.read(lambda unit: load_home(unit, role))


@get("/v1/agenda", access=Access.STAFF)
async def get_agenda(
    transactions: Transactions, date: FromQuery[str], specialist_id: FromQuery[int | None] = None
) -> Agenda:
    """Return one date of all specialists, or of one."""
    day = clock.parse_date(date, "date").toordinal()
    return await transactions.read(lambda unit: load_agendas(unit, day, day, specialist_id)[0])


@get("/v1/agendas", access=Access.STAFF)
async def list_agendas(
    transactions: Transactions, since: From, until: To, specialist_id: FromQuery[int | None] = None
) -> Agendas:
    """Return the dates from `from` to `to`, both included, at most 14, of all specialists or of one."""
    first, last = parse_date_range(since, until)
    if last - first >= MAX_DAYS:
        raise Invalid(f"A range may have at most {MAX_DAYS} days.", field="to")
    return Agendas(items=await transactions.read(lambda unit: load_agendas(unit, first, last, specialist_id)))


@get("/v1/calendar", access=Access.STAFF)
async def get_calendar(
    transactions: Transactions, since: From, until: To, specialist_id: FromQuery[int | None] = None
) -> Calendar:
    """Return the dates from `from` to `to` at a glance, of all specialists or of one."""
    first, last = parse_date_range(since, until)
    return await transactions.read(lambda unit: load_calendar(unit, first, last, specialist_id))


@get("/v1/weeks", access=Access.ADMIN)
async def list_weeks(transactions: Transactions) -> Weeks:
    """Return the week of every specialist."""
    return await transactions.read(cards.list_weeks)


@get("/v1/specialists/{specialist_id:int}/card", access=Access.ADMIN)
async def get_specialist_card(specialist_id: FromPath[int], transactions: Transactions) -> SpecialistCard:
    """Return a specialist with the services that there are, the week and the account."""
    return await transactions.read(lambda unit: cards.load_specialist_card(unit, specialist_id))


@get("/v1/choices/slots", access=Access.CLIENT)
async def get_slot_choice(  # noqa: PLR0913  query parameters
    transactions: Transactions,
    since: From,
    until: To,
    service_ids: ServiceIds = None,
    booking_id: FromQuery[int | None] = None,
    specialist_id: FromQuery[int | None] = None,
    client_id: FromQuery[int | None] = None,
    limit: FromQuery[int | None] = None,
    spread: FromQuery[bool] = False,
) -> SlotChoice:
    """Return free starts with what they are chosen for: services, or a booking that moves (`booking_id`).

    `limit` cuts the list: soonest first, or with `spread` over the parts of the first three days that have any."""
    query = choices.ChoiceQuery(service_ids or (), booking_id, specialist_id, client_id)
    days, limit = parse_date_range(since, until), check_slot_limit(limit)
    return await transactions.read(lambda unit: choices.choose_slot(unit, query, days, limit, spread=spread))


@get("/v1/choices/days", access=Access.CLIENT)
async def get_day_choice(
    transactions: Transactions,
    since: From,
    until: To,
    service_ids: ServiceIds = None,
    booking_id: FromQuery[int | None] = None,
    specialist_id: FromQuery[int | None] = None,
    client_id: FromQuery[int | None] = None,
) -> DayChoice:
    """Return dates with a free start, with what they are chosen for: services, or a booking that moves (`booking_id`)."""
    query = choices.ChoiceQuery(service_ids or (), booking_id, specialist_id, client_id)
    days = parse_date_range(since, until)
    return await transactions.read(lambda unit: choices.choose_day(unit, query, days))


@get("/v1/choices/services", access=Access.CLIENT)
async def get_service_choice(
    transactions: Transactions,
    service_ids: ServiceIds = None,
    booking_id: FromQuery[int | None] = None,
    specialist_id: FromQuery[int | None] = None,
    client_id: FromQuery[int | None] = None,
) -> ServiceChoice:
    """Return the services on sale with what has been chosen so far."""
    query = choices.ChoiceQuery(service_ids or (), booking_id, specialist_id, client_id)
    return await transactions.read(lambda unit: choices.choose_services(unit, query))


@get("/v1/specialists/{specialist_id:int}/offers", access=Access.CLIENT)
async def get_specialist_offers(
    specialist_id: FromPath[int],
    transactions: Transactions,
    since: From,
    until: To,
    offset: Annotated[int, QueryParameter(ge=0, le=10_000)] = 0,
    limit: Annotated[int, QueryParameter(ge=1, le=MAX_OFFERS)] = MAX_OFFERS,
) -> SpecialistOffers:
    """Return what a specialist does, each service with its soonest start on those dates."""
    days = parse_date_range(since, until)
    return await transactions.read(
        lambda unit: choices.load_specialist_offers(unit, specialist_id, days, slice(offset, offset + limit))
    )


@get("/v1/specialists/{specialist_id:int}/gap", access=Access.STAFF, instants=True)
async def get_gap_offers(specialist_id: FromPath[int], transactions: Transactions, since: From, until: To) -> GapOffers:
    """Return what a specialist does that fits between two instants; specialists ask for their own gaps."""
    start, end = clock.parse_instant(since, "from"), clock.parse_instant(until, "to")
    if not 0 <= end - start <= MAX_GAP_S:
        raise Invalid("A gap has from 0 to 48 hours.", field="to")
    return await transactions.read(lambda unit: choices.load_gap_offers(unit, specialist_id, start, end))


@post("/v1/choices/soonest", access=Access.CLIENT)
async def post_soonest_hold(data: JSONBody[HoldSoonest], transactions: Transactions) -> Answered[SoonestHold]:
    """Hold the soonest free start for these services."""
    return await transactions.write(lambda unit: choices.hold_soonest(unit, data))


@get("/v1/bookings/overview", access=Access.STAFF)
async def get_bookings_overview(  # noqa: PLR0913  query parameters
    transactions: Transactions,
    since: Annotated[str | None, QueryParameter(name="from")] = None,
    until: Annotated[str | None, QueryParameter(name="to")] = None,
    status: Annotated[list[Status] | None, QueryParameter(name="status")] = None,
    specialist_id: FromQuery[int | None] = None,
    client_id: FromQuery[int | None] = None,
    service_id: FromQuery[int | None] = None,
    order: FromQuery[Literal["asc", "desc"]] = "asc",
    limit: Annotated[int, QueryParameter(ge=1, le=MAX_PAGE)] = 50,
    count_pending: FromQuery[bool] = False,
) -> BookingsOverview:
    """Return bookings as `/v1/bookings` lists them, with the names of what they are filtered by."""
    zone = load_zone(transactions.actor.tenant.timezone)
    filters = Filters(
        since=None if since is None else zone.midnight(clock.parse_date(since, "from").toordinal()),
        until=None if until is None else zone.midnight(clock.parse_date(until, "to").toordinal() + 1),
        statuses=status or (),
        specialist_id=specialist_id,
        client_id=client_id,
        descending=order == "desc",
        limit=limit,
        after=None,
        service_id=service_id,
    )
    return await transactions.read(
        lambda unit: lists.load_bookings_overview(unit, filters, count_pending=count_pending)
    )


@get("/v1/bookings/unmarked", access=Access.STAFF)
async def list_unmarked_bookings(
    transactions: Transactions,
    offset: Annotated[int, QueryParameter(ge=0, le=1_000_000)] = 0,
    limit: Annotated[int, QueryParameter(ge=1, le=MAX_PAGE)] = 50,
) -> UnmarkedBookings:
    """Return bookings that ended within 7 days and that nobody has marked; specialists see those of their calendar."""
    return await transactions.read(lambda unit: lists.load_unmarked_bookings(unit, offset, limit))


handlers = [
    get_home, get_agenda, list_agendas, get_calendar, list_weeks, get_specialist_card, get_slot_choice, get_day_choice,
    get_service_choice, get_bookings_overview, list_unmarked_bookings, get_specialist_offers, get_gap_offers,
    post_soonest_hold,
]  # fmt: skip
