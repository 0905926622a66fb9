"""The gateway's copies of who somebody is (`ctx:{slug}:{tg_id}`), dropped when a write makes them stale."""

from backend.contract.redis import redis_key
from backend.kit.redis import RedisFailure, SharedRedis


class StaleContexts:
    """Collects the people whose copies a write makes stale; `drop` them once it is committed, so that menus follow.

    Without Redis the copies stay: rights never come from them, and they end within 10 minutes by themselves."""

    def __init__(self, redis: SharedRedis, slug: str) -> None:
        self._redis = redis
        self._slug = slug
        self._tg_ids: set[int] = set()

    def add(self, tg_id: int | None) -> None:
        """Add a person by their Telegram id; None is a person without one."""
        if tg_id is not None:
            self._tg_ids.add(tg_id)

    async def drop(self) -> None:
        """Delete the copies."""
        names = [redis_key("ctx", self._slug, tg_id) for tg_id in self._tg_ids]
        if not names:
            return
        try:
            await self._redis.call(lambda redis: redis.delete(*names))
        except RedisFailure:
            return
