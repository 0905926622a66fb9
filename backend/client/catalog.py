"""Routes of what can be booked: services, specialists, rooms."""

from backend.client.requests import KEEP, Displacing, Requester
from backend.contract import catalog


class CatalogRoutes(Requester):
    """`/v1/services`, `/v1/specialists` and `/v1/rooms`."""

    __slots__ = ()

    async def list_services(self, specialist_id: int | None = None) -> catalog.Services:
        """Return the services on sale; with a specialist, those they do, at their price and duration."""
        query = () if specialist_id is None else (("specialist_id", specialist_id),)
        return await self.call("GET", "/v1/services", catalog.Services, query=query)

    async def get_service(self, service_id: int) -> catalog.Service:
        """Return one service; `not_found` (refused) where it is not on sale."""
        return await self.call("GET", f"/v1/services/{service_id}", catalog.Service)

    async def get_service_card(self, service_id: int) -> catalog.ServiceCard:
        """Return one service with all specialists and rooms (admins)."""
        return await self.call("GET", f"/v1/services/{service_id}/card", catalog.ServiceCard)

    async def create_service(self, service: catalog.NewService, *, key: str) -> catalog.ServiceCard:
        """Put a service on sale (admins)."""
        return await self.call("POST", "/v1/services", catalog.ServiceCard, body=service, key=key)

    async def update_service(
        self, service_id: int, change: catalog.UpdateService, displacing: Displacing = KEEP, *, key: str
    ) -> catalog.ChangedService:
        """Change a service; bookings ahead keep the terms they were made with (admins)."""
        path = f"/v1/services/{service_id}"
        return await self.call("PATCH", path, catalog.ChangedService, query=displacing.query, body=change, key=key)

    async def remove_service(self, service_id: int, displacing: Displacing = KEEP, *, key: str) -> catalog.Removed:
        """Take a service off sale (admins)."""
        path = f"/v1/services/{service_id}"
        return await self.call("DELETE", path, catalog.Removed, query=displacing.query, key=key)

    async def list_specialists(self, service_id: int | None = None) -> catalog.Specialists:
        """Return the specialists; with a service, those who do it, with their price and duration for it."""
        query = () if service_id is None else (("service_id", service_id),)
        return await self.call("GET", "/v1/specialists", catalog.Specialists, query=query)

    async def get_specialist(self, specialist_id: int) -> catalog.Specialist:
        """Return one specialist; `not_found` (refused) where there is none."""
        return await self.call("GET", f"/v1/specialists/{specialist_id}", catalog.Specialist)

    async def create_specialist(self, specialist: catalog.NewSpecialist, *, key: str) -> catalog.Specialist:
        """Add a specialist (admins)."""
        return await self.call("POST", "/v1/specialists", catalog.Specialist, body=specialist, key=key)

    async def update_specialist(
        self, specialist_id: int, change: catalog.UpdateSpecialist, displacing: Displacing = KEEP, *, key: str
    ) -> catalog.ChangedSpecialist:
        """Change a specialist's name, description or services (admins)."""
        path = f"/v1/specialists/{specialist_id}"
        return await self.call("PATCH", path, catalog.ChangedSpecialist, query=displacing.query, body=change, key=key)

    async def remove_specialist(
        self, specialist_id: int, displacing: Displacing = KEEP, *, key: str
    ) -> catalog.Removed:
        """Remove a specialist and their role (admins)."""
        path = f"/v1/specialists/{specialist_id}"
        return await self.call("DELETE", path, catalog.Removed, query=displacing.query, key=key)

    async def list_rooms(self) -> catalog.Rooms:
        """Return the rooms and pieces of equipment (staff)."""
        return await self.call("GET", "/v1/rooms", catalog.Rooms)

    async def create_room(self, room: catalog.NewRoom, *, key: str) -> catalog.Room:
        """Add a room (admins)."""
        return await self.call("POST", "/v1/rooms", catalog.Room, body=room, key=key)

    async def update_room(
        self, room_id: int, change: catalog.UpdateRoom, displacing: Displacing = KEEP, *, key: str
    ) -> catalog.ChangedRoom:
        """Change a room's name or count (admins)."""
        path = f"/v1/rooms/{room_id}"
        return await self.call("PATCH", path, catalog.ChangedRoom, query=displacing.query, body=change, key=key)

    async def remove_room(self, room_id: int, displacing: Displacing = KEEP, *, key: str) -> catalog.Removed:
        """Remove a room; `in_use` (refused) while a service takes it (admins)."""
        return await self.call("DELETE", f"/v1/rooms/{room_id}", catalog.Removed, query=displacing.query, key=key)
