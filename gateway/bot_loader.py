"""Loads the bot's library, which takes seconds, while the worker already answers."""

import asyncio
import importlib
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, NamedTuple

from backend.client.api import BackendClient
from backend.contract.redis import url_for
from backend.kit.redis_link import RedisLink
from bot.telegram import TelegramUnavailable
from gateway.settings import Settings
from gateway.updates.fair_gate import lent_place
from gateway.updates.identity import IdentityCache
from gateway.updates.pipeline import LoadedBot

if TYPE_CHECKING:
    from bot.runtime import Runtime

_MODULES = ("bot.runtime", "aiogram.exceptions", "pydantic")


class StartedBot(NamedTuple):
    """The runtime, what the pipeline gets of it, and what closes both the bot and its Redis."""

    runtime: "Runtime"
    loaded: LoadedBot
    close: Callable[[], Awaitable[None]]


async def start_bot(
    settings: Settings, backend: BackendClient, identities: IdentityCache, gateway_redis: RedisLink
) -> StartedBot:
    """Import the bot in a thread and start it in this loop. It gets a Redis user of its own, with fewer rights."""
    await asyncio.to_thread(lambda: [importlib.import_module(name) for name in _MODULES])
    # imported above, in the thread: at the top of this file they would hold up the worker's start
    from aiogram.exceptions import TelegramNetworkError, TelegramRetryAfter, TelegramServerError
    from pydantic import ValidationError

    from bot.runtime import NotAnUpdate, Runtime

    assert settings.redis_url is not None
    redis = RedisLink(url_for(settings.redis_url, "bot", settings.require_key()))
    redis.add_sibling(gateway_redis)
    await redis.start()
    runtime = Runtime(
        redis=redis,
        backend=backend,
        telegram_api_url=settings.telegram_api_url,
        telegram_proxy=settings.telegram_proxy,
        on_person_changed=identities.forget,
        while_waiting=lent_place,
    )
    await runtime.start()
    loaded = LoadedBot(
        runtime,
        transient=(TelegramUnavailable, TelegramNetworkError, TelegramRetryAfter, TelegramServerError),
        permanent=(ValidationError, NotAnUpdate),
    )

    async def close() -> None:
        await runtime.close()
        await redis.close()

    return StartedBot(runtime, loaded, close)
