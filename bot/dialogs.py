"""Where somebody types: the step they are at and its draft, kept ten minutes by aiogram's storage in Redis.

Redis being away never breaks a conversation: a lost draft reads as none, and the person starts over.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from aiogram.fsm.state import State
from aiogram.fsm.storage.base import BaseStorage, StateType, StorageKey

from backend.contract.redis import key as redis_key
from backend.kit.redis import RedisDown, RedisLink, RedisRefused

if TYPE_CHECKING:
    from bot.ui.keyboards import Screen

KEPT_S = 600
REDIS_FAILURES = (RedisDown, RedisRefused)

log = logging.getLogger("slotgate.bot")
# `Html` is a kind of str
_encoder = msgspec.json.Encoder(enc_hook=str)

Typed = Callable[..., Awaitable["Screen | None"]]
T = TypeVar("T", bound=Typed)

STEPS: dict[str, Typed] = {}


def step(name: str) -> Callable[[T], T]:
    """Registers `async def handler(request, text, draft) -> Screen | None` for what is typed at that step."""

    def register(handler: T) -> T:
        assert name not in STEPS, f"the step {name} is registered twice"
        STEPS[name] = handler
        return handler

    return register


class DraftStorage(BaseStorage):
    """aiogram's storage over the bot's Redis user: `fsm:{slug}:<user>:<part>`; the slug travels as the key's destiny.

    Only GET, SET and DEL are used, no locks."""

    def __init__(self, redis: RedisLink) -> None:
        self._redis = redis

    async def set_state(self, key: StorageKey, state: StateType = None) -> None:
        name = state.state if isinstance(state, State) else state
        await self._keep(_name(key, "state"), None if name is None else name.encode())

    async def get_state(self, key: StorageKey) -> str | None:
        found = await self._redis.call(b"GET", _name(key, "state"))
        return found.decode() if isinstance(found, bytes) else None

    async def set_data(self, key: StorageKey, data: Mapping[str, Any]) -> None:
        await self._keep(_name(key, "data"), _encoder.encode(data) if data else None)

    async def get_data(self, key: StorageKey) -> dict[str, Any]:
        found = await self._redis.call(b"GET", _name(key, "data"))
        try:
            return msgspec.json.decode(found, type=dict[str, Any]) if isinstance(found, bytes) else {}
        except msgspec.DecodeError:
            return {}

    async def close(self) -> None:
        """The connection belongs to whoever made it."""

    async def _keep(self, name: bytes, value: bytes | None) -> None:
        if value is None:
            await self._redis.call(b"DEL", name)
        else:
            await self._redis.call(b"SET", name, value, b"EX", b"%d" % KEPT_S)


def _name(key: StorageKey, part: str) -> bytes:
    return redis_key("fsm", key.destiny, key.user_id, part).encode()


class Dialog:
    """One person's draft in one bot: read on demand, so that presses cost nothing."""

    def __init__(self, storage_: BaseStorage, bot_id: int, slug: str, user: int) -> None:
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
