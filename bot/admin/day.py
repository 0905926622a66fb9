"""The admin's day: the bookings of each specialist and the free time between them, which is booked with a tap."""

from datetime import UTC, date, datetime

from backend.contract.bookings import Booking
from backend.contract.overviews import Agenda, AgendaDay, Gap
from bot.admin.callbacks.bookings import AdminDay, AdminToday, BookForServices, DayGap
from bot.admin.callbacks.business import ManageMenu
from bot.request import Request
from bot.router import Router
from bot.specialist.day import (
    clamp_day,
    count_bookings,
    day_entries,
    day_heading,
    turning_row,
    working_hours_line,
)
from bot.specialist.unmarked import unmarked_row
from bot.ui.keyboards import Button, Row, Screen, button_to, page_of
from bot.ui.prompts import more_lines
from bot.ui.text import one_line
from bot.ui.times import MINUTE, epoch_minutes, parse

# More rows than this are no glance any more: then a button for each specialist leads to theirs.
GLANCE = 45
SPECIALISTS_A_PAGE, ROWS_A_PAGE = 12, 40
# Free time shorter than this is no gap.
SHORTEST_MIN = 10

router = Router(for_staff=True)


@router.press(AdminToday)
async def show_today(request: Request, _: AdminToday) -> Screen:
    """Show today, whether the first steps are done or not."""
    return await day_screen(request, request.times.today.toordinal())


@router.press(AdminDay)
async def show_day(request: Request, callback: AdminDay) -> Screen:
    """Show a day of all specialists or of one."""
    return await day_screen(request, callback.day, callback.specialist_id, callback.page)


async def day_screen(request: Request, ordinal: int, specialist_id: int = 0, page: int = 0) -> Screen:
    """Return a day of all specialists (0) or of one."""
    day = clamp_day(ordinal, request)
    agenda = await request.api.get_agenda(day.isoformat(), specialist_id or None)
    return agenda_screen(request, agenda, specialist_id, page)


def agenda_screen(request: Request, agenda: Agenda, specialist_id: int = 0, page: int = 0) -> Screen:
    """Return an agenda: each specialist's bookings and gaps in order of time. `specialist_id` is 0 for one of all.

    Many specialists are shown page by page, and so is a long day of one."""
    day, bookings = date.fromisoformat(agenda.date), agenda.bookings
    by_id = {booking.id: booking for booking in bookings}
    lines = [day_heading(request, day, bookings)]
    parts: list[tuple[Button, list[Row]]] = []

    def to_page(to: int) -> AdminDay:
        return AdminDay(day=day.toordinal(), specialist_id=specialist_id, page=to)

    days, pages = page_of(agenda.days, page, SPECIALISTS_A_PAGE, to_page)
    for agenda_day in days:
        gaps = _gaps_ahead(request, agenda_day)
        own = [by_id[booking_id] for booking_id in agenda_day.booking_ids if booking_id in by_id]
        lines += ["", *_specialist_lines(request, agenda_day, day, own, gaps)]
        head = button_to(agenda_day.name, AdminDay(day=day.toordinal(), specialist_id=agenda_day.specialist_id))
        rows = _rows_in_order(request, agenda_day, gaps, own)
        if len(agenda.days) == 1:
            rows, pages = page_of(rows, page, ROWS_A_PAGE, to_page)
        parts.append((head, rows))
    lines += more_lines(request, agenda.more)
    if not agenda.days:
        lines.append(request.t.html("day-nobody"))
    turning = turning_row(request, lambda to: AdminDay(day=to, specialist_id=specialist_id), day)
    return Screen(
        "\n".join(lines),
        [
            unmarked_row(request, agenda.unmarked),
            *_part_rows(parts, alone=len(agenda.days) == 1),
            pages,
            turning,
            _footer(request, day, specialist_id),
        ],
    )


def _part_rows(parts: list[tuple[Button, list[Row]]], *, alone: bool) -> list[Row]:
    """Return the rows of all specialists, each below the button of their own day; that button alone where they are many."""
    brief = not alone and sum(len(rows) + 1 for _, rows in parts) > GLANCE
    shown: list[Row] = []
    for head, rows in parts:
        if not alone:
            shown.append([head])
        if not brief:
            shown += rows
    return shown


def _footer(request: Request, day: date, specialist_id: int) -> Row:
    t = request.t
    manage = button_to(t.label("button-manage"), ManageMenu(), style="primary")
    if specialist_id:
        return [button_to(t.label("button-everyone"), AdminDay(day=day.toordinal())), manage]
    return [button_to(t.label("button-book-for"), BookForServices()), manage]


def _specialist_lines(
    request: Request, agenda_day: AgendaDay, day: date, bookings: list[Booking], gaps: list[Gap]
) -> list[str]:
    """Return `Anna: 3 bookings`, the working hours and how much is free: a line each, so that none breaks in two."""
    count, held = count_bookings(bookings)
    lines = [
        request.t.html("day-of", name=one_line(agenda_day.name), count=count, held=held),
        working_hours_line(request, agenda_day, day),
    ]
    if free := sum(epoch_minutes(gap.end) - epoch_minutes(gap.start) for gap in gaps):
        lines.append(request.t.html("day-free", span=request.times.span(free)))
    return lines


def _gaps_ahead(request: Request, agenda_day: AgendaDay) -> list[Gap]:
    """Return what is left of the free time from now on."""
    gaps = []
    this_minute = int(request.now) // MINUTE
    for gap in agenda_day.gaps:
        start = max(epoch_minutes(gap.start), this_minute)
        if epoch_minutes(gap.end) - start >= SHORTEST_MIN:
            at = datetime.fromtimestamp(start * MINUTE, UTC).isoformat()
            gaps.append(Gap(start=at, end=gap.end, local=gap.local))
    return gaps


def _rows_in_order(request: Request, agenda_day: AgendaDay, gaps: list[Gap], bookings: list[Booking]) -> list[Row]:
    """Return the bookings and the gaps of one specialist as buttons, by their start."""
    placed = day_entries(request, bookings, agenda_day.specialist_id)
    for gap in gaps:
        label = request.t.label("gap", start=request.times.clock(gap.start), end=request.times.clock(gap.end))
        callback = DayGap(
            specialist_id=agenda_day.specialist_id, start=epoch_minutes(gap.start), end=epoch_minutes(gap.end)
        )
        placed.append((parse(gap.start).timestamp(), button_to(label, callback)))
    return [[button] for _, button in sorted(placed, key=lambda pair: pair[0])]
