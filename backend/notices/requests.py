"""What messages about bookings need: the booking as their reader may see it, who may answer, other times."""

from msgspec.structs import replace
from sqlalchemy import Connection

from backend.auth.actor import TenantRow
from backend.bookings.view import hide_contacts
from backend.clock import parse_instant
from backend.contract.bookings import Booking
from backend.contract.errors import Alternative
from backend.contract.notices import Notice
from backend.errors import NotFound
from backend.notices.queries.deciders import find_admins, find_calendar
from backend.notices.queries.messages import DueNotice
from backend.outbox.rules import REQUEST_KINDS
from backend.schedule.queries.services import load_services
from backend.schedule.service import SlotQuery, find_nearest


def add_answers(conn: Connection, notice: Notice, tenant: TenantRow, person_id: int, now: int) -> None:
    """Put into a message about a request who may answer it, or other times for its client."""
    booking = notice.booking
    if booking is None:
        return
    if notice.role == "client":
        if notice.kind in ("declined", "request_expired"):
            notice.alternatives = _find_other_times(conn, tenant, booking, now)
    elif notice.kind in (*REQUEST_KINDS, "move_requested"):
        admins = find_admins(conn, tenant.id)
        calendar_id = find_calendar(conn, tenant.id, person_id)
        is_own = all(item.specialist_id == calendar_id for item in booking.items)
        notice.may_decide = is_own or any(admin.id == person_id for admin in admins)
        notice.deciders = [admin.name for admin in admins]


def show_to_reader(conn: Connection, row: DueNotice, tenant: TenantRow, booking: Booking | None) -> Booking | None:
    """Return the booking of a message as its reader may see it. An admin sees all, also where they do the booking."""
    if booking is None:
        return None
    if row.role == "client":
        return replace(hide_contacts(booking), client_name="", client_reachable=False, decided_by="")
    if tenant.policies.specialists_see_contacts or row.role == "admin":
        return booking
    is_admin = any(admin.id == row.person_id for admin in find_admins(conn, tenant.id))
    return booking if is_admin else hide_contacts(booking)


def _find_other_times(conn: Connection, tenant: TenantRow, booking: Booking, now: int) -> list[Alternative]:
    """Return free times near to the one that was asked for; none where a service is not on offer any more."""
    try:
        services = load_services(conn, tenant.id, booking.service_ids)
    except NotFound:
        return []
    query = SlotQuery(tenant, booking.service_ids, booking.specialist_id, now, client_limits=True)
    return find_nearest(conn, query, services, parse_instant(booking.start))
