"""Handing due messages to a sender and hearing what became of them."""

from collections.abc import Collection
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Connection

from backend import clock
from backend.auth.actor import choose_locale
from backend.auth.queries import tenant_from
from backend.bookings import view
from backend.broadcasts import queries as broadcasts
from backend.broadcasts.rules import BEGUN, LAST, PROGRESS_S, entities_of
from backend.broadcasts.service import settle, show
from backend.contract.bookings import Booking
from backend.contract.broadcasts import Broadcast
from backend.contract.notices import Notice, Report
from backend.errors import IllegalStep, NotFound
from backend.notices import queries, rules

# A sender comes again at the latest after so long, also where nothing seems due: clocks may be moved.
IDLE_S = 15


def due(conn: Connection, slugs: Collection[str], now: int, limit: int, lease_s: int) -> list[int]:
    """Ids of what could be claimed; of one tenant no more than its bot can send within half the lease."""
    return queries.due_ids(conn, frozenset(slugs), now, limit, max(1, rules.PER_SECOND * lease_s // 2))


def claim(conn: Connection, ids: list[int], now: int, lease_s: int) -> list[Any]:
    """Leases those of them that are still due and worth sending, and drops the others; the rows, the epoch raised."""
    rows = queries.lock_due(conn, ids, now)
    lost = {row.id for row in rows if row.kind == "broadcast" and row.status == "leased" and row.error == BEGUN}
    broadcasts.not_sure(conn, sorted(lost), now)
    kept = [row for row in rows if row.id not in lost and _worth_sending(row, now)]
    taken = lost.union(row.id for row in kept)
    queries.drop(conn, [row.id for row in rows if row.id not in taken], now)
    queries.lease(conn, [row.id for row in kept], now + lease_s)
    over = [row.id for row in kept if row.kind == "progress" and settle(conn, row.tenant_id, row.broadcast_id, now)]
    broadcasts.mark(conn, over, LAST)
    return kept


def begin(conn: Connection, notice_id: int, epoch: int, now: int) -> bool:
    """A broadcast's message goes out now; False where the broadcast has been stopped, and it is put aside.

    Raises NotFound, IllegalStep where it is not this sender's (any more)."""
    row = queries.claimed(conn, notice_id)
    if row is None:
        raise NotFound()
    if row.epoch != epoch or row.status != "leased" or row.kind != "broadcast":
        raise IllegalStep("This message is not this sender's to send.")
    if broadcasts.status_of(conn, notice_id) not in (None, "sending"):
        queries.finish(conn, notice_id, {"status": "dropped", "done_at": now})
        return False
    broadcasts.mark(conn, [notice_id], BEGUN)
    return True


def _worth_sending(row: Any, now: int) -> bool:
    if row.tg_id is None or row.unreachable_at is not None:
        return False
    if row.expires_at is not None and row.expires_at <= now:
        return False
    if row.kind == "broadcast" and row.broadcast_id is not None and row.broadcast_status != "sending":
        return False
    if not rules.wanted(row.kind, row.role, row.staff_notices):
        return False
    return row.booking_id is None or rules.still_true(row.kind, row.booking_status)


def notices(conn: Connection, rows: list[Any], now: int) -> list[Notice]:
    """Claimed rows as the sender gets them, in order of time."""
    tenants = {row.id: tenant_from(row) for row in queries.tenants_by_id(conn, {row.tenant_id for row in rows})}
    visits: dict[tuple[int, int], Booking] = {}
    for tenant_id, tenant in tenants.items():
        ids = {row.booking_id for row in rows if row.tenant_id == tenant_id and row.booking_id is not None}
        found = view.render(conn, tenant, queries.visits(conn, tenant_id, ids), now, None)
        visits |= {(tenant_id, visit.id): visit for visit in found}
    return [
        _notice(
            row,
            tenants[row.tenant_id],
            visits.get((row.tenant_id, row.booking_id)),
            show(conn, row.tenant_id, row.broadcast_id) if row.kind == "progress" else None,
        )
        for row in rows
    ]


def _notice(row: Any, tenant: Any, visit: Booking | None, broadcast: Broadcast | None) -> Notice:
    shared = row.kind == "broadcast" and row.text is None
    entities = row.broadcast_entities if shared else row.entities
    if visit is not None and row.role == "client":
        visit = replace(visit, client_name="", client_phone=None, client_tg_id=None)
    return Notice(
        id=row.id,
        tenant=tenant.slug,
        epoch=row.epoch + 1,
        kind=row.kind,
        role=row.role,
        tg_id=row.tg_id,
        locale=choose_locale(row.locale, row.language_code, tenant.locale),
        booking=visit,
        text=row.broadcast_text if shared else row.text,
        lead_min=row.lead_min,
        previous_start=None if row.previous_start is None else clock.format_utc(row.previous_start),
        broadcast=broadcast,
        message_id=row.message_id,
        entities=[] if entities is None else entities_of(entities),
    )


def idle_s(conn: Connection, now: int) -> float:
    """How long a sender who has taken what it could may wait."""
    at = queries.next_due(conn)
    return float(IDLE_S if at is None else max(0, min(at - now, IDLE_S)))


def report(conn: Connection, notice_id: int, told: Report, now: int) -> None:
    """Notes what became of a claimed message. The message that shows how far a broadcast is waits for its next time.

    Raises NotFound, and IllegalStep where the lease has gone to another since: their word counts, not this one."""
    row = queries.claimed(conn, notice_id)
    if row is None:
        raise NotFound()
    if row.epoch != told.epoch:
        raise IllegalStep("The lease has passed to another sender.")
    if row.status == "sent" and told.outcome == "sent":
        return  # the same word again, the first answer was lost
    if row.status != "leased":
        raise IllegalStep("This message is not being sent.")
    values: dict[str, Any] = {"error": told.error, "message_id": told.message_id}
    if row.kind == "progress" and told.message_id is None:
        del values["message_id"]
    if row.kind == "progress" and told.outcome == "sent" and row.error != LAST:
        # the same message follows on
        values |= {"status": "waiting", "due_at": now + PROGRESS_S}
    elif told.outcome == "retry" and now - row.created_at <= rules.GIVE_UP_S:
        values |= {"status": "waiting", "due_at": rules.retry_at(now, row.attempts, told.retry_after_s)}
    else:
        values |= {"status": "sent" if told.outcome == "sent" else "failed", "done_at": now}
        if row.kind == "code":
            values["text"] = None  # a code is nowhere in plain once it is on its way
    queries.finish(conn, notice_id, values)
    if told.outcome == "blocked":
        queries.mark_unreachable(conn, row.tenant_id, row.person_id, now)
