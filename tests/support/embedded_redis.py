"""The embedded Redis of a test, by any of the servers of this machine, and its users' clients."""

from pathlib import Path
from typing import Any

import pytest
import redis.asyncio

from backend.contract.redis import User, url_for
from gateway.supervisor import redis_server
from gateway.supervisor.redis_server import RedisServer, start_redis
from tests.support.servers import redis_binaries

KEY = "the internal key of these tests"
BINARIES = redis_binaries()


async def start_with(folder: Path, *binaries: str) -> RedisServer:
    """Start the embedded server on a machine that has these programs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(redis_server, "find_redis_binaries", lambda: list(binaries))
        return await start_redis(folder, KEY)


async def execute(client: redis.asyncio.Redis, *words: str) -> Any:
    """Execute a command as it is written, and return what the server says."""
    return await client.execute_command(*words)  # type: ignore[no-untyped-call]  # redis-py leaves it without types


def connect_as(url: str, user: User) -> redis.asyncio.Redis:
    """Return a client that is one of the three users."""
    return redis.asyncio.Redis.from_url(url_for(url, user, KEY), decode_responses=True)
