"""What a notice says, in the reader's language and role."""

from msgspec.structs import replace

from backend.contract.bookings import Booking
from backend.contract.errors import Alternative
from backend.contract.messages import ClientMessage
from backend.contract.notices import VISITORS_HOLD_MUCH, BookTarget, Kind, Notice
from backend.contract.people import ClientJoin
from backend.contract.tasks import NewTimes
from bot.admin.callbacks.broadcasts import SendBroadcastHere, StopBroadcastHere
from bot.client.bookings import again_button, change_row, confirmation_rows, confirmation_screen, late_rows
from bot.client.callbacks import BookingCard, Contacts, PickTime, ServiceList, SoonestTimes, SpecialistServices
from bot.client.new_times import change_rows, offer_row
from bot.context import TenantBot
from bot.notices.admin_notices import compose_admin_notice
from bot.notices.callbacks import AnswerWords, ConfirmComing, ReplyWords, SetNewsHere, TakeNewTimeHere
from bot.notices.move_notice import move_notice
from bot.notices.request_notice import request_notice
from bot.specialist.callbacks import StaffCard
from bot.ui import broadcast_progress, cards, rich_text
from bot.ui.callbacks import Callback, ids_fit
from bot.ui.i18n import words_for
from bot.ui.keyboards import Row, Screen, button_to
from bot.ui.new_times import new_times_lines, new_times_rows
from bot.ui.text import Html, clean_text, escape, one_line, quote_words
from bot.ui.times import Times, epoch_minutes

# What shows a booking in full, as long as nothing later does.
SHOWN_WHOLE = ("booked", "restored", "moved", "approval_asked", "approved", "cancelled", "declined")


class Reader:
    """The reader of a notice: enough of a `Request` for the cards. `now` is epoch seconds by the backend's clock."""

    def __init__(self, timezone: str, locale: str, now: float) -> None:
        self.locale = locale
        self.t = words_for(locale)
        self.times = Times(timezone, locale, now)


def compose_notice(tenant: TenantBot, notice: Notice, now: float, join: ClientJoin | None = None) -> Screen:
    """Return the message. One about a booking reads by the reader's role; the others are text alone.

    `join` goes with the question whether two clients are one."""
    booking = notice.booking
    # the backend's zone: the tenant's file may have another since a moment
    reader = Reader(tenant.timezone if booking is None else booking.timezone, notice.locale, now)
    if notice.broadcast is not None:
        lines = broadcast_progress.progress_lines(reader, notice.broadcast)
        send = SendBroadcastHere(broadcast_id=notice.broadcast.id)
        stop = StopBroadcastHere(broadcast_id=notice.broadcast.id)
        rows = broadcast_progress.progress_rows(reader, notice.broadcast, send=send, stop=stop)
        return Screen("\n".join(lines), rows)
    if notice.kind == "broadcast":
        rows = broadcast_rows(reader, notice.book or BookTarget())
        return Screen(rich_text.format_html(notice.text or "", notice.entities), rows)
    if (about := compose_admin_notice(reader, notice, join)) is not None:
        return about
    if booking is None:
        return Screen(escape(clean_text(notice.text or "")) or reader.t.html("notice-empty"), [])
    if booking.status == "expired" and notice.message_id is not None:
        # nothing is sent about such bookings: this one was a test until the business opened
        when, service = reader.times.when(booking.start), cards.service_names(booking)
        return Screen(reader.t.html("now-tested", when=when, service=service), [])
    if notice.kind == "code":
        # the booking stands beside the code, so that a reader who did not ask for it sees what somebody is trying;
        # its comment does not, for it is that somebody's own words
        card = cards.booking_text(reader, replace(booking, comment=""))
        return Screen(f"{reader.t.html('notice-otp', code=notice.text or '')}\n\n{card}", [])
    if notice.role == "client":
        return _for_client(reader, notice, booking)
    return _for_staff(reader, notice, booking)


def _for_client(reader: Reader, notice: Notice, booking: Booking) -> Screen:
    if notice.message_id is not None and notice.kind != "text":
        return _as_it_stands(reader, notice, booking)
    if notice.kind == "reminder":
        return reminder_screen(reader, booking)
    if notice.kind in ("text", "answer"):
        return _from_the_business(reader, notice, booking)
    if notice.kind == "move_asked":
        return new_times_notice(reader, booking, notice.new_times)
    lines = [reader.t.html(f"notice-{notice.kind.replace('_', '-')}"), "", cards.booking_text(reader, booking)]
    lines += cards.end_note_lines(reader, booking)
    if notice.kind == "move_kept" and booking.move_request is not None and booking.move_request.note.strip():
        lines.append(reader.t.html("end-note", note=Html(escape(clean_text(booking.move_request.note, 500)))))
    if booking.task == "placed" and notice.kind == "moved":
        lines.insert(1, reader.t.html("notice-placed"))
    if booking.end_reason == "task_unanswered" and notice.kind == "cancelled":
        lines[0] = reader.t.html("notice-unanswered")
    if notice.kind == "moved" and notice.previous_start not in (None, booking.start):
        lines.insert(1, reader.t.html("notice-was", when=reader.times.when(notice.previous_start)))
    if notice.kind in ("cancelled", "declined", "request_expired"):
        others = other_time_rows(reader, booking, notice.alternatives)
        return Screen("\n".join(lines), [*others, [again_button(reader, booking)]])
    if notice.address.strip():
        lines.append(escape(one_line(notice.address, 300)))
    return Screen("\n".join(lines), confirmation_rows(reader, booking, notice.address))


def _as_it_stands(reader: Reader, notice: Notice, booking: Booking) -> Screen:
    """Return what a message that was sent before reads now: the newest shows the booking, the others where it has gone."""
    stands = booking.status in ("pending", "confirmed", "arrived")
    if booking.task == "open" and stands and notice.kind == "move_asked" and notice.new_times is not None:
        return new_times_notice(reader, booking, notice.new_times)
    shows_all = not notice.superseded and notice.kind in SHOWN_WHOLE
    if stands and shows_all and booking.task != "open":
        return confirmation_screen(reader, booking, notice.address, "moved" if notice.kind == "moved" else "done")
    when, service = reader.times.when(booking.start), cards.service_names(booking)
    if not stands:
        text = reader.t.html("now-ended", when=when, service=service, status=_ended(reader, booking))
        again = [again_button(reader, booking)] if booking.status == "cancelled" and shows_all else []
        return Screen(text, [again])
    specialist = cards.specialist_names(booking)
    if booking.task == "open":
        text = reader.t.html("reminder-over", when=when, service=service, specialist=specialist)
        return Screen(f"{text}\n{reader.t.html('own-task-open')}", [offer_row(reader, booking)])
    text = reader.t.html("now-stands", when=when, service=service, specialist=specialist)
    return Screen(text, [[button_to(reader.t.label("button-open-my-booking"), BookingCard(booking_id=booking.id))]])


def _ended(reader: Reader, booking: Booking) -> str:
    return reader.t.label(cards.own_status_key(booking))


def _from_the_business(reader: Reader, notice: Notice, booking: Booking) -> Screen:
    """Return what somebody of the staff has written, with who it was and what it answers."""
    name = notice.sender or (notice.words.answered_by if notice.words else "")
    lines: list[str] = [reader.t.html("notice-from", name=name) if name else reader.t.html("notice-text")]
    if notice.words is not None:
        lines += [quote_words(notice.words.text)] if notice.words.text else []
        lines.append(escape(clean_text(notice.words.answer)))
    else:
        lines.append(escape(clean_text(notice.text or "")))
    lines += ["", cards.booking_text(reader, booking)]
    rows: list[Row] = [
        [button_to(reader.t.label("button-reply"), ReplyWords(booking_id=booking.id))],
        [button_to(reader.t.label("button-open-my-booking"), BookingCard(booking_id=booking.id))],
    ]
    return Screen("\n".join(lines), rows)


def _client_words(reader: Reader, words: ClientMessage, booking: Booking) -> Screen:
    """Return what a client has written, with Answer, or with who has answered."""
    lines: list[str] = [reader.t.html("staff-words", name=cards.client_text(reader, booking))]
    lines += [quote_words(words.text)] if words.text else []
    lines.append(escape(cards.booking_label(reader, booking)))
    open_card = button_to(reader.t.label("button-open"), StaffCard(booking_id=booking.id))
    if words.status == "answered":
        name = words.answered_by or reader.t.label("client-nameless")
        lines += ["", reader.t.html("answered-by", name=name)]
        lines += [quote_words(words.answer)] if words.answer else []
        return Screen("\n".join(lines), [[open_card]])
    answer = button_to(reader.t.label("button-answer"), AnswerWords(message_id=words.id), style="primary")
    return Screen("\n".join(lines), [[answer, open_card]])


def new_times_notice(voice: cards.Voice, booking: Booking, offered: NewTimes | None) -> Screen:
    """Return the question to a client whose booking cannot take place: what is offered, any other time, or cancelling."""
    if offered is None:
        text = f"{voice.t.html('new-times-asked')}\n\n{cards.booking_text(voice, booking)}"
        return Screen(text, change_rows(voice, booking))
    rows = new_times_rows(
        voice, offered, lambda who, start: TakeNewTimeHere(booking_id=booking.id, specialist_id=who, start=start)
    )
    return Screen("\n".join(new_times_lines(voice, booking, offered)), [*rows, *change_rows(voice, booking)])


def _for_staff(reader: Reader, notice: Notice, booking: Booking) -> Screen:
    if notice.kind == "text" and notice.text == VISITORS_HOLD_MUCH:
        # the booking is only the last one of many
        return Screen(reader.t.html("staff-visitors-hold-much"), [])
    if notice.kind == "move_requested" and booking.move_request is not None:
        return move_notice(
            reader, booking, booking.move_request, may_decide=notice.may_decide, deciders=notice.deciders
        )
    if notice.kind in ("approval_asked", "approval_reminder"):
        title = "reminder" if notice.kind == "approval_reminder" else "asked"
        return request_notice(reader, booking, may_decide=notice.may_decide, deciders=notice.deciders, title=title)
    if notice.kind == "words" and notice.words is not None:
        return _client_words(reader, notice.words, booking)
    lines = [_staff_headline(reader, notice.kind, booking), "", cards.booking_text(reader, booking)]
    if notice.kind == "moved" and notice.previous_start:
        stays = notice.previous_start == booking.start
        was = reader.t.html(
            "notice-time-stays" if stays else "notice-was", when=reader.times.when(notice.previous_start)
        )
        lines.insert(1, was)
    lines += [*cards.staff_client_lines(reader, booking), *cards.end_note_lines(reader, booking)]
    return Screen("\n".join(lines), [[button_to(reader.t.label("button-open"), StaffCard(booking_id=booking.id))]])


def other_time_rows(voice: cards.Voice, booking: Booking, alternatives: list[Alternative]) -> list[Row]:
    """Return free times in place of the one that cannot be had: a press holds one of them."""
    ids = tuple(booking.service_ids)
    if not ids_fit(ids):
        return []
    own_id = cards.sole_specialist(booking)
    return [
        [
            button_to(
                voice.times.relative(slot.start),
                PickTime(
                    services=ids,
                    specialist_id=own_id if own_id in slot.specialist_ids else 0,
                    start=epoch_minutes(slot.start),
                ),
            )
        ]
        for slot in alternatives
    ]


def _staff_headline(reader: Reader, kind: Kind, booking: Booking) -> Html:
    if kind == "late" and booking.late_min is not None:
        name, time = cards.client_text(reader, booking), reader.times.clock(booking.start)
        return reader.t.html("staff-late", name=name, minutes=booking.late_min, time=time)
    if kind == "cancelled" and booking.end_reason == "task_unanswered":
        return reader.t.html("staff-unanswered")
    return reader.t.html("staff-cancelled-late" if booking.late else f"staff-{kind.replace('_', '-')}")


def reminder_screen(voice: cards.Voice, booking: Booking) -> Screen:
    """Return the reminder as it reads now: with what the client has answered, and what is possible now."""
    when, service = voice.times.relative(booking.start), cards.service_names(booking)
    specialist = cards.specialist_names(booking)
    rows: list[Row]
    if booking.status not in ("confirmed", "pending"):
        status = voice.t.html(cards.own_status_key(booking))
        about = voice.t.html("reminder-over", when=when, service=service, specialist=specialist)
        again = [again_button(voice, booking)] if booking.status == "cancelled" else []
        return Screen(f"{about}\n{status}", [again])
    if cards.has_begun(voice, booking):
        about = voice.t.html("reminder-over", when=when, service=service, specialist=specialist)
        contacts = button_to(voice.t.label("button-contacts"), Contacts())
        return Screen(f"{about}\n{voice.t.html('begun')}", [[contacts]])
    if booking.task == "open":
        about = voice.t.html("reminder-over", when=when, service=service, specialist=specialist)
        return Screen(f"{about}\n{voice.t.html('own-task-open')}", [offer_row(voice, booking)])
    answered = booking.coming or booking.late_min is not None
    key = "reminder-over" if answered else "notice-reminder"
    lines = [voice.t.html(key, when=when, service=service, specialist=specialist)]
    if booking.coming:
        lines.append(voice.t.html("coming-thanks"))
    if booking.late_min is not None:
        lines.append(voice.t.html("late-told", minutes=booking.late_min))
    rows = [*late_rows(voice, booking), change_row(voice, booking, "button-cant")]
    if not answered:
        coming = ConfirmComing(booking_id=booking.id)
        rows.insert(0, [button_to(voice.t.label("button-coming"), coming, style="success")])
    return Screen("\n\n".join(lines), rows)


def broadcast_rows(voice: cards.Voice, target: BookTarget, *, news: bool = True) -> list[Row]:
    """Return the buttons below a broadcast: Book, straight to the times of what it is about, and no more of them, or again."""
    callback: Callback = ServiceList()
    if target.service_id is not None:
        callback = SoonestTimes(services=(target.service_id,), specialist_id=0)
    elif target.specialist_id is not None:
        callback = SpecialistServices(specialist_id=target.specialist_id)
    change = SetNewsHere(on=not news, service_id=target.service_id or 0, specialist_id=target.specialist_id or 0)
    return [
        [button_to(voice.t.label("button-book-now"), callback, style="primary")],
        [button_to(voice.t.label("button-news-off" if news else "button-news-on"), change)],
    ]
