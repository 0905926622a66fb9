"""Which bookings ahead an import touches."""

from collections.abc import Sequence

from backend import clock
from backend.contract.schedule import Affected
from backend.schedule.affected import list_affected
from backend.schedule.queries.upcoming import UpcomingItem
from backend.tenancy.business.hours import OpenTime
from backend.tenancy.business.queries import Stored
from backend.tenancy.business.structs import Shift


class Effects:
    """What an import changed that bookings may depend on; true if anything."""

    def __init__(self) -> None:
        self.services: set[int] = set()
        # (specialist, service) whose terms changed, or that is no longer offered
        self.offers: set[tuple[int, int]] = set()
        # specialists whose hours, dates or time off changed
        self.hours: set[int] = set()
        # dates were closed
        self.closed = False
        # specialist -> week, dates and time off as the file has them
        self.open: dict[int, tuple[dict[int, list[Shift]], dict[str, list[Shift]], list[tuple[str, str]]]] = {}

        self._open_time: dict[int, OpenTime] = {}

    def __bool__(self) -> bool:
        return bool(self.services or self.offers or self.hours or self.closed)

    def list_affected(self, items: Sequence[UpcomingItem], stored: Stored, timezone: str) -> list[Affected]:
        """Return the bookings whose service was changed, or that now lie outside the hours, in order of their starts."""
        touched = {
            item.booking_id
            for item in items
            if item.service_id in self.services
            or (item.specialist_id, item.service_id) in self.offers
            or ((self.closed or item.specialist_id in self.hours) and self._is_outside(item, stored, timezone))
        }
        return list_affected(items, clock.load_zone(timezone), touched)

    def _is_outside(self, item: UpcomingItem, stored: Stored, timezone: str) -> bool:
        specialist_id = item.specialist_id
        open_time = self._open_time.get(specialist_id)
        if open_time is None:
            kept = (
                stored.week.get(specialist_id, {}),
                stored.dates.get(specialist_id, {}),
                list(stored.time_off.get(specialist_id, {})),
            )
            open_time = OpenTime(*self.open.get(specialist_id, kept), stored.closures, timezone)
            self._open_time[specialist_id] = open_time
        return not open_time.covers(item.starts_at, item.ends_at)
