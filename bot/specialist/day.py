"""The specialist's day: the bookings in order, ‹ › to the neighbours."""

from collections.abc import Collection, Iterable
from datetime import date, timedelta

from backend.contract.bookings import Booking
from backend.contract.overviews import Agenda, AgendaDay, Gap
from bot.admin.callbacks.bookings import AdminDay, BookForServices
from bot.admin.callbacks.clients import ClientList
from bot.client.callbacks import ClientHome, LanguageChoice
from bot.request import Request
from bot.router import Router
from bot.specialist.callbacks import (
    DaysOff,
    NoticeSettings,
    SpecialistDay,
    StaffCard,
    StaffMonth,
    StaffWeek,
    StaffYears,
    WeekHours,
)
from bot.specialist.classes import class_button, group_classes
from bot.specialist.free_time import free_line, gap_entries, list_gaps_ahead
from bot.specialist.marks import booking_mark, marks_line
from bot.specialist.unmarked import unmarked_row
from bot.ui import cards
from bot.ui.callbacks import Callback
from bot.ui.keyboards import Button, Row, Screen, button_to, page_of
from bot.ui.labels import cuttable_name
from bot.ui.months import month_index
from bot.ui.prompts import more_lines
from bot.ui.text import DOT, Html
from bot.ui.times import parse

A_PAGE = 20
FARTHEST_DAYS = 3650

router = Router(for_staff=True)


@router.press(SpecialistDay)
async def show_specialist_day(request: Request, callback: SpecialistDay) -> Screen:
    """Show one's own day."""
    return await specialist_day_screen(request, clamp_day(callback.day, request), callback.page)


async def specialist_day_screen(request: Request, day: date, page: int = 0) -> Screen:
    """Return one's own day. The agenda is for staff only: the backend refuses it to a person whose role is gone."""
    return specialist_agenda_screen(
        request, await request.api.get_agenda(day.isoformat(), request.person.specialist_id), page
    )


def specialist_agenda_screen(request: Request, agenda: Agenda, page: int = 0) -> Screen:
    """Return an agenda of one's own."""
    day = date.fromisoformat(agenda.date)
    text = day_heading(request, day, agenda.bookings)
    entries = day_entries(request, agenda.bookings, request.person.specialist_id, agenda.unanswered)
    for own in agenda.days:
        gaps = list_gaps_ahead(request, own)
        text = "\n".join([text, working_hours_line(request, own, day), *free_line(request, gaps)])
        entries += gap_entries(request, own.specialist_id, gaps)
    entries.sort(key=lambda entry: entry[0])
    shown, pages = page_of(entries, page, A_PAGE, lambda to: SpecialistDay(day=day.toordinal(), page=to))
    rows: list[Row] = [[button] for _, button in shown]
    rows.append(pages)
    text = "\n".join(
        [text, *marks_line(request, agenda.bookings, agenda.unanswered), *more_lines(request, agenda.more)]
    )
    return Screen(
        text, [unmarked_row(request, agenda.unmarked), *rows, *turning_rows(request, day), *_footer(request, day)]
    )


def clamp_day(ordinal: int, request: Request) -> date:
    """Return the date of a button, kept within ten years of today."""
    today = request.times.today.toordinal()
    return date.fromordinal(min(max(ordinal, today - FARTHEST_DAYS), today + FARTHEST_DAYS))


def _footer(request: Request, day: date) -> list[Row]:
    own = request.person.specialist_id or 0
    return [
        [
            book_for_button(request, day),
            button_to(request.t.label("button-clients"), ClientList()),
        ],
        [
            button_to(request.t.label("button-my-hours"), WeekHours(specialist_id=own)),
            button_to(request.t.label("button-day-off"), DaysOff(specialist_id=own)),
        ],
        [
            button_to(request.t.label("button-notices"), NoticeSettings()),
            button_to(request.t.label("button-language"), LanguageChoice()),
        ],
        [button_to(request.t.label("button-as-client"), ClientHome())],
    ]


def book_for_button(request: Request, day: date) -> Button:
    """Return the button for a client's booking, on that day if it is ahead; today it may be any time from now on."""
    ahead = day.toordinal() if day > request.times.today else 0
    return button_to(request.t.label("button-book-for"), BookForServices(day=ahead))


def day_heading(request: Request, day: date, bookings: list[Booking]) -> str:
    """Return `Today: 5 bookings, 1 held, first 10:00`, about the bookings that are listed below it."""
    if day == request.times.today:
        name = request.t.label("today")
    elif day == request.times.today + timedelta(days=1):
        name = request.t.label("tomorrow")
    else:
        name = request.times.day(day)
    if not bookings:
        return request.t.html("day-empty", day=name)
    count, held = count_bookings(bookings)
    first = request.times.clock(bookings[0].start)
    return request.t.html("day-summary", day=name, count=count, held=held, first=first)


def count_bookings(bookings: list[Booking]) -> tuple[int, int]:
    """Return how many are booked, and how many places are only held."""
    held = sum(booking.status == "held" for booking in bookings)
    return len(bookings) - held, held


def working_hours_line(request: Request, specialist: AgendaDay, day: date) -> str:
    """Return `10:00–14:00, 15:00–18:00` as a line, or that it is a day off."""
    shifts = working_hours(request, specialist.shifts, day)
    return request.t.html("working", shifts=shifts) if shifts else request.t.html("day-off")


def working_hours(request: Request, shifts: Iterable[Gap], day: date) -> str:
    """Return the shifts of a day, empty for a day off. A shift of the night before is left out once it is over."""
    shown = [
        shift
        for shift in shifts
        if request.times.local(shift.start).date() >= day or parse(shift.end).timestamp() > request.now
    ]
    return ", ".join(_shift_label(request, shift, day) for shift in shown)


def _shift_label(request: Request, shift: Gap, day: date) -> str:
    """Return `10:00–14:00`; a night shift is shown whole, with the day that it ends on."""
    start, end = request.times.local(shift.start), request.times.local(shift.end)
    began_before = start.date() < day
    runs_on = end.date() > day and (end.hour, end.minute) != (0, 0)
    if (began_before or (start.hour, start.minute) == (0, 0)) and end.date() > day:
        return request.t.label("shift-all-day")
    if began_before:
        return request.t.label("shift-until", end=request.times.clock(shift.end))
    key = "shift-night" if runs_on else "shift"
    return request.t.label(key, start=request.times.clock(shift.start), end=request.times.clock(shift.end))


def booking_label(request: Request, booking: Booking, unanswered: Collection[int]) -> str:
    """Return `14:30 · Haircut · Alex ✓`, of a place that is held for a move `14:30 · Alex (asks to move)`."""
    services = cuttable_name(cards.service_names(booking))
    client = cards.client_text(request, booking, 24)
    if booking.status == "held":
        client = cuttable_name(client)  # what the place is held for must be read as well
    parts = [request.times.clock(booking.start), "" if cards.is_held_for_move(booking) else services, client]
    mark = booking_mark(request, booking, unanswered)
    label = DOT.join(part for part in parts if part) + (f" {mark}" if mark else "")
    return cards.mark_held(request, booking, label)


def day_entries(
    request: Request, bookings: list[Booking], specialist_id: int | None, unanswered: Collection[int]
) -> list[tuple[float, Button]]:
    """Return the start and the button of each booking, in order; those of one class of the specialist's are one."""
    classes, others = group_classes(bookings)
    entries = [
        (
            parse(booking.start).timestamp(),
            button_to(
                booking_label(request, booking, unanswered), StaffCard(booking_id=booking.held_for or booking.id)
            ),
        )
        for booking in others
    ]
    entries += [
        (parse(each.item.start).timestamp(), class_button(request, each, unanswered))
        for each in classes
        if specialist_id in (None, each.item.specialist_id)
    ]
    return sorted(entries, key=lambda entry: entry[0])


def waiting_line(request: Request, *, requests: int, tasks: int, unmarked: int) -> list[str]:
    """Return `Waiting for you: requests: 2 · without a mark: 3` as a line; none where nothing waits for staff."""
    counts = (("waiting-requests", requests), ("waiting-tasks", tasks), ("waiting-unmarked", unmarked))
    parts = [request.t.html(key, count=count) for key, count in counts if count]
    return [request.t.html("waits-for-you", what=Html(DOT.join(parts)))] if parts else []


def day_callback(request: Request, ordinal: int, specialist_id: int = 0) -> Callback:
    """Return the button of a day: an admin's of all specialists (0) or of one, a specialist's own."""
    if request.is_admin:
        return AdminDay(day=ordinal, specialist_id=specialist_id)
    return SpecialistDay(day=ordinal)


def turning_rows(request: Request, day: date, specialist_id: int = 0) -> list[Row]:
    """Return ‹ Fri 12 Dec ›, whose middle opens the month; below it the ways to today, to the week and to other months."""
    ordinal, today = day.toordinal(), request.times.today
    month = StaffMonth(month=month_index(day), specialist_id=specialist_id)
    ways: Row = [
        button_to(request.t.label("button-week-of"), StaffWeek(day=ordinal, specialist_id=specialist_id)),
        button_to(request.t.label("button-year"), StaffYears(year=day.year, specialist_id=specialist_id)),
    ]
    if day != today:
        ways.insert(0, button_to(request.t.label("today"), day_callback(request, today.toordinal(), specialist_id)))
    return [
        [
            button_to("‹", day_callback(request, ordinal - 1, specialist_id)),
            button_to(request.times.narrow_day(day), month),
            button_to("›", day_callback(request, ordinal + 1, specialist_id)),
        ],
        ways,
    ]
