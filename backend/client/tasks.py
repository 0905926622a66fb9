"""Routes of bookings that cannot take place as booked."""

from backend.client.requests import Requester
from backend.contract import bookings, tasks


class TaskRoutes(Requester):
    """`/v1/tasks`, and the new times below `/v1/bookings/{id}`."""

    __slots__ = ()

    async def list_tasks(self) -> tasks.Tasks:
        """Return the bookings that need a new time: all for an admin, a specialist's own."""
        return await self.call("GET", "/v1/tasks", tasks.Tasks)

    async def preview_placements(self) -> tasks.Placements:
        """Return who would be placed with which other specialist (admins)."""
        body = tasks.PlaceTasks(preview=True)
        return await self.call("POST", "/v1/tasks/placements", tasks.Placements, body=body)

    async def place_tasks(self, *, key: str) -> tasks.Placements:
        """Give all of them to other specialists at their own times, as far as others are free (admins)."""
        return await self.call("POST", "/v1/tasks/placements", tasks.Placements, body=tasks.PlaceTasks(), key=key)

    async def get_new_times(self, booking_id: int) -> tasks.NewTimes:
        """Return what is offered instead of the booking; `not_found` (refused) where it needs no new time."""
        return await self.call("GET", f"/v1/bookings/{booking_id}/new-times", tasks.NewTimes)

    async def take_new_time(self, booking_id: int, time: tasks.TakeNewTime, *, key: str) -> bookings.Booking:
        """Take one of the times that are offered; `illegal_step` (refused) where the booking needs none any more."""
        path = f"/v1/bookings/{booking_id}/new-time"
        return await self.call("POST", path, bookings.Booking, body=time, key=key)

    async def ask_to_move(self, booking_id: int, *, key: str) -> bookings.Booking:
        """Ask the client for another time, as staff cannot keep this one (staff)."""
        return await self.call("POST", f"/v1/bookings/{booking_id}/ask-move", bookings.Booking, key=key)

    async def mark_told(self, booking_id: int, *, key: str) -> bookings.Booking:
        """Cancel a booking that needs a new time, as its client has been told (staff)."""
        return await self.call("POST", f"/v1/bookings/{booking_id}/told", bookings.Booking, key=key)

    async def keep_time(self, booking_id: int, *, key: str) -> bookings.Booking:
        """Let the booking take place as booked after all (staff)."""
        return await self.call("POST", f"/v1/bookings/{booking_id}/keep-time", bookings.Booking, key=key)
