"""A list of bookings as staff look at it, with what it is headed by."""

from backend.bookings.access import viewer_of
from backend.bookings.queries.listing import Filters, load_page
from backend.bookings.queries.unmarked import count_unmarked, load_unmarked
from backend.bookings.view import render_bookings
from backend.catalog.service import load_service
from backend.contract.overviews import BookingsOverview, UnmarkedBookings
from backend.overviews.agenda import find_unanswered
from backend.overviews.queries import list_specialist_names
from backend.people.clients import load_client
from backend.schedule.zones import load_zone
from backend.transactions import UnitOfWork

# As many requests that wait are counted.
MAX_PENDING = 10


def load_bookings_overview(unit: UnitOfWork, filters: Filters, *, count_pending: bool) -> BookingsOverview:
    """Return a page of bookings, who has not answered, the names of what it is filtered by, how many requests wait.

    Raises NotFound for a client or a service that is not there."""
    rows = load_page(unit.conn, unit.tenant_id, viewer_of(unit.actor), filters, unit.now)
    bookings = render_bookings(unit.conn, unit.tenant, rows, unit.actor, unit.now)
    unanswered = find_unanswered(unit, ((row.starts_at, booking) for row, booking in zip(rows, bookings, strict=True)))
    overview = BookingsOverview(bookings, unanswered=[booking.id for booking in bookings if booking.id in unanswered])
    if filters.specialist_id is not None:
        names = list_specialist_names(unit.conn, unit.tenant_id, filters.specialist_id)
        overview.specialist_name = names.get(filters.specialist_id)
    if filters.client_id is not None:
        overview.client_name = load_client(unit, filters.client_id).name
    if filters.service_id is not None:
        overview.service_name = load_service(unit.conn, unit.tenant, filters.service_id).name
    if count_pending:
        overview.pending = count_waiting_requests(unit)
    return overview


def load_unmarked_bookings(unit: UnitOfWork, offset: int, limit: int) -> UnmarkedBookings:
    """Return the bookings that are over without a mark, the latest first."""
    viewer = viewer_of(unit.actor)
    rows = load_unmarked(unit.conn, unit.tenant_id, viewer, unit.now, offset, limit)
    return UnmarkedBookings(
        items=render_bookings(unit.conn, unit.tenant, rows, unit.actor, unit.now),
        total=count_unmarked(unit.conn, unit.tenant_id, viewer, unit.now),
    )


def count_waiting_requests(unit: UnitOfWork) -> int:
    """Return how many requests from today on wait for an answer that the actor sees, at most `MAX_PENDING`."""
    zone = load_zone(unit.tenant.timezone)
    since = zone.midnight(zone.day(unit.now))
    pending = Filters(since, None, ("pending",), None, None, False, MAX_PENDING, None)
    return len(load_page(unit.conn, unit.tenant_id, viewer_of(unit.actor), pending, unit.now))
