"""The backend's HTTP API as the bot and the gateway call it: typed, with timeouts, one connection pool."""

import time
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import quote

import msgspec
from multidict import CIMultiDict

from backend.client.requests import BackendRefused, BackendUnavailable, Exchange
from backend.contract import bookings as visits
from backend.contract import catalog, holds, notices, people, schedule, tenancy
from backend.kit.http import Http, NoAnswer, Reply

__all__ = ["BackendClient", "BackendRefused", "BackendUnavailable", "Caller"]

CONNECT_TIMEOUT_S = 1.0
TOTAL_TIMEOUT_S = 8.0
# Changes after which there is nothing new to be sent.
_LEAVES_NOTHING = ("/v1/notices/", "/v1/people/identify")


class BackendClient:
    """One pool of connections to one backend. `internal_key` goes into headers only, never into a repr or an error.

    `shift_s` is how far the backend's clock was moved ahead of `clock` (a sandbox may skip time); see `now`. `on_written`
    is called after each change that was made through it, which may have left a notice to be sent."""

    def __init__(self, base_url: str, internal_key: str, *, clock: Callable[[], float] = time.time) -> None:
        self._base = base_url.rstrip("/")
        self._key = internal_key
        self._http = Http(self._base, timeout_s=TOTAL_TIMEOUT_S, connect_s=CONNECT_TIMEOUT_S)
        self._clock = clock
        self.shift_s = 0.0
        self.on_written: Callable[[], None] = lambda: None

    def __repr__(self) -> str:
        return f"BackendClient({self._base!r})"

    async def start(self) -> None:
        """Nothing is opened before it is needed."""

    async def close(self) -> None:
        """Closes the pool."""
        await self._http.close()

    def now(self) -> float:
        """Epoch seconds by the backend's clock, as far as its answers have told."""
        return self._clock() + self.shift_s

    def as_(self, tenant_slug: str, tg_id: int | None, request_id: str) -> "Caller":
        """The API as one person of one tenant (None: the key alone, no person)."""
        headers = {
            "Authorization": f"Bearer {self._key}",
            "X-Tenant": tenant_slug,
            "X-Client-Type": "internal",
            "X-Request-Id": request_id,
        }
        if tg_id is not None:
            headers["X-Tg-Id"] = str(tg_id)
        return Caller(self.request, headers)

    async def identify(self, tenant_slug: str, person: people.Identify, request_id: str) -> people.Person:
        """Gets or creates the person behind a Telegram id."""
        caller = self.as_(tenant_slug, person.tg_id, request_id)
        return await caller.call("POST", "/v1/people/identify", people.Person, body=person)

    async def put_tenant(self, tenant_slug: str, tenant: tenancy.PutTenant, request_id: str) -> tenancy.Tenant:
        """Tells what the tenant's file says."""
        return await self.as_(tenant_slug, None, request_id).call("PUT", "/v1/tenant", tenancy.Tenant, body=tenant)

    async def claim_notices(self, claim: notices.Claim, request_id: str) -> notices.Notices:
        """Takes due notices of the named tenants, with a lease."""
        return await self._operator(request_id).call("POST", "/v1/notices/claim", notices.Notices, body=claim)

    async def begin_notice(self, notice_id: int, epoch: int, request_id: str) -> None:
        """A broadcast's message goes out now; `illegal_step` (refused) where it must not."""
        body = notices.Begin(epoch=epoch)
        await self._operator(request_id).call("POST", f"/v1/notices/{notice_id}/begin", None, body=body)

    async def report_notice(
        self, notice_id: int, report: notices.Report, request_id: str, *, tenant_slug: str | None = None
    ) -> None:
        """Says what became of a claimed notice; `illegal_step` (refused) when the lease has passed to another."""
        caller = self._operator(request_id) if tenant_slug is None else self.as_(tenant_slug, None, request_id)
        await caller.call("POST", f"/v1/notices/{notice_id}/report", None, body=report)

    def _operator(self, request_id: str) -> "Caller":
        caller = self.as_("", None, request_id)
        del caller.headers["X-Tenant"]
        return caller

    async def request(self, method: str, path: str, headers: dict[str, str], body: bytes | None) -> tuple[int, bytes]:
        """One HTTP exchange: (status, body). Raises `BackendUnavailable` when there is no answer in time."""
        reply = await self._ask(method, path, headers, body)
        return reply.status, reply.body

    async def exchange(
        self, method: str, path: str, headers: dict[str, str], body: bytes | None
    ) -> tuple[int, Mapping[str, str], bytes]:
        """The same with the answer's headers, whose names are found in any case."""
        reply = await self._ask(method, path, headers, body)
        return reply.status, CIMultiDict(reply.headers), reply.body

    async def _ask(self, method: str, path: str, headers: dict[str, str], body: bytes | None) -> Reply:
        try:
            try:
                reply = await self._http.request(method, path, headers, body)
            except NoAnswer as error:
                # A kept connection that the backend has just closed is no outage: what is safe to repeat is repeated.
                if not error.closed or (method != "GET" and "Idempotency-Key" not in headers):
                    raise
                reply = await self._http.request(method, path, headers, body)
        except NoAnswer as error:
            raise BackendUnavailable(f"the backend does not answer ({error})") from None
        if b"clock-shift" in reply.head.lower() and (shift := reply.headers.get("x-clock-shift")):
            self.shift_s = float(shift)
        if method != "GET" and reply.status < 300 and not path.startswith(_LEAVES_NOTHING):
            self.on_written()
        return reply


class Caller(Exchange):
    """The routes of the backend, called as one person. Every method raises `BackendRefused` or `BackendUnavailable`.

    `key` is an Idempotency-Key: the same key and body have one effect and the same answer."""

    # -- the business ------------------------------------------------------------------------------------------

    async def tenant(self) -> tenancy.Tenant:
        return await self.call("GET", "/v1/tenant", tenancy.Tenant)

    async def update_tenant(self, change: tenancy.UpdateTenant, *, key: str) -> tenancy.Tenant:
        return await self.call("PATCH", "/v1/tenant", tenancy.Tenant, body=change, key=key)

    # -- people ------------------------------------------------------------------------------------------------

    async def me(self) -> people.Person:
        return await self.call("GET", "/v1/people/me", people.Person)

    async def update_me(self, change: people.UpdateMe, *, key: str) -> people.Person:
        return await self.call("PATCH", "/v1/people/me", people.Person, body=change, key=key)

    async def export_me(self) -> people.MyData:
        return await self.call("GET", "/v1/people/me/export", people.MyData)

    async def erase_me(self, *, key: str) -> None:
        await self.call("DELETE", "/v1/people/me", None, key=key)

    async def preview_invitation(self, code: str) -> people.InvitationPreview:
        body = people.Redeem(code=code)
        return await self.call("POST", "/v1/invitations/preview", people.InvitationPreview, body=body)

    async def redeem_invitation(self, code: str, *, key: str) -> people.Person:
        return await self.call("POST", "/v1/invitations/redeem", people.Person, body=people.Redeem(code=code), key=key)

    async def clients(self, query: str = "", cursor: str | None = None) -> people.Clients:
        pairs = [("query", query)] if query else []
        if cursor:
            pairs.append(("cursor", cursor))
        return await self.call("GET", "/v1/clients", people.Clients, query=pairs)

    # -- catalogue ---------------------------------------------------------------------------------------------

    async def services(self, specialist_id: int | None = None) -> catalog.Services:
        query = () if specialist_id is None else (("specialist_id", specialist_id),)
        return await self.call("GET", "/v1/services", catalog.Services, query=query)

    async def specialists(self, service_id: int | None = None) -> catalog.Specialists:
        query = () if service_id is None else (("service_id", service_id),)
        return await self.call("GET", "/v1/specialists", catalog.Specialists, query=query)

    # -- schedule ----------------------------------------------------------------------------------------------

    async def slots(
        self,
        service_ids: Sequence[int],
        from_: str,
        to: str,
        *,
        specialist_id: int | None = None,
        limit: int | None = None,
    ) -> schedule.Slots:
        """Free starts; `from_`/`to` are local dates, both inclusive."""
        query = _times_query(service_ids, from_, to, specialist_id)
        if limit is not None:
            query.append(("limit", limit))
        return await self.call("GET", "/v1/slots", schedule.Slots, query=query)

    async def days(
        self, service_ids: Sequence[int], from_: str, to: str, *, specialist_id: int | None = None
    ) -> schedule.Days:
        """Local dates with at least one free start."""
        return await self.call(
            "GET", "/v1/days", schedule.Days, query=_times_query(service_ids, from_, to, specialist_id)
        )

    async def other_slots(
        self, booking_id: int, from_: str, to: str, *, specialist_id: int | None = None, limit: int | None = None
    ) -> schedule.Slots:
        """Free starts to which the visit can be moved; its own place does not stand in its way."""
        query = _times_query((), from_, to, specialist_id)
        if limit is not None:
            query.append(("limit", limit))
        return await self.call("GET", f"/v1/bookings/{booking_id}/slots", schedule.Slots, query=query)

    async def other_days(
        self, booking_id: int, from_: str, to: str, *, specialist_id: int | None = None
    ) -> schedule.Days:
        """Local dates with at least one such start."""
        query = _times_query((), from_, to, specialist_id)
        return await self.call("GET", f"/v1/bookings/{booking_id}/days", schedule.Days, query=query)

    async def agenda(self, date: str, specialist_id: int | None = None) -> schedule.Agenda:
        query: list[tuple[str, str | int]] = [("date", date)]
        if specialist_id is not None:
            query.append(("specialist_id", specialist_id))
        return await self.call("GET", "/v1/agenda", schedule.Agenda, query=query)

    # -- bookings ----------------------------------------------------------------------------------------------

    async def bookings(
        self,
        *,
        from_: str | None = None,
        to: str | None = None,
        status: Sequence[visits.Status] = (),
        specialist_id: int | None = None,
        client_id: int | None = None,
        order: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> visits.Bookings:
        """Visits that this person may see; `from_`/`to` are local dates of the start, inclusive."""
        pairs = [
            ("from", from_),
            ("to", to),
            *(("status", one) for one in status),
            ("specialist_id", specialist_id),
            ("client_id", client_id),
            ("order", order),
            ("limit", limit),
            ("cursor", cursor),
        ]
        query: list[tuple[str, str | int]] = [(name, value) for name, value in pairs if value is not None]
        return await self.call("GET", "/v1/bookings", visits.Bookings, query=query)

    async def booking(self, booking_id: int) -> visits.Booking:
        return await self.call("GET", f"/v1/bookings/{booking_id}", visits.Booking)

    async def history(self, booking_id: int) -> visits.History:
        """What became of a visit, oldest first (staff)."""
        return await self.call("GET", f"/v1/bookings/{booking_id}/history", visits.History)

    async def book(self, booking: visits.NewBooking, *, key: str) -> visits.Booking:
        return await self.call("POST", "/v1/bookings", visits.Booking, body=booking, key=key)

    async def confirm(
        self, booking_id: int, comment: str | None = None, *, notify: bool = True, key: str
    ) -> visits.Booking:
        return await self.step(booking_id, "confirm", visits.Confirm(comment=comment, notify=notify), key=key)

    async def claim_hold(self, token: str, *, key: str) -> visits.Booking:
        """Takes over the hold behind a visitor's link; `bad_code` (refused) for a wrong link and for somebody else's."""
        return await self.call("POST", "/v1/holds/claim", visits.Booking, body=holds.Claim(token=token), key=key)

    async def move(self, booking_id: int, move: visits.Move, *, key: str) -> visits.Booking:
        return await self.step(booking_id, "move", move, key=key)

    async def cancel(self, booking_id: int, reason: str = "", *, notify: bool = True, key: str) -> visits.Booking:
        return await self.step(booking_id, "cancel", visits.Cancel(reason=reason, notify=notify), key=key)

    async def step(self, booking_id: int, name: str, body: msgspec.Struct | None = None, *, key: str) -> visits.Booking:
        """A step of a visit: confirm, move, cancel, undo, coming, arrived, no-show, approve, decline."""
        path = f"/v1/bookings/{booking_id}/{quote(name)}"
        return await self.call("POST", path, visits.Booking, body=body, key=key)


def _times_query(
    service_ids: Sequence[int], from_: str, to: str, specialist_id: int | None
) -> list[tuple[str, str | int]]:
    query: list[tuple[str, str | int]] = [("service_id", one) for one in service_ids]
    query += [("from", from_), ("to", to)]
    if specialist_id is not None:
        query.append(("specialist_id", specialist_id))
    return query
