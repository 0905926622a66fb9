"""One-time codes for holds, in Redis: stored under an HMAC, redeemed once, gone with the hold.

    otp:{slug}:hold:<hmac>       the person who owns the hold once its code is redeemed, signed
    attempts:{slug}:guess:<id>   wrong codes for one hold
    attempts:{slug}:ask:<hmac>   codes asked for one hold; codes sent to one phone number, known here or not
    attempts:{slug}:day:<hmac>   codes sent to one phone number in a day

What somebody does with a hold never locks out the owner of a number: over the number's limits no code is sent, and none
exists; its owner gets one in Telegram (`/code`).

Without Redis every step refuses (503): a code that cannot be counted is not tried.
"""

from contextlib import suppress
from hmac import compare_digest

from backend.contract.redis import redis_key
from backend.errors import BadCode, RateLimited, Unavailable
from backend.holds import rules
from backend.kit.attempts import AttemptCounter
from backend.kit.redis import RedisFailure, SharedRedis
from backend.locks import redis_required


class Codes:
    """The codes of one business."""

    def __init__(self, redis: SharedRedis, internal_key: str, slug: str) -> None:
        self._redis, self._key, self._slug = redis, internal_key, slug
        self._attempts = AttemptCounter(redis, rules.WINDOW_S)
        self._daily = AttemptCounter(redis, rules.DAY_S)

    async def count_ask(self, hold_id: int) -> None:
        """Count a code that is asked for with this hold. Raises RateLimited, Unavailable."""
        with redis_required():
            count, seconds_left = await self._attempts.count(self._ask_counter("hold", hold_id))
        if count > rules.ASKS:
            raise RateLimited("Too many codes have been asked for; try again later.", retry_after_s=seconds_left)

    async def count_message(self, digits: str) -> bool:
        """Count a message to a number, known here or not, and return whether it may be sent. Raises Unavailable."""
        with redis_required():
            if (await self._attempts.count(self._ask_counter("phone", digits)))[0] > rules.ASKS:
                return False
            return (await self._daily.count(self._day_counter(digits)))[0] <= rules.MESSAGES_A_DAY

    async def count_guess(self, hold_id: int) -> None:
        """Count a guess before it is looked up, so that guesses at once count too. Raises BadCode over five, Unavailable."""
        with redis_required():
            count, seconds_left = await self._attempts.count(self._guess_counter(hold_id))
        if count > rules.GUESSES:
            raise BadCode(retry_after_s=seconds_left)

    async def forgive_guess(self, hold_id: int) -> None:
        """Take back a count: the code was right. Without Redis it stays counted."""
        with suppress(RedisFailure):
            await self._attempts.take_back(self._guess_counter(hold_id))

    async def store(self, hold_id: int, code: str, person_id: int | None, seconds: int) -> None:
        """Let the code make this person the hold's owner; None: nobody, but it takes as long. Raises Unavailable."""
        value = self._value(hold_id, code, person_id or 0)
        with redis_required():
            await self._redis.call(lambda redis: redis.set(self._code_key(hold_id, code), value, ex=max(1, seconds)))

    async def redeem(self, hold_id: int, code: str) -> int | None:
        """Return the person behind a code, to one of many callers; None for a wrong code. Raises Unavailable."""
        with redis_required():
            value = await self._redis.getdel(self._code_key(hold_id, code))
        person, _, _ = (value or b"").decode("ascii", "replace").partition(".")
        if (
            value is None
            or not person.isdecimal()
            or not compare_digest(value, self._value(hold_id, code, int(person)))
        ):
            return None  # a value that is not signed here is ignored: others may write to the same Redis
        return int(person) or None

    async def restore(self, hold_id: int, code: str, person_id: int, seconds: int) -> None:
        """Undo `redeem` after a failure. Without Redis the code is lost, never doubled."""
        try:
            await self.store(hold_id, code, person_id, seconds)
        except Unavailable:
            return

    def _code_key(self, hold_id: int, code: str) -> str:
        return redis_key("otp", self._slug, "hold", rules.keyed_digest(self._key, "code", self._slug, hold_id, code))

    def _value(self, hold_id: int, code: str, person_id: int) -> bytes:
        seal = rules.keyed_digest(self._key, "seal", self._slug, hold_id, code, person_id)
        return f"{person_id}.{seal}".encode()

    def _guess_counter(self, hold_id: int) -> str:
        return redis_key("attempts", self._slug, "guess", hold_id)

    def _day_counter(self, digits: str) -> str:
        return redis_key("attempts", self._slug, "day", rules.keyed_digest(self._key, "phone", self._slug, digits))

    def _ask_counter(self, kind: str, about: str | int) -> str:
        return redis_key("attempts", self._slug, "ask", rules.keyed_digest(self._key, kind, self._slug, about))
