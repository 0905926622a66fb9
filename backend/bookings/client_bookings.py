"""What a client has already: how many bookings lie ahead, one place at a time, one hold.

Called inside one write transaction of the tenant, so that two requests of a client cannot pass each other.
"""

from collections.abc import Sequence

from backend.bookings import rules
from backend.bookings.history import record_change
from backend.bookings.queries.held_places import held_places
from backend.bookings.queries.loading import ClientBooking, load_client_bookings
from backend.bookings.queries.move_requests import load_move_requests
from backend.bookings.queries.writing import expire_holds
from backend.clock import format_local, format_utc, load_zone
from backend.contract.errors import BookingInTheWay
from backend.errors import LimitReached
from backend.transactions import UnitOfWork


class ClientBookings:
    """The holds of a client and the bookings that take their time, `since` an instant or now, whichever is earlier.

    One that is being confirmed or moved is ignored.
    """

    def __init__(self, unit: UnitOfWork, client_id: int, since: int, *, ignored_booking_id: int | None = None) -> None:
        self._unit = unit
        rows = load_client_bookings(unit.conn, unit.tenant_id, client_id, min(since, unit.now))
        others = [row for row in rows if row.id != ignored_booking_id]
        self._holds = [row for row in others if row.status == "held"]
        self._taken: Sequence[ClientBooking] = [row for row in others if row.status != "held"]
        self._asked = self._load_asked()

    def _load_asked(self) -> list[ClientBooking]:
        """Return bookings at the other times that are held for them: each counts as one with its own for the limit."""
        ids = {row.move_request_id for row in self._taken if row.move_request_id is not None}
        requests = load_move_requests(self._unit.conn, self._unit.tenant_id, ids)
        asked = []
        for row in self._taken:
            request = requests.get(row.move_request_id or 0)
            if request is None or request.hold_id is None or request.starts_at is None or request.outcome is not None:
                continue
            if request.decide_by > self._unit.now:
                ends_at = request.starts_at + row.ends_at - row.starts_at
                asked.append(row._replace(starts_at=request.starts_at, ends_at=ends_at))
        return asked

    def check_limit(self) -> None:
        """Raise LimitReached where the client has as many bookings ahead as the business allows."""
        limit = self._unit.tenant.policies.max_active_per_client
        ahead = [row for row in self._taken if row.status in rules.OPEN and row.ends_at > self._unit.now]
        if len(ahead) >= limit:
            raise LimitReached(f"There can be at most {limit} bookings ahead; cancel one first.")

    def is_free(self, starts_at: int, ends_at: int) -> bool:
        """Return whether the client has no other booking between these instants."""
        return self._find_overlap(starts_at, ends_at) is None

    def _find_overlap(self, starts_at: int, ends_at: int) -> ClientBooking | None:
        taken = (*self._taken, *self._asked)
        return next((row for row in taken if row.starts_at < ends_at and row.ends_at > starts_at), None)

    def check_overlap(self, starts_at: int, ends_at: int) -> None:
        """Raise LimitReached where the client has another booking between these instants."""
        if (row := self._find_overlap(starts_at, ends_at)) is not None:
            tz = load_zone(self._unit.tenant.timezone)
            raise LimitReached(
                f"The client has another booking at this time, on {format_local(row.starts_at, tz)[:16]}.",
                field="client_overlap",
                booking=BookingInTheWay(row.id, format_utc(row.starts_at), format_utc(row.ends_at)),
            )

    def keep_places(self, service_ids: Sequence[int]) -> int:
        """Return how many places a booking of these services takes that replaces the client's hold; 1 without one."""
        conn, tenant_id = self._unit.conn, self._unit.tenant_id
        return max((held_places(conn, tenant_id, hold.id, service_ids).kept for hold in self._holds), default=1)

    def end_holds(self) -> None:
        """Give the places of the client's holds back: a client has one hold at most."""
        unit = self._unit
        for hold in self._holds:
            expire_holds(unit.conn, unit.tenant_id, [hold.id])
            record_change(unit, hold.id, "cancel", "held", "expired", {"replaced": True})
