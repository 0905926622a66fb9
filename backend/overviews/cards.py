"""A specialist as admins see them, everybody's week, and the bookings that days off would touch."""

from backend.catalog.service import list_services, load_specialist
from backend.contract.bookings import Status
from backend.contract.overviews import NamedWeek, SpecialistCard, Weeks
from backend.overviews.queries import list_specialist_names
from backend.people.staff import list_members
from backend.schedule.changes import render_week
from backend.schedule.queries.calendars import load_week, load_weeks
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
