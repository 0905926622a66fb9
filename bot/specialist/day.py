"""The specialist's day: the visits in order, ‹ › to the neighbours, and what can be done with each."""

import asyncio
from datetime import date, timedelta

from backend.contract.bookings import Booking, Status
from backend.contract.schedule import AgendaDay
from bot import cards
from bot.callbacks import route
from bot.keyboards import Row, Screen, go
from bot.text import escape, one_line
from bot.times import parse
from bot.turn import Turn

SHOWN = 40
_SHOWN_STATUS: tuple[Status, ...] = ("pending", "confirmed", "arrived", "completed", "no_show")
_MARKS = {"arrived": " ✓", "completed": " ✓", "no_show": " ✗", "pending": " ?"}


async def today(turn: Turn) -> Screen:
    """The morning glance: no tap needed."""
    return await day(turn, turn.times.today.toordinal())


@route("s.day")
async def day(turn: Turn, ordinal: int) -> Screen:
    """One's own day."""
    shown = a_date(ordinal, turn)
    # the agenda is for staff only: whoever has lost the role is told so here
    agenda, found = await asyncio.gather(
        turn.api.agenda(shown.isoformat()), visits_of(turn, shown, turn.person.specialist_id)
    )
    text = heading(turn, shown, found)
    for one in agenda.days:
        text += f"\n{working(turn, one)}"
    rows: list[Row] = [[go(visit_label(turn, one), "s.card", one.id)] for one in found[:SHOWN]]
    return Screen(text, [*rows, turning(turn, "s.day", shown), *_footer(turn, shown)])


def a_date(ordinal: int, turn: Turn) -> date:
    """A day of a button, kept within ten years of today."""
    today_ = turn.times.today.toordinal()
    return date.fromordinal(min(max(ordinal, today_ - 3650), today_ + 3650))


def _footer(turn: Turn, shown: date) -> list[Row]:
    own = turn.person.specialist_id or 0
    return [
        [
            go(turn.t.label("button-my-week"), "s.week", shown.toordinal()),
            go(turn.t.label("button-my-hours"), "h.week", own),
        ],
        [go(turn.t.label("button-day-off"), "o.menu", own), go(turn.t.label("button-notices"), "s.told")],
        [go(turn.t.label("button-language"), "c.lang"), go(turn.t.label("button-as-client"), "c.home")],
    ]


async def visits_of(turn: Turn, shown: date, specialist_id: int | None) -> list[Booking]:
    """Every visit of that local date which stands, of one specialist or of all, in order."""
    iso = shown.isoformat()
    found = await turn.api.bookings(
        from_=iso, to=iso, status=_SHOWN_STATUS, specialist_id=specialist_id, order="asc", limit=100
    )
    return found.items


def heading(turn: Turn, shown: date, found: list[Booking]) -> str:
    """`Today: 5 bookings, first 10:00`"""
    if shown == turn.times.today:
        name = turn.t.label("today")
    elif shown == turn.times.today + timedelta(days=1):
        name = turn.t.label("tomorrow")
    else:
        name = turn.times.day(shown)
    if not found:
        return turn.t.html("day-empty", day=name)
    return turn.t.html("day-summary", day=name, count=len(found), first=turn.times.clock(found[0].start))


def working(turn: Turn, day_: AgendaDay) -> str:
    """`10:00–14:00, 15:00–18:00`, or that it is a day off."""
    shifts = [f"{turn.times.clock(one.start)}–{turn.times.clock(one.end)}" for one in day_.shifts]
    return turn.t.html("working", shifts=", ".join(shifts)) if shifts else turn.t.html("day-off")


def visit_label(turn: Turn, booking: Booking) -> str:
    """`14:30 · Haircut · Alex ✓`"""
    parts = [turn.times.clock(booking.start), cards.service_names(booking), one_line(booking.client_name, 24)]
    return " · ".join(part for part in parts if part) + _MARKS.get(booking.status, "")


def turning(turn: Turn, name: str, shown: date) -> Row:
    """‹ today ›"""
    ordinal = shown.toordinal()
    return [
        go("‹", name, ordinal - 1),
        go(turn.t.label("today"), name, turn.times.today.toordinal()),
        go("›", name, ordinal + 1),
    ]


@route("s.card")
async def card(turn: Turn, booking_id: int) -> Screen:
    """One visit as staff see it."""
    return staff_card(turn, await turn.api.booking(booking_id))


def staff_card(turn: Turn, booking: Booking) -> Screen:
    """The visit, the client, and the steps that its state allows."""
    lines = [str(cards.visit(turn, booking)), ""]
    if booking.client_name:
        lines.append(escape(one_line(booking.client_name)))
    if booking.client_phone:
        lines.append(escape(one_line(booking.client_phone)))
    lines.append(turn.t.html(f"status-{booking.status.replace('_', '-')}"))
    if booking.coming:
        lines.append(turn.t.html("client-coming"))
    rows: list[Row] = []
    if booking.status == "pending" and turn.is_admin:
        rows.append(
            [
                go(turn.t.label("button-approve"), "s.appr", booking.id, style="success"),
                go(turn.t.label("button-decline"), "s.decl", booking.id, style="danger"),
            ]
        )
    if booking.status == "confirmed":
        rows.append(
            [
                go(turn.t.label("button-arrived"), "s.here", booking.id, style="success"),
                go(turn.t.label("button-no-show"), "s.gone", booking.id),
            ]
        )
        rows.append(
            [
                go(turn.t.label("button-move"), "m.near", booking.id, cards.sole_specialist(booking)),
                go(turn.t.label("button-cancel-visit"), "s.cx", booking.id),
            ]
        )
    if booking.client_tg_id is not None and booking.client_id != turn.person.id:
        rows.append([go(turn.t.label("button-message"), "s.msg", booking.id)])
    day_ = turn.times.local(booking.start).date().toordinal()
    rows.append([go(turn.t.label("button-back"), "a.day" if turn.is_admin else "s.day", day_)])
    return Screen("\n".join(lines), rows)


@route("s.here")
async def arrived(turn: Turn, booking_id: int) -> Screen:
    """The client is here."""
    return await _step(turn, booking_id, "arrived")


@route("s.gone")
async def no_show(turn: Turn, booking_id: int) -> Screen:
    """The client has not come."""
    return await _step(turn, booking_id, "no-show")


@route("s.appr")
async def approve(turn: Turn, booking_id: int) -> Screen | None:
    """The business takes the visit on."""
    return await _step(turn, booking_id, "approve")


@route("s.decl")
async def decline(turn: Turn, booking_id: int) -> Screen | None:
    """The business does not take the visit on."""
    return await _step(turn, booking_id, "decline")


async def _step(turn: Turn, booking_id: int, name: str) -> Screen:
    booking = await turn.api.step(booking_id, name, key=turn.key(name))
    return staff_card(turn, booking)._replace(toast=turn.t.label("saved"))


@route("s.cx")
async def ask_cancel(turn: Turn, booking_id: int) -> Screen:
    """Cancelling somebody's visit: they are told."""
    booking = await turn.api.booking(booking_id)
    name = booking.client_name or turn.t.label("data-none")
    text = turn.t.html("staff-cancel-ask", when=turn.times.own(booking.start), name=name)
    rows: list[Row] = [
        [go(turn.t.label("button-yes-cancel"), "s.cxy", booking_id, style="danger")],
        [go(turn.t.label("button-keep"), "s.card", booking_id)],
    ]
    return Screen(text, rows)


@route("s.cxy")
async def cancel(turn: Turn, booking_id: int) -> Screen:
    """Cancelled; the client gets a message, and there are five minutes to undo it."""
    booking = await turn.api.cancel(booking_id, key=turn.key("cancel"))
    screen = staff_card(turn, booking)
    if booking.undo_until and parse(booking.undo_until).timestamp() > turn.now:
        undo: Row = [go(turn.t.label("button-undo"), "s.undo", booking.id, style="primary")]
        screen = screen._replace(rows=[undo, *screen.rows])
    return screen._replace(toast=turn.t.label("saved"))


@route("s.undo")
async def undo(turn: Turn, booking_id: int) -> Screen:
    """The cancelled visit is back."""
    return await _step(turn, booking_id, "undo")
