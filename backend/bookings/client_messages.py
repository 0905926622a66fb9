"""A word from the business to the client of a visit, through the bot: a message of one's own, or "please choose again"."""

from sqlalchemy import Connection

from backend.audit.service import record
from backend.auth.actor import Actor
from backend.bookings import queries, rules, service, view
from backend.contract.bookings import Booking
from backend.contract.notices import Kind
from backend.errors import Forbidden, IllegalStep, Invalid, NotFound
from backend.kit.text import clean_lines
from backend.notices.service import tell_client
from backend.transactions import UnitOfWork


def message(conn: Connection, actor: Actor, booking_id: int, text: str, now: int) -> Booking:
    """Sends the client a text. Raises Invalid for an empty one, IllegalStep where no message can reach them."""
    kept = clean_lines(text)
    if not kept.strip():
        raise Invalid("A message must not be empty.", field="text")
    return _tell(conn, actor, booking_id, "text", now, kept)


def ask_move(conn: Connection, actor: Actor, booking_id: int, now: int) -> Booking:
    """Asks the client for another time: this one cannot be kept. The visit stays until they move or cancel it.

    Raises IllegalStep for a visit that cannot be moved, and where no message can reach them."""
    return _tell(conn, actor, booking_id, "move_asked", now, None)


def _tell(conn: Connection, actor: Actor, booking_id: int, kind: Kind, now: int, text: str | None) -> Booking:
    row = queries.seen(conn, actor.tenant.id, booking_id, view.seen_by(actor))
    if row is None:
        raise NotFound()
    if not service.acts_as_staff(conn, actor, row):
        raise Forbidden("Only the business may do this.")
    if kind == "move_asked" and (row.status == "held" or not rules.may("move", row.status) or row.starts_at <= now):
        raise IllegalStep(f"A visit that is {row.status.replace('_', ' ')} cannot be moved any more.")
    if not tell_client(conn, actor.tenant, booking_id, kind, now=now, text=text):
        raise IllegalStep("No message reaches this client: they are not in the bot.")
    # the log says that there was a message, never what it said
    record(
        UnitOfWork(conn, actor, now),
        "booking.message" if kind == "text" else "booking.move_asked",
        f"booking:{booking_id}",
    )
    return view.show(conn, actor, booking_id, now)
