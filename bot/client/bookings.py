"""My bookings: the list, the card of one visit, cancelling it with Undo, its calendar file."""

from datetime import timedelta

from backend.contract.bookings import Booking, Status
from bot.old_way import old_go, old_paged, old_route
from bot.request import Request
from bot.ui import cards
from bot.ui.keyboards import Button, Row, Screen
from bot.ui.text import escape
from bot.ui.times import MINUTE, parse

A_PAGE = 5
MOST = 100
_UPCOMING: tuple[Status, ...] = ("pending", "confirmed", "arrived")
_PAST: tuple[Status, ...] = ("confirmed", "arrived", "completed", "no_show", "cancelled")


@old_route("c.mine")
async def mine(request: Request, past: int, page: int) -> Screen:
    """Upcoming or past visits, five a page."""
    found = await (_past(request, page) if past else _upcoming(request))
    shown, turning = old_paged(found, page, A_PAGE, lambda label, to: old_go(label, "c.mine", past, to))
    rows: list[Row] = [[old_go(_label(request, one), "b.card", one.id)] for one in shown]
    other = old_go(request.t.label("button-upcoming" if past else "button-past"), "c.mine", 0 if past else 1, 0)
    if past:
        text = request.t.html("past-visits" if found else "past-none")
    else:
        text = request.t.html("upcoming-visits" if found else "upcoming-none")
    return Screen(text, [*rows, turning, [other, old_go(request.t.label("button-home"), "c.home")]])


async def _upcoming(request: Request) -> list[Booking]:
    since = (request.times.today - timedelta(days=1)).isoformat()
    found = await request.api.list_bookings(
        from_=since, status=_UPCOMING, client_id=request.person.id, order="asc", limit=MOST
    )
    return [one for one in found.items if parse(one.end).timestamp() > request.now]


async def _past(request: Request, page: int) -> list[Booking]:
    limit = min((page + 1) * A_PAGE + 1 + A_PAGE, MOST)
    found = await request.api.list_bookings(
        to=request.times.today.isoformat(), status=_PAST, client_id=request.person.id, order="desc", limit=limit
    )
    return [one for one in found.items if parse(one.end).timestamp() <= request.now or one.status == "cancelled"]


def _label(request: Request, booking: Booking) -> str:
    label = cards.booking_label(request, booking)
    return request.t.label("label-cancelled", visit=label) if booking.status == "cancelled" else label


@old_route("b.card")
async def card(request: Request, booking_id: int) -> Screen:
    """One visit and what can be done with it."""
    return card_screen(request, await request.api.get_booking(booking_id))


def card_screen(request: Request, booking: Booking) -> Screen:
    """The card; `held` visits lead to their confirmation."""
    lines = [cards.booking_text(request, booking), "", request.t.html(f"status-{booking.status.replace('_', '-')}")]
    ahead = parse(booking.start).timestamp() > request.now
    rows: list[Row] = []
    if booking.status == "held":
        rows.append([old_go(request.t.label("button-confirm"), "c.draft", booking.id, style="success")])
    elif ahead and booking.status in ("pending", "confirmed"):
        if booking.can_cancel_until and not _late(request, booking):
            lines.append(request.t.html("free-until", when=request.times.when(booking.can_cancel_until)))
        rows += [
            [
                old_go(request.t.label("button-move"), "m.near", booking.id, cards.sole_specialist(booking)),
                old_go(request.t.label("button-cancel-visit"), "b.cx", booking.id),
            ],
            [_calendar_button(request, booking)],
        ]
    else:
        rows.append([cards.again_button(request, booking)])
        if ahead and booking.status == "cancelled":
            rows.append([_calendar_button(request, booking)])
    rows.append(
        [
            old_go(request.t.label("button-my-bookings"), "c.mine", 0, 0),
            old_go(request.t.label("button-home"), "c.home"),
        ]
    )
    return Screen("\n".join(lines), rows)


def _calendar_button(request: Request, booking: Booking) -> Button:
    key = "button-calendar-remove" if booking.status == "cancelled" else "button-calendar"
    return old_go(request.t.label(key), "b.ics", booking.id)


@old_route("b.cx")
async def ask_cancel(request: Request, booking_id: int) -> Screen:
    """Cancel Fri 14:30? Free until Thu 14:30."""
    booking = await request.api.get_booking(booking_id)
    if booking.status not in ("pending", "confirmed"):
        return card_screen(request, booking)
    keep = old_go(request.t.label("button-keep"), "b.card", booking.id)
    move = old_go(request.t.label("button-move-instead"), "m.near", booking.id, cards.sole_specialist(booking))
    name = escape(cards.service_names(booking))
    until = request.times.when(booking.can_cancel_until) if booking.can_cancel_until else ""
    if _late(request, booking) and not request.is_admin:
        # what will be refused is not offered
        lines = [request.t.html("cancel-late", when=until), "", f"{request.times.own(booking.start)}, {name}"]
        return Screen("\n".join(lines), [[old_go(request.t.label("button-contacts"), "c.addr")], [move, keep]])
    lines = [request.t.html("cancel-ask", when=request.times.own(booking.start)), name]
    if until:
        lines.append(request.t.html("free-until", when=until))
    rows: list[Row] = [
        [old_go(request.t.label("button-yes-cancel"), "b.cxy", booking.id, style="danger")],
        [move, keep],
    ]
    return Screen("\n".join(lines), rows)


def _late(request: Request, booking: Booking) -> bool:
    """Whether the client may not cancel it any more; the last minute is the backend's to judge."""
    return booking.can_cancel_until is not None and parse(booking.can_cancel_until).timestamp() < request.now - MINUTE


@old_route("b.cxy")
async def cancel(request: Request, booking_id: int) -> Screen:
    """Cancelled, with Undo for five minutes."""
    booking = await request.api.cancel_booking(booking_id, key=request.idempotency_key("cancel"))
    lines = [request.t.html("cancelled", when=request.times.own(booking.start)), escape(cards.service_names(booking))]
    rows: list[Row] = []
    if booking.undo_until and parse(booking.undo_until).timestamp() > request.now:
        lines += ["", request.t.html("undo-until", time=request.times.clock(booking.undo_until))]
        rows.append([old_go(request.t.label("button-undo"), "b.undo", booking.id, style="primary")])
    rows.append([cards.again_button(request, booking)])
    rows.append([_calendar_button(request, booking), old_go(request.t.label("button-home"), "c.home")])
    return Screen("\n".join(lines), rows)


@old_route("b.undo")
async def undo(request: Request, booking_id: int) -> Screen:
    """The visit is back, if its place is still free and the five minutes are not over."""
    booking = await request.api.undo_cancel(booking_id, key=request.idempotency_key("undo"))
    screen = card_screen(request, booking)
    return screen._replace(text=f"{request.t.html('undone')}\n\n{screen.text}")


@old_route("b.ics")
async def calendar(request: Request, booking_id: int) -> Screen | None:
    """The visit as a file for any calendar, or one that takes a cancelled visit out of it; the menu stays as it is."""
    booking = await request.api.get_booking(booking_id)
    content = await request.api.get_booking_calendar(booking_id)
    key = "calendar-caption-cancelled" if booking.status == "cancelled" else "calendar-caption"
    await request.send_file(f"{request.tenant.slug}-{booking_id}.ics", content, request.t.label(key))
    return None
