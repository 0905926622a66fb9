"""Routes that answer what a whole screen shows."""

from backend.client.requests import Requester
from backend.contract import overviews, people


class OverviewRoutes(Requester):
    """`/v1/home`, `/v1/agenda` and `/v1/agendas`."""

    __slots__ = ()

    async def get_home(self, role: people.Role | None = None) -> overviews.Home:
        """Return the caller's first screen, in their strongest role or in the given one of theirs."""
        query = () if role is None else (("role", role),)
        return await self.call("GET", "/v1/home", overviews.Home, query=query)

    async def get_agenda(self, date: str, specialist_id: int | None = None) -> overviews.Agenda:
        """Return the shifts, bookings and gaps of a local date (staff)."""
        query: list[tuple[str, str | int]] = [("date", date)]
        if specialist_id is not None:
            query.append(("specialist_id", specialist_id))
        return await self.call("GET", "/v1/agenda", overviews.Agenda, query=query)

    async def list_agendas(self, from_: str, to: str, specialist_id: int | None = None) -> overviews.Agendas:
        """Return the agendas of at most 14 local dates, both ends included (staff)."""
        query: list[tuple[str, str | int]] = [("from", from_), ("to", to)]
        if specialist_id is not None:
            query.append(("specialist_id", specialist_id))
        return await self.call("GET", "/v1/agendas", overviews.Agendas, query=query)
