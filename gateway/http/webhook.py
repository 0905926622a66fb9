"""`POST /tg/webhook/{tenant}`: every check at the door, in order. What fails one costs as little as possible.

tenant and secret (401, one body) -> disabled (410) -> size (413) -> type (415) -> the tenant's rate, where it is known to
be exceeded (429) -> the gate (503) -> an update (400) -> the pipeline. The body
is not read before the secret is right, nor parsed before there is a place for it. A bare ASGI handler, since a framework's
request object would cost more than all of this.
"""

import asyncio
import hmac
import itertools
import os
import time
from collections.abc import Mapping
from http import HTTPStatus

from backend.kit.asgi import Headers, Message, Receive, Scope, Send, drain_body, peer_address, send_answer
from backend.kit.problems import CONTENT_TYPE
from gateway.http.problems import problem_body
from gateway.observability import audit
from gateway.observability.metrics import Metrics
from gateway.settings import WEBHOOK_PATH
from gateway.tenants.snapshot import TenantSnapshot
from gateway.updates.envelope import NotAnUpdate, parse_envelope
from gateway.updates.fair_gate import Overloaded
from gateway.updates.incoming import IncomingUpdate
from gateway.updates.pipeline import Pipeline
from gateway.updates.responses import DRAINING, OVERLOADED, UpdateResponse, limit_tenant
from gateway.updates.shared_timeout import SharedTimeout

MAX_BODY = 1024 * 1024
READ_TIMEOUT_S = 10.0
# A refusal for the rate is answered so much later, where no question to Redis has slowed it down: clients that repeat it at once
# on every connection, without heeding Retry-After, would otherwise have the processor to themselves.
REFUSAL_PAUSE_S = 0.5

_REFUSALS = {
    "unauthorized": HTTPStatus.UNAUTHORIZED,
    "disabled": HTTPStatus.GONE,
    "too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "unsupported_type": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "slow": HTTPStatus.REQUEST_TIMEOUT,
    "invalid": HTTPStatus.BAD_REQUEST,
}
# What the secret is compared with for an unknown tenant, so that the time of the answer does not reveal which exist.
_NO_SECRET = os.urandom(16).hex().encode()


class _TooLarge(Exception):
    pass


class _Disconnected(Exception):
    pass


class Webhook:
    """Answers for all tenants. `tenants` is the caller's, who changes it in place, tenant by tenant."""

    def __init__(self, tenants: Mapping[str, TenantSnapshot], pipeline: Pipeline, metrics: Metrics) -> None:
        self.read_timeout = SharedTimeout(READ_TIMEOUT_S)
        self.refusal_pause_s = REFUSAL_PAUSE_S
        self.tenants_loaded = False
        self._tenants = tenants
        self._pipeline = pipeline
        self._metrics = metrics
        self._request_ids = map("{}-{:x}".format, itertools.repeat(os.urandom(4).hex()), itertools.count())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI)."""
        if scope["method"] != "POST":
            return await _send_problem(send, HTTPStatus.METHOD_NOT_ALLOWED, [(b"allow", b"POST")])
        slug = scope["path"][len(WEBHOOK_PATH) :]
        request_id = next(self._request_ids)
        secret, content_type, length, duplicated = _read_headers(scope["headers"])
        tenant = self._tenants.get(slug)
        matches = hmac.compare_digest(secret, _NO_SECRET if tenant is None else tenant.secret)
        if tenant is None or not matches or duplicated:
            if not self.tenants_loaded:
                return await send_answer(send, 503, [(b"retry-after", b"2")], b"")
            return await self._refuse(send, scope, "unauthorized", request_id, tenant)
        if not tenant.enabled:
            return await self._refuse(send, scope, "disabled", request_id, tenant)
        if length > MAX_BODY:
            await drain_body(receive)
            return await self._refuse(send, scope, "too_large", request_id, tenant)
        if content_type.partition(b";")[0].strip().lower() != b"application/json":
            return await self._refuse(send, scope, "unsupported_type", request_id, tenant)
        try:
            response = await self._process(scope, receive, tenant, request_id)
        except _Disconnected:
            return None
        except _TooLarge:
            return await self._refuse(send, scope, "too_large", request_id, tenant)
        except TimeoutError:
            return await self._refuse(send, scope, "slow", request_id, tenant)
        except NotAnUpdate:
            return await self._refuse(send, scope, "invalid", request_id, tenant)
        return await _send_response(send, response)

    async def _process(self, scope: Scope, receive: Receive, tenant: TenantSnapshot, request_id: str) -> UpdateResponse:
        arrived_at = time.perf_counter()
        admission, gate = self._pipeline.admission, self._pipeline.gate
        body = None
        if wait_ms := admission.tenant_wait_ms(tenant):
            body = await self._read(receive)
            if admission.is_rated(tenant, body):
                await asyncio.sleep(self.refusal_pause_s)
                return self._shed(tenant, limit_tenant(wait_ms))
        try:
            place = await gate.enter(tenant.slug)
        except Overloaded:
            return self._shed(tenant, DRAINING if self._pipeline.draining else OVERLOADED)
        try:
            body = await self._read(receive) if body is None else body
            envelope = parse_envelope(body)
            update = IncomingUpdate(tenant, envelope, body, peer_address(scope), request_id, arrived_at)
            return await self._pipeline.process(update)
        finally:
            place.leave()

    def _shed(self, tenant: TenantSnapshot, response: UpdateResponse) -> UpdateResponse:
        """Have an update come again that was not even parsed: counted, but without a log line of its own."""
        self._metrics.count_update(response.outcome)
        audit.count_shed_update(tenant.slug, response.outcome, response.status)
        return response

    async def _read(self, receive: Receive) -> bytes:
        with self.read_timeout:
            message = await receive()
            body = message.get("body", b"")
            if message["type"] == "http.request" and not message.get("more_body"):
                if len(body) > MAX_BODY:
                    raise _TooLarge
                return body
            parts, size = [body], len(body)
            while message.get("more_body"):
                if size > MAX_BODY:
                    await drain_body(receive)
                    raise _TooLarge
                message = await receive()
                parts.append(message.get("body", b""))
                size += len(parts[-1])
            if message["type"] != "http.request":
                raise _Disconnected
            if size > MAX_BODY:
                raise _TooLarge
            return b"".join(parts)

    async def _refuse(
        self, send: Send, scope: Scope, outcome: str, request_id: str, tenant: TenantSnapshot | None
    ) -> None:
        status = _REFUSALS[outcome]
        self._metrics.count_update(outcome)
        slug = tenant.slug if tenant is not None else ""
        audit.record_update(slug, outcome, status, peer_address(scope), request_id)
        # the body was not read to its end, so that nothing more can be understood on this connection
        close = status in (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.REQUEST_TIMEOUT)
        await _send_problem(send, status, [(b"connection", b"close")] if close else [])


def _read_headers(headers: Headers) -> tuple[bytes, bytes, int, bool]:
    """Return the secret, the content type, the content length (0 if unknown), and whether the secret came twice."""
    secret, content_type, length, secrets = b"", b"", 0, 0
    for name, value in headers:
        if name == b"x-telegram-bot-api-secret-token":
            secret = value
            secrets += 1
        elif name == b"content-type":
            content_type = value
        elif name == b"content-length":
            length = int(value) if value.isdigit() and len(value) < 16 else MAX_BODY + 1
    return secret, content_type, length, secrets > 1


_START: Message = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]}
_EMPTY: Message = {"type": "http.response.body", "body": b""}


async def _send_response(send: Send, response: UpdateResponse) -> None:
    if response.status == 200 and not response.body:
        # nearly every answer: made once
        await send(_START)
        await send(_EMPTY)
        return
    headers: Headers = [(b"content-type", b"application/json")] if response.body else []
    if response.retry_after:
        headers.append((b"retry-after", b"%d" % response.retry_after))
    await send_answer(send, response.status, headers, response.body)


async def _send_problem(send: Send, status: int, headers: Headers) -> None:
    headers = [*headers, CONTENT_TYPE]
    await send_answer(send, status, headers, problem_body(status))
