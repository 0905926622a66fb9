"""The admin's day: the bookings of each specialist and the free time between them, which is booked with a tap."""

from datetime import date

from backend.contract.bookings import Booking
from backend.contract.overviews import Agenda, AgendaDay, Gap
from bot.admin.callbacks.bookings import AdminDay, AdminToday
from bot.admin.callbacks.business import ManageMenu
from bot.fsm import pause_draft
from bot.request import Request
from bot.router import Router
from bot.specialist.day import (
    book_for_button,
    clamp_day,
    count_bookings,
    day_entries,
    day_heading,
    turning_rows,
    working_hours,
    working_hours_line,
)
from bot.specialist.free_time import free_line, gap_entries, list_gaps_ahead
from bot.specialist.marks import marks_line
from bot.specialist.unmarked import unmarked_row
from bot.ui.keyboards import Button, Row, Screen, button_to, page_of
from bot.ui.prompts import more_lines
from bot.ui.text import one_line

# More rows than this are no glance any more: then a button for each specialist leads to theirs.
GLANCE = 45
SPECIALISTS_A_PAGE, ROWS_A_PAGE = 12, 40

router = Router(for_staff=True)


@router.press(AdminToday)
async def show_today(request: Request, _: AdminToday) -> Screen:
    """Show today, whether the first steps are done or not."""
    await pause_draft(request.state)
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
    lines = [day_heading(request, day, bookings), *marks_line(request, bookings, agenda.unanswered)]
    parts: list[tuple[Button, list[Row]]] = []

    def to_page(to: int) -> AdminDay:
        return AdminDay(day=day.toordinal(), specialist_id=specialist_id, page=to)

    days, pages = page_of(agenda.days, page, SPECIALISTS_A_PAGE, to_page)
    away: list[str] = []
    for agenda_day in days:
        gaps = list_gaps_ahead(request, agenda_day)
        own = [by_id[booking_id] for booking_id in agenda_day.booking_ids if booking_id in by_id]
        if own or working_hours(request, agenda_day.shifts, day) or len(agenda.days) == 1:
            lines += ["", *_specialist_lines(request, agenda_day, day, own, gaps)]
        else:
            away.append(one_line(agenda_day.name))
        head = button_to(agenda_day.name, AdminDay(day=day.toordinal(), specialist_id=agenda_day.specialist_id))
        entries = day_entries(request, own, agenda_day.specialist_id, agenda.unanswered)
        entries += gap_entries(request, agenda_day.specialist_id, gaps)
        rows: list[Row] = [[button] for _, button in sorted(entries, key=lambda entry: entry[0])]
        if len(agenda.days) == 1:
            rows, pages = page_of(rows, page, ROWS_A_PAGE, to_page)
        parts.append((head, rows))
    if away:
        # nobody looks for them today: one line for all
        lines += ["", request.t.html("day-off-names", names=", ".join(away))]
    lines += more_lines(request, agenda.more)
    if not agenda.days:
        lines.append(request.t.html("day-nobody"))
    return Screen(
        "\n".join(lines),
        [
            unmarked_row(request, agenda.unmarked),
            *_part_rows(parts, alone=len(agenda.days) == 1),
            pages,
            *turning_rows(request, day, specialist_id),
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
    return [book_for_button(request, day), manage]


def _specialist_lines(
    request: Request, agenda_day: AgendaDay, day: date, bookings: list[Booking], gaps: list[Gap]
) -> list[str]:
    """Return `Anna: 3 bookings`, the working hours and how much is free: a line each, so that none breaks in two."""
    count, held = count_bookings(bookings)
    lines = [
        request.t.html("day-of", name=one_line(agenda_day.name), count=count, held=held),
        working_hours_line(request, agenda_day, day),
    ]
    return [*lines, *free_line(request, gaps)]
