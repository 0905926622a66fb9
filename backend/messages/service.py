"""A client's words: kept until they are sent or given up, told to whom they concern, answered by the first who does."""

from sqlalchemy import Connection

from backend import clock
from backend.audit.service import record
from backend.bookings.access import LoadedBooking, load_visible
from backend.bookings.view import get_booking, render_booking, render_items
from backend.contract.messages import (
    MAX_UNSENT,
    MESSAGES_A_DAY,
    UNSENT_KEPT_S,
    ClientMessage,
    ClientMessages,
    MessageState,
    MessageWithBooking,
    NewMessage,
)
from backend.db.engine import Database
from backend.errors import Forbidden, IllegalStep, Invalid, LimitReached, NotFound
from backend.kit.text import clean_lines
from backend.messages import queries
from backend.messages.queries import MessageRow
from backend.messages.rules import DAY_S, is_over_limit, join_words
from backend.outbox.service import tell_client, tell_staff
from backend.transactions import UnitOfWork


def keep_words(unit: UnitOfWork, body: NewMessage) -> ClientMessages:
    """Keep a client's words unsent, or send them at once.

    Raises IllegalStep where no booking of theirs is ahead, Forbidden for a blocked client, LimitReached, Invalid.
    """
    text = clean_lines(body.text)
    if (body.media is None) is not (body.file_id is None):
        raise Invalid("`media` and `file_id` go together.", field="media")
    if not text.strip() and body.file_id is None:
        raise Invalid("A message must not be empty.", field="text")
    conn, tenant_id, client_id = unit.conn, unit.tenant_id, unit.actor.person_id
    _check_not_blocked(unit)
    booking = _load_own_booking(unit, body.booking_id)
    waiting = queries.load_unsent(conn, tenant_id, client_id, unit.now - UNSENT_KEPT_S)
    last = waiting[-1] if waiting and waiting[-1].booking_id == booking.row.id else None
    joined = None
    if last is not None and last.file_id is None and body.file_id is None and not body.send:
        joined = join_words(last.text, text)
    if last is not None and joined is not None:
        queries.update_message(conn, tenant_id, last.id, text=joined, created_at=unit.now)
        return _render(unit, booking, [*waiting[:-1], last._replace(text=joined)])
    if len(waiting) >= MAX_UNSENT:
        raise LimitReached(f"{MAX_UNSENT} messages wait to be sent already.")
    values = {"text": text, "media": body.media, "file_id": body.file_id, "booking_id": booking.row.id}
    message = queries.insert_message(conn, tenant_id, client_id=client_id, created_at=unit.now, **values)
    if not body.send:
        return _render(unit, booking, [*waiting, message])
    _send(unit, [message])
    return _render(unit, booking, [message._replace(status="sent")])


def load_unsent(unit: UnitOfWork) -> ClientMessages:
    """Return the words that the actor has not sent yet. Raises NotFound where there are none."""
    unsent = queries.load_unsent(unit.conn, unit.tenant_id, unit.actor.person_id, unit.now - UNSENT_KEPT_S)
    if not unsent:
        raise NotFound()
    return _render(unit, load_visible(unit, unsent[-1].booking_id), unsent)


def send_words(unit: UnitOfWork) -> MessageState:
    """Send everything that waits to the booking's specialist, or to the admins where none can be reached.

    Raises IllegalStep where nothing waits, or where nobody can be reached; LimitReached; Forbidden for a blocked client.
    """
    conn, tenant_id, client_id = unit.conn, unit.tenant_id, unit.actor.person_id
    _check_not_blocked(unit)
    unsent = queries.load_unsent(conn, tenant_id, client_id, unit.now - UNSENT_KEPT_S)
    if not unsent:
        raise IllegalStep("No message waits to be sent.")
    _send(unit, unsent)
    return MessageState(ids=[message.id for message in unsent], booking_id=unsent[-1].booking_id, status="sent")


def _send(unit: UnitOfWork, unsent: list[MessageRow]) -> None:
    conn, tenant_id, client_id = unit.conn, unit.tenant_id, unit.actor.person_id
    if is_over_limit(queries.count_sent(conn, tenant_id, client_id, unit.now - DAY_S), len(unsent)):
        raise LimitReached(f"At most {MESSAGES_A_DAY} messages a day.", field="messages")
    for message in unsent:
        booking = load_visible(unit, message.booking_id)
        queries.update_message(conn, tenant_id, message.id, status="sent", sent_at=unit.now)
        if not tell_staff(unit, booking.row, "words", client_message_id=message.id):
            raise IllegalStep("Nobody of the business can be reached here now; please call.")
        record(unit, "message.sent", f"message:{message.id}", {"booking": message.booking_id})


def discard_words(unit: UnitOfWork) -> MessageState:
    """Forget what the actor has not sent. Raises IllegalStep where nothing waits."""
    unsent = queries.load_unsent(unit.conn, unit.tenant_id, unit.actor.person_id, unit.now - UNSENT_KEPT_S)
    if not unsent:
        raise IllegalStep("No message waits to be sent.")
    queries.delete_unsent(unit.conn, unit.tenant_id, unit.actor.person_id)
    ids = [message.id for message in unsent]
    return MessageState(ids=ids, booking_id=unsent[-1].booking_id, status="discarded")


def load_for_answer(unit: UnitOfWork, message_id: int) -> MessageWithBooking:
    """Return a client's words to staff of the booking. Raises NotFound, Forbidden."""
    message, booking = _load_as_staff(unit, message_id)
    return MessageWithBooking(booking=get_booking(unit, booking.row.id), message=_render_all(unit, [message])[0])


def answer_words(unit: UnitOfWork, message_id: int, text: str) -> MessageState:
    """Answer a client's words; everybody who was told reads that they are answered.

    Raises IllegalStep where somebody has answered already, or where no message reaches the client; Invalid.
    """
    cleaned = clean_lines(text)
    if not cleaned.strip():
        raise Invalid("An answer must not be empty.", field="text")
    message, booking = _load_as_staff(unit, message_id)
    if not queries.answer_first(unit.conn, unit.tenant_id, message_id, unit.actor.person_id, cleaned, unit.now):
        raise IllegalStep("This has been answered already.")
    if not tell_client(unit, booking.row, "answer", client_message_id=message_id):
        raise IllegalStep("No message reaches this client: they are not in the bot.")
    queries.renew_words(unit.conn, unit.tenant_id, message_id, unit.now)
    record(unit, "message.answered", f"message:{message_id}", {"booking": message.booking_id})
    return MessageState(ids=[message_id], booking_id=message.booking_id, status="answered")


def _check_not_blocked(unit: UnitOfWork) -> None:
    if queries.lock_client(unit.conn, unit.tenant_id, unit.actor.person_id):
        raise Forbidden("The business takes no messages from this client.")


def _load_own_booking(unit: UnitOfWork, booking_id: int | None) -> LoadedBooking:
    """Return the booking that words are about; one that was named may be over for a day. Raises IllegalStep, NotFound."""
    if booking_id is None:
        booking_id = queries.find_booking_ahead(unit.conn, unit.tenant_id, unit.actor.person_id, unit.now)
        if booking_id is None:
            raise IllegalStep("No booking of this client is ahead.")
    booking = load_visible(unit, booking_id)
    if booking.row.client_id != unit.actor.person_id:
        raise NotFound()
    if booking.row.status in ("held", "expired") or booking.row.ends_at <= unit.now - UNSENT_KEPT_S:
        raise IllegalStep("This booking is over.")
    return booking


def _load_as_staff(unit: UnitOfWork, message_id: int) -> tuple[MessageRow, LoadedBooking]:
    message = queries.find_message(unit.conn, unit.tenant_id, message_id)
    if message is None:
        raise NotFound()
    booking = load_visible(unit, message.booking_id)
    if not booking.by_staff:
        raise Forbidden("Only the business may do this.")
    return message, booking


def _render(unit: UnitOfWork, booking: LoadedBooking, rows: list[MessageRow]) -> ClientMessages:
    shown = render_booking(unit, booking.row, render_items(booking.items))
    return ClientMessages(booking=shown, items=_render_all(unit, rows))


def _render_all(unit: UnitOfWork, rows: list[MessageRow]) -> list[ClientMessage]:
    return render_messages(unit.conn, unit.tenant_id, rows)


def render_messages(conn: Connection, tenant_id: int, rows: list[MessageRow]) -> list[ClientMessage]:
    """Return messages as they are shown, with the names of who answered."""
    names = queries.load_names(conn, tenant_id, {row.answered_by for row in rows if row.answered_by is not None})
    return [
        ClientMessage(
            id=row.id,
            booking_id=row.booking_id,
            status=row.status,
            text=row.text,
            media=row.media,
            file_id=row.file_id,
            answer=row.answer,
            answered_by="" if row.answered_by is None else names.get(row.answered_by, ""),
            created_at=clock.format_utc(row.created_at),
        )
        for row in rows
    ]


async def forget_unsent(db: Database, now: int) -> int:
    """Forget what clients have not sent for a day, and return how many messages there were."""
    return await db.write(None, lambda conn: queries.delete_old_unsent(conn, now - UNSENT_KEPT_S))
