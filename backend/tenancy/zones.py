"""The business's zone: changed by its file, with all bookings ahead, and how an admin keeps their instants instead."""

from msgspec.structs import replace
from sqlalchemy import Connection

from backend import clock
from backend.audit.service import record
from backend.auth.actor import TenantRow
from backend.auth.queries import load_tenant
from backend.bookings import kept_instants, zone_changes
from backend.bookings.queries.wall_times import set_zone_change
from backend.contract.notices import INSTANTS_KEPT
from backend.contract.tenancy import InstantsKept, ZoneChange, ZonePreview
from backend.errors import IllegalStep, NotFound
from backend.outbox.service import tell_admins
from backend.tenancy import queries
from backend.tenancy.queries import FileRow
from backend.transactions import UnitOfWork

# So long after a change of the zone an admin may keep the instants.
KEEP_S = 24 * 3600


def change_zone(conn: Connection, slug: str, before: FileRow, now: int) -> None:
    """Shift the bookings of a business whose zone has just been changed; `before` is its row as it was."""
    tenant = load_tenant(conn, slug)
    assert tenant is not None, "it has just been changed"
    is_put_back = before.zone_changed_at is not None and before.previous_timezone == tenant.timezone
    restored_since = before.zone_changed_at if is_put_back else None
    shifted = zone_changes.change_zone(conn, tenant, before.timezone, now, restored_since)
    open_change = (None, None) if is_put_back or not shifted else (before.timezone, now)
    set_zone_change(conn, tenant.id, *open_change)


def render_change(tenant: TenantRow) -> ZoneChange | None:
    """Return the last change of the zone, be it long ago; None where it is settled."""
    if tenant.previous_timezone is None or tenant.zone_changed_at is None:
        return None
    return ZoneChange(
        previous_timezone=tenant.previous_timezone,
        timezone=tenant.timezone,
        changed_at=clock.format_utc(tenant.zone_changed_at),
        until=clock.format_utc(tenant.zone_changed_at + KEEP_S),
    )


def preview_instants(unit: UnitOfWork, offset: int, limit: int) -> ZonePreview:
    """Return what keeping the instants would do. Raises NotFound where it is not possible (any more)."""
    change = _require_change(unit)
    if change is None:
        raise NotFound()
    shifts = kept_instants.find_restorable(unit)
    shown = shifts[offset : offset + limit]
    return ZonePreview(change=change, items=kept_instants.render_shifts(unit, shown, shifts), total=len(shifts))


def keep_instants(unit: UnitOfWork) -> InstantsKept:
    """Give the bookings that the change has shifted their instants of before. Raises IllegalStep: once, within 24 h."""
    row = queries.lock_tenant(unit.conn, unit.tenant.slug)
    tenant = load_tenant(unit.conn, unit.tenant.slug)
    assert row is not None
    assert tenant is not None
    unit = unit._replace(actor=replace(unit.actor, tenant=tenant))
    change = _require_change(unit)
    if change is None:
        raise IllegalStep("The instants can be kept once, within 24 hours after the zone was changed.")
    kept = kept_instants.restore_instants(unit)
    set_zone_change(unit.conn, tenant.id, None, None)
    detail = {"timezone": [change.previous_timezone, change.timezone], "bookings": kept.kept}
    record(unit, "tenant.instants_kept", f"tenant:{tenant.id}", detail)
    text = f"{INSTANTS_KEPT} {change.previous_timezone} {change.timezone} {kept.kept}"
    tell_admins(unit.conn, tenant, text, unit.now, but=unit.actor.person_id)
    return kept


def _require_change(unit: UnitOfWork) -> ZoneChange | None:
    at = unit.tenant.zone_changed_at
    return None if at is None or at + KEEP_S <= unit.now else render_change(unit.tenant)
