"""A business's booking page in somebody's browser: a public client, for tests of holds."""

from typing import Any
from uuid import uuid4

from redis.asyncio import Redis

from backend.contract.redis import url_for
from backend.db import tables
from tests.support.asgi import Reply
from tests.support.business import Business
from tests.support.business_rows import CLIENT
from tests.support.servers import INTERNAL_KEY, RedisServer

TEN, ELEVEN, TWELVE = ("2026-06-02T10:00:00Z", "2026-06-02T11:00:00Z", "2026-06-02T12:00:00Z")
PHONE = "+44 20 7946 0018"


class Page:
    """A business's booking page: a public client of one business."""

    def __init__(self, business: Business) -> None:
        self.business = business

    async def call(self, method: str, path: str, token: str | bytes | None = None, **more: Any) -> Reply:
        """Send a request as the page does; `token` is the hold's."""
        headers = {} if token is None else {"Hold-Token": token}
        return await self.business.nobody.call(method, path, client_type="public", headers=headers, **more)

    async def hold(self, start: str = TEN, key: str | None = None, **more: Any) -> Reply:
        """Ask for a hold of Haircut."""
        body = {"service_ids": [self.business.services["Haircut"]], "start": start, "hold": True, **more}
        return await self.call("POST", "/v1/holds", json=body, key=key or str(uuid4()))

    async def held(self, start: str = TEN, **more: Any) -> Any:
        """Return the body of a hold that must succeed."""
        answer = await self.hold(start, **more)
        assert answer.status == 201, answer
        return answer.body

    async def state(self, held: Any) -> Any:
        """Return what the page reads of its hold."""
        answer = await self.call("GET", f"/v1/holds/{held['id']}", held["token"])
        assert answer.status == 200, answer
        return answer.body

    async def step(self, held: Any, name: str, body: Any = None, key: str | None = None, **more: Any) -> Reply:
        """Ask for a step of the hold: a code, its confirmation, the cancellation."""
        more |= {} if body is None else {"json": body}
        token = more.pop("token", held["token"])
        return await self.call("POST", f"/v1/holds/{held['id']}/{name}", token, key=key, **more)


async def texts(redis_server: RedisServer) -> dict[bytes, bytes]:
    """Return every key of Redis that holds a text, with the text."""
    async with Redis.from_url(url_for(redis_server.url, "backend", INTERNAL_KEY)) as redis:
        found = {}
        async for name in redis.scan_iter(_type="string"):
            value = await redis.get(name)
            assert not isinstance(value, str)  # nothing is decoded on the way
            found[name] = value or b""
        return found


async def forget_attempts(redis_server: RedisServer, but: bytes = b"nothing") -> None:
    """Forget what other tests have counted in the same Redis, for businesses of the same name; not what has `but` in its name."""
    async with Redis.from_url(url_for(redis_server.url, "backend", INTERNAL_KEY)) as redis:
        async for name in redis.scan_iter(match="attempts:*"):
            if but not in name:
                await redis.delete(name)


async def claim(business: Business, token: str, who: int | None = CLIENT, **more: Any) -> Reply:
    """Follow the link as somebody in the bot."""
    return await business.caller(who).call("POST", "/v1/holds/claim", json={"token": token}, **more)


async def verify(business: Business, who: int = CLIENT, phone: str = PHONE) -> None:
    """Share somebody's own contact."""
    await business.caller(who).ok("PATCH", "/v1/people/me", json={"phone": phone})


async def sent(business: Business) -> list[Any]:
    """Return the codes that wait in the outbox."""
    return await business.rows(tables.outbox, tables.outbox.c.kind == "code")
