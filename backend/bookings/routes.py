"""`/v1/bookings`: take, change and look up bookings. What one may do depends on whose booking it is, see `access`."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated, Literal

from litestar import Response, get, patch, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from backend import clock
from backend.auth.access import Access
from backend.bookings import answer_routes, endings, message_routes, moving, service, transitions, view
from backend.bookings.access import viewer_of
from backend.bookings.calendar_files import render_booking_file, render_own_file
from backend.bookings.history import list_history
from backend.bookings.places import change_places
from backend.bookings.queries.listing import Filters, load_page
from backend.bookings.reschedule_slots import RescheduleQuery, list_other_days, list_other_slots
from backend.bookings.rules import Step
from backend.bookings.zone_changes import follow_zone_changes
from backend.contract.bookings import (
    Booking,
    Bookings,
    Cancel,
    ChangePlaces,
    Confirm,
    History,
    Mark,
    Move,
    NewBooking,
    Status,
    UpdateBooking,
)
from backend.contract.schedule import Days, Slots
from backend.errors import Invalid
from backend.idempotency import Answered
from backend.kit.redis import SharedRedis
from backend.locks import courtesy_lock
from backend.schedule.service import check_slot_limit, parse_date_range
from backend.schedule.zones import load_zone
from backend.transactions import Transactions, UnitOfWork

BookingId = FromPath[int]
Since = Annotated[str, QueryParameter(name="from")]
Until = Annotated[str, QueryParameter(name="to")]
MAX_PAGE = 200
IN_CALENDAR: tuple[Status, ...] = ("pending", "confirmed", "arrived", "completed")
SHORT_PAGE = 20  # bookings that are read and rendered in about half a millisecond


@post("/v1/bookings", access=Access.CLIENT)
async def create(data: JSONBody[NewBooking], transactions: Transactions, redis: SharedRedis) -> Answered[Booking]:
    """Take a place: held, or booked at once."""
    tenant = transactions.actor.tenant
    start = clock.parse_start(data.start, clock.load_zone(tenant.timezone))
    async with courtesy_lock(redis, tenant.slug, "book", data.specialist_id or "any", start):
        return await transactions.write(lambda unit: service.create_booking(unit, data, start))


@post("/v1/bookings/{booking_id:int}/move", access=Access.CLIENT, status_code=200)
async def move(booking_id: BookingId, data: JSONBody[Move], transactions: Transactions) -> Answered[Booking]:
    """Give a booking another place, or ask for one; the old one is kept until the new one is taken."""
    start = clock.parse_start(data.start, clock.load_zone(transactions.actor.tenant.timezone))
    return await transactions.write(lambda unit: moving.move_booking(unit, booking_id, data, start), 200)


@post("/v1/bookings/{booking_id:int}/confirm", access=Access.CLIENT, status_code=200)
async def confirm(
    booking_id: BookingId, transactions: Transactions, data: JSONBody[Confirm | None] = None
) -> Answered[Booking]:
    """Turn a hold into a booking."""
    body = data or Confirm()
    return await transactions.write(lambda unit: transitions.confirm_booking(unit, booking_id, body), 200)


@post("/v1/bookings/{booking_id:int}/cancel", access=Access.CLIENT, status_code=200)
async def cancel(
    booking_id: BookingId, transactions: Transactions, data: JSONBody[Cancel | None] = None
) -> Answered[Booking]:
    """Give the place back."""
    body = data or Cancel()
    return await transactions.write(lambda unit: transitions.cancel_booking(unit, booking_id, body), 200)


@post("/v1/bookings/{booking_id:int}/undo", access=Access.CLIENT, status_code=200)
async def undo(booking_id: BookingId, transactions: Transactions) -> Answered[Booking]:
    """Take a cancellation back, for five minutes."""
    return await transactions.write(lambda unit: transitions.undo_cancellation(unit, booking_id), 200)


def _marking_route(path: str, step: Step, status: Status) -> HTTPRouteHandler:
    @post(f"/v1/bookings/{{booking_id:int}}/{path}", access=Access.STAFF, status_code=200, name=path)
    async def mark(
        booking_id: BookingId, transactions: Transactions, data: JSONBody[Mark | None] = None
    ) -> Answered[Booking]:
        """Note what staff see of a booking: whether the client came, of how many places, and that it took place."""
        came = None if data is None else data.places_came
        return await transactions.write(
            lambda unit: transitions.mark_booking(unit, booking_id, step, status, came), 200
        )

    return mark


@post("/v1/bookings/{booking_id:int}/places", access=Access.CLIENT, status_code=200)
async def set_places(
    booking_id: BookingId, data: JSONBody[ChangePlaces], transactions: Transactions
) -> Answered[Booking]:
    """Let a booking with a group take another number of places."""
    return await transactions.write(lambda unit: change_places(unit, booking_id, data.places), 200)


@patch("/v1/bookings/{booking_id:int}", access=Access.CLIENT)
async def update(booking_id: BookingId, data: JSONBody[UpdateBooking], transactions: Transactions) -> Answered[Booking]:
    """Change the comment."""
    return await transactions.write(lambda unit: transitions.change_comment(unit, booking_id, data.comment), 200)


@get("/v1/bookings", access=Access.CLIENT)
async def list_bookings(  # noqa: PLR0913  query parameters
    transactions: Transactions,
    since: Annotated[str | None, QueryParameter(name="from")] = None,
    until: Annotated[str | None, QueryParameter(name="to")] = None,
    status: Annotated[list[Status] | None, QueryParameter(name="status")] = None,
    specialist_id: FromQuery[int | None] = None,
    client_id: FromQuery[int | None] = None,
    order: FromQuery[Literal["asc", "desc"]] = "asc",
    limit: FromQuery[int] = 50,
    cursor: FromQuery[str | None] = None,
) -> Bookings:
    """Return a client's own bookings, a specialist's, or all for an admin; `from`/`to` are local dates, inclusive."""
    zone = load_zone(transactions.actor.tenant.timezone)
    if not 1 <= limit <= MAX_PAGE:
        raise Invalid(f"`limit` must be from 1 to {MAX_PAGE}.", field="limit")
    filters = Filters(
        since=None if since is None else zone.midnight(clock.parse_date(since, "from").toordinal()),
        until=None if until is None else zone.midnight(clock.parse_date(until, "to").toordinal() + 1),
        statuses=status or (),
        specialist_id=specialist_id,
        client_id=client_id,
        descending=order == "desc",
        limit=limit + 1,
        after=None if cursor is None else _decode_cursor(cursor),
    )

    def read(unit: UnitOfWork) -> Bookings:
        rows = load_page(unit.conn, unit.tenant_id, viewer_of(unit.actor), filters, unit.now)
        page, has_more = rows[:limit], len(rows) > limit
        return Bookings(
            items=view.render_bookings(unit.conn, unit.tenant, page, unit.actor, unit.now),
            next=_encode_cursor(page[-1].starts_at, page[-1].id) if has_more else None,
        )

    return await transactions.read(read, brief=limit <= SHORT_PAGE)


@get("/v1/bookings/{booking_id:int}", access=Access.CLIENT)
async def get_booking(booking_id: BookingId, transactions: Transactions) -> Booking:
    """Return a booking."""
    return await transactions.read(lambda unit: view.get_booking(unit, booking_id), brief=True)


@get("/v1/bookings/{booking_id:int}/slots", access=Access.CLIENT)
async def get_other_slots(
    booking_id: BookingId,
    transactions: Transactions,
    since: Since,
    until: Until,
    specialist_id: FromQuery[int | None] = None,
    any_specialist: FromQuery[bool] = False,
    limit: FromQuery[int | None] = None,
) -> Slots:
    """Return free starts to which the booking can be moved; its own place does not stand in its way.

    Refused (`invalid`) as in `/v1/slots`.
    """
    days, most = parse_date_range(since, until), check_slot_limit(limit)
    reschedule = RescheduleQuery(booking_id, specialist_id, any_specialist)
    return await transactions.read(lambda unit: list_other_slots(unit, reschedule, days, most))


@get("/v1/bookings/{booking_id:int}/days", access=Access.CLIENT)
async def get_other_days(
    booking_id: BookingId,
    transactions: Transactions,
    since: Since,
    until: Until,
    specialist_id: FromQuery[int | None] = None,
    any_specialist: FromQuery[bool] = False,
) -> Days:
    """Return dates to which the booking can be moved, and the first one from `from` on, also after `to`.

    Refused (`invalid`) as in `/v1/days`.
    """
    within = parse_date_range(since, until)
    reschedule = RescheduleQuery(booking_id, specialist_id, any_specialist)
    return await transactions.read(lambda unit: list_other_days(unit, reschedule, within))


@get("/v1/bookings/{booking_id:int}/history", access=Access.STAFF)
async def get_history(booking_id: BookingId, transactions: Transactions) -> History:
    """Return the changes of a booking, oldest first."""
    return await transactions.read(lambda unit: list_history(unit, booking_id))


@get("/v1/bookings/{booking_id:int}/calendar.ics", access=Access.CLIENT, media_type="text/calendar")
async def get_calendar(booking_id: BookingId, transactions: Transactions) -> Response[bytes]:
    """Return the booking as a calendar file."""
    booking = await transactions.read(lambda unit: view.get_booking(unit, booking_id))
    content = render_booking_file(transactions.actor.tenant, booking, transactions.now)
    return _calendar_response(content, "calendar.ics")


@get("/v1/bookings/calendar.ics", access=Access.CLIENT, media_type="text/calendar")
async def get_own_calendar(transactions: Transactions) -> Response[bytes]:
    """Return the caller's own bookings that stand or took place, the latest hundred, as a calendar file."""

    def read(unit: UnitOfWork) -> list[Booking]:
        own = Filters(None, None, IN_CALENDAR, None, unit.actor.person_id, descending=True, limit=100, after=None)
        rows = load_page(unit.conn, unit.tenant_id, viewer_of(unit.actor), own, unit.now)
        return view.render_bookings(unit.conn, unit.tenant, rows, unit.actor, unit.now)

    bookings = await transactions.read(read)
    return _calendar_response(render_own_file(transactions.actor.tenant, bookings, transactions.now), "bookings.ics")


def _calendar_response(content: bytes, filename: str) -> Response[bytes]:
    headers = {"Content-Disposition": f'attachment; filename="{filename}"'}
    return Response(content, media_type="text/calendar", headers=headers)


def _encode_cursor(start: int, booking_id: int) -> str:
    return urlsafe_b64encode(f"{start}.{booking_id}".encode()).decode().rstrip("=")


def _decode_cursor(cursor: str) -> tuple[int, int]:
    """Return the place (start, id) after which a page begins. Raises Invalid."""
    try:
        text = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)).decode("ascii")
    except (ValueError, UnicodeError):
        text = ""
    if not re.fullmatch(r"\d{1,12}\.\d{1,16}", text):
        raise Invalid("This cursor is not one of ours.", field="cursor")
    start, booking_id = text.split(".")
    return int(start), int(booking_id)


arrived = _marking_route("arrived", "arrived", "arrived")
complete = _marking_route("complete", "complete", "completed")
no_show = _marking_route("no-show", "no_show", "no_show")
unmark = _marking_route("unmark", "unmark", "confirmed")

handlers = [
    create,
    move,
    confirm,
    cancel,
    undo,
    arrived,
    complete,
    no_show,
    unmark,
    set_places,
    update,
    list_bookings,
    get_booking,
    get_other_slots,
    get_other_days,
    get_history,
    get_calendar,
    get_own_calendar,
    *answer_routes.handlers,
    *message_routes.handlers,
]
# What the app runs from time to time while it serves.
background = [endings.free_all_lapsed_places, transitions.complete_unmarked, follow_zone_changes]
