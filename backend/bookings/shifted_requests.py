"""What waits for an answer when bookings begin at other instants: deadlines of requests, other times that are asked for."""

from collections.abc import Callable, Sequence

from sqlalchemy import Connection

from backend import clock
from backend.auth.actor import TenantRow
from backend.bookings.move_requests import NOTICES
from backend.bookings.queries.loading import BookingRow, load_bookings
from backend.bookings.queries.move_requests import MoveRequestRow, load_move_requests, shift_move_request
from backend.bookings.queries.writing import keep_places, update_booking
from backend.outbox.queries import renew_notices
from backend.quiet_hours import BEFORE_START_S, answer_deadline

# Where an instant lies that has nothing to do with the start of a booking, by the booking's id.
Shifted = Callable[[int, int], int]


def shift_requests(conn: Connection, tenant: TenantRow, rows: Sequence[BookingRow], shifted: Shifted, now: int) -> None:
    """Let requests be answered until the time that was told; where that has passed, staff get their time anew.

    `rows` are the bookings as they are now. Other times that their clients have asked for follow as well."""
    for row in rows:
        if row.decide_by is None:
            continue
        decide_by = _next_deadline(tenant, shifted(row.id, row.decide_by), row.starts_at, now)
        if row.status == "pending":
            keep_places(conn, tenant.id, row.id, decide_by)
        update_booking(conn, tenant.id, row, decide_by=decide_by)
    asking = {row.move_request_id: row for row in rows if row.move_request_id is not None and row.status == "confirmed"}
    for request in load_move_requests(conn, tenant.id, asking).values():
        row = asking[request.id]
        # the sequence has grown by one since the booking was shifted
        if request.outcome is None and request.sequence == row.sequence - 1 and request.decide_by > now:
            _shift_wish(conn, tenant, row, request, shifted, now)


def _next_deadline(tenant: TenantRow, told: int, starts_at: int, now: int) -> int:
    decide_by = min(told, starts_at - BEFORE_START_S)
    if decide_by > now:
        return decide_by
    return answer_deadline(tenant.policies, clock.load_zone(tenant.timezone), now, starts_at)


def _shift_wish(
    conn: Connection, tenant: TenantRow, row: BookingRow, request: MoveRequestRow, shifted: Shifted, now: int
) -> None:
    """Let the other time follow: where its place is held it is that of the hold, which has been shifted itself."""
    starts_at = None if request.starts_at is None else shifted(row.id, request.starts_at)
    decide_by = row.starts_at if starts_at is None else min(row.starts_at, starts_at)
    if request.hold_id is not None:
        (hold,) = load_bookings(conn, tenant.id, [request.hold_id])
        starts_at = hold.starts_at
        told = min(shifted(row.id, request.decide_by), row.starts_at)
        decide_by = min(_next_deadline(tenant, told, starts_at, now), row.starts_at)
        keep_places(conn, tenant.id, hold.id, decide_by)
        update_booking(conn, tenant.id, hold, hold_until=decide_by)
    shift_move_request(conn, tenant.id, request.id, starts_at, decide_by, row.sequence)
    renew_notices(conn, tenant.id, row.id, NOTICES, now)
