"""What every request passes before it is routed: request id, the internal key, the kind of body, one log line."""

import re
from contextlib import AbstractContextManager
from hashlib import sha256
from hmac import compare_digest
from random import getrandbits
from time import perf_counter

from backend.errors import Refused, TooLarge, Unauthorized, UnsupportedType
from backend.kit.asgi import Application, Message, Receive, Scope, Send, drain_body, send_answer, without_body
from backend.kit.logging import bind_request_id, utc_timestamp, write_line
from backend.kit.problems import CONTENT_TYPE
from backend.kit.tracing import NOT_TRACED, TracedPart, continue_trace, is_tracing
from backend.observability.metrics import Metrics

MAX_BODY = 1 << 20

_REQUEST_ID = re.compile(rb"\A[A-Za-z0-9._:-]{1,64}\Z")
_SLUG = re.compile(rb"\A[a-z0-9][a-z0-9-]{1,31}\Z")
_OPEN = ("/health/live", "/health/ready", "/metrics")
_BODY_METHODS = ("POST", "PUT", "PATCH", "DELETE")


class RequestMiddleware:
    """Wraps the whole application: without a valid key nothing but health and metrics answers, not even 404."""

    def __init__(self, app: Application, internal_key: str, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics
        self._digest = sha256(internal_key.encode()).digest()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request, or hand on what is none (ASGI)."""
        if scope["type"] != "http":
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008})
                return
            await self._app(scope, receive, send)
            return
        began = perf_counter()
        headers_by_name = dict(reversed(scope["headers"]))
        request_id = headers_by_name.get(b"x-request-id", b"")
        if not _REQUEST_ID.match(request_id):
            request_id = b"%032x" % getrandbits(128)  # no secret: uuid4 takes ten times as long
        # of a header that comes twice the first counts
        scope.setdefault("state", {}).update(request_id=request_id.decode(), headers=headers_by_name)
        bind_request_id(request_id.decode())
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message = {**message, "headers": [*message["headers"], (b"x-request-id", request_id)]}
            await send(message)

        served = scope
        if scope["method"] == "HEAD" and scope["path"] in _OPEN:
            served, send = {**scope, "method": "GET"}, without_body(send)
        refusal = self._refusal(scope, headers_by_name)
        try:
            if refusal is not None:
                if isinstance(refusal, TooLarge):
                    await drain_body(receive)
                await send_refusal(send_with_id, refusal)
            else:
                with _continue_trace(scope, headers_by_name) as part:
                    await self._app(served, receive, send_with_id)
                    if part is not NOT_TRACED:
                        _describe(part, served, status)
        finally:
            seconds = perf_counter() - began
            # the template is there once Litestar has found the route
            route = str(served.get("path_template", ""))
            result = str(scope["state"].get("result", ""))
            self._metrics.count_request(route, scope["method"], status, seconds, result)
            # what is asked every few seconds while nothing happens is written when it fails
            options = getattr(served.get("route_handler"), "opt", {})
            if status >= 400 or not (scope["path"] in _OPEN or options.get("routine")):
                write_line(
                    {
                        "request_id": scope["state"]["request_id"],
                        "method": scope["method"],
                        "path": scope["path"],
                        "status": status,
                        "ms": round(seconds * 1000, 2),
                        # a header that is no slug may hold anything
                        "tenant": tenant.decode()
                        if _SLUG.match(tenant := headers_by_name.get(b"x-tenant", b""))
                        else "",
                        "event": "request",
                        "level": "info",
                        "timestamp": utc_timestamp(),
                    }
                )

    def _refusal(self, scope: Scope, headers_by_name: dict[bytes, bytes]) -> Refused | None:
        if scope["path"] in _OPEN:
            return None
        # Digests are compared: they have one length, and bytes that are not ASCII do no harm.
        scheme, _, key = headers_by_name.get(b"authorization", b"").partition(b" ")
        if scheme.lower() != b"bearer" or not compare_digest(sha256(key).digest(), self._digest):
            return Unauthorized()
        length = headers_by_name.get(b"content-length", b"0")
        if not length.isdigit() or int(length) > MAX_BODY:
            return TooLarge()
        if scope["method"] in _BODY_METHODS and (length.strip(b"0") or b"transfer-encoding" in headers_by_name):
            kind = headers_by_name.get(b"content-type", b"").split(b";")[0].strip().lower()
            if kind != b"application/json":
                return UnsupportedType()
        return None


def _continue_trace(scope: Scope, headers_by_name: dict[bytes, bytes]) -> AbstractContextManager[TracedPart]:
    """Join the caller's trace. Only a caller with the key says what is traced."""
    if not is_tracing() or scope["path"] in _OPEN:
        return NOT_TRACED
    traceparent = headers_by_name.get(b"traceparent", b"").decode("latin-1")
    return continue_trace(traceparent, "request", "server", {})


def _describe(part: TracedPart, scope: Scope, status: int) -> None:
    """Name a request by its route, and say how it ended."""
    route = str(scope.get("path_template", ""))
    part.rename(f"{scope['method']} {route}")
    part.set("http.request.method", scope["method"])
    part.set("http.route", route)
    part.set("http.response.status_code", status)
    if result := scope["state"].get("result"):
        part.set("slotgate.result", str(result))


async def send_refusal(send: Send, refused: Refused) -> None:
    """Send a refusal as problem details."""
    headers = [CONTENT_TYPE, *((name.lower().encode(), value.encode()) for name, value in refused.headers().items())]
    await send_answer(send, refused.status, headers, refused.body())
