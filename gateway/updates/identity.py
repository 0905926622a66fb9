"""The person behind a Telegram id, from the cached context or, once for all who wait, from the backend.

The cache is in Redis alone, for ten minutes: several gateways must forget a person at the same time.
"""

import asyncio

import msgspec

from backend.client.api import BackendClient
from backend.contract.people import Identify, Person
from backend.kit.redis import RedisFailure
from backend.kit.redis_link import RedisLink
from gateway.tenants.snapshot import TenantSnapshot
from gateway.updates.envelope import User
from gateway.updates.incoming import IncomingUpdate

CONTEXT_S = 600
_decoder = msgspec.json.Decoder(Person)
_encoder = msgspec.json.Encoder()


class IdentityCache:
    """Identifies people; updates of one person that wait at the same time share one request to the backend."""

    def __init__(self, backend: BackendClient, redis: RedisLink) -> None:
        self._backend = backend
        self._redis = redis
        self._requests: dict[tuple[str, int], asyncio.Task[Person]] = {}

    async def identify(self, update: IncomingUpdate, context: bytes | None) -> Person:
        """Return the sender; `context` is what admission found cached. Raises BackendUnavailable or BackendRefused."""
        if context is not None and (person := _decode(context)) is not None:
            return person
        key = (update.tenant.slug, update.user.id)
        request = self._requests.get(key)
        if request is None:
            request = asyncio.create_task(self._ask_backend(update.tenant, update.user, update.request_id))
            self._requests[key] = request
            request.add_done_callback(lambda done: self._forget_request(key, done))
        # shielded: one update that is cancelled must not take the answer from the others
        return await asyncio.shield(request)

    async def read_context(self, update: IncomingUpdate) -> bytes | None:
        """Return the context as it is now: an earlier update of the sender may have changed it meanwhile."""
        try:
            context = await self._redis.call(b"GET", update.tenant.context_key + b"%d" % update.user.id)
        except RedisFailure:
            return None
        return context if isinstance(context, bytes) else None

    async def forget(self, slug: str, tg_id: int) -> None:
        """Drop the context of a person whose role or language has changed."""
        try:
            await self._redis.call(b"DEL", b"ctx:{%b}:%d" % (slug.encode(), tg_id))
        except RedisFailure:
            return  # it expires by itself; rights are judged by the backend at each request

    async def close(self) -> None:
        """Cancel the requests that are still under way."""
        requests = list(self._requests.values())
        for request in requests:
            request.cancel()
        await asyncio.gather(*requests, return_exceptions=True)

    def _forget_request(self, key: tuple[str, int], request: asyncio.Task[Person]) -> None:
        self._requests.pop(key, None)
        if not request.cancelled():
            request.exception()  # those who waited have it; if all of them gave up, asyncio must not report it

    async def _ask_backend(self, tenant: TenantSnapshot, user: User, request_id: str) -> Person:
        body = Identify(
            tg_id=user.id,
            first_name=_fit(user.first_name, 256),
            last_name=_fit(user.last_name, 256),
            username=_fit(user.username, 64) if user.username else None,
            language_code=_fit(user.language_code, 35) if user.language_code else None,
        )
        person = await self._backend.identify_person(tenant.slug, body, request_id)
        key = tenant.context_key + b"%d" % user.id
        try:
            await self._redis.call(b"SET", key, _encoder.encode(person), b"EX", b"%d" % CONTEXT_S)
        except RedisFailure:
            return person  # the next update asks the backend again
        return person


def _fit(text: str, max_length: int) -> str:
    """Return the text without NUL, which no database keeps, and no longer than the contract allows."""
    return text.replace("\0", "")[:max_length]


def _decode(context: bytes) -> Person | None:
    try:
        return _decoder.decode(context)
    except msgspec.MsgspecError:
        return None  # written by another version
