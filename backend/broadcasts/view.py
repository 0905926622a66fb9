"""Broadcasts as the API shows them: how far each is, whom it reaches, what came of it."""

from sqlalchemy import Connection

from backend import clock
from backend.auth.actor import TenantRow
from backend.broadcasts import rules
from backend.broadcasts.queries.audience import count_audience
from backend.broadcasts.queries.drafts import (
    BroadcastRow,
    find_service_name,
    find_specialist_name,
    find_tag_name,
    load_broadcast,
)
from backend.broadcasts.queries.messages import count_messages
from backend.broadcasts.queries.outcomes import count_booked_after
from backend.contract.broadcasts import Audience, BookedAfter, Broadcast, BroadcastStatus
from backend.errors import NotFound
from backend.kit.text import format_money
from backend.quiet_hours import end_of_quiet


def get_broadcast(conn: Connection, tenant: TenantRow, broadcast_id: int, now: int) -> Broadcast:
    """Return a broadcast, how far it is and what came of it. Raises NotFound."""
    broadcast = get_progress(conn, tenant, broadcast_id, now)
    if broadcast.sent:
        booked = count_booked_after(conn, tenant.id, broadcast_id)
        amount = format_money(booked.amount)
        broadcast.booked = BookedAfter(booked.clients, booked.bookings, amount, tenant.currency)
    return broadcast


def get_progress(conn: Connection, tenant: TenantRow, broadcast_id: int, now: int) -> Broadcast:
    """Return a broadcast and how far it is. Raises NotFound."""
    row = load_broadcast(conn, tenant.id, broadcast_id)
    if row is None:
        raise NotFound()
    return render_broadcast(conn, tenant, row, now)


def render_broadcast(conn: Connection, tenant: TenantRow, row: BroadcastRow, now: int) -> Broadcast:
    """Render a row, without what came of it. It is done once nobody is left to reach, also before that has been noted."""
    is_draft = row.status == "draft"
    audience = rules.decode_audience(row.audience)
    counts = rules.MessageCounts() if is_draft else count_messages(conn, tenant.id, row.id)
    left = rules.count_left(row.status, counts)
    quiet, tz = tenant.policies.quiet_hours, clock.load_zone(tenant.timezone)
    send_at = None if row.send_local is None else rules.scheduled_instant(row.send_local, tz)
    goes_out = max(now, send_at or now)
    waking = end_of_quiet(goes_out, quiet, tz)
    status = _status(row, left)
    return Broadcast(
        id=row.id,
        text=row.text,
        entities=rules.decode_entities(row.entities),
        status=status,
        total=count_audience(conn, tenant.id, audience, now) if is_draft else row.total,
        sent=counts.sent,
        left=left,
        missed=rules.count_missed(row.status, counts),
        unsure=counts.unsure,
        created_at=clock.format_utc(row.created_at),
        started_at=_instant(row.started_at),
        done_at=_instant(row.done_at),
        photo=row.photo,
        audience=audience,
        audience_name=_audience_name(conn, tenant.id, audience),
        book_service_id=row.book_service_id,
        book_service_name=_service_name(conn, tenant.id, row.book_service_id),
        send_at=_instant(send_at),
        quiet_until=clock.format_utc(waking) if waking > goes_out and status not in ("done", "stopped") else None,
        blocked=counts.blocked,
    )


def _status(row: BroadcastRow, left: int) -> BroadcastStatus:
    if row.status == "draft" and row.send_local is not None:
        return "scheduled"
    return "done" if row.status == "sending" and not left else row.status


def _instant(at: int | None) -> str | None:
    return None if at is None else clock.format_utc(at)


def _audience_name(conn: Connection, tenant_id: int, audience: Audience) -> str:
    """Return the name of the service, specialist or tag by which clients are meant; else nothing."""
    if audience.tag is not None:
        return find_tag_name(conn, tenant_id, audience.tag) or ""
    if audience.id is None:
        return ""
    if audience.kind == "specialist":
        return find_specialist_name(conn, tenant_id, audience.id) or ""
    return _service_name(conn, tenant_id, audience.id)


def _service_name(conn: Connection, tenant_id: int, service_id: int | None) -> str:
    return "" if service_id is None else find_service_name(conn, tenant_id, service_id) or ""
