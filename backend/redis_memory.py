"""How full Redis is, asked once a minute: a full one refuses to write, so that it has to be noticed long before."""

import asyncio
from typing import Any, NamedTuple

from backend.kit.logging import log
from backend.kit.redis import RedisFailure, SharedRedis

EVERY_S = 60.0
# The share of its limit from which a warning is written, and the one at which a later rise warns again.
FULL_FROM = 0.7
CALM_BELOW = 0.6


class MemoryUse(NamedTuple):
    """Bytes in use; `limit` is what Redis may use, 0 without a limit."""

    used: int
    limit: int

    @property
    def share(self) -> float:
        """The part of the limit that is in use, 0.0 without one."""
        return self.used / self.limit if self.limit else 0.0


class RedisMemory:
    """What Redis said last of its memory; `use` is None where it did not answer, or may not be asked."""

    def __init__(self, redis: SharedRedis, *, every_s: float = EVERY_S) -> None:
        self._redis = redis
        self._every_s = every_s
        self._warned = False
        self.use: MemoryUse | None = None

    async def watch(self) -> None:
        """Ask until cancelled. Warn once when it fills up, and again after it had room in between."""
        while self._redis.state != "off":
            try:
                self.use = await self._ask()
            except RedisFailure as failure:
                self.use = None
                if failure.code == "NOPERM":
                    return  # a managed server: its own console shows it
            else:
                self._warn(self.use)
            await asyncio.sleep(self._every_s)

    async def _ask(self) -> MemoryUse:
        # Any: redis-py gives each field the type that its text looks like
        info: dict[str, Any] = await self._redis.call(lambda redis: redis.info("memory"))
        return MemoryUse(int(info["used_memory"]), int(info.get("maxmemory", 0)))

    def _warn(self, use: MemoryUse) -> None:
        if use.share >= FULL_FROM and not self._warned:
            self._warned = True
            log.warning("redis_filling_up", used_bytes=use.used, limit_bytes=use.limit, percent=round(use.share * 100))
        elif use.share < CALM_BELOW:
            self._warned = False
