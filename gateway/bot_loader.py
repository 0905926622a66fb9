"""Loads the bot, which takes seconds, without standing in the way of a worker that already answers."""

import asyncio
import importlib
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from backend.client.api import BackendClient
from backend.contract.redis import url_for
from backend.kit.redis import RedisLink
from gateway.settings import Settings
from gateway.updates.identity import People
from gateway.updates.pipeline import Engine

if TYPE_CHECKING:
    from bot.runtime import Runtime

MODULES = ("bot.runtime", "aiogram.exceptions", "pydantic")


Close = Callable[[], Awaitable[None]]


async def load_engine(
    settings: Settings, backend: BackendClient, people: People, gateway_redis: RedisLink
) -> tuple["Runtime", Engine, Close]:
    """Imports in a thread, then builds in the loop. The bot gets a Redis user of its own, with fewer rights than ours.

    The last one closes both the bot and its Redis."""
    await asyncio.to_thread(lambda: [importlib.import_module(name) for name in MODULES])
    from aiogram.exceptions import TelegramNetworkError, TelegramRetryAfter, TelegramServerError
    from pydantic import ValidationError

    from bot.runtime import NotAnUpdate, Runtime

    assert settings.redis_url is not None
    redis = RedisLink(url_for(settings.redis_url, "bot", settings.require_key()))
    redis.beside(gateway_redis)
    await redis.start()
    runtime = Runtime(
        redis=redis,
        backend=backend,
        telegram_api_url=settings.telegram_api_url,
        on_person_changed=people.forget,
    )
    await runtime.start()
    engine = Engine(
        runtime,
        passing=(TelegramNetworkError, TelegramRetryAfter, TelegramServerError),
        hopeless=(ValidationError, NotAnUpdate),
    )

    async def close() -> None:
        await runtime.close()
        await redis.close()

    return runtime, engine, close
