"""The specialist's day: the visits in order, ‹ › to the neighbours, and what can be done with each."""

import asyncio
from datetime import date, timedelta

from backend.contract.bookings import Booking, Status
from backend.contract.schedule import AgendaDay, Gap
from bot.request import Turn
from bot.ui import cards
from bot.ui.callbacks import route
from bot.ui.keyboards import Row, Screen, go
from bot.ui.text import escape, one_line
from bot.ui.times import parse

SHOWN = 40
# An arrival is noted from half an hour before the start on, a no-show once the visit should have begun.
EARLY_S = 1800
_SHOWN_STATUS: tuple[Status, ...] = ("held", "pending", "confirmed", "arrived", "completed", "no_show")
_MARKS = {"arrived": " ✓", "completed": " ✓", "no_show": " ✗", "pending": " ?"}
# A day of more visits is looked at by specialist.
_MOST = 500


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
        text += f"\n{working(turn, one, shown)}"
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
    """Every visit of that local date which stands or is held, of one specialist or of all, in order."""
    return await cards.visits_between(turn, shown, shown, _SHOWN_STATUS, specialist_id, at_most=_MOST)


def heading(turn: Turn, shown: date, found: list[Booking]) -> str:
    """`Today: 5 bookings, 1 held, first 10:00`: as many as are shown below."""
    if shown == turn.times.today:
        name = turn.t.label("today")
    elif shown == turn.times.today + timedelta(days=1):
        name = turn.t.label("tomorrow")
    else:
        name = turn.times.day(shown)
    if not found:
        return turn.t.html("day-empty", day=name)
    count, held = counted(found)
    return turn.t.html("day-summary", day=name, count=count, held=held, first=turn.times.clock(found[0].start))


def counted(found: list[Booking]) -> tuple[int, int]:
    """How many visits, and how many places are only held."""
    held = sum(one.status == "held" for one in found)
    return len(found) - held, held


def working(turn: Turn, day_: AgendaDay, shown: date) -> str:
    """`10:00–14:00, 15:00–18:00`, or that it is a day off."""
    shifts = hours_on(turn, day_, shown)
    return turn.t.html("working", shifts=shifts) if shifts else turn.t.html("day-off")


def hours_on(turn: Turn, day_: AgendaDay, shown: date) -> str:
    """The shifts of a day; nothing for a day off. What is left of the night before goes once it is over."""
    found = [one for one in day_.shifts if not (turn.times.local(one.start).date() < shown and _over(turn, one.end))]
    return ", ".join(_shift(turn, one, shown) for one in found)


def _over(turn: Turn, end: str) -> bool:
    return parse(end).timestamp() <= turn.now


def _shift(turn: Turn, one: Gap, shown: date) -> str:
    """`10:00–14:00`; a night shift is told whole, with the day that it ends on."""
    start, end = turn.times.local(one.start), turn.times.local(one.end)
    begun = start.date() < shown
    runs_on = end.date() > shown and (end.hour, end.minute) != (0, 0)
    if (begun or (start.hour, start.minute) == (0, 0)) and end.date() > shown:
        return turn.t.label("shift-all-day")
    if begun:
        return turn.t.label("shift-until", end=turn.times.clock(one.end))
    key = "shift-night" if runs_on else "shift"
    return turn.t.label(key, start=turn.times.clock(one.start), end=turn.times.clock(one.end))


def visit_label(turn: Turn, booking: Booking) -> str:
    """`14:30 · Haircut · Alex ✓`"""
    parts = [turn.times.clock(booking.start), cards.service_names(booking), one_line(booking.client_name, 24)]
    label = " · ".join(part for part in parts if part) + _MARKS.get(booking.status, "")
    return turn.t.label("label-held", visit=label) if booking.status == "held" else label


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
        rows.append(_came(turn, booking))
        rows.append(
            [
                go(turn.t.label("button-move"), "m.near", booking.id, cards.sole_specialist(booking)),
                go(turn.t.label("button-cancel-visit"), "s.cx", booking.id),
            ]
        )
    rows.append([go(turn.t.label("button-history"), "s.hist", booking.id)])
    if booking.client_tg_id is not None and booking.client_id != turn.person.id:
        rows[-1].insert(0, go(turn.t.label("button-message"), "s.msg", booking.id))
    day_ = turn.times.local(booking.start).date().toordinal()
    rows.append([go(turn.t.label("button-back"), "a.day" if turn.is_admin else "s.day", day_)])
    return Screen("\n".join(lines), rows)


def _came(turn: Turn, booking: Booking) -> Row:
    """Arrived and No-show, as soon as each can be true."""
    since = turn.now - parse(booking.start).timestamp()
    row: Row = []
    if since >= -EARLY_S:
        row.append(go(turn.t.label("button-arrived"), "s.here", booking.id, style="success"))
    if since >= 0:
        row.append(go(turn.t.label("button-no-show"), "s.gone", booking.id))
    return row


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
