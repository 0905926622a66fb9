"""The typed client of the backend's HTTP API, with one connection pool and time limits."""

import time
from collections.abc import Callable

from backend.client.bookings import BookingRoutes
from backend.client.broadcasts import BroadcastRoutes
from backend.client.catalog import CatalogRoutes
from backend.client.messages import MessageRoutes
from backend.client.overviews import OverviewRoutes
from backend.client.people import PeopleRoutes
from backend.client.reports import ReportRoutes
from backend.client.requests import BackendRefused, BackendUnavailable
from backend.client.schedule import ScheduleRoutes
from backend.client.tasks import TaskRoutes
from backend.client.tenancy import TenancyRoutes
from backend.contract import clock, notices, people, tenancy
from backend.kit.http import Http, NoAnswer, Reply
from backend.kit.tracing import current_traceparent, trace_part

__all__ = ["BackendClient", "BackendRefused", "BackendUnavailable", "Caller"]

CONNECT_TIMEOUT_S = 1.0
TOTAL_TIMEOUT_S = 8.0
# Writes that never create a notice to send.
_CREATE_NO_NOTICE = ("/v1/notices/", "/v1/people/identify")


class BackendClient:
    """One pool of connections to one backend. `internal_key` goes into headers only, never into a repr or an error.

    `shift_s` is how many seconds the backend's clock is ahead of `clock` (a sandbox may skip time); see `now`.
    `on_written` is called after each write that may have created a notice to send."""

    def __init__(
        self,
        base_url: str,
        internal_key: str,
        *,
        clock: Callable[[], float] = time.time,
        timeout_s: float = TOTAL_TIMEOUT_S,
        connect_timeout_s: float = CONNECT_TIMEOUT_S,
    ) -> None:
        self._base = base_url.rstrip("/")
        self._key = internal_key
        self._http = Http(self._base, timeout_s=timeout_s, connect_s=connect_timeout_s)
        self._clock = clock
        self.shift_s = 0.0
        self.on_written: Callable[[], None] = lambda: None

    def __repr__(self) -> str:
        return f"BackendClient({self._base!r})"

    async def start(self) -> None:
        """Do nothing: connections are opened when they are needed."""

    async def close(self) -> None:
        """Close the pool."""
        await self._http.close()

    def now(self) -> float:
        """Return epoch seconds by the backend's clock, as its last answer reported it."""
        return self._clock() + self.shift_s

    def act_as(self, tenant_slug: str, tg_id: int | None, request_id: str) -> "Caller":
        """Return the API as one person of one tenant sees it (`tg_id` None: the key alone, no person)."""
        headers = self._headers(request_id)
        headers["X-Tenant"] = tenant_slug
        if tg_id is not None:
            headers["X-Tg-Id"] = str(tg_id)
        return Caller(self.request, headers)

    async def identify_person(self, tenant_slug: str, person: people.Identify, request_id: str) -> people.Person:
        """Get or create the person with a Telegram id."""
        caller = self.act_as(tenant_slug, person.tg_id, request_id)
        return await caller.call("POST", "/v1/people/identify", people.Person, body=person)

    async def put_tenant(self, tenant_slug: str, tenant: tenancy.PutTenant, request_id: str) -> tenancy.Tenant:
        """Create the tenant, or update it to what its file says."""
        return await self.act_as(tenant_slug, None, request_id).call("PUT", "/v1/tenant", tenancy.Tenant, body=tenant)

    async def claim_notices(self, claim: notices.ClaimNotices, request_id: str) -> notices.Notices:
        """Lease due notices of the named tenants, of all kinds that this release knows."""
        query = [("kind", kind) for kind in sorted(notices.KINDS)]
        return await self._operator(request_id).call(
            "POST", "/v1/notices/claim", notices.Notices, query=query, body=claim
        )

    async def begin_notice(self, notice_id: int, epoch: int, request_id: str) -> None:
        """Record that the sending of a broadcast's message begins; `illegal_step` (refused) where it must not."""
        body = notices.Begin(epoch=epoch)
        await self._operator(request_id).call("POST", f"/v1/notices/{notice_id}/begin", None, body=body)

    async def report_notice(
        self, notice_id: int, report: notices.Report, request_id: str, *, tenant_slug: str | None = None
    ) -> None:
        """Report the outcome of a claimed notice; `illegal_step` (refused) when another holds the lease."""
        caller = self._operator(request_id) if tenant_slug is None else self.act_as(tenant_slug, None, request_id)
        await caller.call("POST", f"/v1/notices/{notice_id}/report", None, body=report)

    async def accepts_key(self, request_id: str) -> bool:
        """Return whether the backend has the same internal key. Raises BackendUnavailable where it does not answer."""
        return (await self.request("GET", "/v1/clock", self._headers(request_id), None)).status != 401

    async def set_clock_shift(self, shift_s: int, request_id: str) -> None:
        """Set how many seconds an adjustable clock is ahead of the real one (sandbox)."""
        await self._operator(request_id).call("PUT", "/v1/clock", None, body=clock.SetClock(shift_s=shift_s))

    async def get_clock(self, request_id: str) -> clock.ClockState:
        """Return what an adjustable clock shows, and when the next reminder is due (sandbox)."""
        return await self._operator(request_id).call("GET", "/v1/clock", clock.ClockState)

    async def check_live(self) -> bool:
        """Return whether the backend answers that it is alive. Raises BackendUnavailable where it does not answer."""
        return (await self.request("GET", "/health/live", {}, None)).status == 200

    def _headers(self, request_id: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._key}", "X-Client-Type": "internal", "X-Request-Id": request_id}

    def _operator(self, request_id: str) -> "Caller":
        return Caller(self.request, self._headers(request_id))

    async def request(self, method: str, path: str, headers: dict[str, str], body: bytes | None) -> Reply:
        """Make one HTTP exchange, whatever the answer's status. Raises BackendUnavailable without an answer in time."""
        # the path may hold what a person typed; the backend's own part of the trace names the route
        with trace_part("backend request", {"http.request.method": method}, "client") as part:
            if (traceparent := current_traceparent()) is not None:
                headers = {**headers, "traceparent": traceparent}
            reply = await self._exchange(method, path, headers, body)
            part.set("http.response.status_code", reply.status)
            return reply

    async def _exchange(self, method: str, path: str, headers: dict[str, str], body: bytes | None) -> Reply:
        try:
            try:
                reply = await self._http.request(method, path, headers, body)
            except NoAnswer as error:
                # A kept connection that the backend has just closed is no outage: repeat what is safe to repeat.
                if not error.closed or (method != "GET" and "Idempotency-Key" not in headers):
                    raise
                reply = await self._http.request(method, path, headers, body)
        except NoAnswer as error:
            raise BackendUnavailable(f"the backend does not answer ({error})") from None
        if b"clock-shift" in reply.head.lower() and (shift := reply.headers.get("x-clock-shift")):
            self.shift_s = float(shift)
        if method != "GET" and reply.status < 300 and not path.startswith(_CREATE_NO_NOTICE):
            self.on_written()
        return reply


class Caller(
    TenancyRoutes,
    PeopleRoutes,
    CatalogRoutes,
    ScheduleRoutes,
    BookingRoutes,
    MessageRoutes,
    BroadcastRoutes,
    ReportRoutes,
    OverviewRoutes,
    TaskRoutes,
):
    """The routes of the backend as one person calls them. Every method raises BackendRefused or BackendUnavailable.

    `key` is an Idempotency-Key: requests with the same key and body have one effect and the same answer."""

    __slots__ = ()
