"""Handing due messages to a sender, and hearing what became of them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace
from sqlalchemy import Connection

from backend import clock
from backend.auth.actor import TenantRow, choose_locale
from backend.auth.queries import load_tenants
from backend.bookings.queries.loading import load_bookings
from backend.bookings.view import render_bookings
from backend.broadcasts.queries import broadcast_status_of, mark_delivery, mark_unsure
from backend.broadcasts.rules import PROGRESS_S, decode_entities
from backend.broadcasts.service import finish_if_over, get_broadcast
from backend.contract.bookings import Booking
from backend.contract.messages import ClientMessage
from backend.contract.notices import REPLACED, Notice, Report
from backend.contract.tasks import NewTimes
from backend.errors import IllegalStep, NotFound
from backend.messages.queries import load_messages, load_names
from backend.messages.service import render_messages
from backend.notices import rules
from backend.notices.queries import (
    ClaimedNotice,
    DueNotice,
    drop_notices,
    find_due,
    find_newest_cards,
    lease_notices,
    leave_as_sent,
    load_leased,
    lock_claimed,
    lock_due,
    next_due_at,
    update_notice,
)
from backend.notices.requests import add_answers
from backend.outbox.queries import SEND_AGAIN, mark_unreachable
from backend.outbox.rules import ABOUT_BOOKING
from backend.tasks.new_times import find_offered

# A sender comes again at the latest after so long, also where nothing seems due: clocks may be moved.
IDLE_S = 15


class _Written(NamedTuple):
    """What people have written: words of clients, and names of staff, by id."""

    words: dict[int, ClientMessage]
    names: dict[int, str]


class Claimed(NamedTuple):
    """What was leased: the rows as they were before, and how many reminders were dropped as their bookings have begun."""

    rows: list[DueNotice]
    missed_reminders: int


def find_claimable(conn: Connection, slugs: Collection[str], now: int, limit: int, lease_s: int) -> list[int]:
    """Return ids of what could be claimed; of one tenant no more than its bot can send within half the lease."""
    return find_due(conn, frozenset(slugs), now, limit, max(1, rules.PER_SECOND * lease_s // 2))


def claim_notices(conn: Connection, ids: Sequence[int], now: int, lease_s: int) -> Claimed:
    """Lease those of the messages that are still due and worth sending, and drop the others.

    The epoch of the rows has grown by one since.
    """
    rows = lock_due(conn, ids, now)
    unsure = {row.id for row in rows if row.kind == "broadcast" and _may_have_been_sent(row)}
    mark_unsure(conn, sorted(unsure), now)
    claimed = [row for row in rows if row.id not in unsure and _is_worth_sending(row, now)]
    handled = unsure.union(row.id for row in claimed)
    others = [row for row in rows if row.id not in handled]
    leave_as_sent(conn, [row.id for row in others if row.message_id is not None], now)
    drop_notices(conn, [row.id for row in others if row.message_id is None], now)
    lease_notices(conn, [row.id for row in claimed], now + lease_s)
    over = [
        row.id
        for row in claimed
        if row.kind == "progress"
        and row.broadcast_id is not None
        and finish_if_over(conn, row.tenant_id, row.broadcast_id, now)
    ]
    mark_delivery(conn, over, "last")
    missed = [row for row in others if row.kind == "reminder" and _is_over(row, now) and _can_be_sent(row)]
    return Claimed(claimed, len(missed))


def _may_have_been_sent(row: DueNotice) -> bool:
    """Return whether the lease that has ended was that of a sender who may have sent the message."""
    return row.status == "leased" and row.delivery != "claimed"


def _is_worth_sending(row: DueNotice, now: int) -> bool:
    return _can_be_sent(row) and not _is_over(row, now)


def _is_over(row: DueNotice, now: int) -> bool:
    """Return whether the instant has passed after which the message is not worth sending; one that is edited always is."""
    return row.expires_at is not None and row.expires_at <= now and not _is_edited(row)


def _is_edited(row: DueNotice) -> bool:
    return row.message_id is not None and row.kind not in REPLACED


def _can_be_sent(row: DueNotice) -> bool:
    """Return whether the person can be reached and wants the message, and it is still true."""
    if row.tg_id is None or row.unreachable_at is not None:
        return False
    if row.kind == "broadcast" and row.broadcast_id is not None and row.broadcast_status != "sending":
        return False
    if _is_edited(row):
        return True
    if not rules.is_wanted(row.kind, row.role, row.staff_notices):
        return False
    if row.kind == "reminder" and row.booking_start != row.expires_at:
        return False
    return row.booking_status is None or rules.still_true(row.kind, row.booking_status, row.booking_task)


def begin_sending(conn: Connection, notice_id: int, epoch: int, now: int) -> bool:
    """Note that a broadcast's message or a reminder goes out now; False where it is not wanted any more: it is dropped.

    Raises NotFound, IllegalStep where it is not (or no longer) this sender's.
    """
    row = _lock(conn, notice_id)
    if row.epoch != epoch or row.status != "leased" or row.kind not in ("broadcast", "reminder"):
        raise IllegalStep("This message is not this sender's to send.")
    if row.kind == "reminder":
        leased = load_leased(conn, notice_id)
        if leased is None or not _is_worth_sending(leased, now):
            update_notice(conn, notice_id, status="dropped", done_at=now)
            return False
        return True
    if broadcast_status_of(conn, notice_id) not in (None, "sending"):
        update_notice(conn, notice_id, status="dropped", done_at=now)
        return False
    mark_delivery(conn, [notice_id], "begun")
    return True


def _lock(conn: Connection, notice_id: int) -> ClaimedNotice:
    row = lock_claimed(conn, notice_id)
    if row is None:
        raise NotFound()
    return row


def render_notices(conn: Connection, rows: Sequence[DueNotice], now: int) -> list[Notice]:
    """Return claimed rows as their sender gets them, in order of time."""
    tenants = load_tenants(conn, {row.tenant_id for row in rows})
    bookings = _bookings_of(conn, tenants.values(), rows, now)
    newest = {tenant_id: _newest_cards(conn, tenant_id, rows) for tenant_id in tenants}
    written = {tenant_id: _written_in(conn, tenant_id, rows) for tenant_id in tenants}
    notices = [
        _notice(conn, row, tenants[row.tenant_id], bookings.get((row.tenant_id, row.booking_id)), written)
        for row in rows
    ]
    for row, notice in zip(rows, notices, strict=True):
        add_answers(conn, notice, tenants[row.tenant_id], row.person_id, now)
        notice.superseded = newest[row.tenant_id].get(row.booking_id or 0, row.id) > row.id
        notice.new_times = _new_times(conn, row, tenants[row.tenant_id], now)
    return notices


def _newest_cards(conn: Connection, tenant_id: int, rows: Sequence[DueNotice]) -> dict[int, int]:
    """Return the newest message that shows a booking to its client, by the bookings of messages that are edited."""
    edited = {row.booking_id for row in rows if row.tenant_id == tenant_id and _is_edited(row) and row.booking_id}
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
    conn: Connection,
    row: DueNotice,
    tenant: TenantRow,
    booking: Booking | None,
    written: Mapping[int, _Written],
) -> Notice:
    assert row.tg_id is not None, "messages to people without an account are not claimed"
    from_broadcast = row.kind == "broadcast" and row.text is None
    entities = row.broadcast_entities if from_broadcast else row.entities
    broadcast = None
    if row.kind == "progress" and row.broadcast_id is not None:
        broadcast = get_broadcast(conn, row.tenant_id, row.broadcast_id)
    if booking is not None and row.role == "client":
        booking = replace(booking, client_name="", client_phone=None, client_tg_id=None, decided_by="")
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
        broadcast=broadcast,
        message_id=row.message_id,
        address=tenant.address if row.role == "client" else "",
        traceparent=row.traceparent,
        words=written[row.tenant_id].words.get(row.client_message_id or 0),
        sender=written[row.tenant_id].names.get(row.sender_id or 0, ""),
        entities=[] if entities is None else decode_entities(entities),
    )


def idle_seconds(conn: Connection, now: int) -> float:
    """Return how long a sender who has taken what there was may wait."""
    at = next_due_at(conn)
    return float(IDLE_S if at is None else max(0, min(at - now, IDLE_S)))


def _record_dropped(conn: Connection, notice_id: int, row: ClaimedNotice, report: Report, now: int) -> bool:
    """Note what became of a message that was dropped while it was on its way; False where that does not matter."""
    if report.outcome == "blocked":
        return True  # another message to the same person has said so before
    if report.outcome != "sent" or row.role != "client" or row.kind not in ABOUT_BOOKING:
        return False
    # what it says is mended
    again = SEND_AGAIN | {"due_at": now, "changed_at": now, "delivery": None, "message_id": report.message_id}
    update_notice(conn, notice_id, **again)
    return True


def record_report(conn: Connection, notice_id: int, report: Report, now: int) -> ClaimedNotice | None:
    """Note what became of a claimed message; return it if it was sent now. A progress message waits for its next time.

    Raises NotFound, and IllegalStep where the lease has gone to another sender since: only that one may report.
    """
    row = _lock(conn, notice_id)
    if row.epoch != report.epoch:
        raise IllegalStep("The lease has passed to another sender.")
    if row.status == "sent" and report.outcome == "sent":
        return None  # a repeated report: the first answer was lost
    arrived = report.outcome == "sent"
    if row.status == "dropped" and _record_dropped(conn, notice_id, row, report, now):
        return None
    if row.status != "leased":
        raise IllegalStep("This message is not being sent.")
    values: dict[str, object] = {"error": report.error, "delivery": None}
    if report.message_id is not None:
        values["message_id"] = report.message_id
    if row.kind == "progress" and arrived and row.delivery != "last":
        values |= {"status": "waiting", "due_at": now + PROGRESS_S}
    elif arrived and row.changing:
        values |= SEND_AGAIN | {"due_at": now, "changed_at": now}
    elif report.outcome == "retry" and now - (row.changed_at or row.created_at) <= rules.GIVE_UP_S:
        values |= {"status": "waiting", "due_at": rules.retry_at(now, row.attempts, report.retry_after_s)}
    else:
        # one that was sent before is there, whatever becomes of its change
        is_there = arrived or (row.message_id is not None and row.kind != "progress")
        values |= {"status": "sent" if is_there else "failed", "done_at": now}
        if report.outcome == "unsure":
            values["delivery"] = "unsure"
        if row.kind == "code":
            values["text"] = None  # a code is kept nowhere in plain text once it is on its way
    update_notice(conn, notice_id, **values)
    if report.outcome == "blocked":
        mark_unreachable(conn, row.tenant_id, row.person_id, now)
    return row if arrived else None
