"""`/api/{tenant}/…`: public clients, let through to the backend's public routes by the policy table.

What goes on is built anew: method, the pattern's own path, the parameters that the rule names, the body, and our own
headers. So nothing that a client sends about itself (X-Client-Type, X-Tenant, X-Tg-Id, X-Forwarded-*, Authorization)
can reach the backend, and a path that is not literally in the table is a 404.
"""

import asyncio
import itertools
import os
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from urllib.parse import parse_qsl, urlencode

from backend.client.api import BackendClient, BackendUnavailable
from backend.kit.asgi import Headers, Receive, Scope, Send, drain_body, send_answer
from backend.kit.problems import CONTENT_TYPE
from backend.kit.tracing import begin_trace
from gateway.http.client_address import client_address
from gateway.http.policy import Rule, backend_path, public_methods, public_rule
from gateway.http.problems import problem_body
from gateway.http.public_limits import PublicLimits, RateStatus
from gateway.observability import audit
from gateway.observability.metrics import Metrics
from gateway.settings import Network
from gateway.tenants.snapshot import TenantSnapshot

PREFIX = b"/api/"
MAX_BODY = 64 * 1024
MAX_QUERY = 2048
READ_TIMEOUT_S = 10.0
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
# Headers of the backend's answer that a client may see.
_FORWARDED = ("idempotent-replayed", "retry-after")


class _Refused(Exception):
    """Ends a request. `detail` is one of a few sentences, never the client's own words."""

    def __init__(self, status: int, headers: Headers | None = None, detail: str = "") -> None:
        self.status = status
        self.headers = headers or []
        self.detail = detail
        super().__init__(str(status))


class Proxy:
    """Answers below `/api`, for tenants whose file opens it."""

    def __init__(
        self,
        tenants: Mapping[str, TenantSnapshot],
        backend: BackendClient,
        limits: PublicLimits,
        metrics: Metrics,
        trusted_proxies: Sequence[Network],
    ) -> None:
        self._tenants = tenants
        self._backend = backend
        self._limits = limits
        self._metrics = metrics
        self._trusted_proxies = trusted_proxies
        self._request_ids = map("{}-p{:x}".format, itertools.repeat(os.urandom(4).hex()), itertools.count())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI)."""
        raw_path = scope.get("raw_path") or scope["path"].encode()
        slug, _, rest = raw_path.partition(b"?")[0].removeprefix(PREFIX).partition(b"/")
        tenant = self._tenants.get(slug.decode("latin-1"))
        path = "/" + rest.decode("latin-1")
        request_id = next(self._request_ids)
        headers: Headers = [
            (b"x-request-id", request_id.encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"cache-control", b"no-store"),
        ]
        rule = None
        try:
            if tenant is None or not tenant.public.enabled or not tenant.enabled:
                raise _Refused(HTTPStatus.NOT_FOUND)
            headers += _cors_headers(scope, tenant)
            methods = public_methods(path)
            if not methods:
                raise _Refused(HTTPStatus.NOT_FOUND)
            rule = public_rule(scope["method"], path)
            if scope["method"] == "OPTIONS":
                status, body = 204, b""
                headers += _preflight_headers(methods)
            elif rule is None:
                raise _Refused(HTTPStatus.METHOD_NOT_ALLOWED, [(b"allow", ", ".join(methods).encode())])
            else:
                await self._charge(scope, tenant, rule, headers)
                caller = self._backend.act_as(tenant.slug, None, request_id)
                attributes = {"slotgate.tenant": tenant.slug, "http.route": rule.path}
                with begin_trace(f"{rule.method} /api/{{tenant}}{rule.path}", "server", attributes) as part:
                    status, body, shown = await self._forward(scope, receive, rule, path, caller.headers)
                    part.set("http.response.status_code", status)
                headers += shown
        except _Refused as refused:
            status, body = refused.status, problem_body(refused.status, refused.detail)
            headers += refused.headers
        self._metrics.public_requests.inc(str(int(status)))
        if tenant is not None:
            method = scope["method"] if scope["method"] in _METHODS else "?"
            route = "" if rule is None else rule.path
            audit.record_public_request(
                tenant.slug, method, route, status, client_address(scope, self._trusted_proxies), request_id
            )
        if body:
            headers.append((b"content-type", b"application/json") if status < 300 else CONTENT_TYPE)
        await send_answer(send, status, headers, body, head=scope["method"] == "HEAD")

    async def _charge(self, scope: Scope, tenant: TenantSnapshot, rule: Rule, headers: Headers) -> None:
        """Charge the tenant's rate and the rule's own, up to one that refuses; the answer's headers tell of each."""
        address = client_address(scope, self._trusted_proxies)
        statuses = {"client": await self._limits.charge(tenant, address)}
        for name, rate in zip(("booking", "booking-day"), rule.rates, strict=False):
            if all(status.passed for status in statuses.values()):
                statuses[name] = await self._limits.charge(tenant, address, rate)
        headers += _rate_headers(statuses)
        for status in statuses.values():
            if not status.passed:
                raise _Refused(HTTPStatus.TOO_MANY_REQUESTS, [(b"retry-after", b"%d" % status.reset_s)])

    async def _forward(
        self, scope: Scope, receive: Receive, rule: Rule, path: str, own_headers: Mapping[str, str]
    ) -> tuple[int, bytes, Headers]:
        """Return the backend's status and body, and those of its headers that the client may see."""
        headers = {**own_headers, "X-Client-Type": "public", **_client_headers(scope, rule)}
        body = await _read(receive) if rule.method == "POST" else None
        target = f"/v1{backend_path(rule, path)}{_query(scope, rule)}"
        try:
            reply = await self._backend.request(rule.method, target, headers, body)
        except BackendUnavailable:
            raise _Refused(HTTPStatus.SERVICE_UNAVAILABLE, [(b"retry-after", b"2")]) from None
        shown = [(name.encode(), reply.headers[name].encode()) for name in _FORWARDED if name in reply.headers]
        return reply.status, reply.body, shown


def _client_headers(scope: Scope, rule: Rule) -> dict[str, str]:
    """Return the client's headers that go on: those that the rule names, and of a POST its type and key."""
    received = dict(scope["headers"])
    headers = {}
    for name in rule.headers:
        if value := received.get(name.lower().encode()):
            headers[name] = _visible(value)
    if rule.method == "POST":
        if received.get(b"content-type", b"").partition(b";")[0].strip().lower() != b"application/json":
            raise _Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        headers["Content-Type"] = "application/json"
        if key := received.get(b"idempotency-key"):
            headers["Idempotency-Key"] = _visible(key)
    return headers


def _cors_headers(scope: Scope, tenant: TenantSnapshot) -> Headers:
    """Return the headers that let a page read the answer: only pages of the origins that the tenant names, literally."""
    origin = next((value for name, value in scope["headers"] if name == b"origin"), None)
    if origin is None:
        return []
    headers: Headers = [(b"vary", b"Origin")]
    if origin.decode("latin-1") in tenant.public.origins:
        exposed = b"RateLimit, RateLimit-Policy, Retry-After, Idempotent-Replayed"
        headers += [(b"access-control-allow-origin", origin), (b"access-control-expose-headers", exposed)]
    return headers


def _preflight_headers(methods: list[str]) -> Headers:
    return [
        (b"access-control-allow-methods", ", ".join(methods).encode()),
        (b"access-control-allow-headers", b"Content-Type, Idempotency-Key, Hold-Token"),
        (b"access-control-max-age", b"600"),
    ]


def _rate_headers(statuses: Mapping[str, RateStatus]) -> Headers:
    """Return the fields `RateLimit` and `RateLimit-Policy` of the IETF's draft."""
    policies = [f'"{name}";q={status.quota};w={status.window_s}' for name, status in statuses.items()]
    limits = [f'"{name}";r={status.remaining};t={status.reset_s}' for name, status in statuses.items()]
    return [(b"ratelimit-policy", ", ".join(policies).encode()), (b"ratelimit", ", ".join(limits).encode())]


def _query(scope: Scope, rule: Rule) -> str:
    """Return the query that goes on, with its question mark; a parameter that the rule does not name is refused."""
    raw = scope.get("query_string", b"")
    if len(raw) > MAX_QUERY:
        raise _Refused(HTTPStatus.BAD_REQUEST, detail="The query is too long.")
    try:
        pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=50)
    except ValueError:
        raise _Refused(HTTPStatus.BAD_REQUEST, detail="The query cannot be understood.") from None
    if any(name not in rule.query for name, _ in pairs):
        known = ", ".join(rule.query) or "none"
        raise _Refused(HTTPStatus.BAD_REQUEST, detail=f"A parameter is not known here; those that are: {known}.")
    return f"?{urlencode(pairs)}" if pairs else ""


def _visible(value: bytes) -> str:
    if not 1 <= len(value) <= 255 or not all(0x21 <= byte <= 0x7E for byte in value):
        detail = "Idempotency-Key and Hold-Token have 1 to 255 visible ASCII characters."
        raise _Refused(HTTPStatus.BAD_REQUEST, detail=detail)
    return value.decode("ascii")


async def _read(receive: Receive) -> bytes:
    body = bytearray()
    try:
        async with asyncio.timeout(READ_TIMEOUT_S):
            while True:
                message = await receive()
                body += message.get("body", b"")
                if len(body) > MAX_BODY:
                    if message.get("more_body"):
                        await drain_body(receive)
                    raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, [(b"connection", b"close")])
                if not message.get("more_body"):
                    return bytes(body)
    except TimeoutError:
        raise _Refused(HTTPStatus.REQUEST_TIMEOUT, [(b"connection", b"close")]) from None
