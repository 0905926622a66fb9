"""What every request passes before it is routed: request id, the internal key, the kind of body, one log line."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from hashlib import sha256
from hmac import compare_digest
from random import getrandbits
from time import perf_counter
from typing import Any

from backend.errors import Refused, TooLarge, Unauthorized, UnsupportedType
from backend.kit.logging import bind_request_id, utc_timestamp, write_line
from backend.problems import MEDIA_TYPE, headers, problem_bytes

MAX_BODY = 1 << 20
LINGER_S = 3.0

Scope = Any
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_REQUEST_ID = re.compile(rb"\A[A-Za-z0-9._:-]{1,64}\Z")
_SLUG = re.compile(rb"\A[a-z0-9][a-z0-9-]{1,31}\Z")
_OPEN = ("/health/live", "/health/ready")
_BODY_METHODS = ("POST", "PUT", "PATCH", "DELETE")


class RequestMiddleware:
    """Wraps the whole application: without a valid key nothing but health answers, not even 404."""

    def __init__(self, app: App, internal_key: str) -> None:
        self._app = app
        self._digest = sha256(internal_key.encode()).digest()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
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

        async def send_with_id(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message = {**message, "headers": [*message["headers"], (b"x-request-id", request_id)]}
            await send(message)

        refusal = self._refusal(scope, headers_by_name)
        try:
            if refusal is None:
                await self._app(scope, receive, send_with_id)
            else:
                if isinstance(refusal, TooLarge):
                    await _swallow(receive)
                await send_refusal(send_with_id, refusal)
        finally:
            write_line(
                {
                    "request_id": scope["state"]["request_id"],
                    "method": scope["method"],
                    "path": scope["path"],
                    "status": status,
                    "ms": round((perf_counter() - began) * 1000, 2),
                    # a header that is no slug may hold anything
                    "tenant": tenant.decode() if _SLUG.match(tenant := headers_by_name.get(b"x-tenant", b"")) else "",
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


async def _swallow(receive: Receive) -> None:
    """Drop some of a body that is too large: whoever sends first and reads afterwards learns why it was refused."""
    size = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(LINGER_S):
            while size < 4 * MAX_BODY:
                message = await receive()
                size += len(message.get("body", b""))
                if message["type"] != "http.request" or not message.get("more_body"):
                    return


async def send_refusal(send: Send, refused: Refused) -> None:
    """Send a refusal as problem details."""
    body = problem_bytes(refused)
    extra = [(name.lower().encode(), value.encode()) for name, value in headers(refused).items()]
    await send(
        {
            "type": "http.response.start",
            "status": refused.status,
            "headers": [
                (b"content-type", MEDIA_TYPE.encode()),
                (b"content-length", str(len(body)).encode()),
                *extra,
            ],
        }
    )
    await send({"type": "http.response.body", "body": body})
