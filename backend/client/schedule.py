"""Routes of time: free starts, working hours, time off, closures."""

from collections.abc import Sequence

from backend.client.requests import KEEP, Displacing, Requester
from backend.contract import schedule


class ScheduleRoutes(Requester):
    """`/v1/slots`, `/v1/days`, `/v1/closures` and the schedules below `/v1/specialists/{id}`."""

    __slots__ = ()

    async def list_slots(
        self,
        service_ids: Sequence[int],
        from_: str,
        to: str,
        *,
        specialist_id: int | None = None,
        limit: int | None = None,
    ) -> schedule.Slots:
        """Return free starts; `from_` and `to` are local dates, both inclusive."""
        query = _period_query(service_ids, from_, to, specialist_id, limit)
        return await self.call("GET", "/v1/slots", schedule.Slots, query=query)

    async def list_days(
        self, service_ids: Sequence[int], from_: str, to: str, *, specialist_id: int | None = None
    ) -> schedule.Days:
        """Return the local dates that have at least one free start."""
        query = _period_query(service_ids, from_, to, specialist_id)
        return await self.call("GET", "/v1/days", schedule.Days, query=query)

    async def list_reschedule_slots(
        self, booking_id: int, from_: str, to: str, *, specialist_id: int | None = None, limit: int | None = None
    ) -> schedule.Slots:
        """Return free starts to which the booking can be moved, as if its own place were free.

        They are those of the specialists who do it today, or of the one who is named.
        """
        query = _period_query((), from_, to, specialist_id, limit)
        return await self.call("GET", f"/v1/bookings/{booking_id}/slots", schedule.Slots, query=query)

    async def list_reschedule_days(
        self, booking_id: int, from_: str, to: str, *, specialist_id: int | None = None
    ) -> schedule.Days:
        """Return the local dates that have at least one start to which the booking can be moved."""
        query = _period_query((), from_, to, specialist_id)
        return await self.call("GET", f"/v1/bookings/{booking_id}/days", schedule.Days, query=query)

    async def get_schedule(self, specialist_id: int) -> schedule.Schedule:
        """Return the specialist's week, and dates and time off from today on (admins and that specialist)."""
        return await self.call("GET", f"/v1/specialists/{specialist_id}/schedule", schedule.Schedule)

    async def set_hours(
        self, specialist_id: int, hours: schedule.Hours, displacing: Displacing = KEEP, *, key: str
    ) -> schedule.Changed:
        """Replace the specialist's week."""
        path = f"/v1/specialists/{specialist_id}/hours"
        return await self.call("PUT", path, schedule.Changed, query=displacing.query, body=hours, key=key)

    async def update_hours(
        self, specialist_id: int, hours: schedule.UpdateHours, displacing: Displacing = KEEP, *, key: str
    ) -> schedule.Changed:
        """Replace the shifts of the weekdays that `hours` has; the others stay as they are."""
        path = f"/v1/specialists/{specialist_id}/hours"
        return await self.call("PATCH", path, schedule.Changed, query=displacing.query, body=hours, key=key)

    async def set_date_hours(
        self, specialist_id: int, date: str, hours: schedule.DateHours, displacing: Displacing = KEEP, *, key: str
    ) -> schedule.Changed:
        """Set the shifts of one local date in place of the week's."""
        path = f"/v1/specialists/{specialist_id}/dates/{date}"
        return await self.call("PUT", path, schedule.Changed, query=displacing.query, body=hours, key=key)

    async def clear_date_hours(
        self, specialist_id: int, date: str, displacing: Displacing = KEEP, *, key: str
    ) -> schedule.Changed:
        """Make the week's shifts apply to the local date again."""
        path = f"/v1/specialists/{specialist_id}/dates/{date}"
        return await self.call("DELETE", path, schedule.Changed, query=displacing.query, key=key)

    async def add_time_off(
        self, specialist_id: int, time_off: schedule.NewTimeOff, displacing: Displacing = KEEP, *, key: str
    ) -> schedule.Changed:
        """Add time off; `Changed.id` identifies it."""
        path = f"/v1/specialists/{specialist_id}/time-off"
        return await self.call("POST", path, schedule.Changed, query=displacing.query, body=time_off, key=key)

    async def remove_time_off(self, specialist_id: int, time_off_id: int, *, key: str) -> schedule.Changed:
        """Remove time off."""
        path = f"/v1/specialists/{specialist_id}/time-off/{time_off_id}"
        return await self.call("DELETE", path, schedule.Changed, key=key)

    async def list_closures(self) -> schedule.Closures:
        """Return the local dates from today on when the business is closed (staff)."""
        return await self.call("GET", "/v1/closures", schedule.Closures)

    async def add_closure(
        self, closure: schedule.NewClosure, displacing: Displacing = KEEP, *, key: str
    ) -> schedule.Changed:
        """Close the business on a local date, or from it to another (admins)."""
        return await self.call("POST", "/v1/closures", schedule.Changed, query=displacing.query, body=closure, key=key)

    async def remove_closure(self, date: str, last: str | None = None, *, key: str) -> schedule.Changed:
        """Open the business on the local date again, or on the closed ones up to `last` (admins)."""
        query = () if last is None else (("last", last),)
        return await self.call("DELETE", f"/v1/closures/{date}", schedule.Changed, query=query, key=key)


def _period_query(
    service_ids: Sequence[int], from_: str, to: str, specialist_id: int | None, limit: int | None = None
) -> list[tuple[str, str | int]]:
    query: list[tuple[str, str | int]] = [("service_id", service_id) for service_id in service_ids]
    query += [("from", from_), ("to", to)]
    if specialist_id is not None:
        query.append(("specialist_id", specialist_id))
    if limit is not None:
        query.append(("limit", limit))
    return query
