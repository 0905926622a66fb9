"""`/api/{tenant}/…`: public clients, let through to the backend's public routes by the policy table.

What goes on is built anew: method, the pattern's own path, the parameters that the rule names, the body, and our own
headers. So nothing that a client sends about itself (X-Client-Type, X-Tenant, X-Tg-Id, X-Forwarded-*, Authorization)
can reach the backend, and a path that is not literally in the table is a 404.
"""

import asyncio
import itertools
import os
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

from backend.client.api import BackendClient, BackendUnavailable
from gateway.http.body import swallow
from gateway.http.policy import Rule, backend_path, public_methods, public_rule
from gateway.http.problems import (
    LIMITED,
    NOT_ALLOWED,
    NOT_AN_UPDATE,
    NOT_FOUND,
    NOT_JSON,
    SLOW,
    TOO_LARGE,
    UNAVAILABLE,
    body_for,
)
from gateway.http.public_limits import PublicRates, Standing
from gateway.http.webhook import Receive, Scope, Send, peer_of
from gateway.observability.audit import Audit
from gateway.observability.metrics import Metrics
from gateway.tenants.snapshot import TenantSnapshot

PREFIX = b"/api/"
MAX_BODY = 64 * 1024
MAX_QUERY = 2048
READ_TIMEOUT_S = 10.0
Headers = list[tuple[bytes, bytes]]


class _Refused(Exception):
    """`said` is one of a few sentences, never the caller's own words."""

    def __init__(self, status: int, extra: Headers | None = None, said: str = "") -> None:
        self.status = status
        self.extra = extra or []
        self.said = said
        super().__init__(str(status))


class Proxy:
    """Answers below `/api`, for tenants whose file opens it."""

    def __init__(
        self,
        tenants: Mapping[str, TenantSnapshot],
        backend: BackendClient,
        rates: PublicRates,
        audit: Audit,
        metrics: Metrics,
    ) -> None:
        self._tenants = tenants
        self._backend = backend
        self._rates = rates
        self._audit = audit
        self._metrics = metrics
        self._ids = map("{}-p{:x}".format, itertools.repeat(os.urandom(4).hex()), itertools.count())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        raw: bytes = scope.get("raw_path") or scope["path"].encode()
        slug, _, rest = raw.partition(b"?")[0].removeprefix(PREFIX).partition(b"/")
        served = self._tenants.get(slug.decode("latin-1"))
        path = "/" + rest.decode("latin-1")
        request_id = next(self._ids)
        extra: Headers = [
            (b"x-request-id", request_id.encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"cache-control", b"no-store"),
        ]
        route = ""
        try:
            if served is None or not served.tenant.public.enabled or not served.tenant.enabled:
                raise _Refused(NOT_FOUND)
            extra += _cors(scope, served)
            methods = public_methods(path)
            if not methods:
                raise _Refused(NOT_FOUND)
            if scope["method"] == "OPTIONS":
                status, body = 204, b""
                extra += _preflight(methods)
            else:
                rule = public_rule(scope["method"], path)
                if rule is None:
                    raise _Refused(NOT_ALLOWED, [(b"allow", ", ".join(methods).encode())])
                route = rule.path
                await self._charge(scope, served, rule, extra)
                status, body, told = await self._forward(scope, receive, served, rule, path, request_id)
                extra += told
        except _Refused as refused:
            status, body = refused.status, body_for(refused.status, refused.said)
            extra += refused.extra
        self._metrics.public.labels(str(status)).inc()
        if served is not None:
            self._audit.public(
                tenant=served.slug,
                method=scope["method"] if scope["method"] in _METHODS else "?",
                route=route,
                status=status,
                source=client_address(scope),
                request_id=request_id,
            )
        await _answer(send, status, body, extra, head=scope["method"] == "HEAD")

    async def _charge(self, scope: Scope, served: TenantSnapshot, rule: Rule, extra: Headers) -> None:
        """The tenant's rate, and the rule's own; what is refused by one tells of both."""
        address = client_address(scope)
        standings = {"client": await self._rates.take(served, address)}
        if rule.rate is not None and standings["client"].passes:
            standings["booking"] = await self._rates.take(served, address, rule.rate)
        extra += _rate_headers(standings)
        for standing in standings.values():
            if not standing.passes:
                raise _Refused(LIMITED, [(b"retry-after", b"%d" % standing.reset_s)])

    async def _forward(
        self, scope: Scope, receive: Receive, served: TenantSnapshot, rule: Rule, path: str, request_id: str
    ) -> tuple[int, bytes, Headers]:
        caller = self._backend.act_as(served.slug, None, request_id)
        headers = {**caller.headers, "X-Client-Type": "public"}
        body: bytes | None = None
        given = dict(scope["headers"])
        for name in rule.headers:
            if value := given.get(name.lower().encode()):
                headers[name] = _visible(value)
        if rule.method == "POST":
            if given.get(b"content-type", b"").partition(b";")[0].strip().lower() != b"application/json":
                raise _Refused(NOT_JSON)
            headers["Content-Type"] = "application/json"
            if key := given.get(b"idempotency-key"):
                headers["Idempotency-Key"] = _visible(key)
            body = await _read(receive)
        try:
            target = f"/v1{backend_path(rule, path)}{_query(scope, rule)}"
            reply = await self._backend.request(rule.method, target, headers, body)
        except BackendUnavailable:
            raise _Refused(UNAVAILABLE, [(b"retry-after", b"2")]) from None
        answered = reply.headers
        kept = [(name.encode(), answered[name].encode()) for name in _FORWARDED if name in answered]
        return reply.status, reply.body, kept


# Headers of the backend's answer that a client may see.
_FORWARDED = ("idempotent-replayed", "retry-after")
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def client_address(scope: Scope) -> str:
    """Who is rated. X-Forwarded-* is never believed; X-Real-IP only from a proxy next to us, which overwrites it."""
    peer = peer_of(scope)
    if _nearby(peer):
        for name, value in scope["headers"]:
            if name == b"x-real-ip" and 2 < len(value) < 46:
                return str(value, "latin-1")
    return peer


def _nearby(peer: str) -> bool:
    return peer in ("127.0.0.1", "::1", "") or peer.startswith(("10.", "192.168.", "172."))


def _cors(scope: Scope, served: TenantSnapshot) -> Headers:
    """Which page may read the answer: those that the tenant names, literally."""
    origin = next((value for name, value in scope["headers"] if name == b"origin"), None)
    if origin is None:
        return []
    headers: Headers = [(b"vary", b"Origin")]
    if origin.decode("latin-1") in served.tenant.public.origins:
        exposed = b"RateLimit, RateLimit-Policy, Retry-After, Idempotent-Replayed"
        headers += [(b"access-control-allow-origin", origin), (b"access-control-expose-headers", exposed)]
    return headers


def _preflight(methods: list[str]) -> Headers:
    return [
        (b"access-control-allow-methods", ", ".join(methods).encode()),
        (b"access-control-allow-headers", b"Content-Type, Idempotency-Key, Hold-Token"),
        (b"access-control-max-age", b"600"),
    ]


def _rate_headers(standings: Mapping[str, Standing]) -> Headers:
    """The draft's `RateLimit` and `RateLimit-Policy` fields."""
    policies = [f'"{name}";q={one.quota};w={one.window_s}' for name, one in standings.items()]
    limits = [f'"{name}";r={one.remaining};t={one.reset_s}' for name, one in standings.items()]
    return [(b"ratelimit-policy", ", ".join(policies).encode()), (b"ratelimit", ", ".join(limits).encode())]


def _query(scope: Scope, rule: Rule) -> str:
    raw: bytes = scope.get("query_string", b"")
    if len(raw) > MAX_QUERY:
        raise _Refused(NOT_AN_UPDATE, said="The query is too long.")
    try:
        pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=50)
    except ValueError:
        raise _Refused(NOT_AN_UPDATE, said="The query cannot be understood.") from None
    if any(name not in rule.query for name, _ in pairs):
        known = ", ".join(rule.query) or "none"
        raise _Refused(NOT_AN_UPDATE, said=f"A parameter is not known here; those that are: {known}.")
    return f"?{urlencode(pairs)}" if pairs else ""


def _visible(key: bytes) -> str:
    if not 1 <= len(key) <= 255 or not all(0x21 <= byte <= 0x7E for byte in key):
        raise _Refused(NOT_AN_UPDATE, said="Idempotency-Key and Hold-Token have 1 to 255 visible ASCII characters.")
    return key.decode("ascii")


async def _read(receive: Receive) -> bytes:
    body = bytearray()
    try:
        async with asyncio.timeout(READ_TIMEOUT_S):
            while True:
                message = await receive()
                body += message.get("body", b"")
                if len(body) > MAX_BODY:
                    if message.get("more_body"):
                        await swallow(receive)
                    raise _Refused(TOO_LARGE, [(b"connection", b"close")])
                if not message.get("more_body"):
                    return bytes(body)
    except TimeoutError:
        raise _Refused(SLOW, [(b"connection", b"close")]) from None


async def _answer(send: Send, status: int, body: bytes, extra: Headers, *, head: bool) -> None:
    kind = b"application/json" if status < 300 else b"application/problem+json"
    headers = [(b"content-length", b"%d" % len(body)), *extra]
    if body:
        headers.append((b"content-type", kind))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head else body})
