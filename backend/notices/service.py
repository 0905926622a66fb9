"""Announcing what happened to a visit: called inside the transaction of the change."""

from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import Connection

from backend import clock
from backend.contract.notices import Kind
from backend.contract.tenancy import Policies
from backend.notices import queries, rules

if TYPE_CHECKING:
    from backend.auth import TenantRow


def announce(
    conn: Connection,
    tenant: "TenantRow",
    booking_id: int,
    kind: Kind,
    *,
    actor_id: int | None,
    now: int,
    previous_start: int | None = None,
    tell_client: bool = True,
) -> None:
    """Tells the client, the specialists and the admins of a change, and arms the reminders anew.

    Call it after the booking's rows say what is now so. `previous_start` (epoch seconds) goes with `moved`. A visit
    that is held is announced to nobody. `tell_client` false: staff have told them already."""
    visit = queries.visit(conn, tenant.id, booking_id)
    if visit is None or visit.status in ("held", "expired"):
        return
    # what else this change makes untrue is dropped when it is claimed: that looks at the status, not at the time
    queries.drop_reminders(conn, tenant.id, booking_id, now)
    tz = clock.zone(tenant.timezone)
    quiet = tenant.policies.quiet_hours
    specialists, admins = queries.staff_of(conn, tenant.id, booking_id)
    rows: list[dict[str, Any]] = [
        {"person_id": who.person_id, "role": who.role, "kind": kind, "previous_start": previous_start}
        # the one who acts is awake
        | {"due_at": rules.notice_due(now, visit.starts_at, quiet, tz, waits=who.person_id != actor_id)}
        for who in rules.recipients(kind, visit.client_id, specialists, admins, actor_id)
        if tell_client or who.role != "client"
    ]
    queries.enqueue(conn, tenant.id, booking_id, rows, now)
    if rules.reminded(visit.status):
        leads = msgspec.json.decode(visit.policies, type=Policies).reminders_min
        armed = rules.reminders(booking_id, visit.starts_at, leads, quiet, tz, now)
        queries.arm_reminders(conn, tenant.id, booking_id, visit.client_id, visit.starts_at, armed, now)
