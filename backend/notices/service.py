"""Announcing what happened to a visit: called inside the transaction of the change."""

from typing import Any

from sqlalchemy import Connection

from backend import clock
from backend.auth.actor import TenantRow, decode_policies
from backend.contract.notices import Kind
from backend.notices import queries, rules

# After these the visit may have reminders that are not its own any more.
_REARMING = frozenset({"moved", "cancelled", "declined"})


def announce(
    conn: Connection,
    tenant: TenantRow,
    booking_id: int,
    kind: Kind,
    *,
    actor_id: int | None,
    now: int,
    previous_start: int | None = None,
    tell_client: bool = True,
    visit: Any = None,
) -> None:
    """Tells the client, the specialists and the admins of a change, and arms the reminders anew.

    Call it after the booking's rows say what is now so. `previous_start` (epoch seconds) goes with `moved`. A visit
    that is held is announced to nobody. `tell_client` false: staff have told them already. `visit` is the visit's row
    where the caller has it as it is now."""
    visit = visit or queries.visit(conn, tenant.id, booking_id)
    if visit is None or visit.status in ("held", "expired"):
        return
    if kind in _REARMING:
        # what else a change makes untrue is dropped when it is claimed: that looks at the status, not at the time
        queries.drop_reminders(conn, tenant.id, booking_id, now)
    tz, quiet = clock.zone(tenant.timezone), tenant.policies.quiet_hours
    audience = queries.audience(conn, tenant.id, booking_id, visit.client_id)
    by_role = {role: [row.id for row in audience if row.role == role] for role in ("client", "specialist", "admin")}
    reached = {row.id for row in audience if row.unreachable_at is None}
    common = dict.fromkeys(("previous_start", "lead_min", "expires_at", "dedupe_key"))
    common |= {"tenant_id": tenant.id, "booking_id": booking_id, "created_at": now}
    rows: list[dict[str, Any]] = [
        common
        | {"person_id": who.person_id, "role": who.role, "kind": kind, "previous_start": previous_start}
        # the one who acts is awake
        | {"due_at": rules.notice_due(now, visit.starts_at, quiet, tz, waits=who.person_id != actor_id)}
        for who in rules.recipients(kind, visit.client_id, by_role["specialist"], by_role["admin"], actor_id)
        if who.person_id in reached and (tell_client or who.role != "client")
    ]
    if by_role["client"]:
        rows += _reminders(tenant, booking_id, visit, common, now)
    queries.enqueue(conn, rows)


def rearm(conn: Connection, tenant: TenantRow, booking_id: int, *, now: int) -> None:
    """The reminders of a visit whose start has changed without anybody's doing; nobody is told."""
    queries.drop_reminders(conn, tenant.id, booking_id, now)
    visit = queries.visit(conn, tenant.id, booking_id)
    audience = [] if visit is None else queries.audience(conn, tenant.id, booking_id, visit.client_id)
    if any(row.role == "client" for row in audience):
        common = dict.fromkeys(("previous_start", "lead_min", "expires_at", "dedupe_key"))
        common |= {"tenant_id": tenant.id, "booking_id": booking_id, "created_at": now}
        queries.enqueue(conn, _reminders(tenant, booking_id, visit, common, now))


def _reminders(
    tenant: TenantRow, booking_id: int, visit: Any, common: dict[str, Any], now: int
) -> list[dict[str, Any]]:
    """Also for a client who cannot be reached today: the reminder decides on its day."""
    if not rules.reminded(visit.status):
        return []
    tz, quiet, start = clock.zone(tenant.timezone), tenant.policies.quiet_hours, visit.starts_at
    return [
        common
        | {"person_id": visit.client_id, "role": "client", "kind": "reminder", "lead_min": one.lead_min}
        | {"due_at": one.due_at, "expires_at": start, "dedupe_key": f"reminder:{booking_id}:{start}:{one.lead_min}"}
        for one in rules.reminders(booking_id, start, decode_policies(visit.policies).reminders_min, quiet, tz, now)
    ]


def tell_client(
    conn: Connection, tenant: "TenantRow", booking_id: int, kind: Kind, *, now: int, text: str | None = None
) -> bool:
    """A word to the client of a visit alone, after the quiet hours. False where no message can reach them."""
    visit = queries.visit(conn, tenant.id, booking_id)
    if visit is None:
        return False
    audience = queries.audience(conn, tenant.id, booking_id, visit.client_id)
    client = next((row for row in audience if row.role == "client"), None)
    if client is None or client.unreachable_at is not None:
        return False
    tz, quiet = clock.zone(tenant.timezone), tenant.policies.quiet_hours
    row = dict.fromkeys(("previous_start", "lead_min", "expires_at", "dedupe_key"))
    row |= {"tenant_id": tenant.id, "booking_id": booking_id, "person_id": client.id, "role": "client", "kind": kind}
    row |= {"due_at": rules.notice_due(now, visit.starts_at, quiet, tz, waits=True), "created_at": now, "text": text}
    queries.enqueue(conn, [row])
    return True
