"""`/v1/bookings`: take, change and look up visits. Whose visit it is decides what one may do, see `service`."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated, Any, Literal

from litestar import Request, Response, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from sqlalchemy import Connection

from backend import clock
from backend import idempotency as commands
from backend.auth.access import Access
from backend.auth.actor import Actor
from backend.bookings import client_messages, reschedule_slots, service, transitions, view, zone_changes
from backend.bookings.calendar import calendar
from backend.bookings.expiry import sweep
from backend.bookings.queries import listing
from backend.bookings.rules import Step
from backend.contract.bookings import (
    Booking,
    Bookings,
    Cancel,
    Confirm,
    History,
    Message,
    Move,
    NewBooking,
    Status,
    UpdateBooking,
)
from backend.contract.schedule import Days, Slots
from backend.db.engine import Database
from backend.errors import Invalid
from backend.kit.redis import SharedRedis
from backend.locks import courtesy_lock
from backend.schedule.service import check_slot_limit, parse_date_range
from backend.schedule.zones import load_zone

AnyRequest = Request[Any, Any, Any]
Answered = commands.Answered[Booking]
Statuses = Annotated[list[Status] | None, QueryParameter(name="status")]
Since = Annotated[str, QueryParameter(name="from")]
Until = Annotated[str, QueryParameter(name="to")]
MAX_PAGE = 200
SHORT = 20  # visits that are read and shown in about half a millisecond


@post("/v1/bookings", access=Access.CLIENT)
async def create(
    data: JSONBody[NewBooking], request: AnyRequest, actor: Actor, db: Database, redis: SharedRedis, now: int
) -> Answered:
    """Take a place: held, or booked at once."""
    start = clock.parse_start(data.start, clock.zone(actor.tenant.timezone))
    async with courtesy_lock(redis, actor.tenant.slug, "book", data.specialist_id or "any", start):
        return await commands.run(request, actor, db, lambda conn: service.book(conn, actor, data, start, now))


@post("/v1/bookings/{booking_id:int}/move", access=Access.CLIENT, status_code=200)
async def move(
    booking_id: FromPath[int], data: JSONBody[Move], request: AnyRequest, actor: Actor, db: Database, now: int
) -> Answered:
    """Another place for a visit; the old one is kept until the new one is taken."""
    start = clock.parse_start(data.start, clock.zone(actor.tenant.timezone))
    return await commands.run(
        request, actor, db, lambda conn: service.move(conn, actor, booking_id, data, start, now), 200
    )


@post("/v1/bookings/{booking_id:int}/confirm", access=Access.CLIENT, status_code=200)
async def confirm(
    booking_id: FromPath[int],
    request: AnyRequest,
    actor: Actor,
    db: Database,
    now: int,
    data: JSONBody[Confirm | None] = None,
) -> Answered:
    """Turn a hold into a visit."""
    said = data or Confirm()
    return await commands.run(
        request,
        actor,
        db,
        lambda conn: transitions.confirm(conn, actor, booking_id, said.comment, now, notify=said.notify),
        200,
    )


@post("/v1/bookings/{booking_id:int}/cancel", access=Access.CLIENT, status_code=200)
async def cancel(
    booking_id: FromPath[int],
    request: AnyRequest,
    actor: Actor,
    db: Database,
    now: int,
    data: JSONBody[Cancel | None] = None,
) -> Answered:
    """Give the place back."""
    said = data or Cancel()
    return await commands.run(
        request, actor, db, lambda conn: transitions.cancel(conn, actor, booking_id, said.reason, said.notify, now), 200
    )


@post("/v1/bookings/{booking_id:int}/decline", access=Access.STAFF, status_code=200)
async def decline(
    booking_id: FromPath[int],
    request: AnyRequest,
    actor: Actor,
    db: Database,
    now: int,
    data: JSONBody[Cancel | None] = None,
) -> Answered:
    """Refuse a request."""
    reason = "" if data is None else data.reason
    return await commands.run(
        request, actor, db, lambda conn: transitions.decline(conn, actor, booking_id, reason, now), 200
    )


@post("/v1/bookings/{booking_id:int}/approve", access=Access.STAFF, status_code=200)
async def approve(booking_id: FromPath[int], request: AnyRequest, actor: Actor, db: Database, now: int) -> Answered:
    """Accept a request."""
    return await commands.run(request, actor, db, lambda conn: transitions.approve(conn, actor, booking_id, now), 200)


@post("/v1/bookings/{booking_id:int}/undo", access=Access.CLIENT, status_code=200)
async def undo(booking_id: FromPath[int], request: AnyRequest, actor: Actor, db: Database, now: int) -> Answered:
    """Take a cancellation back, for five minutes."""
    return await commands.run(request, actor, db, lambda conn: transitions.undo(conn, actor, booking_id, now), 200)


@post("/v1/bookings/{booking_id:int}/message", access=Access.STAFF, status_code=200)
async def message(
    booking_id: FromPath[int], data: JSONBody[Message], request: AnyRequest, actor: Actor, db: Database, now: int
) -> Answered:
    """A text for the client, sent by the bot."""
    return await commands.run(
        request, actor, db, lambda conn: client_messages.message(conn, actor, booking_id, data.text, now), 200
    )


@post("/v1/bookings/{booking_id:int}/ask-move", access=Access.STAFF, status_code=200)
async def ask_move(booking_id: FromPath[int], request: AnyRequest, actor: Actor, db: Database, now: int) -> Answered:
    """Ask the client to choose another time."""
    return await commands.run(
        request, actor, db, lambda conn: client_messages.ask_move(conn, actor, booking_id, now), 200
    )


@post("/v1/bookings/{booking_id:int}/coming", access=Access.CLIENT, status_code=200)
async def coming(booking_id: FromPath[int], request: AnyRequest, actor: Actor, db: Database, now: int) -> Answered:
    """The client will come."""
    return await commands.run(request, actor, db, lambda conn: transitions.coming(conn, actor, booking_id, now), 200)


def _marking(path: str, step: Step, after: Status) -> Any:
    @post(f"/v1/bookings/{{booking_id:int}}/{path}", access=Access.STAFF, status_code=200, name=path)
    async def mark(booking_id: FromPath[int], request: AnyRequest, actor: Actor, db: Database, now: int) -> Answered:
        """What staff note down of a visit."""

        def write(conn: Connection) -> Booking:
            return transitions.mark(conn, actor, booking_id, step, after, now)

        return await commands.run(request, actor, db, write, 200)

    return mark


@patch("/v1/bookings/{booking_id:int}", access=Access.CLIENT)
async def update(
    booking_id: FromPath[int], data: JSONBody[UpdateBooking], request: AnyRequest, actor: Actor, db: Database, now: int
) -> Answered:
    """Change the comment."""
    return await commands.run(
        request, actor, db, lambda conn: transitions.comment(conn, actor, booking_id, data.comment, now), 200
    )


@get("/v1/bookings", access=Access.CLIENT)
async def list_bookings(
    actor: Actor,
    db: Database,
    now: int,
    since: Annotated[str | None, QueryParameter(name="from")] = None,
    until: Annotated[str | None, QueryParameter(name="to")] = None,
    status: Statuses = None,
    specialist_id: FromQuery[int | None] = None,
    client_id: FromQuery[int | None] = None,
    order: FromQuery[Literal["asc", "desc"]] = "asc",
    limit: FromQuery[int] = 50,
    cursor: FromQuery[str | None] = None,
) -> Bookings:
    """A client's own, a specialist's theirs, an admin's all; `from`/`to` are local dates of the start, inclusive."""
    zone = load_zone(actor.tenant.timezone)
    if not 1 <= limit <= MAX_PAGE:
        raise Invalid(f"`limit` must be from 1 to {MAX_PAGE}.", field="limit")
    filters = listing.Filters(
        since=None if since is None else zone.midnight(clock.parse_date(since, "from").toordinal()),
        until=None if until is None else zone.midnight(clock.parse_date(until, "to").toordinal() + 1),
        statuses=status or (),
        specialist_id=specialist_id,
        client_id=client_id,
        descending=order == "desc",
        limit=limit + 1,
        after=None if cursor is None else _place(cursor),
    )

    def read(conn: Connection) -> Bookings:
        rows = listing.page(conn, actor.tenant.id, view.seen_by(actor), filters, now)
        shown, more = rows[:limit], len(rows) > limit
        return Bookings(
            items=view.render(conn, actor.tenant, shown, now, actor),
            next=_cursor(shown[-1].starts_at, shown[-1].id) if more else None,
        )

    return await db.read(read, brief=limit <= SHORT)


@get("/v1/bookings/{booking_id:int}", access=Access.CLIENT)
async def get_booking(booking_id: FromPath[int], actor: Actor, db: Database, now: int) -> Booking:
    """One visit."""
    return await db.read(lambda conn: view.show(conn, actor, booking_id, now), brief=True)


@get("/v1/bookings/{booking_id:int}/slots", access=Access.CLIENT)
async def get_other_slots(
    booking_id: FromPath[int],
    actor: Actor,
    db: Database,
    now: int,
    since: Since,
    until: Until,
    specialist_id: FromQuery[int | None] = None,
    limit: FromQuery[int | None] = None,
) -> Slots:
    """Free starts to which the visit can be moved; its own place does not stand in its way.

    Refused (`invalid`) as in `/v1/slots`."""
    within, most = parse_date_range(since, until), check_slot_limit(limit)
    return await db.read(lambda conn: reschedule_slots.slots(conn, actor, booking_id, specialist_id, within, most, now))


@get("/v1/bookings/{booking_id:int}/days", access=Access.CLIENT)
async def get_other_days(
    booking_id: FromPath[int],
    actor: Actor,
    db: Database,
    now: int,
    since: Since,
    until: Until,
    specialist_id: FromQuery[int | None] = None,
) -> Days:
    """Dates to which the visit can be moved, and the first one from `from` on, also after `to`.

    Refused (`invalid`) as in `/v1/days`."""
    within = parse_date_range(since, until)
    return await db.read(lambda conn: reschedule_slots.days(conn, actor, booking_id, specialist_id, within, now))


@get("/v1/bookings/{booking_id:int}/history", access=Access.STAFF)
async def get_history(booking_id: FromPath[int], actor: Actor, db: Database, now: int) -> History:
    """What became of a visit, oldest first."""
    return await db.read(lambda conn: view.history(conn, actor, booking_id, now))


@get("/v1/bookings/{booking_id:int}/calendar.ics", access=Access.CLIENT, media_type="text/calendar")
async def get_calendar(booking_id: FromPath[int], actor: Actor, db: Database, now: int) -> Response[bytes]:
    """The visit as a calendar file."""
    booking = await db.read(lambda conn: view.show(conn, actor, booking_id, now))
    return Response(
        calendar(actor.tenant, booking, now),
        media_type="text/calendar",
        headers={"Content-Disposition": f'attachment; filename="booking-{booking_id}.ics"'},
    )


def _cursor(start: int, booking_id: int) -> str:
    return urlsafe_b64encode(f"{start}.{booking_id}".encode()).decode().rstrip("=")


def _place(cursor: str) -> tuple[int, int]:
    try:
        text = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)).decode("ascii")
    except (ValueError, UnicodeError):
        text = ""
    if not re.fullmatch(r"\d{1,12}\.\d{1,16}", text):
        raise Invalid("This cursor is not one of ours.", field="cursor")
    start, booking_id = text.split(".")
    return int(start), int(booking_id)


arrived = _marking("arrived", "arrived", "arrived")
complete = _marking("complete", "complete", "completed")
no_show = _marking("no-show", "no_show", "no_show")

handlers = [
    create, move, confirm, cancel, decline, approve, undo, coming, arrived, complete, no_show, update,
    message, ask_move,
    list_bookings, get_booking, get_other_slots, get_other_days, get_history, get_calendar,
]  # fmt: skip
# What the app runs every now and then while it serves.
background = [sweep, zone_changes.keep]
