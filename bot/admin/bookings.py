"""Bookings: the list, narrowed by status, specialist and date; the requests that wait for an answer."""

import asyncio
from datetime import date, timedelta
from typing import Any, NamedTuple

from backend.contract.bookings import Booking, Status
from bot.old_way import old_go, old_paged, old_route
from bot.request import Request
from bot.specialist.day import clamp_day
from bot.ui import cards
from bot.ui.keyboards import BLANK_LABEL, Button, Row, Screen, button_grid
from bot.ui.text import escape, one_line
from bot.ui.times import parse

A_PAGE = 8
# The backend lists at most so many at once; beyond them a date narrows it.
MOST = 200
LAST_PAGE = MOST // A_PAGE - 2


class Kind(NamedTuple):
    """A filter by status: its words, the statuses, and whether it looks ahead or back (None: both)."""

    key: str
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


class Filters(NamedTuple):
    """What is listed: `kind` counts `KINDS`, specialist 0 is everybody, day 0 is every day (else an ordinal)."""

    kind: int = 0
    specialist: int = 0
    day: int = 0

    def go(self, label: str, name: str, *args: int, **changed: int) -> Button:
        """A button to a screen with these filters, some changed."""
        it = self._replace(**changed)
        return old_go(label, name, it.specialist, it.kind, it.day, *args)


def _filters(request: Request, specialist_id: int, kind: int, ordinal: int) -> Filters:
    day = clamp_day(ordinal, request).toordinal() if ordinal else 0
    return Filters(min(kind, len(KINDS) - 1), specialist_id, day)


@old_route("a.bks")
async def listing(request: Request, specialist_id: int = 0, kind: int = 0, ordinal: int = 0, page: int = 0) -> Screen:
    """Eight a page, in order of time; the past the latest first."""
    await request.dialog.pause()
    it = _filters(request, specialist_id, kind, ordinal)
    page = min(page, LAST_PAGE)
    found, waiting, name = await asyncio.gather(
        _found(request, it, (page + 1) * A_PAGE + 1),
        request.api.list_bookings(status=("pending",), from_=request.times.today.isoformat(), limit=10),
        _name(request, it.specialist),
    )
    shown, turning = old_paged(
        found[: (LAST_PAGE + 1) * A_PAGE], page, A_PAGE, lambda label, to: it.go(label, "a.bks", to)
    )
    rows: list[Row] = [[old_go(_label(request, one, it), "s.card", one.id)] for one in shown]
    chosen: list[str] = [request.t.html(KINDS[it.kind].key), escape(name)]
    if it.day:
        chosen.append(request.times.day(date.fromordinal(it.day)))
    lines = [f"<b>{request.t.html('bookings')}</b>: {', '.join(part for part in chosen if part)}"]
    if not found:
        lines.append(request.t.html("bookings-none"))
    return Screen("\n".join(lines), [*rows, turning, *_foot(request, it, len(waiting.items), name)])


def _foot(request: Request, it: Filters, waiting: int, name: str) -> list[Row]:
    """The filters as they stand, and what else can be done."""
    day = request.times.day(date.fromordinal(it.day)) if it.day else request.t.label("any-day")
    rows: list[Row] = [
        [
            it.go(request.t.label(KINDS[it.kind].key), "a.bkst"),
            it.go(name or request.t.label("button-everyone"), "a.bksp"),
            it.go(day, "a.bkd", request.times.today.year * 12 + request.times.today.month - 1),
        ],
        [
            old_go(request.t.label("button-book-for"), "k.svc", style="primary"),
            old_go(request.t.label("button-find"), "a.clf"),
        ],
        [old_go(request.t.label("button-back"), "a.menu")],
    ]
    if waiting and it.kind != PENDING:
        rows.insert(0, [Filters(PENDING).go(request.t.label("button-waiting", count=waiting), "a.bks", 0)])
    return rows


async def _found(request: Request, it: Filters, limit: int) -> list[Booking]:
    kind = KINDS[it.kind]
    query: dict[str, Any] = {"status": kind.statuses, "specialist_id": it.specialist or None, "limit": limit}
    if it.day:
        iso = date.fromordinal(it.day).isoformat()
        return (await request.api.list_bookings(from_=iso, to=iso, order="asc", **query)).items
    if kind.ahead is None:
        return (await request.api.list_bookings(order="desc", **query)).items
    today = request.times.today
    # visits of today's morning are over, those of yesterday's night may not be: some more are read than shown
    query["limit"] = min(limit + 60, MOST)
    if kind.ahead:
        since = (today - timedelta(days=1)).isoformat()
        found = (await request.api.list_bookings(from_=since, order="asc", **query)).items
        return [one for one in found if parse(one.end).timestamp() > request.now]
    found = (await request.api.list_bookings(to=today.isoformat(), order="desc", **query)).items
    return [one for one in found if parse(one.end).timestamp() <= request.now]


def _label(request: Request, booking: Booking, it: Filters) -> str:
    """`Fri 12 Dec 14:30 · Haircut · Maria`; on one day the time alone."""
    when = request.times.clock(booking.start) if it.day else request.times.when(booking.start)
    parts = [when, one_line(cards.service_names(booking), 24), one_line(booking.client_name, 24)]
    return " · ".join(part for part in parts if part)


async def _name(request: Request, specialist_id: int) -> str:
    """The specialist's name; nothing for everybody."""
    if not specialist_id:
        return ""
    return next(
        (one_line(one.name) for one in (await request.api.list_specialists()).items if one.id == specialist_id), ""
    )


@old_route("a.bkst")
async def choose_status(request: Request, specialist_id: int, kind: int, ordinal: int) -> Screen:
    """Which ones."""
    it = _filters(request, specialist_id, kind, ordinal)
    rows: list[Row] = [[it.go(request.t.label(one.key), "a.bks", 0, kind=at)] for at, one in enumerate(KINDS)]
    return Screen(request.t.html("choose-status"), [*rows, [it.go(request.t.label("button-back"), "a.bks", 0)]])


@old_route("a.bksp")
async def choose_specialist(request: Request, specialist_id: int, kind: int, ordinal: int) -> Screen:
    """Whose."""
    it = _filters(request, specialist_id, kind, ordinal)
    people = (await request.api.list_specialists()).items
    buttons = [it.go(one.name, "a.bks", 0, specialist=one.id) for one in people[:80]]
    everyone: Row = [it.go(request.t.label("button-everyone"), "a.bks", 0, specialist=0)]
    back: Row = [it.go(request.t.label("button-back"), "a.bks", 0)]
    return Screen(request.t.html("choose-specialist"), [everyone, *button_grid(buttons, 2), back])


@old_route("a.bkd")
async def choose_day(request: Request, specialist_id: int, kind: int, ordinal: int, index: int) -> Screen:
    """Which day, past ones as well. `index` is year * 12 + month - 1."""
    it = _filters(request, specialist_id, kind, ordinal)
    today = request.times.today
    this = today.year * 12 + today.month - 1
    index = min(max(index, this - 60), this + 24)
    first = date(index // 12, index % 12 + 1, 1)
    last = date((index + 1) // 12, (index + 1) % 12 + 1, 1) - timedelta(days=1)
    blank = old_go(BLANK_LABEL, "-")
    cells = [blank] * first.weekday()
    days = (first + timedelta(days=n) for n in range(last.day))
    cells += [it.go(str(one.day), "a.bks", 0, day=one.toordinal()) for one in days]
    cells += [blank] * (-len(cells) % 7)
    rows: list[Row] = [
        [old_go(name, "-") for name in request.times.weekdays()],
        *button_grid(cells, 7),
        [
            it.go("‹", "a.bkd", index - 1),
            it.go(request.t.label("any-day"), "a.bks", 0, day=0),
            it.go("›", "a.bkd", index + 1),
        ],
        [it.go(request.t.label("button-back"), "a.bks", 0)],
    ]
    return Screen(f"<b>{request.times.month(first)}</b>\n{request.t.html('choose-day')}", rows)
