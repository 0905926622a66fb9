"""The first screen of a client, a specialist or an admin, read in one transaction."""

from backend.bookings.access import viewer_of
from backend.bookings.queries.listing import Filters, load_page
from backend.bookings.view import render_bookings
from backend.catalog.service import list_services, list_undecided_groups
from backend.contract.bookings import Booking, Status
from backend.contract.messages import UNSENT_KEPT_S
from backend.contract.overviews import ClientHome, Home
from backend.contract.people import Role
from backend.errors import Forbidden
from backend.messages.queries import has_unsent
from backend.overviews.agenda import load_agendas
from backend.overviews.lists import count_waiting_requests
from backend.schedule.zones import load_zone
from backend.tasks.queries import count_tasks
from backend.tenancy.service import load_business
from backend.transactions import UnitOfWork

# A client's own bookings ahead that a home shows.
MAX_AHEAD = 10
_AHEAD: tuple[Status, ...] = ("held", "pending", "confirmed")
_TOOK_PLACE: tuple[Status, ...] = ("confirmed", "arrived", "completed")


def load_home(unit: UnitOfWork, role: Role | None) -> Home:
    """Return the actor's home in that role, or in their strongest one. Raises Forbidden for a role that they lack."""
    own_role = _strongest_role(unit)
    if role is None:
        role = own_role
    elif (role == "admin" and not unit.actor.is_admin) or (role == "specialist" and unit.actor.specialist_id is None):
        raise Forbidden()
    home = Home(role=role, tenant=load_business(unit.conn, unit.tenant))
    if role == "client":
        home.client = _load_client_home(unit)
    else:
        today = load_zone(unit.tenant.timezone).day(unit.now)
        specialist_id = unit.actor.specialist_id if role == "specialist" else None
        (home.agenda,) = load_agendas(unit, today, today, specialist_id)
        viewer = viewer_of(unit.actor)
        if specialist_id is not None:
            viewer = viewer._replace(sees_all=False)
        home.tasks = count_tasks(unit.conn, unit.tenant_id, viewer)
        if role == "admin":
            home.pending = count_waiting_requests(unit)
            home.undecided_groups = list_undecided_groups(unit.conn, unit.tenant_id)
    return home


def _strongest_role(unit: UnitOfWork) -> Role:
    if unit.actor.is_admin:
        return "admin"
    # one who has lost the calendar has nothing to see as a specialist
    return "client" if unit.actor.specialist_id is None else "specialist"


def _load_client_home(unit: UnitOfWork) -> ClientHome:
    zone = load_zone(unit.tenant.timezone)
    today = zone.day(unit.now)
    own_id = unit.actor.person_id
    since, until = zone.midnight(today), zone.midnight(today + 1)
    ahead = Filters(since, None, _AHEAD, None, own_id, False, MAX_AHEAD, None)
    latest = Filters(None, until, _TOOK_PLACE, None, own_id, True, 1, None)
    return ClientHome(
        services=list_services(unit.conn, unit.tenant),
        bookings=_list_bookings(unit, ahead),
        latest=next(iter(_list_bookings(unit, latest)), None),
        unsent=has_unsent(unit.conn, unit.tenant_id, own_id, unit.now - UNSENT_KEPT_S),
    )


def _list_bookings(unit: UnitOfWork, filters: Filters) -> list[Booking]:
    rows = load_page(unit.conn, unit.tenant_id, viewer_of(unit.actor), filters, unit.now)
    return render_bookings(unit.conn, unit.tenant, rows, unit.actor, unit.now)
