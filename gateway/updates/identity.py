"""Who is this: the person behind a Telegram id, from the cached context or once from the backend.

The cache is Redis alone, for ten minutes: several gateways must forget a person at the same time."""

import asyncio

import msgspec

from backend.client.api import BackendClient
from backend.contract.people import Identify, Person
from backend.kit.redis import RedisDown, RedisLink, RedisRefused
from gateway.tenants.snapshot import TenantSnapshot
from gateway.updates.admission import CONTEXT_S
from gateway.updates.envelope import User

_decoder = msgspec.json.Decoder(Person)
_encoder = msgspec.json.Encoder()


class People:
    """Identifies, once per person however many updates wait."""

    def __init__(self, backend: BackendClient, redis: RedisLink) -> None:
        self._backend = backend
        self._redis = redis
        self._asking: dict[tuple[str, int], asyncio.Task[Person]] = {}

    async def who(self, served: TenantSnapshot, user: User, cached: bytes | None, request_id: str) -> Person:
        """The person; `cached` is what admission brought along. Raises BackendUnavailable or BackendRefused."""
        if cached is not None and (person := _decode(cached)) is not None:
            return person
        key = (served.slug, user.id)
        asking = self._asking.get(key)
        if asking is None:
            asking = self._asking[key] = asyncio.create_task(self._ask(served, user, request_id))
            asking.add_done_callback(lambda done: self._asked(key, done))
        # shielded: whoever gives up waiting must not take the answer from the others
        return await asyncio.shield(asking)

    async def cached(self, served: TenantSnapshot, user: User) -> bytes | None:
        """The context as it is now: for an update that waited in its lane while an earlier one changed something."""
        try:
            found = await self._redis.call(b"GET", served.ctx + b"%d" % user.id)
        except (RedisDown, RedisRefused):
            return None
        return found if isinstance(found, bytes) else None

    async def forget(self, slug: str, tg_id: int) -> None:
        """Drops the context of a person whose role or language changed."""
        try:
            await self._redis.call(b"DEL", b"ctx:{%b}:%d" % (slug.encode(), tg_id))
        except (RedisDown, RedisRefused):
            return  # it lapses by itself; rights are the backend's to judge, at each request

    async def close(self) -> None:
        """Ends what nobody waits for any more."""
        asking = list(self._asking.values())
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)

    def _asked(self, key: tuple[str, int], done: asyncio.Task[Person]) -> None:
        self._asking.pop(key, None)
        if not done.cancelled():
            done.exception()  # those who waited have it; where all gave up, nobody needs it

    async def _ask(self, served: TenantSnapshot, user: User, request_id: str) -> Person:
        about = Identify(
            tg_id=user.id,
            first_name=_plain(user.first_name, 256),
            username=_plain(user.username, 64) if user.username else None,
            language_code=_plain(user.language_code, 35) if user.language_code else None,
        )
        person = await self._backend.identify_person(served.slug, about, request_id)
        key = served.ctx + b"%d" % user.id
        try:
            await self._redis.call(b"SET", key, _encoder.encode(person), b"EX", b"%d" % CONTEXT_S)
        except (RedisDown, RedisRefused):
            return person  # the next update asks again
        return person


def _plain(text: str, most: int) -> str:
    """Without NUL, which no database keeps, and no longer than the contract allows."""
    return text.replace("\0", "")[:most]


def _decode(cached: bytes) -> Person | None:
    try:
        return _decoder.decode(cached)
    except msgspec.MsgspecError:
        return None  # written by another version
