"""A specialist as admins see them, everybody's week, and the bookings that days off would touch."""

from backend.bookings.access import viewer_of
from backend.bookings.queries.listing import Filters, load_page
from backend.bookings.view import render_bookings
from backend.catalog.service import list_services, load_specialist
from backend.contract.bookings import Status
from backend.contract.overviews import NamedWeek, SpecialistCard, UpcomingBookings, Weeks
from backend.overviews.queries import list_specialist_names
from backend.people.staff import list_members
from backend.schedule.changes import render_week, require_own_calendar
from backend.schedule.queries.calendars import load_week, load_weeks
from backend.schedule.zones import load_zone
from backend.transactions import UnitOfWork

MAX_BOOKINGS = 500
_STANDING: tuple[Status, ...] = ("pending", "confirmed")


def load_specialist_card(unit: UnitOfWork, specialist_id: int) -> SpecialistCard:
    """Return a specialist with all services on sale, the week and the account. Raises NotFound."""
    members = (member for member in list_members(unit) if member.specialist_id == specialist_id)
    return SpecialistCard(
        specialist=load_specialist(unit.conn, unit.tenant, specialist_id, staff=True),
        services=list_services(unit.conn, unit.tenant),
        hours=render_week(load_week(unit.conn, unit.tenant_id, specialist_id)),
        account=next(members, None),
    )


def list_weeks(unit: UnitOfWork) -> Weeks:
    """Return the week of every specialist, in the business's order."""
    weeks = load_weeks(unit.conn, unit.tenant_id)
    names = list_specialist_names(unit.conn, unit.tenant_id)
    return Weeks(items=[NamedWeek(each, name, render_week(weeks.get(each, {}))) for each, name in names.items()])


def list_bookings_on(unit: UnitOfWork, first: int, last: int, specialist_id: int | None) -> UpcomingBookings:
    """Return the bookings ahead that begin on the local dates `first..last`, of one specialist or of all.

    Raises Forbidden for another's calendar, NotFound."""
    name = "" if specialist_id is None else require_own_calendar(unit, specialist_id)
    zone = load_zone(unit.tenant.timezone)
    since, until = max(unit.now, zone.midnight(first)), zone.midnight(last + 1)
    filters = Filters(since, until, _STANDING, specialist_id, None, False, MAX_BOOKINGS, None)
    rows = load_page(unit.conn, unit.tenant_id, viewer_of(unit.actor), filters, unit.now)
    return UpcomingBookings(name=name, bookings=render_bookings(unit.conn, unit.tenant, rows, unit.actor, unit.now))
