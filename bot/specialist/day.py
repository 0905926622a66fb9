"""The specialist's day: the visits in order, ‹ › to the neighbours, and what can be done with each."""

import asyncio
from datetime import date, timedelta

from backend.contract.bookings import Booking, Status
from backend.contract.overviews import AgendaDay, Gap
from bot.old_way import old_go, old_route
from bot.request import Request
from bot.ui import cards
from bot.ui.keyboards import Row, Screen
from bot.ui.text import escape, one_line
from bot.ui.times import parse

SHOWN = 40
# An arrival is noted from half an hour before the start on, a no-show once the visit should have begun.
EARLY_S = 1800
_SHOWN_STATUS: tuple[Status, ...] = ("held", "pending", "confirmed", "arrived", "completed", "no_show")
_MARKS = {"arrived": " ✓", "completed": " ✓", "no_show": " ✗", "pending": " ?"}
# A day of more visits is looked at by specialist.
_MOST = 500


async def today(request: Request) -> Screen:
    """The morning glance: no tap needed."""
    return await day(request, request.times.today.toordinal())


@old_route("s.day")
async def day(request: Request, ordinal: int) -> Screen:
    """One's own day."""
    shown = a_date(ordinal, request)
    # the agenda is for staff only: whoever has lost the role is told so here
    agenda, found = await asyncio.gather(
        request.api.get_agenda(shown.isoformat()), visits_of(request, shown, request.person.specialist_id)
    )
    text = heading(request, shown, found)
    for one in agenda.days:
        text += f"\n{working(request, one, shown)}"
    rows: list[Row] = [[old_go(visit_label(request, one), "s.card", one.id)] for one in found[:SHOWN]]
    return Screen(text, [*rows, turning(request, "s.day", shown), *_footer(request, shown)])


def a_date(ordinal: int, request: Request) -> date:
    """A day of a button, kept within ten years of today."""
    today_ = request.times.today.toordinal()
    return date.fromordinal(min(max(ordinal, today_ - 3650), today_ + 3650))


def _footer(request: Request, shown: date) -> list[Row]:
    own = request.person.specialist_id or 0
    return [
        [
            old_go(request.t.label("button-my-week"), "s.week", shown.toordinal()),
            old_go(request.t.label("button-my-hours"), "h.week", own),
        ],
        [old_go(request.t.label("button-day-off"), "o.menu", own), old_go(request.t.label("button-notices"), "s.told")],
        [old_go(request.t.label("button-language"), "c.lang"), old_go(request.t.label("button-as-client"), "c.home")],
    ]


async def visits_of(request: Request, shown: date, specialist_id: int | None) -> list[Booking]:
    """Every visit of that local date which stands or is held, of one specialist or of all, in order."""
    return await cards.load_bookings_between(request, shown, shown, _SHOWN_STATUS, specialist_id, at_most=_MOST)


def heading(request: Request, shown: date, found: list[Booking]) -> str:
    """`Today: 5 bookings, 1 held, first 10:00`: as many as are shown below."""
    if shown == request.times.today:
        name = request.t.label("today")
    elif shown == request.times.today + timedelta(days=1):
        name = request.t.label("tomorrow")
    else:
        name = request.times.day(shown)
    if not found:
        return request.t.html("day-empty", day=name)
    count, held = counted(found)
    return request.t.html("day-summary", day=name, count=count, held=held, first=request.times.clock(found[0].start))


def counted(found: list[Booking]) -> tuple[int, int]:
    """How many visits, and how many places are only held."""
    held = sum(one.status == "held" for one in found)
    return len(found) - held, held


def working(request: Request, day_: AgendaDay, shown: date) -> str:
    """`10:00–14:00, 15:00–18:00`, or that it is a day off."""
    shifts = hours_on(request, day_, shown)
    return request.t.html("working", shifts=shifts) if shifts else request.t.html("day-off")


def hours_on(request: Request, day_: AgendaDay, shown: date) -> str:
    """The shifts of a day; nothing for a day off. What is left of the night before goes once it is over."""
    found = [
        one for one in day_.shifts if not (request.times.local(one.start).date() < shown and _over(request, one.end))
    ]
    return ", ".join(_shift(request, one, shown) for one in found)


def _over(request: Request, end: str) -> bool:
    return parse(end).timestamp() <= request.now


def _shift(request: Request, one: Gap, shown: date) -> str:
    """`10:00–14:00`; a night shift is told whole, with the day that it ends on."""
    start, end = request.times.local(one.start), request.times.local(one.end)
    begun = start.date() < shown
    runs_on = end.date() > shown and (end.hour, end.minute) != (0, 0)
    if (begun or (start.hour, start.minute) == (0, 0)) and end.date() > shown:
        return request.t.label("shift-all-day")
    if begun:
        return request.t.label("shift-until", end=request.times.clock(one.end))
    key = "shift-night" if runs_on else "shift"
    return request.t.label(key, start=request.times.clock(one.start), end=request.times.clock(one.end))


def visit_label(request: Request, booking: Booking) -> str:
    """`14:30 · Haircut · Alex ✓`"""
    parts = [request.times.clock(booking.start), cards.service_names(booking), one_line(booking.client_name, 24)]
    label = " · ".join(part for part in parts if part) + _MARKS.get(booking.status, "")
    return request.t.label("label-held", visit=label) if booking.status == "held" else label


def turning(request: Request, name: str, shown: date) -> Row:
    """‹ today ›"""
    ordinal = shown.toordinal()
    return [
        old_go("‹", name, ordinal - 1),
        old_go(request.t.label("today"), name, request.times.today.toordinal()),
        old_go("›", name, ordinal + 1),
    ]


@old_route("s.card")
async def card(request: Request, booking_id: int) -> Screen:
    """One visit as staff see it."""
    return staff_card(request, await request.api.get_booking(booking_id))


def staff_card(request: Request, booking: Booking) -> Screen:
    """The visit, the client, and the steps that its state allows."""
    lines = [str(cards.booking_text(request, booking)), ""]
    if booking.client_name:
        lines.append(escape(one_line(booking.client_name)))
    if booking.client_phone:
        lines.append(escape(one_line(booking.client_phone)))
    lines.append(request.t.html(f"status-{booking.status.replace('_', '-')}"))
    if booking.coming:
        lines.append(request.t.html("client-coming"))
    rows: list[Row] = []
    if booking.status == "pending" and request.is_admin:
        rows.append(
            [
                old_go(request.t.label("button-approve"), "s.appr", booking.id, style="success"),
                old_go(request.t.label("button-decline"), "s.decl", booking.id, style="danger"),
            ]
        )
    if booking.status == "confirmed":
        rows.append(_came(request, booking))
        rows.append(
            [
                old_go(request.t.label("button-move"), "m.near", booking.id, cards.sole_specialist(booking)),
                old_go(request.t.label("button-cancel-visit"), "s.cx", booking.id),
            ]
        )
    rows.append([old_go(request.t.label("button-history"), "s.hist", booking.id)])
    if booking.client_tg_id is not None and booking.client_id != request.person.id:
        rows[-1].insert(0, old_go(request.t.label("button-message"), "s.msg", booking.id))
    day_ = request.times.local(booking.start).date().toordinal()
    rows.append([old_go(request.t.label("button-back"), "a.day" if request.is_admin else "s.day", day_)])
    return Screen("\n".join(lines), rows)


def _came(request: Request, booking: Booking) -> Row:
    """Arrived and No-show, as soon as each can be true."""
    since = request.now - parse(booking.start).timestamp()
    row: Row = []
    if since >= -EARLY_S:
        row.append(old_go(request.t.label("button-arrived"), "s.here", booking.id, style="success"))
    if since >= 0:
        row.append(old_go(request.t.label("button-no-show"), "s.gone", booking.id))
    return row


@old_route("s.here")
async def arrived(request: Request, booking_id: int) -> Screen:
    """The client is here."""
    return _saved(request, await request.api.mark_arrived(booking_id, key=request.idempotency_key("arrived")))


@old_route("s.gone")
async def no_show(request: Request, booking_id: int) -> Screen:
    """The client has not come."""
    return _saved(request, await request.api.mark_no_show(booking_id, key=request.idempotency_key("no-show")))


@old_route("s.appr")
async def approve(request: Request, booking_id: int) -> Screen | None:
    """The business takes the visit on."""
    return _saved(request, await request.api.approve_booking(booking_id, key=request.idempotency_key("approve")))


@old_route("s.decl")
async def decline(request: Request, booking_id: int) -> Screen | None:
    """The business does not take the visit on."""
    return _saved(request, await request.api.decline_booking(booking_id, key=request.idempotency_key("decline")))


def _saved(request: Request, booking: Booking) -> Screen:
    return staff_card(request, booking)._replace(toast=request.t.label("saved"))


@old_route("s.cx")
async def ask_cancel(request: Request, booking_id: int) -> Screen:
    """Cancelling somebody's visit: they are told."""
    booking = await request.api.get_booking(booking_id)
    name = booking.client_name or request.t.label("data-none")
    text = request.t.html("staff-cancel-ask", when=request.times.own(booking.start), name=name)
    rows: list[Row] = [
        [old_go(request.t.label("button-yes-cancel"), "s.cxy", booking_id, style="danger")],
        [old_go(request.t.label("button-keep"), "s.card", booking_id)],
    ]
    return Screen(text, rows)


@old_route("s.cxy")
async def cancel(request: Request, booking_id: int) -> Screen:
    """Cancelled; the client gets a message, and there are five minutes to undo it."""
    booking = await request.api.cancel_booking(booking_id, key=request.idempotency_key("cancel"))
    screen = staff_card(request, booking)
    if booking.undo_until and parse(booking.undo_until).timestamp() > request.now:
        undo: Row = [old_go(request.t.label("button-undo"), "s.undo", booking.id, style="primary")]
        screen = screen._replace(rows=[undo, *screen.rows])
    return screen._replace(toast=request.t.label("saved"))


@old_route("s.undo")
async def undo(request: Request, booking_id: int) -> Screen:
    """The cancelled visit is back."""
    return _saved(request, await request.api.undo_cancel(booking_id, key=request.idempotency_key("undo")))
