"""The bookings that a change touches, as the answers of such changes list them."""

from collections.abc import Collection, Iterable
from zoneinfo import ZoneInfo

from backend.clock import format_local, format_utc
from backend.contract.schedule import Affected
from backend.schedule.queries.upcoming import UpcomingItem


def list_affected(
    items: Iterable[UpcomingItem], tz: ZoneInfo, booking_ids: Collection[int] | None = None
) -> list[Affected]:
    """Return the bookings of the items, each once, with the names of its services; `booking_ids` None: all of them."""
    affected: dict[int, Affected] = {}
    for item in items:
        if booking_ids is not None and item.booking_id not in booking_ids:
            continue
        if item.booking_id not in affected:
            affected[item.booking_id] = Affected(
                booking_id=item.booking_id,
                start=format_utc(item.booking_starts_at),
                local=format_local(item.booking_starts_at, tz),
                client_name=item.client_name,
                service_names=[],
            )
        affected[item.booking_id].service_names.append(item.service_name)
    return list(affected.values())
