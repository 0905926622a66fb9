"""Handing due messages to a sender, and hearing what became of them."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from backend import clock
from backend.auth.queries import load_tenants
from backend.broadcasts.queries.messages import mark_delivery, mark_unsure, next_count_change, put_off_messages
from backend.broadcasts.rules import PROGRESS_S
from backend.broadcasts.service import finish_if_over
from backend.contract.notices import ClaimNotices, Kind, Report
from backend.errors import IllegalStep, NotFound
from backend.notices import rules
from backend.notices.queries.messages import (
    ClaimedNotice,
    DueNotice,
    DueQuery,
    drop_notices,
    find_due,
    is_edited,
    lease_notices,
    leave_as_sent,
    load_leased,
    lock_claimed,
    lock_due,
    next_due_at,
    update_notice,
)
from backend.outbox.queries import SEND_AGAIN, mark_unreachable
from backend.outbox.rules import ABOUT_BOOKING
from backend.quiet_hours import end_of_quiet

# A sender comes again at the latest after so long, also where nothing seems due: clocks may be moved.
IDLE_S = 15


class Claimed(NamedTuple):
    """What was leased: the rows as they were before, and how many reminders were dropped as their bookings have begun."""

    rows: list[DueNotice]
    missed_reminders: int


def find_claimable(conn: Connection, claim: ClaimNotices, now: int, unknown: Collection[Kind]) -> list[int]:
    """Return ids of what could be claimed; of one tenant no more than its bot can send within half the lease.

    What is of a kind that the caller does not know is left for another."""
    per_tenant = max(1, rules.PER_SECOND * claim.lease_s // 2)
    return find_due(conn, DueQuery(frozenset(claim.tenants), claim.limit, per_tenant, frozenset(unknown)), now)


def claim_notices(conn: Connection, ids: Sequence[int], now: int, lease_s: int) -> Claimed:
    """Lease those of the messages that are still due and worth sending, and drop the others.

    The epoch of the rows has grown by one since.
    """
    rows = _put_off(conn, lock_due(conn, ids, now), now)
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


def _put_off(conn: Connection, rows: list[DueNotice], now: int) -> list[DueNotice]:
    """Let the broadcasts of businesses where it is quiet wait until it is not, and return the other messages."""
    waiting = [row for row in rows if _is_to_client(row) and not _may_have_been_sent(row)]
    tenants = load_tenants(conn, {row.tenant_id for row in waiting}) if waiting else {}
    quiet = set()
    for tenant_id, broadcast_id in {(row.tenant_id, row.broadcast_id) for row in waiting}:
        tenant = tenants[tenant_id]
        waking = end_of_quiet(now, tenant.policies.quiet_hours, clock.load_zone(tenant.timezone))
        if waking > now and broadcast_id is not None:
            put_off_messages(conn, tenant_id, broadcast_id, now, waking)
            quiet.add((tenant_id, broadcast_id))
    put_off = {row.id for row in waiting if (row.tenant_id, row.broadcast_id) in quiet}
    return [row for row in rows if row.id not in put_off]


def _is_to_client(row: DueNotice) -> bool:
    """Return whether it is one of a broadcast's own messages, no test of it."""
    return row.kind == "broadcast" and row.role == "client"


def _may_have_been_sent(row: DueNotice) -> bool:
    """Return whether the lease that has ended was that of a sender who may have sent the message."""
    return row.status == "leased" and row.delivery != "claimed"


def _is_worth_sending(row: DueNotice, now: int) -> bool:
    return _can_be_sent(row) and not _is_over(row, now)


def _is_over(row: DueNotice, now: int) -> bool:
    """Return whether the instant has passed after which the message is not worth sending; one that is edited always is."""
    return row.expires_at is not None and row.expires_at <= now and not is_edited(row)


def _can_be_sent(row: DueNotice) -> bool:
    """Return whether the person can be reached and wants the message, and it is still true."""
    if row.tg_id is None or row.unreachable_at is not None:
        return False
    if _is_to_client(row) and (row.broadcast_status != "sending" or not row.news or row.blocked):
        return False
    if is_edited(row):
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
    leased = load_leased(conn, notice_id)
    if leased is None or not _is_worth_sending(leased, now):
        update_notice(conn, notice_id, status="dropped", done_at=now)
        return False
    if row.kind == "broadcast":
        mark_delivery(conn, [notice_id], "begun")
    return True


def _lock(conn: Connection, notice_id: int) -> ClaimedNotice:
    row = lock_claimed(conn, notice_id)
    if row is None:
        raise NotFound()
    return row


def idle_seconds(conn: Connection, now: int) -> float:
    """Return how long a sender who finds nothing to claim may wait.

    What is due and not for it (of businesses that it does not serve, of kinds that it does not know) it need not wait for.
    """
    at = next_due_at(conn, now)
    return float(IDLE_S if at is None else min(at - now, IDLE_S))


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


def _next_progress(conn: Connection, row: ClaimedNotice, now: int) -> int:
    """Return when the progress of a broadcast is shown again: not before it can differ from what is shown now."""
    due_at = None
    if row.broadcast_id is not None:
        # what was shown was read when the message was claimed, a little while ago
        due_at = next_count_change(conn, row.tenant_id, row.broadcast_id, now - 2 * PROGRESS_S)
    return max(now, due_at or now) + PROGRESS_S


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
        values |= {"status": "waiting", "due_at": _next_progress(conn, row, now)}
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
        values["blocked"] = report.outcome == "blocked"
        if row.kind == "code":
            values["text"] = None  # a code is kept nowhere in plain text once it is on its way
    update_notice(conn, notice_id, **values)
    if report.outcome == "blocked":
        mark_unreachable(conn, row.tenant_id, row.person_id, now)
    return row if arrived else None
