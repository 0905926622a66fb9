"""Loads the bot's library, which takes seconds, and starts the bot in a worker."""

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


def import_bot() -> None:
    """Import the bot's library, which takes seconds: in the parent of the workers, where it is done once for all."""
    # pydantic comes with it
    from bot.aiogram_models import import_aiogram

    import_aiogram()
    for name in _MODULES:
        importlib.import_module(name)


async def start_bot(
    settings: Settings, backend: BackendClient, identities: IdentityCache, gateway_redis: RedisLink
) -> StartedBot:
    """Start the bot in this loop. It gets a Redis user of its own, with fewer rights."""
    # nothing to do in a worker; where the parent could not import it, this says why
    await asyncio.to_thread(import_bot)
    # at the top of this file they would make every import of the application take seconds
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
