"""My bookings: the list, the card of one visit, cancelling it with Undo, its calendar file."""

from datetime import timedelta

from backend.contract.bookings import Booking, Status
from bot.request import Turn
from bot.ui import cards
from bot.ui.callbacks import route
from bot.ui.keyboards import Button, Row, Screen, go, paged
from bot.ui.text import escape
from bot.ui.times import MINUTE, parse

A_PAGE = 5
MOST = 100
_UPCOMING: tuple[Status, ...] = ("pending", "confirmed", "arrived")
_PAST: tuple[Status, ...] = ("confirmed", "arrived", "completed", "no_show", "cancelled")


@route("c.mine")
async def mine(turn: Turn, past: int, page: int) -> Screen:
    """Upcoming or past visits, five a page."""
    found = await (_past(turn, page) if past else _upcoming(turn))
    shown, turning = paged(found, page, A_PAGE, lambda label, to: go(label, "c.mine", past, to))
    rows: list[Row] = [[go(_label(turn, one), "b.card", one.id)] for one in shown]
    other = go(turn.t.label("button-upcoming" if past else "button-past"), "c.mine", 0 if past else 1, 0)
    if past:
        text = turn.t.html("past-visits" if found else "past-none")
    else:
        text = turn.t.html("upcoming-visits" if found else "upcoming-none")
    return Screen(text, [*rows, turning, [other, go(turn.t.label("button-home"), "c.home")]])


async def _upcoming(turn: Turn) -> list[Booking]:
    since = (turn.times.today - timedelta(days=1)).isoformat()
    found = await turn.api.bookings(from_=since, status=_UPCOMING, client_id=turn.person.id, order="asc", limit=MOST)
    return [one for one in found.items if parse(one.end).timestamp() > turn.now]


async def _past(turn: Turn, page: int) -> list[Booking]:
    limit = min((page + 1) * A_PAGE + 1 + A_PAGE, MOST)
    found = await turn.api.bookings(
        to=turn.times.today.isoformat(), status=_PAST, client_id=turn.person.id, order="desc", limit=limit
    )
    return [one for one in found.items if parse(one.end).timestamp() <= turn.now or one.status == "cancelled"]


def _label(turn: Turn, booking: Booking) -> str:
    label = cards.booking_label(turn, booking)
    return turn.t.label("label-cancelled", visit=label) if booking.status == "cancelled" else label


@route("b.card")
async def card(turn: Turn, booking_id: int) -> Screen:
    """One visit and what can be done with it."""
    return card_screen(turn, await turn.api.booking(booking_id))


def card_screen(turn: Turn, booking: Booking) -> Screen:
    """The card; `held` visits lead to their confirmation."""
    lines = [cards.visit(turn, booking), "", turn.t.html(f"status-{booking.status.replace('_', '-')}")]
    ahead = parse(booking.start).timestamp() > turn.now
    rows: list[Row] = []
    if booking.status == "held":
        rows.append([go(turn.t.label("button-confirm"), "c.draft", booking.id, style="success")])
    elif ahead and booking.status in ("pending", "confirmed"):
        if booking.can_cancel_until and not _late(turn, booking):
            lines.append(turn.t.html("free-until", when=turn.times.when(booking.can_cancel_until)))
        rows += [
            [
                go(turn.t.label("button-move"), "m.near", booking.id, cards.sole_specialist(booking)),
                go(turn.t.label("button-cancel-visit"), "b.cx", booking.id),
            ],
            [_calendar_button(turn, booking)],
        ]
    else:
        rows.append([cards.again_button(turn, booking)])
        if ahead and booking.status == "cancelled":
            rows.append([_calendar_button(turn, booking)])
    rows.append([go(turn.t.label("button-my-bookings"), "c.mine", 0, 0), go(turn.t.label("button-home"), "c.home")])
    return Screen("\n".join(lines), rows)


def _calendar_button(turn: Turn, booking: Booking) -> Button:
    key = "button-calendar-remove" if booking.status == "cancelled" else "button-calendar"
    return go(turn.t.label(key), "b.ics", booking.id)


@route("b.cx")
async def ask_cancel(turn: Turn, booking_id: int) -> Screen:
    """Cancel Fri 14:30? Free until Thu 14:30."""
    booking = await turn.api.booking(booking_id)
    if booking.status not in ("pending", "confirmed"):
        return card_screen(turn, booking)
    keep = go(turn.t.label("button-keep"), "b.card", booking.id)
    move = go(turn.t.label("button-move-instead"), "m.near", booking.id, cards.sole_specialist(booking))
    name = escape(cards.service_names(booking))
    until = turn.times.when(booking.can_cancel_until) if booking.can_cancel_until else ""
    if _late(turn, booking) and not turn.is_admin:
        # what will be refused is not offered
        lines = [turn.t.html("cancel-late", when=until), "", f"{turn.times.own(booking.start)}, {name}"]
        return Screen("\n".join(lines), [[go(turn.t.label("button-contacts"), "c.addr")], [move, keep]])
    lines = [turn.t.html("cancel-ask", when=turn.times.own(booking.start)), name]
    if until:
        lines.append(turn.t.html("free-until", when=until))
    rows: list[Row] = [[go(turn.t.label("button-yes-cancel"), "b.cxy", booking.id, style="danger")], [move, keep]]
    return Screen("\n".join(lines), rows)


def _late(turn: Turn, booking: Booking) -> bool:
    """Whether the client may not cancel it any more; the last minute is the backend's to judge."""
    return booking.can_cancel_until is not None and parse(booking.can_cancel_until).timestamp() < turn.now - MINUTE


@route("b.cxy")
async def cancel(turn: Turn, booking_id: int) -> Screen:
    """Cancelled, with Undo for five minutes."""
    booking = await turn.api.cancel(booking_id, key=turn.key("cancel"))
    lines = [turn.t.html("cancelled", when=turn.times.own(booking.start)), escape(cards.service_names(booking))]
    rows: list[Row] = []
    if booking.undo_until and parse(booking.undo_until).timestamp() > turn.now:
        lines += ["", turn.t.html("undo-until", time=turn.times.clock(booking.undo_until))]
        rows.append([go(turn.t.label("button-undo"), "b.undo", booking.id, style="primary")])
    rows.append([cards.again_button(turn, booking)])
    rows.append([_calendar_button(turn, booking), go(turn.t.label("button-home"), "c.home")])
    return Screen("\n".join(lines), rows)


@route("b.undo")
async def undo(turn: Turn, booking_id: int) -> Screen:
    """The visit is back, if its place is still free and the five minutes are not over."""
    booking = await turn.api.step(booking_id, "undo", key=turn.key("undo"))
    screen = card_screen(turn, booking)
    return screen._replace(text=f"{turn.t.html('undone')}\n\n{screen.text}")


@route("b.ics")
async def calendar(turn: Turn, booking_id: int) -> Screen | None:
    """The visit as a file for any calendar, or one that takes a cancelled visit out of it; the menu stays as it is."""
    booking = await turn.api.booking(booking_id)
    content = await turn.api.content(f"/v1/bookings/{booking_id}/calendar.ics")
    key = "calendar-caption-cancelled" if booking.status == "cancelled" else "calendar-caption"
    await turn.send_file(f"{turn.tenant.slug}-{booking_id}.ics", content, turn.t.label(key))
    return None
