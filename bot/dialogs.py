"""Where somebody types: the step they are at and its draft, kept ten minutes by aiogram's storage in Redis.

Redis being away never breaks a conversation: a lost draft reads as none, and the person starts over.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from aiogram.fsm.storage.base import KeyBuilder, StorageKey
from aiogram.fsm.storage.redis import RedisStorage
from redis.asyncio import Redis
from redis.exceptions import RedisError

from backend.contract.redis import key as redis_key

if TYPE_CHECKING:
    from bot.keyboards import Screen

KEPT_S = 600
REDIS_FAILURES = (RedisError, TimeoutError, OSError)

log = logging.getLogger("slotgate.bot")

Typed = Callable[..., Awaitable["Screen | None"]]
T = TypeVar("T", bound=Typed)

STEPS: dict[str, Typed] = {}


def step(name: str) -> Callable[[T], T]:
    """Registers `async def handler(turn, text, draft) -> Screen | None` for what is typed at that step."""

    def register(handler: T) -> T:
        assert name not in STEPS, f"the step {name} is registered twice"
        STEPS[name] = handler
        return handler

    return register


class _Keys(KeyBuilder):
    """`fsm:{slug}:<user>:<part>`; the slug travels as the key's destiny."""

    def build(self, key: StorageKey, part: Literal["data", "state", "lock"] | None = None) -> str:
        return redis_key("fsm", key.destiny, key.user_id, part or "")


def storage(redis: Redis) -> RedisStorage:
    """aiogram's storage over the bot's Redis user: only GET, SET and DEL are used, no locks."""
    return RedisStorage(redis, key_builder=_Keys(), state_ttl=KEPT_S, data_ttl=KEPT_S)


class Dialog:
    """One person's draft in one bot: read on demand, so that presses cost nothing."""

    def __init__(self, storage_: RedisStorage, bot_id: int, slug: str, user: int) -> None:
        self._storage = storage_
        self._key = StorageKey(bot_id=bot_id, chat_id=user, user_id=user, destiny=slug)

    async def read(self) -> dict[str, Any]:
        """The draft: `step` and what the step needs; {} when there is none or Redis is away."""
        try:
            return await self._storage.get_data(self._key)
        except REDIS_FAILURES as error:
            log.warning("the draft cannot be read: %s", type(error).__name__)
            return {}

    async def begin(self, name: str, /, **draft: Any) -> bool:
        """Waits for something typed at the step `name`. False when Redis is away: the step cannot be offered."""
        return await self.keep({"step": name, **draft})

    async def keep(self, draft: dict[str, Any]) -> bool:
        """Keeps the draft ten minutes more. False when Redis is away."""
        try:
            await self._storage.set_data(self._key, draft)
        except REDIS_FAILURES as error:
            log.warning("the draft cannot be kept: %s", type(error).__name__)
            return False
        return True

    async def pause(self) -> None:
        """Waits for nothing typed any more; the draft itself stays its ten minutes."""
        draft = await self.read()
        if draft.pop("step", None) is not None:
            await self.keep(draft)

    async def end(self) -> None:
        """Forgets the draft."""
        await self.keep({})
