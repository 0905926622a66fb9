"""The bookings with which the admins of a new business try their bot: they go when it opens."""

from backend.audit.service import record
from backend.bookings.move_requests import settle_open
from backend.bookings.queries.loading import HistoryRow, load_bookings
from backend.bookings.queries.tasks import close_task
from backend.bookings.queries.trials import find_trials, take_back_notices
from backend.bookings.queries.writing import insert_history, release_places, update_booking
from backend.transactions import UnitOfWork


def remove_trials(unit: UnitOfWork) -> int:
    """Expire the admins' own bookings, with their notices, while nobody else has any; return how many there were.

    What has been sent about them says then that it was a test.
    What has expired appears nowhere: in no figure, list, calendar or export. Bookings of anybody else mean that the business
    works already: then all of them are real."""
    ids = find_trials(unit.conn, unit.tenant_id)
    for row in load_bookings(unit.conn, unit.tenant_id, ids):
        settle_open(unit, row, "withdrawn")
        release_places(unit.conn, unit.tenant_id, row.id)
        close_task(unit.conn, unit.tenant_id, row, "cancelled", unit.now)
        update_booking(unit.conn, unit.tenant_id, row, status="expired", decide_by=None, task=None)
        change = HistoryRow(unit.now, unit.actor.person_id, "admin", "expire", row.status, "expired", "{}")
        insert_history(unit.conn, unit.tenant_id, row.id, change)
    if ids:
        take_back_notices(unit.conn, unit.tenant_id, ids, unit.now)
        record(unit, "booking.test_removed", f"tenant:{unit.tenant_id}", {"count": len(ids)})
    return len(ids)
