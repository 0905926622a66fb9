"""The gateway's copies of who somebody is (`ctx:{slug}:{tg_id}`) and of a business's basics, when a write makes them stale."""

import msgspec

from backend.contract.redis import BASICS_S, basics_key, redis_key
from backend.contract.tenancy import Basics, Tenant
from backend.kit.redis import RedisFailure, SharedRedis


async def share_basics(redis: SharedRedis, tenant: Tenant) -> None:
    """Give the gateways a business's basics as they are now; written, not dropped: a reader of before must not fill it.

    Without Redis the copies stay, and end by themselves."""
    content = msgspec.json.encode(msgspec.convert(tenant, Basics, from_attributes=True))
    try:
        await redis.call(lambda link: link.set(basics_key(tenant.slug), content, ex=BASICS_S))
    except RedisFailure:
        return


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
