"""Routes that answer what a whole screen shows."""

from collections.abc import Sequence

from backend.client.requests import Requester
from backend.contract import bookings, overviews, people


class OverviewRoutes(Requester):
    """`/v1/home`, agendas, cards, choices of a time."""

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

    async def get_calendar(self, from_: str, to: str, specialist_id: int | None = None) -> overviews.Calendar:
        """Return at most 62 local dates at a glance, both ends included (staff)."""
        query: list[tuple[str, str | int]] = [("from", from_), ("to", to)]
        if specialist_id is not None:
            query.append(("specialist_id", specialist_id))
        return await self.call("GET", "/v1/calendar", overviews.Calendar, query=query)

    async def list_weeks(self) -> overviews.Weeks:
        """Return the week of every specialist (admins)."""
        return await self.call("GET", "/v1/weeks", overviews.Weeks)

    async def get_specialist_card(self, specialist_id: int) -> overviews.SpecialistCard:
        """Return a specialist with all services on sale, the week and the account (admins)."""
        return await self.call("GET", f"/v1/specialists/{specialist_id}/card", overviews.SpecialistCard)

    async def choose_slot(  # noqa: PLR0913  query parameters
        self,
        from_: str,
        to: str,
        *,
        service_ids: Sequence[int] = (),
        booking_id: int | None = None,
        specialist_id: int | None = None,
        client_id: int | None = None,
        limit: int | None = None,
        spread: bool = False,
    ) -> overviews.SlotChoice:
        """Return free starts, and what they are chosen for: services, or the booking that is to be moved.

        Of more than `limit` these are the soonest, or with `spread` some of each part of the day."""
        query = _choice_query(from_, to, service_ids)
        query += _given(booking_id=booking_id, specialist_id=specialist_id, client_id=client_id, limit=limit)
        if spread:
            query.append(("spread", "true"))
        return await self.call("GET", "/v1/choices/slots", overviews.SlotChoice, query=query)

    async def choose_day(
        self,
        from_: str,
        to: str,
        *,
        service_ids: Sequence[int] = (),
        booking_id: int | None = None,
        specialist_id: int | None = None,
        client_id: int | None = None,
    ) -> overviews.DayChoice:
        """Return the local dates with a free start, and what they are chosen for, as `choose_slot` does."""
        query = _choice_query(from_, to, service_ids)
        query += _given(booking_id=booking_id, specialist_id=specialist_id, client_id=client_id)
        return await self.call("GET", "/v1/choices/days", overviews.DayChoice, query=query)

    async def choose_services(
        self,
        *,
        service_ids: Sequence[int] = (),
        booking_id: int | None = None,
        specialist_id: int | None = None,
        client_id: int | None = None,
    ) -> overviews.ServiceChoice:
        """Return the services on sale, and what has been chosen so far: services, or those of a booking."""
        query: list[tuple[str, str | int]] = [("service_id", service_id) for service_id in service_ids]
        query += _given(booking_id=booking_id, specialist_id=specialist_id, client_id=client_id)
        return await self.call("GET", "/v1/choices/services", overviews.ServiceChoice, query=query)

    async def get_specialist_offers(
        self, specialist_id: int, from_: str, to: str, *, offset: int, limit: int
    ) -> overviews.SpecialistOffers:
        """Return a page of what a specialist does, each service with its soonest start on those local dates."""
        path = f"/v1/specialists/{specialist_id}/offers"
        query: list[tuple[str, str | int]] = [("from", from_), ("to", to), ("offset", offset), ("limit", limit)]
        return await self.call("GET", path, overviews.SpecialistOffers, query=query)

    async def get_gap_offers(self, specialist_id: int, from_: str, to: str) -> overviews.GapOffers:
        """Return what a specialist does that fits between two instants (admins)."""
        path = f"/v1/specialists/{specialist_id}/gap"
        return await self.call("GET", path, overviews.GapOffers, query=[("from", from_), ("to", to)])

    async def hold_soonest(self, wanted: overviews.HoldSoonest, *, key: str) -> overviews.SoonestHold:
        """Hold the soonest free start for some services."""
        return await self.call("POST", "/v1/choices/soonest", overviews.SoonestHold, body=wanted, key=key)

    async def get_bookings_overview(  # noqa: PLR0913  query parameters
        self,
        *,
        from_: str | None = None,
        to: str | None = None,
        status: Sequence[bookings.Status] = (),
        specialist_id: int | None = None,
        client_id: int | None = None,
        service_id: int | None = None,
        order: str | None = None,
        limit: int | None = None,
        count_pending: bool = False,
    ) -> overviews.BookingsOverview:
        """Return bookings as `list_bookings` does, with the names of what they are filtered by (staff)."""
        texts = [("from", from_), ("to", to), ("order", order), *(("status", each) for each in status)]
        query: list[tuple[str, str | int]] = [(name, text) for name, text in texts if text is not None]
        query += _given(specialist_id=specialist_id, client_id=client_id, service_id=service_id, limit=limit)
        if count_pending:
            query.append(("count_pending", "true"))
        return await self.call("GET", "/v1/bookings/overview", overviews.BookingsOverview, query=query)

    async def list_unmarked_bookings(self, *, offset: int, limit: int) -> overviews.UnmarkedBookings:
        """Return bookings that ended within 7 days and that nobody has marked (staff)."""
        query = [("offset", offset), ("limit", limit)]
        return await self.call("GET", "/v1/bookings/unmarked", overviews.UnmarkedBookings, query=query)


def _choice_query(from_: str, to: str, service_ids: Sequence[int]) -> list[tuple[str, str | int]]:
    return [("from", from_), ("to", to), *(("service_id", service_id) for service_id in service_ids)]


def _given(**values: int | None) -> list[tuple[str, str | int]]:
    return [(name, value) for name, value in values.items() if value is not None]
