"""Routes that answer what a whole screen shows."""

from backend.client.requests import Requester
from backend.contract import overviews


class OverviewRoutes(Requester):
    """`/v1/agenda` and `/v1/agendas`."""

    __slots__ = ()

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
