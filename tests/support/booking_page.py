"""A business's booking page in somebody's browser: a public client, for tests of holds."""

from typing import Any
from uuid import uuid4

import httpx
from redis.asyncio import Redis

from backend.contract.redis import url_for
from backend.db import tables as t
from tests.support.servers import INTERNAL_KEY, RedisServer
from tests.support.town import CLIENT, HERE, Town

TEN, ELEVEN, TWELVE = ("2026-06-02T10:00:00Z", "2026-06-02T11:00:00Z", "2026-06-02T12:00:00Z")
PHONE = "+44 20 7946 0018"


class Page:
    """A business's booking page: a public client of one business."""

    def __init__(self, town: Town, tenant: str = HERE) -> None:
        self.town, self.tenant = town, tenant

    async def call(self, method: str, path: str, token: str | bytes | None = None, **more: Any) -> httpx.Response:
        headers: dict[str, Any] = {} if token is None else {"Hold-Token": token}
        return await self.town.call(
            method, path, None, client_type="public", tenant=self.tenant, headers=headers, **more
        )

    async def hold(self, start: str = TEN, key: str | None = None, **more: Any) -> httpx.Response:
        service = (self.town.here if self.tenant == HERE else self.town.there).services["Haircut"]
        body = {"service_ids": [service], "start": start, "hold": True, **more}
        return await self.call("POST", "/v1/holds", json=body, key=key or str(uuid4()))

    async def held(self, start: str = TEN, **more: Any) -> Any:
        answer = await self.hold(start, **more)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def state(self, held: Any) -> Any:
        answer = await self.call("GET", f"/v1/holds/{held['id']}", held["token"])
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def step(self, held: Any, name: str, body: Any = None, key: str | None = None, **more: Any) -> httpx.Response:
        more |= {} if body is None else {"json": body}
        token = more.pop("token", held["token"])
        return await self.call("POST", f"/v1/holds/{held['id']}/{name}", token, key=key, **more)


async def texts(redis_server: RedisServer) -> dict[bytes, bytes]:
    """Every key of Redis that holds a text, and the text."""
    async with Redis.from_url(url_for(redis_server.url, "backend", INTERNAL_KEY)) as redis:
        return {name: await redis.get(name) or b"" async for name in redis.scan_iter(_type="string")}


async def uncount(redis_server: RedisServer) -> None:
    """Other tests have counted in the same Redis, for businesses of the same name: that is forgotten."""
    async with Redis.from_url(url_for(redis_server.url, "backend", INTERNAL_KEY)) as redis:
        async for name in redis.scan_iter(match="attempts:*"):
            await redis.delete(name)


async def claim(town: Town, token: str, who: int | None = CLIENT, **more: Any) -> httpx.Response:
    """Somebody follows the link, in the bot."""
    return await town.call("POST", "/v1/holds/claim", who, json={"token": token}, **more)


async def verify(town: Town, who: int = CLIENT, phone: str = PHONE) -> None:
    """Somebody shares their own contact."""
    await town.ok("PATCH", "/v1/people/me", who, json={"phone": phone})


async def sent(town: Town) -> list[Any]:
    """The codes that wait in the outbox."""
    return await town.rows(t.outbox, t.outbox.c.kind == "code")


def code(answer: httpx.Response) -> str:
    """The code of a refusal."""
    return str(answer.json()["code"])
