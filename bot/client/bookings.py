"""My bookings: the list, the card of one, what to know once it is booked, cancelling it with Undo, its calendar file."""

from datetime import timedelta

from backend.contract.bookings import Booking, Status
from bot.client.callbacks import (
    AskCancel,
    AskLate,
    BookingCard,
    CalendarFile,
    CancelBooking,
    ClientHome,
    Contacts,
    HeldBooking,
    MoveTimes,
    MyBookings,
    NewTimesMenu,
    SoonestTimes,
    UndoCancel,
)
from bot.client.place_callbacks import AskPlaces
from bot.client.wish_callbacks import WithdrawWish
from bot.request import Request
from bot.router import Router
from bot.ui import cards
from bot.ui.callbacks import ids_fit
from bot.ui.keyboards import Button, Row, Screen, button_to, page_of
from bot.ui.prompts import add_above
from bot.ui.text import Html, escape, one_line
from bot.ui.times import parse

A_PAGE = 5
MOST = 100
_UPCOMING: tuple[Status, ...] = ("pending", "confirmed", "arrived")
_PAST: tuple[Status, ...] = ("confirmed", "arrived", "completed", "no_show", "cancelled")

router = Router()


@router.press(MyBookings)
async def show_my_bookings(request: Request, callback: MyBookings) -> Screen:
    """Show upcoming or past bookings, five a page."""
    past = callback.past
    bookings = await (_load_past(request, callback.page) if past else _load_upcoming(request))
    shown, turning = page_of(bookings, callback.page, A_PAGE, lambda to: MyBookings(past=past, page=to))
    rows: list[Row] = [[button_to(_label(request, booking), BookingCard(booking_id=booking.id))] for booking in shown]
    other = button_to(request.t.label("button-upcoming" if past else "button-past"), MyBookings(past=not past, page=0))
    if past:
        text = request.t.html("past-bookings" if bookings else "past-none")
    else:
        text = request.t.html("upcoming-bookings" if bookings else "upcoming-none")
    if len(bookings) >= MOST - A_PAGE and not any(button.label == "›" for button in turning):
        text = Html(f"{text}\n{request.t.html('own-list-ends', count=len(bookings))}")
    return Screen(text, [*rows, turning, [other, _home_button(request)]])


async def _load_upcoming(request: Request) -> list[Booking]:
    since = (request.times.today - timedelta(days=1)).isoformat()
    bookings = await request.api.list_bookings(
        from_=since, status=_UPCOMING, client_id=request.person.id, order="asc", limit=MOST
    )
    return [booking for booking in bookings.items if parse(booking.end).timestamp() > request.now]


async def _load_past(request: Request, page: int) -> list[Booking]:
    limit = min((page + 1) * A_PAGE + 1 + A_PAGE, MOST)
    bookings = await request.api.list_bookings(
        to=request.times.today.isoformat(), status=_PAST, client_id=request.person.id, order="desc", limit=limit
    )
    return [
        booking
        for booking in bookings.items
        if parse(booking.end).timestamp() <= request.now or booking.status == "cancelled"
    ]


def _label(request: Request, booking: Booking) -> str:
    label = cards.booking_label(request, booking)
    if booking.status == "cancelled":
        return request.t.label("label-cancelled", booking=label)
    if booking.task == "open":
        return request.t.label("label-displaced", booking=label)
    return request.t.label("label-pending", booking=label) if booking.status == "pending" else label


def _home_button(request: Request) -> Button:
    return button_to(request.t.label("button-home"), ClientHome())


def again_button(voice: cards.Voice, booking: Booking) -> Button:
    """Return Book again: the same services, or the first of more than a button carries."""
    ids = tuple(booking.service_ids)
    times = SoonestTimes(services=ids if ids_fit(ids) else ids[:1], specialist_id=0)
    return button_to(voice.t.label("button-book-again"), times)


def change_row(voice: cards.Voice, booking: Booking, cancel: str = "button-cancel-booking") -> Row:
    """Return Move and Cancel; `cancel` is the label's key."""
    return [
        button_to(
            voice.t.label("button-ask-time" if cards.is_past_cut_off(voice, booking) else "button-move"),
            MoveTimes(booking_id=booking.id, specialist_id=cards.sole_specialist(booking)),
        ),
        button_to(voice.t.label(cancel), AskCancel(booking_id=booking.id)),
    ]


def late_rows(voice: cards.Voice, booking: Booking) -> list[Row]:
    """Return I'm late, while that can be said."""
    if not cards.can_say_late(voice, booking):
        return []
    return [[button_to(voice.t.label("button-late"), AskLate(booking_id=booking.id))]]


@router.press(BookingCard)
async def show_booking(request: Request, callback: BookingCard) -> Screen:
    """Show one booking and what can be done with it."""
    return card_screen(request, await request.api.get_booking(callback.booking_id))


def card_screen(request: Request, booking: Booking) -> Screen:
    """Return the card of a booking; a held one leads to its confirmation."""
    lines = [cards.booking_text(request, booking), "", *_status_lines(request, booking)]
    lines += cards.end_note_lines(request, booking)
    lines += _deadline_lines(request, booking)
    if cards.asks_to_move(booking):
        lines += [request.t.html("move-asked"), *cards.move_request_lines(request, booking)]
    ahead = parse(booking.start).timestamp() > request.now
    rows: list[Row] = []
    if booking.status == "held":
        held = HeldBooking(booking_id=booking.id)
        rows.append([button_to(request.t.label("button-confirm"), held, style="success")])
    elif ahead and booking.status in ("pending", "confirmed"):
        if booking.task:
            lines.append(request.t.html(f"own-task-{booking.task}"))
        if booking.task == "open":
            new_times = NewTimesMenu(booking_id=booking.id)
            rows.append([button_to(request.t.label("button-new-times"), new_times, style="primary")])
        elif booking.can_cancel_until and not _is_late(request, booking):
            lines.append(request.t.html("free-until", when=request.times.when(booking.can_cancel_until)))
        if booking.late_min:
            lines.append(request.t.html("late-told", minutes=booking.late_min))
        if cards.asks_to_move(booking):
            withdraw = WithdrawWish(booking_id=booking.id)
            rows.append([button_to(request.t.label("button-keep-time"), withdraw)])
        rows += [*late_rows(request, booking), change_row(request, booking), [_calendar_button(request, booking)]]
        if max(cards.most_places(booking), booking.places) > 1 and not _is_late(request, booking):
            rows.append([button_to(request.t.label("button-places"), AskPlaces(booking_id=booking.id))])
    else:
        if not ahead and booking.status in ("pending", "confirmed"):
            lines.append(request.t.html("begun"))
            rows.append([button_to(request.t.label("button-contacts"), Contacts())])
        rows.append([again_button(request, booking)])
        if ahead and booking.status == "cancelled":
            rows.append([_calendar_button(request, booking)])
    mine = button_to(request.t.label("button-my-bookings"), MyBookings(past=False, page=0))
    return Screen("\n".join(lines), [*rows, [mine, _home_button(request)]])


def _status_lines(request: Request, booking: Booking) -> list[str]:
    """Return the booking's state; none for one that cannot take place as it was confirmed, as that is said below."""
    return [] if cards.is_displaced(booking) else [request.t.html(cards.own_status_key(booking))]


def format_headline(voice: cards.Voice, booking: Booking, key: str) -> Html:
    """Return that it is booked or moved (`key`); a booking that awaits the business's approval has words of its own."""
    if booking.status == "pending":
        key = "done-pending"
    return voice.t.html(key, when=voice.times.time_tag(booking.start))


def _deadline_lines(voice: cards.Voice, booking: Booking) -> list[Html]:
    """Return until when the business answers, while it has not."""
    if booking.status != "pending" or not booking.decide_by:
        return []
    return [voice.t.html("answers-by", when=cards.deadline_text(voice, booking.decide_by))]


def confirmation_screen(voice: cards.Voice, booking: Booking, address: str, key: str = "done") -> Screen:
    """Return the message that stays in the chat: what to know about the booking, and what can still be done."""
    lines = [
        format_headline(voice, booking, key),
        *_deadline_lines(voice, booking),
        "",
        cards.booking_text(voice, booking),
    ]
    if address.strip():
        lines.append(Html(escape(one_line(address, 300))))
    return Screen("\n".join(lines), confirmation_rows(voice, booking, address))


def confirmation_rows(voice: cards.Voice, booking: Booking, address: str) -> list[Row]:
    """Return the calendar file, the way there, Move and Cancel."""
    return [
        [button_to(voice.t.label("button-calendar"), CalendarFile(booking_id=booking.id))],
        cards.place_buttons(voice, address),
        change_row(voice, booking),
    ]


def booked_screen(request: Request, booking: Booking) -> Screen:
    """Return the card of what is booked already, under the words for that."""
    return add_above(format_headline(request, booking, "done"), card_screen(request, booking))


def _calendar_button(request: Request, booking: Booking) -> Button:
    key = "button-calendar-remove" if booking.status == "cancelled" else "button-calendar"
    return button_to(request.t.label(key), CalendarFile(booking_id=booking.id))


@router.press(AskCancel)
async def ask_cancel(request: Request, callback: AskCancel) -> Screen:
    """Ask before it is cancelled, and say until when that is free or was."""
    booking = await request.api.get_booking(callback.booking_id)
    if booking.status not in ("pending", "confirmed"):
        return card_screen(request, booking)
    needs_new_time = booking.task == "open"
    keep = button_to(
        request.t.label("button-back" if needs_new_time else "button-keep"), BookingCard(booking_id=booking.id)
    )
    move = button_to(
        request.t.label("button-ask-time" if cards.is_past_cut_off(request, booking) else "button-move-instead"),
        MoveTimes(booking_id=booking.id, specialist_id=cards.sole_specialist(booking)),
    )
    name = escape(cards.service_names(booking))
    until = request.times.when(booking.can_cancel_until) if booking.can_cancel_until else ""
    if parse(booking.start).timestamp() <= request.now and not request.is_admin:
        # what will be refused is not offered
        lines = [request.t.html("refused-too-late"), "", f"{request.times.time_tag(booking.start)}, {name}"]
        contacts = button_to(request.t.label("button-contacts"), Contacts())
        return Screen("\n".join(lines), [[contacts], [_home_button(request)]])
    lines = [request.t.html("cancel-ask", when=request.times.time_tag(booking.start)), name]
    if until:
        key = "cancel-late" if _is_late(request, booking) else "free-until"
        lines.append(request.t.html(key, when=until))
    yes = button_to(request.t.label("button-yes-cancel"), CancelBooking(booking_id=booking.id), style="danger")
    return Screen("\n".join(lines), [[yes], [move, keep]])


def _is_late(request: Request, booking: Booking) -> bool:
    """Return whether a client who cancels now is late; the backend decides it."""
    return booking.can_cancel_until is not None and parse(booking.can_cancel_until).timestamp() < request.now


@router.press(CancelBooking)
async def cancel_booking(request: Request, callback: CancelBooking) -> Screen:
    """Cancel it, with Undo for five minutes."""
    booking = await request.api.cancel_booking(callback.booking_id, key=request.idempotency_key("cancel"))
    lines = [
        request.t.html("cancelled", when=request.times.time_tag(booking.start)),
        escape(cards.service_names(booking)),
    ]
    if booking.late:
        lines.append(request.t.html("cancelled-late"))
    rows: list[Row] = []
    if booking.undo_until and parse(booking.undo_until).timestamp() > request.now:
        lines += ["", request.t.html("undo-until", time=request.times.clock(booking.undo_until))]
        undo = button_to(request.t.label("button-undo"), UndoCancel(booking_id=booking.id), style="primary")
        rows.append([undo])
    rows.append([again_button(request, booking)])
    rows.append([_calendar_button(request, booking), _home_button(request)])
    return Screen("\n".join(lines), rows)


@router.press(UndoCancel)
async def undo_cancel(request: Request, callback: UndoCancel) -> Screen:
    """Bring it back, if its place is still free and the five minutes are not over."""
    booking = await request.api.undo_cancel(callback.booking_id, key=request.idempotency_key("undo"))
    return add_above(request.t.html("undone"), card_screen(request, booking))


@router.press(CalendarFile)
async def send_calendar_file(request: Request, callback: CalendarFile) -> None:
    """Send it as a file for any calendar, or as one that takes a cancelled booking out of it."""
    content = await request.api.get_booking_calendar(callback.booking_id)
    key = "calendar-caption-cancelled" if b"METHOD:CANCEL" in content else "calendar-caption"
    await request.send_file(f"{request.tenant.slug}.ics", content, request.t.label(key))
