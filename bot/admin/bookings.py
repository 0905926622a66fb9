"""Bookings: the list, narrowed by status, specialist and date; the requests that wait for an answer."""

from datetime import date, timedelta
from typing import NamedTuple

from backend.contract.bookings import Booking, Status
from backend.contract.overviews import BookingsOverview
from bot.admin.callbacks.bookings import (
    BookForServices,
    BookingDays,
    BookingKinds,
    BookingList,
    BookingSpecialists,
)
from bot.admin.callbacks.business import ManageMenu
from bot.admin.callbacks.clients import FindClient
from bot.fsm import pause_draft
from bot.request import Request
from bot.router import Router
from bot.specialist.callbacks import StaffCard
from bot.specialist.day import clamp_day
from bot.ui import cards
from bot.ui.keyboards import Row, Screen, button_grid, button_to, page_of
from bot.ui.labels import cuttable_name
from bot.ui.months import days_grid, month_days, month_index, twelve_months
from bot.ui.text import escape, one_line
from bot.ui.times import parse

A_PAGE = 8
# The backend lists at most so many at once; beyond them a date narrows it.
MOST = 200
LAST_PAGE = MOST // A_PAGE - 2
SPECIALISTS_A_PAGE = 40
# Bookings of this morning are over, those of last night may not be: so many more are read than shown.
READ_MORE = 60
MONTHS_BACK, MONTHS_AHEAD = 60, 24

router = Router(for_staff=True)


class Kind(NamedTuple):
    """A filter by status: its label, the statuses, and whether it looks ahead or back (None: both)."""

    label: str
    statuses: tuple[Status, ...]
    ahead: bool | None


KINDS = (
    Kind("list-upcoming", ("pending", "confirmed", "arrived"), True),
    Kind("list-pending", ("pending",), None),
    Kind("list-past", ("confirmed", "arrived", "completed", "no_show"), False),
    Kind("list-cancelled", ("cancelled",), None),
    Kind("list-missed", ("no_show",), None),
)
PENDING = 1


class ListFilters(NamedTuple):
    """What is listed: `kind` is a place in `KINDS`, specialist 0 is everybody, day 0 is any, else a date's ordinal."""

    specialist_id: int = 0
    kind: int = 0
    day: int = 0

    def to_list(self, page: int = 0) -> BookingList:
        """Return the button of the list with these filters."""
        return BookingList(specialist_id=self.specialist_id, kind=self.kind, day=self.day, page=page)

    def to_month(self, month: int) -> BookingDays:
        """Return the button of a month to choose the day from."""
        return BookingDays(specialist_id=self.specialist_id, kind=self.kind, day=self.day, month=month)

    @property
    def date(self) -> date | None:
        """The day that is listed."""
        return date.fromordinal(self.day) if self.day else None


def _filters_of(
    request: Request, callback: BookingList | BookingKinds | BookingSpecialists | BookingDays
) -> ListFilters:
    day = clamp_day(callback.day, request).toordinal() if callback.day else 0
    return ListFilters(callback.specialist_id, min(callback.kind, len(KINDS) - 1), day)


@router.press(BookingList)
async def show_bookings(request: Request, callback: BookingList) -> Screen:
    """Show the bookings, eight a page in order of time; past ones the latest first."""
    await pause_draft(request.state)
    filters, page = _filters_of(request, callback), min(callback.page, LAST_PAGE)
    overview = await _load_overview(request, filters, (page + 1) * A_PAGE + 1)
    bookings, name = _within(request, filters, overview.items), one_line(overview.specialist_name or "")
    shown, turning = page_of(bookings[: (LAST_PAGE + 1) * A_PAGE], page, A_PAGE, filters.to_list)
    rows: list[Row] = [
        [button_to(_booking_label(request, booking, filters), StaffCard(booking_id=booking.id))] for booking in shown
    ]
    chosen = [request.t.html(KINDS[filters.kind].label), escape(name)]
    if filters.date:
        chosen.append(request.times.day(filters.date))
    lines = [f"<b>{request.t.html('bookings')}</b>: {', '.join(part for part in chosen if part)}"]
    if not bookings:
        lines.append(request.t.html("bookings-none"))
    if page == LAST_PAGE and len(bookings) > (LAST_PAGE + 1) * A_PAGE:
        lines.append(request.t.html("list-ends"))
    foot = _foot_rows(request, filters, overview.pending, name)
    return Screen("\n".join(lines), [*rows, turning, *foot])


def waiting_requests() -> BookingList:
    """Return the button of the requests that wait for an answer."""
    return ListFilters(kind=PENDING).to_list()


def _foot_rows(request: Request, filters: ListFilters, waiting: int, name: str) -> list[Row]:
    """Return the filters as they stand, and what else can be done."""
    t = request.t
    day = request.times.day(filters.date) if filters.date else t.label("any-day")
    rows: list[Row] = [
        [
            button_to(t.label(KINDS[filters.kind].label), BookingKinds(*filters)),
            button_to(name or t.label("button-everyone"), BookingSpecialists(*filters)),
            button_to(day, filters.to_month(month_index(request.times.today))),
        ],
        [
            button_to(t.label("button-book-for"), BookForServices(), style="primary"),
            button_to(t.label("button-find"), FindClient()),
        ],
        [button_to(t.label("button-back"), ManageMenu())],
    ]
    if waiting and filters.kind != PENDING:
        label = t.label("button-waiting", count=waiting)
        rows.insert(0, [button_to(label, waiting_requests())])
    return rows


async def _load_overview(request: Request, filters: ListFilters, limit: int) -> BookingsOverview:
    kind, today = KINDS[filters.kind], request.times.today
    first = last = filters.date
    if filters.date is None and kind.ahead is not None:
        limit = min(limit + READ_MORE, MOST)
        first, last = (today - timedelta(days=1), None) if kind.ahead else (None, today)
    return await request.api.get_bookings_overview(
        from_=first.isoformat() if first else None,
        to=last.isoformat() if last else None,
        status=kind.statuses,
        specialist_id=filters.specialist_id or None,
        order="asc" if filters.date or kind.ahead else "desc",
        limit=limit,
        count_pending=True,
    )


def _within(request: Request, filters: ListFilters, bookings: list[Booking]) -> list[Booking]:
    """Return those of the bookings that are ahead, or over, where only such are listed."""
    ahead = KINDS[filters.kind].ahead
    if filters.date or ahead is None:
        return bookings
    return [booking for booking in bookings if (parse(booking.end).timestamp() > request.now) is ahead]


def _booking_label(request: Request, booking: Booking, filters: ListFilters) -> str:
    """Return `Fri 12 Dec 14:30 · Haircut · Maria`; on one day the time alone."""
    when = request.times.clock(booking.start) if filters.day else request.times.when(booking.start)
    parts = [when, cuttable_name(cards.service_names(booking)), cards.client_text(request, booking, 24)]
    return " · ".join(part for part in parts if part)


@router.press(BookingKinds)
async def choose_booking_kind(request: Request, callback: BookingKinds) -> Screen:
    """Ask which bookings are listed."""
    filters = _filters_of(request, callback)
    rows: list[Row] = [
        [button_to(request.t.label(kind.label), filters._replace(kind=place).to_list())]
        for place, kind in enumerate(KINDS)
    ]
    return Screen(request.t.html("choose-status"), [*rows, _back_row(request, filters)])


@router.press(BookingSpecialists)
async def choose_booking_specialist(request: Request, callback: BookingSpecialists) -> Screen:
    """Ask whose bookings are listed."""
    filters = _filters_of(request, callback)
    specialists = (await request.api.list_specialists()).items
    shown, turning = page_of(
        specialists, callback.page, SPECIALISTS_A_PAGE, lambda to: BookingSpecialists(*filters, page=to)
    )
    buttons = [
        button_to(specialist.name, filters._replace(specialist_id=specialist.id).to_list()) for specialist in shown
    ]
    everyone: Row = [button_to(request.t.label("button-everyone"), filters._replace(specialist_id=0).to_list())]
    rows = [everyone, *button_grid(buttons, 2), turning, _back_row(request, filters)]
    return Screen(request.t.html("choose-specialist"), rows)


@router.press(BookingDays)
async def choose_booking_day(request: Request, callback: BookingDays) -> Screen:
    """Ask which day's bookings are listed, past ones as well."""
    filters, this_month = _filters_of(request, callback), month_index(request.times.today)
    month = min(max(callback.month, this_month - MONTHS_BACK), this_month + MONTHS_AHEAD)
    first, last = month_days(month)
    grid = days_grid(
        request.times,
        first,
        last,
        lambda day: button_to(str(day.day), filters._replace(day=day.toordinal()).to_list()),
    )
    rows: list[Row] = [
        *grid,
        [
            button_to("‹", filters.to_month(month - 1)),
            button_to(request.t.label("any-day"), filters._replace(day=0).to_list()),
            button_to("›", filters.to_month(month + 1)),
        ],
        *twelve_months(request.times, first.year * 12, lambda label, other: button_to(label, filters.to_month(other))),
        _back_row(request, filters),
    ]
    return Screen(f"<b>{request.times.month(first)}</b>\n{request.t.html('choose-day')}", rows)


def _back_row(request: Request, filters: ListFilters) -> Row:
    return [button_to(request.t.label("button-back"), filters.to_list())]
