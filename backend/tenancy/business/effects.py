"""Which visits ahead an import touches."""

from collections.abc import Sequence

from backend import clock
from backend.contract.schedule import Affected
from backend.tenancy.business.hours import OpenTime
from backend.tenancy.business.queries import AnyRow, Stored
from backend.tenancy.business.structs import Shift


class Effects:
    """What an import changed that visits may depend on; true if anything."""

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

    def affected(self, upcoming: Sequence[AnyRow], was: Stored, timezone: str) -> list[Affected]:
        """The visits whose service was changed, or that now lie outside the hours, in order of their start."""
        tz = clock.zone(timezone)
        names: dict[int, list[str]] = {}
        touched: dict[int, AnyRow] = {}
        for row in upcoming:
            names.setdefault(row.booking_id, []).append(row.service_name)
            if (
                row.service_id in self.services
                or (row.specialist_id, row.service_id) in self.offers
                or ((self.closed or row.specialist_id in self.hours) and self._outside(row, was, timezone))
            ):
                touched[row.booking_id] = row
        return [
            Affected(
                booking_id=booking_id,
                start=clock.format_utc(row.visit_starts_at),
                local=clock.format_local(row.visit_starts_at, tz),
                client_name=row.client_name,
                service_names=names[booking_id],
            )
            for booking_id, row in touched.items()
        ]

    def _outside(self, row: AnyRow, was: Stored, timezone: str) -> bool:
        i = row.specialist_id
        if i not in self._open_time:
            stored = (was.week.get(i, {}), was.dates.get(i, {}), list(was.time_off.get(i, {})))
            self._open_time[i] = OpenTime(*self.open.get(i, stored), was.closures, timezone)
        return not self._open_time[i].covers(row.starts_at, row.ends_at)
