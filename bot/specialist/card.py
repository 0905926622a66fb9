"""A booking as staff see it, and the steps that its state allows."""

from backend.contract.bookings import EARLY_S, MARKS_CHANGE_S, Booking
from backend.contract.errors import BookingInTheWay
from bot.admin.callbacks.bookings import AdminDay, BookForTimes
from bot.admin.callbacks.clients import AskClientNote, ClientCard
from bot.client.callbacks import MoveTimes
from bot.request import Request
from bot.router import Router
from bot.specialist.callbacks import (
    ApproveBooking,
    AskDecline,
    BookingHistory,
    KeepTime,
    MarkArrived,
    MarkNoShow,
    MarkTold,
    SpecialistDay,
    StaffAskCancel,
    StaffCancel,
    StaffCard,
    StaffUndoCancel,
    TaskList,
    UnmarkBooking,
    WriteMessage,
)
from bot.ui import cards
from bot.ui.callbacks import Callback
from bot.ui.client_lines import contact_lines, noted_lines
from bot.ui.keyboards import Button, Row, Screen, button_to
from bot.ui.text import Html, escape, one_line
from bot.ui.times import parse

_ENDED = ("arrived", "completed", "no_show", "cancelled")
_MARKABLE = ("confirmed", "arrived", "completed", "no_show")

router = Router(for_staff=True)


@router.press(StaffCard)
async def show_staff_card(request: Request, callback: StaffCard) -> Screen:
    """Show one booking."""
    return staff_card_screen(request, await request.api.get_booking(callback.booking_id))


def staff_card_screen(request: Request, booking: Booking) -> Screen:
    """Return the booking, its client, and the steps that its state allows."""
    rows = [*_step_rows(request, booking), *_client_rows(request, booking)]
    rows.append([button_to(request.t.label("button-history"), BookingHistory(booking_id=booking.id))])
    if booking.client_reachable and booking.client_id != request.person.id:
        rows[-1].insert(0, button_to(request.t.label("button-message"), WriteMessage(booking_id=booking.id)))
    if booking.task == "open":
        rows.append([all_tasks_button(request)])
    day = request.times.local(booking.start).date().toordinal()
    back = AdminDay(day=day) if request.is_admin else SpecialistDay(day=day)
    rows.append([button_to(request.t.label("button-back"), back)])
    return Screen("\n".join(_card_lines(request, booking)), rows)


def _client_rows(request: Request, booking: Booking) -> list[Row]:
    """Return the ways to the client's card and to the note for the team, where there is a client whom the reader sees."""
    if booking.client_id is None or booking.status in ("held", "expired"):
        return []
    client = ClientCard(client_id=booking.client_id, booking_id=booking.id)
    note = AskClientNote(client_id=booking.client_id, for_team=True, booking_id=booking.id)
    rows: list[Row] = [
        [
            button_to(request.t.label("button-client"), client),
            button_to(request.t.label("button-team-note"), note),
        ]
    ]
    if booking.status in _ENDED or cards.has_begun(request, booking):
        # at the till, after a no-show: the next booking, of the same services
        again = BookForTimes(
            subject=(booking.client_id, *booking.service_ids), specialist_id=cards.sole_specialist(booking)
        )
        rows.insert(0, [button_to(request.t.label("button-book-again"), again)])
    return rows


def _client_lines(request: Request, booking: Booking) -> list[str]:
    """Return who the client is, how to reach them, and what is noted about them."""
    client = cards.client_text(request, booking)
    if not client:
        return []
    username, tg_id = booking.client_username, booking.client_tg_id
    lines = [f"<b>{escape(client)}</b>"]
    lines += contact_lines(request, username=username, tg_id=tg_id, phone=booking.client_phone)
    notes = booking.client_team_note, booking.client_note
    lines += noted_lines(request, tags=booking.client_tags, team_note=notes[0], private_note=notes[1])
    return [*lines, ""]


def _card_lines(request: Request, booking: Booking) -> list[str]:
    """Return the booking and its client in words, and what has become of both."""
    lines = [str(cards.booking_text(request, booking)), "", *_client_lines(request, booking)]
    if not cards.is_displaced(booking):
        lines.append(request.t.html("status-unconfirmed" if booking.unconfirmed else cards.status_key(booking)))
    if booking.places_came is not None and booking.places_came < booking.places:
        lines.append(request.t.html("places-came", came=booking.places_came, places=booking.places))
    if booking.late:
        lines.append(request.t.html("client-late"))
    if booking.late_min is not None:
        lines.append(request.t.html("client-late-min", minutes=booking.late_min))
    if booking.coming:
        lines.append(request.t.html("client-coming"))
    elif _may_still_answer(request, booking):
        lines.append(request.t.html("client-not-answered"))
    if booking.task:
        lines.append(request.t.html(f"task-is-{booking.task}"))
    return [*lines, *_request_lines(request, booking)]


def _may_still_answer(request: Request, booking: Booking) -> bool:
    """Return whether the client can still say in the bot that they will come; one entered by hand never can."""
    is_open = booking.status == "confirmed" and booking.task is None and not cards.has_begun(request, booking)
    return is_open and booking.client_reachable


def _step_rows(request: Request, booking: Booking) -> list[Row]:
    """Return the steps that the booking's state allows."""
    rows: list[Row] = []
    needs_new_time = booking.task == "open"
    if needs_new_time and booking.status in ("pending", "confirmed"):
        rows += _task_rows(request, booking)
    else:
        rows += _answer_rows(request, booking)
    if booking.status in _MARKABLE:
        rows += _mark_rows(request, booking)
    if booking.status == "confirmed" and not needs_new_time:
        move = MoveTimes(booking_id=booking.id, specialist_id=cards.sole_specialist(booking))
        rows.append(
            [
                button_to(request.t.label("button-move"), move),
                button_to(request.t.label("button-cancel-booking"), StaffAskCancel(booking_id=booking.id)),
            ]
        )
    return rows


def _request_lines(request: Request, booking: Booking) -> list[str]:
    """Return what the client asks for, until when that is answered, or who has answered it."""
    lines: list[str] = []
    if booking.status == "pending" and booking.decide_by:
        when = cards.deadline_text(request, booking.decide_by)
        lines.append(request.t.html("request-answer-by", when=when))
    if booking.decided_by:
        key = "request-declined-by" if booking.end_reason == "declined" else "request-approved-by"
        lines.append(request.t.html(key, name=one_line(booking.decided_by)))
    lines += cards.end_note_lines(request, booking)
    if cards.asks_to_move(booking):
        lines += [request.t.html("staff-move-requested"), *cards.move_request_lines(request, booking)]
    return lines


def _answer_rows(request: Request, booking: Booking) -> list[Row]:
    """Return the answers to what the client asks for, where the reader may give one."""
    rows: list[Row] = []
    if booking.status == "pending" and may_decide(request, booking):
        approve, decline = ApproveBooking(booking_id=booking.id), AskDecline(booking_id=booking.id)
        rows += decision_rows(request, booking, approve, decline)
    if cards.asks_to_move(booking) and may_decide(request, booking):
        rows.append([button_to(request.t.label("button-keep-client-time"), AskDecline(booking_id=booking.id))])
        if booking.move_request is not None and booking.move_request.start is not None:
            there = ApproveBooking(booking_id=booking.id)
            rows[-1].insert(0, button_to(request.t.label("button-move-there"), there, style="success"))
    return rows


def may_decide(request: Request, booking: Booking) -> bool:
    """Return whether the reader may answer the request: an admin, or the specialist who does the whole of it."""
    return request.is_admin or cards.sole_specialist(booking) == (request.person.specialist_id or -1)


def decision_rows(voice: cards.Voice, booking: Booking, approve: Callback, decline: Callback) -> list[Row]:
    """Return what can be answered to a request: yes, no, or at another time."""
    move = MoveTimes(booking_id=booking.id, specialist_id=cards.sole_specialist(booking))
    return [
        [
            button_to(voice.t.label("button-approve"), approve, style="success"),
            button_to(voice.t.label("button-decline"), decline, style="danger"),
        ],
        [button_to(voice.t.label("button-other-times"), move)],
    ]


def all_tasks_button(request: Request) -> Button:
    """Return the way to all bookings that need a new time."""
    return button_to(request.t.label("button-all-tasks"), TaskList())


def _task_rows(request: Request, booking: Booking) -> list[Row]:
    """Return Told and Moved for a booking that needs a new time, and the way back while it has not begun."""
    told, moved = MarkTold(booking_id=booking.id), MoveTimes(booking_id=booking.id, specialist_id=0)
    rows: list[Row] = [
        [
            button_to(request.t.label("button-told"), told),
            button_to(request.t.label("button-move"), moved),
        ]
    ]
    if parse(booking.start).timestamp() > request.now:
        rows.append([button_to(request.t.label("button-keep-booking"), KeepTime(booking_id=booking.id))])
    return rows


def overlap_screen(request: Request, in_the_way: BookingInTheWay, go_on: Callback, back: Callback) -> Screen:
    """Return that the client has another booking at this time, with the way to book all the same."""
    when = request.times.time_tag(in_the_way.start)
    rows: list[Row] = [
        [button_to(request.t.label("button-all-the-same"), go_on)],
        [button_to(request.t.label("button-change-time"), back)],
        [button_to(request.t.label("button-open-booking"), StaffCard(booking_id=in_the_way.id))],
    ]
    return Screen(request.t.html("overlap-staff", when=when), rows)


def _mark_rows(request: Request, booking: Booking) -> list[Row]:
    """Return Arrived and No-show, each as soon as it can be true and is not yet, and the way back from a mark."""
    since = request.now - parse(booking.start).timestamp()
    past_day = request.now - parse(booking.end).timestamp() > MARKS_CHANGE_S
    if past_day and not request.is_admin:
        return []
    row: Row = []
    if since >= -EARLY_S and booking.status != "arrived":
        arrived = MarkArrived(booking_id=booking.id)
        row.append(button_to(request.t.label("button-arrived"), arrived, style="success"))
    if since >= 0 and booking.status != "no_show" and booking.task != "open":
        row.append(button_to(request.t.label("button-no-show"), MarkNoShow(booking_id=booking.id)))
    if booking.status == "confirmed" or booking.unconfirmed:
        return [row]
    return [row, [button_to(request.t.label("button-unmark"), UnmarkBooking(booking_id=booking.id))]]


def _saved(request: Request, booking: Booking) -> Screen:
    return staff_card_screen(request, booking)._replace(toast=request.t.label("saved"))


@router.press(MarkArrived)
async def mark_arrived(request: Request, callback: MarkArrived) -> Screen:
    """Note that the client is here."""
    key = request.idempotency_key("arrived")
    return _saved(request, await request.api.mark_arrived(callback.booking_id, key=key))


@router.press(MarkNoShow)
async def mark_no_show(request: Request, callback: MarkNoShow) -> Screen:
    """Note that the client has not come."""
    key = request.idempotency_key("no-show")
    return _saved(request, await request.api.mark_no_show(callback.booking_id, key=key))


@router.press(UnmarkBooking)
async def unmark_booking(request: Request, callback: UnmarkBooking) -> Screen:
    """Take back what was noted, as if nobody had pressed."""
    key = request.idempotency_key("unmark")
    return _saved(request, await request.api.unmark_booking(callback.booking_id, key=key))


@router.press(ApproveBooking)
async def approve_booking(request: Request, callback: ApproveBooking) -> Screen:
    """Approve a request."""
    key = request.idempotency_key("approve")
    return _saved(request, await request.api.approve_booking(callback.booking_id, key=key))


@router.press(StaffAskCancel)
async def ask_staff_cancel(request: Request, callback: StaffAskCancel) -> Screen:
    """Ask before a client's booking is cancelled; the client will be told."""
    booking = await request.api.get_booking(callback.booking_id)
    name = cards.client_text(request, booking) or request.t.label("data-none")
    text = request.t.html("staff-cancel-ask", when=request.times.time_tag(booking.start), name=name)
    text = Html(f"{text} {cards.told_line(request, booking)}")
    rows: list[Row] = [
        [button_to(request.t.label("button-yes-cancel"), StaffCancel(booking_id=booking.id), style="danger")],
        [button_to(request.t.label("button-keep"), StaffCard(booking_id=booking.id))],
    ]
    return Screen(text, rows)


@router.press(StaffCancel)
async def cancel_as_staff(request: Request, callback: StaffCancel) -> Screen:
    """Cancel a client's booking; it can be undone for five minutes."""
    booking = await request.api.cancel_booking(callback.booking_id, key=request.idempotency_key("cancel"))
    screen = _saved(request, booking)
    if booking.undo_until and parse(booking.undo_until).timestamp() > request.now:
        undo = StaffUndoCancel(booking_id=booking.id)
        undo_row: Row = [button_to(request.t.label("button-undo"), undo, style="primary")]
        screen = screen._replace(rows=[undo_row, *screen.rows])
    return screen


@router.press(StaffUndoCancel)
async def undo_cancel_as_staff(request: Request, callback: StaffUndoCancel) -> Screen:
    """Bring a cancelled booking back."""
    key = request.idempotency_key("undo")
    return _saved(request, await request.api.undo_cancel(callback.booking_id, key=key))
