"""Removing everything that tells who somebody was: by their own wish, or when their data are old."""

from sqlalchemy import Connection

from backend.messages.queries import clear_messages_of
from backend.outbox.queries import clear_texts_to, drop_notices_to
from backend.people.queries.joins import erase_joined
from backend.people.queries.people import erase_person


def forget_person(conn: Connection, tenant_id: int, person_id: int, now: int) -> None:
    """Make somebody an erased person, with the walk-ins who joined them; bookings and amounts stay.

    Who has a role, or a booking ahead, is not to be forgotten: the caller has looked."""
    drop_notices_to(conn, tenant_id, person_id, now)
    clear_texts_to(conn, tenant_id, person_id)
    clear_messages_of(conn, tenant_id, person_id)
    erase_person(conn, tenant_id, person_id, now)
    erase_joined(conn, tenant_id, person_id, now)
