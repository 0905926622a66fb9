"""One-time codes for holds, in Redis: kept under an HMAC, taken once, dead with the hold.

    otp:{slug}:hold:<hmac>       the person whom the code of that hold makes its owner, signed
    attempts:{slug}:guess:<id>   wrong codes for one hold
    attempts:{slug}:ask:<hmac>   codes asked for one hold, and for one phone number, known here or not

Without Redis every step refuses (503): a code that cannot be counted is not tried.
"""

from collections.abc import Awaitable, Callable
from hmac import compare_digest
from typing import Any, TypeVar

from backend.contract.redis import key
from backend.errors import BadCode, RateLimited, Unavailable
from backend.holds import rules
from backend.kit.redis import RedisFailure, SharedRedis

T = TypeVar("T")


class Codes:
    """The codes of one business."""

    def __init__(self, redis: SharedRedis, internal_key: str, slug: str) -> None:
        self._redis, self._key, self._slug = redis, internal_key, slug

    async def count_ask(self, hold_id: int, digits: str) -> None:
        """Counts for the hold and for the number. Raises RateLimited, the same for every number; Unavailable."""
        for name in (self._asked("hold", hold_id), self._asked("phone", digits)):
            made, left = await self._count(name)
            if made > rules.ASKS:
                raise RateLimited("Too many codes have been asked for; try again later.", retry_after_s=left)

    async def count_guess(self, hold_id: int) -> None:
        """Counts before looking, so that guesses at once count as well. Raises BadCode over five, Unavailable."""
        made, left = await self._count(key("attempts", self._slug, "guess", hold_id))
        if made > rules.GUESSES:
            raise BadCode(retry_after_s=left)

    async def forgive_guess(self, hold_id: int) -> None:
        """It was no guess. Without Redis it stays counted."""
        name = key("attempts", self._slug, "guess", hold_id)
        try:
            await self._redis.call(lambda redis: redis.decr(name))
        except RedisFailure:
            return

    async def keep(self, hold_id: int, code: str, person_id: int | None, seconds: int) -> None:
        """From now on the code makes this person the hold's owner (None: nobody, but it takes as long)."""
        value = self._value(hold_id, code, person_id or 0)
        await self._ask(lambda redis: redis.set(self._name(hold_id, code), value, ex=max(1, seconds)))

    async def take(self, hold_id: int, code: str) -> int | None:
        """The person behind a code; of many at once one gets it. None for a wrong one. Raises Unavailable."""
        value = await self._ask(lambda redis: redis.getdel(self._name(hold_id, code)))
        person, _, _ = (value or b"").decode("ascii", "replace").partition(".")
        if not person.isdecimal() or not compare_digest(value, self._value(hold_id, code, int(person))):
            return None  # what is not from here counts for nothing: others may write to the same store
        return int(person) or None

    async def put_back(self, hold_id: int, code: str, person_id: int, seconds: int) -> None:
        """Undoes `take` after a failure. Without Redis it is lost, never doubled."""
        try:
            await self.keep(hold_id, code, person_id, seconds)
        except Unavailable:
            return

    async def _count(self, name: str) -> tuple[int, int]:
        async def count(redis: Any) -> tuple[int, int]:
            pipe = redis.pipeline(transaction=True)
            pipe.set(name, 0, nx=True, ex=rules.WINDOW_S)
            pipe.incr(name)
            pipe.ttl(name)
            _, made, left = await pipe.execute()
            return int(made), max(1, int(left))

        return await self._ask(count)

    async def _ask(self, use: Callable[[Any], Awaitable[T]]) -> T:
        try:
            return await self._redis.call(use)
        except RedisFailure:
            raise Unavailable(retry_after_s=2) from None

    def _name(self, hold_id: int, code: str) -> str:
        return key("otp", self._slug, "hold", rules.digest(self._key, "code", self._slug, hold_id, code))

    def _value(self, hold_id: int, code: str, person_id: int) -> bytes:
        seal = rules.digest(self._key, "seal", self._slug, hold_id, code, person_id)
        return f"{person_id}.{seal}".encode()

    def _asked(self, kind: str, about: str | int) -> str:
        return key("attempts", self._slug, "ask", rules.digest(self._key, kind, self._slug, about))
