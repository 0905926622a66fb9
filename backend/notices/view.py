"""Messages as their sender gets them: with the booking, the words or the broadcast that each is about."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from backend import clock
from backend.auth.actor import TenantRow, choose_locale
from backend.auth.queries import load_tenants
from backend.bookings.queries.loading import load_bookings
from backend.bookings.view import render_bookings
from backend.broadcasts.rules import decode_audience, decode_entities
from backend.broadcasts.view import get_progress
from backend.contract.bookings import Booking
from backend.contract.messages import ClientMessage
from backend.contract.notices import BookTarget, Notice
from backend.contract.tasks import NewTimes
from backend.messages.queries import load_messages, load_names
from backend.messages.service import render_messages
from backend.notices.queries.messages import DueNotice, find_newest_cards, is_edited
from backend.notices.requests import add_answers, show_to_reader
from backend.notices.staff_news import read_news
from backend.tasks.new_times import find_offered


class _Written(NamedTuple):
    """What people have written: words of clients, and names of staff, by id."""

    words: dict[int, ClientMessage]
    names: dict[int, str]


def render_notices(conn: Connection, rows: Sequence[DueNotice], now: int) -> list[Notice]:
    """Return claimed rows as their sender gets them, in order of time."""
    tenants = load_tenants(conn, {row.tenant_id for row in rows})
    bookings = _bookings_of(conn, tenants.values(), rows, now)
    newest = {tenant_id: _newest_cards(conn, tenant_id, rows) for tenant_id in tenants}
    written = {tenant_id: _written_in(conn, tenant_id, rows) for tenant_id in tenants}
    shown = [
        show_to_reader(conn, row, tenants[row.tenant_id], bookings.get((row.tenant_id, row.booking_id))) for row in rows
    ]
    notices = [_notice(row, tenants[row.tenant_id], booking, written) for row, booking in zip(rows, shown, strict=True)]
    for row, notice in zip(rows, notices, strict=True):
        add_answers(conn, notice, tenants[row.tenant_id], row.person_id, now)
        notice.superseded = newest[row.tenant_id].get(row.booking_id or 0, row.id) > row.id
        if row.kind == "progress" and row.broadcast_id is not None:
            notice.broadcast = get_progress(conn, tenants[row.tenant_id], row.broadcast_id, now)
        notice.new_times = _new_times(conn, row, tenants[row.tenant_id], now)
        if row.kind == "text" and row.role == "admin" and row.booking_id is None:
            notice.news = read_news(conn, tenants[row.tenant_id], notice.text, now)
    return notices


def _newest_cards(conn: Connection, tenant_id: int, rows: Sequence[DueNotice]) -> dict[int, int]:
    """Return the newest message that shows a booking to its client, by the bookings of messages that are edited."""
    edited = {row.booking_id for row in rows if row.tenant_id == tenant_id and is_edited(row) and row.booking_id}
    return find_newest_cards(conn, tenant_id, edited)


def _written_in(conn: Connection, tenant_id: int, rows: Sequence[DueNotice]) -> _Written:
    """Return the words of a tenant's clients that the messages bring or answer, and the names of who has written."""
    own = [row for row in rows if row.tenant_id == tenant_id]
    messages = load_messages(conn, tenant_id, {row.client_message_id for row in own if row.client_message_id})
    shown = {message.id: message for message in render_messages(conn, tenant_id, list(messages.values()))}
    return _Written(shown, load_names(conn, tenant_id, {row.sender_id for row in own if row.sender_id}))


def _bookings_of(
    conn: Connection, tenants: Iterable[TenantRow], rows: Sequence[DueNotice], now: int
) -> dict[tuple[int, int | None], Booking]:
    """Return the bookings that the messages are about, by tenant and id."""
    bookings: dict[tuple[int, int | None], Booking] = {}
    for tenant in tenants:
        ids = {row.booking_id for row in rows if row.tenant_id == tenant.id and row.booking_id is not None}
        loaded = load_bookings(conn, tenant.id, ids)
        bookings |= {(tenant.id, booking.id): booking for booking in render_bookings(conn, tenant, loaded, None, now)}
    return bookings


def _new_times(conn: Connection, row: DueNotice, tenant: TenantRow, now: int) -> NewTimes | None:
    """Return what a client is offered who is asked for another time; it is what is free now."""
    if row.kind != "move_asked" or row.role != "client" or row.booking_id is None:
        return None
    return find_offered(conn, tenant, row.booking_id, now)


def _notice(
    row: DueNotice,
    tenant: TenantRow,
    booking: Booking | None,
    written: Mapping[int, _Written],
) -> Notice:
    assert row.tg_id is not None, "messages to people without an account are not claimed"
    from_broadcast = row.kind == "broadcast" and row.text is None
    entities = row.broadcast_entities if from_broadcast else row.entities
    return Notice(
        id=row.id,
        tenant=tenant.slug,
        epoch=row.epoch + 1,
        kind=row.kind,
        role=row.role,
        tg_id=row.tg_id,
        locale=choose_locale(row.locale, row.language_code, tenant.locale),
        booking=booking,
        text=row.broadcast_text if from_broadcast else row.text,
        lead_min=row.lead_min,
        previous_start=None if row.previous_start is None else clock.format_utc(row.previous_start),
        message_id=row.message_id,
        address=tenant.address if row.role == "client" else "",
        traceparent=row.traceparent,
        words=written[row.tenant_id].words.get(row.client_message_id or 0),
        sender=written[row.tenant_id].names.get(row.sender_id or 0, ""),
        entities=[] if entities is None else decode_entities(entities),
        photo=row.broadcast_photo if row.kind == "broadcast" else None,
        book=_book_target(row),
    )


def _book_target(row: DueNotice) -> BookTarget | None:
    """Return where the Book button of a broadcast leads: its service, or the specialist whose clients are meant; or to all."""
    if row.kind != "broadcast" or row.broadcast_audience is None:
        return None
    if row.book_service_id is not None:
        return BookTarget(service_id=row.book_service_id)
    audience = decode_audience(row.broadcast_audience)
    return BookTarget(specialist_id=audience.id if audience.kind == "specialist" else None)
