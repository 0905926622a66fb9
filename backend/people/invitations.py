"""One-time invitations in Redis: kept under an HMAC of the code, taken once, dead after 48 hours.

    otp:{slug}:inv:<id>     the invitation itself, signed; one caller alone takes it (GETDEL)
    otp:{slug}:name:<hmac>  the id, under the name of the token and under that of the code
    attempts:{slug}:<tg id> wrong guesses of one person

Without Redis every step refuses (503): a code that cannot be counted is not tried.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import msgspec

from backend.contract.people import Role
from backend.contract.redis import redis_key
from backend.errors import BadCode, Unavailable
from backend.kit.attempts import AttemptCounter
from backend.kit.redis import RedisFailure, SharedRedis
from backend.locks import redis_required
from backend.people import rules


class Invite(msgspec.Struct, frozen=True):
    """What accepting does. `expires_at` in epoch seconds; `names` are the two that point to it."""

    id: str
    role: Role
    specialist_id: int | None
    invited_by: int
    expires_at: int
    names: tuple[str, str]


class Invitations:
    """The invitations of one business."""

    def __init__(self, redis: SharedRedis, internal_key: str, slug: str) -> None:
        self._redis, self._key, self._slug = redis, internal_key, slug
        self._attempts = AttemptCounter(redis, rules.ATTEMPTS_S)

    async def issue(self, role: Role, specialist_id: int | None, invited_by: int, now: int) -> tuple[Invite, str, str]:
        """Issue an invitation; return it with its token and its code. Raises Unavailable."""
        token, code = rules.new_token(), rules.new_code()
        invite = Invite(
            id=rules.new_token(),
            role=role,
            specialist_id=specialist_id,
            invited_by=invited_by,
            expires_at=now + rules.INVITATION_S,
            names=(self._name(token), self._name(code)),
        )
        await self._write(invite, rules.INVITATION_S)
        return invite, token, code

    async def revoke(self, invitation_id: str) -> bool:
        """Delete an invitation and return whether there was one. Raises Unavailable."""
        with redis_required():
            taken = await self._redis.getdel(self._kept(invitation_id))
        return self._opened(invitation_id, taken) is not None

    async def find(self, text: str, now: int) -> Invite | None:
        """Return the invitation behind a token or a typed code, or None. Raises Unavailable."""
        return await self._open(text, now, self._redis.get)

    async def take(self, text: str, now: int) -> Invite | None:
        """Return it and delete it: of many callers at once one gets it. Raises Unavailable."""
        invite = await self._open(text, now, self._redis.getdel)
        if invite is not None:
            with redis_required():
                await self._redis.call(lambda redis: redis.delete(*(self._pointer(name) for name in invite.names)))
        return invite

    async def put_back(self, invite: Invite, now: int) -> None:
        """Undo `take` after a failure, for the time that is left. Without Redis the invitation is lost, never doubled."""
        try:
            await self._write(invite, max(1, invite.expires_at - now))
        except Unavailable:
            return

    async def count_attempt(self, tg_id: int) -> None:
        """Count a guess before it is looked up, so that simultaneous ones count too. Raises BadCode over 5 in 15 minutes."""
        with redis_required():
            attempts, seconds_left = await self._attempts.count(self._counter(tg_id))
        if attempts > rules.ATTEMPTS:
            raise BadCode(retry_after_s=seconds_left)

    async def forgive_attempt(self, tg_id: int) -> None:
        """Uncount a guess: the code was right. Without Redis it stays counted."""
        with suppress(RedisFailure):
            await self._attempts.take_back(self._counter(tg_id))

    async def _open(self, text: str, now: int, get: Callable[[str], Awaitable[bytes | None]]) -> Invite | None:
        pointer = self._pointer(self._name(rules.normalize_code(text)))
        with redis_required():
            found = await self._redis.get(pointer)
        if found is None:
            return None
        invitation_id = found.decode("ascii", "replace")
        with redis_required():
            value = await get(self._kept(invitation_id))
        invite = self._opened(invitation_id, value)
        return invite if invite is not None and invite.expires_at > now else None

    def _opened(self, invitation_id: str, value: bytes | None) -> Invite | None:
        """Return the invitation in a stored value, or None where the signature is not ours."""
        if value is None or value[:32] != rules.sign_invitation(self._key, self._slug, invitation_id, value[32:]):
            return None
        return msgspec.json.decode(value[32:], type=Invite)

    async def _write(self, invite: Invite, seconds: int) -> None:
        payload = msgspec.json.encode(invite)
        value = rules.sign_invitation(self._key, self._slug, invite.id, payload) + payload

        async def write(redis: Any) -> None:  # importing its class costs 10 MB and a third of a second
            pipe = redis.pipeline(transaction=True)
            pipe.set(self._kept(invite.id), value, ex=seconds)
            for name in invite.names:
                pipe.set(self._pointer(name), invite.id, ex=seconds)
            await pipe.execute()

        with redis_required():
            await self._redis.call(write)

    def _name(self, text: str) -> str:
        return rules.code_name(self._key, self._slug, text)

    def _kept(self, invitation_id: str) -> str:
        return redis_key("otp", self._slug, "inv", invitation_id)

    def _counter(self, tg_id: int) -> str:
        return redis_key("attempts", self._slug, tg_id)

    def _pointer(self, name: str) -> str:
        return redis_key("otp", self._slug, "name", name)
