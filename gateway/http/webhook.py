"""`POST /tg/webhook/{tenant}`: every check at the door, in order. What fails one costs as little as it can.

tenant and secret (401, one body) -> disabled (410) -> size (413) -> type (415) -> an update (400) -> intake.
The body is not read before the secret is right. A raw ASGI handler: a framework's request object would cost more than
all of this.
"""

import hmac
import itertools
import os
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from gateway.http.body import swallow
from gateway.http.problems import (
    DISABLED,
    NOT_ALLOWED,
    NOT_AN_UPDATE,
    NOT_JSON,
    SLOW,
    TOO_LARGE,
    UNAUTHORIZED,
    body_for,
)
from gateway.observability.audit import Audit
from gateway.observability.metrics import Metrics
from gateway.tenants.snapshot import TenantSnapshot
from gateway.updates.deadlines import Deadlines
from gateway.updates.envelope import NotAnUpdate, parse
from gateway.updates.pipeline import Intake

PREFIX = "/tg/webhook/"
MAX_BODY = 1024 * 1024
READ_TIMEOUT_S = 10.0

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

# Compared with where there is no such tenant, so that asking tells nothing by its time.
_NOBODY = os.urandom(16).hex().encode()
_JSON = (b"content-type", b"application/json")


class _TooLarge(Exception):
    pass


class _Gone(Exception):
    pass


class Webhook:
    """Answers for all tenants; `tenants` is the snapshot, changed in place tenant by tenant."""

    def __init__(self, tenants: Mapping[str, TenantSnapshot], intake: Intake, audit: Audit, metrics: Metrics) -> None:
        self.reading = Deadlines(READ_TIMEOUT_S)
        self.loaded = False
        self._tenants = tenants
        self._intake = intake
        self._audit = audit
        self._metrics = metrics
        self._ids = map("{}-{:x}".format, itertools.repeat(os.urandom(4).hex()), itertools.count())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["method"] != "POST":
            return await _answer(send, 405, body_for(NOT_ALLOWED), extra=((b"allow", b"POST"),))
        slug = scope["path"][len(PREFIX) :]
        request_id = next(self._ids)
        secret, kind, length, doubled = _headers(scope["headers"])
        served = self._tenants.get(slug)
        right = hmac.compare_digest(secret, _NOBODY if served is None else served.secret)
        if served is None or not right or doubled:
            if not self.loaded:
                return await _answer(send, 503, b"", retry_after=2)
            return await self._refuse(send, scope, "unauthorized", UNAUTHORIZED, request_id, served)
        if not served.tenant.enabled:
            return await self._refuse(send, scope, "disabled", DISABLED, request_id, served)
        if length > MAX_BODY:
            await swallow(receive)
            return await self._refuse(send, scope, "too_large", TOO_LARGE, request_id, served)
        if kind.partition(b";")[0].strip().lower() != b"application/json":
            return await self._refuse(send, scope, "unsupported_type", NOT_JSON, request_id, served)
        try:
            body = await self._read(receive)
            envelope = parse(body)
        except _Gone:
            return None
        except _TooLarge:
            return await self._refuse(send, scope, "too_large", TOO_LARGE, request_id, served)
        except TimeoutError:
            return await self._refuse(send, scope, "slow", SLOW, request_id, served)
        except NotAnUpdate:
            return await self._refuse(send, scope, "invalid", NOT_AN_UPDATE, request_id, served)
        answer = await self._intake.take(served, envelope, body, source=peer_of(scope), request_id=request_id)
        return await _answer(send, answer.status, answer.body, retry_after=answer.retry_after)

    async def _read(self, receive: Receive) -> bytes:
        with self.reading:
            message = await receive()
            body: bytes = message.get("body", b"")
            if message["type"] == "http.request" and not message.get("more_body"):
                if len(body) > MAX_BODY:
                    raise _TooLarge
                return body
            parts, size = [body], len(body)
            while message.get("more_body"):
                if size > MAX_BODY:
                    await swallow(receive)
                    raise _TooLarge
                message = await receive()
                parts.append(message.get("body", b""))
                size += len(parts[-1])
            if message["type"] != "http.request":
                raise _Gone
            if size > MAX_BODY:
                raise _TooLarge
            return b"".join(parts)

    async def _refuse(
        self, send: Send, scope: Scope, outcome: str, problem: int, request_id: str, served: TenantSnapshot | None
    ) -> None:
        self._metrics.update(outcome)
        self._audit.update(
            # what an unknown caller wrote into the path is not repeated
            tenant=served.slug if served is not None else "",
            outcome=outcome,
            status=problem,
            source=peer_of(scope),
            request_id=request_id,
        )
        # the body was not read to its end, so nothing more can be understood on this connection
        extra = ((b"connection", b"close"),) if problem in (TOO_LARGE, SLOW) else ()
        await _answer(send, problem, body_for(problem), extra=extra)


_OK = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]}
_EMPTY = {"type": "http.response.body", "body": b""}


def _headers(headers: list[tuple[bytes, bytes]]) -> tuple[bytes, bytes, int, bool]:
    """(secret, content type, content length or 0, whether the secret came twice)."""
    secret, kind, length, seen = b"", b"", 0, 0
    for name, value in headers:
        if name == b"x-telegram-bot-api-secret-token":
            secret = value
            seen += 1
        elif name == b"content-type":
            kind = value
        elif name == b"content-length":
            length = int(value) if value.isdigit() and len(value) < 16 else MAX_BODY + 1
    return secret, kind, length, seen > 1


def peer_of(scope: Scope) -> str:
    """The address of whoever is at the other end of the connection."""
    client = scope.get("client")
    return str(client[0]) if client else ""


async def _answer(
    send: Send, status: int, body: bytes, *, retry_after: int = 0, extra: tuple[tuple[bytes, bytes], ...] = ()
) -> None:
    if status == 200 and not body:
        await send(_OK)
        await send(_EMPTY)
        return
    headers = [(b"content-length", b"%d" % len(body)), *extra]
    if body:
        headers.append(_JSON if status == 200 else (b"content-type", b"application/problem+json"))
    if retry_after:
        headers.append((b"retry-after", b"%d" % retry_after))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
