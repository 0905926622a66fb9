"""aiogram's FSM in Redis, and typed drafts: what somebody has typed or chosen so far, kept for ten minutes.

Redis being away never breaks a conversation: a draft that cannot be read is none, and the person starts over.
"""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any, Literal, TypeVar, dataclass_transform

import msgspec
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State
from aiogram.fsm.storage.base import DEFAULT_DESTINY, BaseStorage, KeyBuilder, StateType, StorageKey
from typing_extensions import override

from backend.contract.redis import redis_key
from backend.kit.redis import RedisFailure
from backend.kit.redis_link import RedisLink
from backend.kit.resp import Value

KEPT_S = 600

log = logging.getLogger("slotgate.bot")
# `Html` is a kind of str
_encoder = msgspec.json.Encoder(enc_hook=str)


class TenantKeyBuilder(KeyBuilder):
    """Builds `fsm:{slug}:<user>:<part>`; a destiny other than the default stands before the part.

    `slugs` maps bot ids to tenants. The chat is left out: the bot talks in private chats only."""

    def __init__(self, slugs: Mapping[int, str]) -> None:
        self._slugs = slugs

    @override
    def build(self, key: StorageKey, part: Literal["data", "state", "lock"] | None = None) -> str:
        destiny = () if key.destiny == DEFAULT_DESTINY else (key.destiny,)
        return redis_key("fsm", self._slugs[key.bot_id], key.user_id, *destiny, *((part,) if part else ()))


class RedisStorage(BaseStorage):
    """aiogram's storage over the bot's Redis user: GET, SET and DEL, no locks.

    With Redis away reading finds nothing and deleting does nothing (both are logged); setting a value raises
    RedisFailure."""

    def __init__(self, redis: RedisLink, key_builder: KeyBuilder) -> None:
        self._redis = redis
        self._key_builder = key_builder

    @override
    async def set_state(self, key: StorageKey, state: StateType = None) -> None:
        name = state.state if isinstance(state, State) else state
        await self._write(key, "state", None if name is None else name.encode())

    @override
    async def get_state(self, key: StorageKey) -> str | None:
        value = await self._read(key, "state")
        return None if value is None else value.decode()

    def state_read(self, key: StorageKey) -> tuple[bytes, bytes]:
        """Return the command that reads a state, for somebody who sends it together with another one."""
        return b"GET", self._key_builder.build(key, "state").encode()

    @override
    async def set_data(self, key: StorageKey, data: Mapping[str, Any]) -> None:
        await self._write(key, "data", _encoder.encode(data) if data else None)

    @override
    async def get_data(self, key: StorageKey) -> dict[str, Any]:
        value = await self._read(key, "data")
        try:
            return {} if value is None else msgspec.json.decode(value, type=dict[str, Any])
        except msgspec.DecodeError:
            return {}

    async def close(self) -> None:
        """Do nothing: the connection belongs to the caller of the constructor."""

    async def _read(self, key: StorageKey, part: Literal["data", "state"]) -> bytes | None:
        try:
            value = await self._redis.call(b"GET", self._key_builder.build(key, part).encode())
        except RedisFailure as error:
            log.warning("a draft cannot be read: %s", type(error).__name__)
            return None
        return value if isinstance(value, bytes) else None

    async def _write(self, key: StorageKey, part: Literal["data", "state"], value: bytes | None) -> None:
        name = self._key_builder.build(key, part).encode()
        if value is not None:
            await self._redis.call(b"SET", name, value, b"EX", b"%d" % KEPT_S)
            return
        try:
            await self._redis.call(b"DEL", name)
        except RedisFailure as error:
            log.warning("a draft cannot be deleted: %s", type(error).__name__)


class UpdateState(FSMContext):
    """aiogram's context of one update. A state that has been read together with something else is not read again."""

    storage: RedisStorage

    def __init__(self, storage: RedisStorage, key: StorageKey) -> None:
        super().__init__(storage, key)
        self._read: str | Literal[False] | None = False

    def keep_read(self, reply: Value) -> None:
        """Take Redis's reply to `storage.state_read`."""
        self._read = reply.decode() if isinstance(reply, bytes) else None

    @override
    async def get_state(self) -> str | None:
        return await super().get_state() if self._read is False else self._read

    @override
    async def set_state(self, state: StateType = None) -> None:
        self._read = False
        await super().set_state(state)


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class Draft(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Base of the drafts: `class RoomDraft(Draft): room_id: int`. The FSM's data hold its fields and its class name."""


D = TypeVar("D", bound=Draft)


class DraftLost(Exception):
    """A draft is needed that is there no longer: the person is told to start over."""


async def find_draft(state: FSMContext, kind: type[D]) -> D | None:
    """Return the draft, or None where there is none of this kind."""
    try:
        return msgspec.convert(await state.get_data(), kind)
    except msgspec.ValidationError:
        return None


async def load_draft(state: FSMContext, kind: type[D]) -> D:
    """Return the draft. Raises DraftLost where there is none of this kind."""
    draft = await find_draft(state, kind)
    if draft is None:
        raise DraftLost
    return draft


async def keep_draft(state: FSMContext, draft: Draft | None, step: State | None = None) -> bool:
    """Keep the draft for ten minutes and wait for typed words at `step` (None: for nothing).

    Returns False where Redis is away."""
    data = {} if draft is None else msgspec.to_builtins(draft)
    try:
        await asyncio.gather(state.set_state(step), state.set_data(data))
    except RedisFailure as error:
        log.warning("a draft cannot be kept: %s", type(error).__name__)
        return False
    return True


async def pause_draft(state: FSMContext) -> None:
    """Wait for typed words no longer; the draft itself is kept for ten more minutes."""
    if await state.get_state() is None:
        return
    data = await state.get_data()
    try:
        await asyncio.gather(state.set_state(None), state.set_data(data))
    except RedisFailure as error:
        log.warning("a draft cannot be kept: %s", type(error).__name__)


async def drop_draft(state: FSMContext) -> None:
    """Forget the draft and wait for nothing. As `state.clear()`, in one round trip."""
    await asyncio.gather(state.set_state(None), state.set_data({}))
