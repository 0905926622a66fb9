"""Routes of broadcasts."""

from backend.client.requests import Requester
from backend.contract import broadcasts


class BroadcastRoutes(Requester):
    """`/v1/broadcasts` (admins)."""

    __slots__ = ()

    async def list_broadcasts(self, limit: int) -> broadcasts.Broadcasts:
        """Return broadcasts that wait for their time, then those sent, newest first."""
        return await self.call("GET", "/v1/broadcasts", broadcasts.Broadcasts, query=[("limit", limit)])

    async def get_broadcast(self, broadcast_id: int) -> broadcasts.Broadcast:
        """Return one broadcast with its counts."""
        return await self.call("GET", f"/v1/broadcasts/{broadcast_id}", broadcasts.Broadcast)

    async def create_broadcast(self, broadcast: broadcasts.NewBroadcast, *, key: str) -> broadcasts.Broadcast:
        """Store a draft."""
        return await self.call("POST", "/v1/broadcasts", broadcasts.Broadcast, body=broadcast, key=key)

    async def update_broadcast(
        self, broadcast_id: int, change: broadcasts.UpdateBroadcast, *, key: str
    ) -> broadcasts.Broadcast:
        """Change what has not been sent."""
        path = f"/v1/broadcasts/{broadcast_id}"
        return await self.call("PATCH", path, broadcasts.Broadcast, body=change, key=key)

    async def test_broadcast(self, broadcast_id: int, *, key: str) -> broadcasts.Broadcast:
        """Send a draft to the caller alone."""
        return await self.call("POST", f"/v1/broadcasts/{broadcast_id}/test", broadcasts.Broadcast, key=key)

    async def send_broadcast(self, broadcast_id: int, *, key: str) -> broadcasts.Broadcast:
        """Begin or resume sending."""
        return await self.call("POST", f"/v1/broadcasts/{broadcast_id}/send", broadcasts.Broadcast, key=key)

    async def schedule_broadcast(self, broadcast_id: int, local_time: str, *, key: str) -> broadcasts.Broadcast:
        """Send a draft at a wall time of the business (`2026-12-12T10:00`)."""
        path, body = f"/v1/broadcasts/{broadcast_id}/schedule", broadcasts.ScheduleBroadcast(local_time=local_time)
        return await self.call("POST", path, broadcasts.Broadcast, body=body, key=key)

    async def unschedule_broadcast(self, broadcast_id: int, *, key: str) -> broadcasts.Broadcast:
        """Make a scheduled one a draft again."""
        return await self.call("POST", f"/v1/broadcasts/{broadcast_id}/unschedule", broadcasts.Broadcast, key=key)

    async def stop_broadcast(self, broadcast_id: int, *, key: str) -> broadcasts.Broadcast:
        """Stop sending; what is left can be resumed."""
        return await self.call("POST", f"/v1/broadcasts/{broadcast_id}/stop", broadcasts.Broadcast, key=key)
