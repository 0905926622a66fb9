"""Bookings that need a new time, for staff: who they are, whether they know, and placing all of them with others."""

from backend.contract.bookings import Booking
from backend.contract.tasks import Placement, Task
from bot.request import Request
from bot.router import Router
from bot.specialist.callbacks import (
    AskPlaceAll,
    KeepTime,
    MarkTold,
    PlaceAll,
    StaffCard,
    StaffUndoCancel,
    TaskList,
)
from bot.specialist.card import all_tasks_button, staff_card_screen
from bot.ui import cards
from bot.ui.callbacks import Home
from bot.ui.keyboards import Row, Screen, button_to, page_of
from bot.ui.prompts import add_above, more_lines
from bot.ui.text import DOT, Html, escape, one_line
from bot.ui.times import parse

A_PAGE = 10

router = Router(for_staff=True)


def add_tasks(request: Request, screen: Screen, count: int) -> Screen:
    """Return the home screen with `3 bookings need a new time` above it, where there are any, and the way to them."""
    if not count:
        return screen
    button = button_to(request.t.label("button-tasks", count=count), TaskList(), style="danger")
    return add_above(request.t.html("tasks-count", count=count), screen._replace(rows=[[button], *screen.rows]))


@router.press(TaskList)
async def show_tasks(request: Request, callback: TaskList) -> Screen:
    """Show the bookings, the next first, with the clients' names and numbers."""
    return await _tasks_screen(request, callback.page)


async def _tasks_screen(request: Request, page: int = 0) -> Screen:
    tasks = await request.api.list_tasks()
    home = button_to(request.t.label("button-home"), Home())
    if not tasks.items:
        return Screen(request.t.html("tasks-none"), [[home]])
    shown, turning = page_of(tasks.items, page, A_PAGE, lambda to: TaskList(page=to))
    lines: list[str] = [request.t.html("tasks-count", count=tasks.total)]
    rows: list[Row] = []
    for task in shown:
        booking = task.booking
        lines += ["", *_task_lines(request, task)]
        label = DOT.join(filter(None, (cards.booking_label(request, booking), cards.client_text(request, booking, 24))))
        rows.append([button_to(label, StaffCard(booking_id=booking.id))])
    lines += more_lines(request, tasks.total - len(tasks.items))
    rows.append(turning)
    if request.is_admin and any(parse(task.booking.start).timestamp() > request.now for task in tasks.items):
        rows.append([button_to(request.t.label("button-place-all"), AskPlaceAll(), style="primary")])
    return Screen("\n".join(lines), [*rows, [home]])


def _task_lines(request: Request, task: Task) -> list[str]:
    """Return when and with whom it was to be, the client with their number, and whether they know."""
    booking = task.booking
    when = f"<b>{escape(request.times.when(booking.start))}</b>{DOT}{escape(cards.service_names(booking))}"
    client = DOT.join(filter(None, (cards.client_text(request, booking), one_line(booking.client_phone or ""))))
    who = escape(one_line(task.name or cards.specialist_names(booking)))
    begun = parse(booking.start).timestamp() <= request.now
    key = "task-call" if begun or task.asked == "unreachable" else f"task-{task.asked}"
    return [f"{when}{DOT}{who}", escape(client), request.t.html(key)]


@router.press(AskPlaceAll)
async def ask_place_all(request: Request, _: AskPlaceAll) -> Screen:
    """Show who would do which booking, before anything is done."""
    placements = await request.api.preview_placements()
    back = button_to(request.t.label("button-back"), TaskList())
    if not placements.placed:
        return Screen(request.t.html("place-nobody"), [[back]])
    lines = [request.t.html("place-ask", count=len(placements.placed)), "", *_placed_lines(request, placements.placed)]
    if placements.left:
        lines += ["", request.t.html("place-left", count=placements.left)]
    yes = button_to(request.t.label("button-place-yes"), PlaceAll(), style="success")
    return Screen("\n".join(lines), [[yes], [back]])


@router.press(PlaceAll)
async def place_all(request: Request, _: PlaceAll) -> Screen:
    """Place them; what is left still needs a new time."""
    placements = await request.api.place_tasks(key=request.idempotency_key("place"))
    head = request.t.html("place-done", count=len(placements.placed))
    if any(placement.booking.client_reachable for placement in placements.placed):
        head = Html(f"{head} {request.t.html('place-told')}")
    lines = [head, *_placed_lines(request, placements.placed)]
    screen = add_above("\n".join(lines), await _tasks_screen(request))
    return screen._replace(toast=request.t.label("saved"))


def _call_lines(request: Request, placed: list[Placement]) -> list[str]:
    """Return whom no message reaches, with their numbers."""
    callees = [placement.booking for placement in placed if not placement.booking.client_reachable]
    if not callees:
        return []
    people = {
        escape(DOT.join(filter(None, (cards.client_text(request, one), one_line(one.client_phone or ""))))): None
        for one in callees
    }
    return ["", request.t.html("place-call"), *list(people)[:A_PAGE], *more_lines(request, len(people) - A_PAGE)]


def _placed_lines(request: Request, placed: list[Placement]) -> list[str]:
    lines = [
        escape(
            DOT.join(
                (
                    cards.booking_label(request, placement.booking),
                    cards.client_text(request, placement.booking, 24),
                    f"{one_line(placement.previous_name, 24)} → {cards.specialist_names(placement.booking)}",
                )
            )
        )
        for placement in placed[:A_PAGE]
    ]
    return [*lines, *more_lines(request, len(placed) - A_PAGE), *_call_lines(request, placed)]


@router.press(MarkTold)
async def mark_told(request: Request, callback: MarkTold) -> Screen:
    """Cancel the booking without a message, as its client knows; it can be undone for five minutes."""
    booking = await request.api.mark_told(callback.booking_id, key=request.idempotency_key("told"))
    screen = _settled_screen(request, booking)
    if booking.undo_until and parse(booking.undo_until).timestamp() > request.now:
        undo = StaffUndoCancel(booking_id=booking.id)
        undo_row: Row = [button_to(request.t.label("button-undo"), undo, style="primary")]
        screen = screen._replace(rows=[undo_row, *screen.rows])
    return screen


@router.press(KeepTime)
async def keep_time(request: Request, callback: KeepTime) -> Screen:
    """Let the booking take place as booked after all; its client is told if they were asked."""
    booking = await request.api.keep_time(callback.booking_id, key=request.idempotency_key("keep"))
    return _settled_screen(request, booking)


def _settled_screen(request: Request, booking: Booking) -> Screen:
    """Return the card of a booking that was just settled, with the way on to the next one."""
    card = staff_card_screen(request, booking)
    rows = card.rows if booking.task == "open" else [*card.rows[:-1], [all_tasks_button(request)], card.rows[-1]]
    return card._replace(rows=rows, toast=request.t.label("saved"))
