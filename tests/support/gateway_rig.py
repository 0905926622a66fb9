"""What the gateway's tests stand on: a Redis of their own, tenants, updates, and a bot that notes what it is given."""

import asyncio
import os
import secrets
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from backend.client.api import BackendClient
from backend.contract.people import Person
from backend.contract.redis import url_for
from backend.kit.redis import RedisLink
from bot.context import Context, TenantBot
from gateway.observability.audit import Audit
from gateway.observability.metrics import Metrics
from gateway.scripts import SCRIPTS
from gateway.tenants.file import PublicApi, Rate, RateLimits, Tenant
from gateway.tenants.snapshot import TenantSnapshot
from gateway.updates.admission import Admissions
from gateway.updates.identity import People
from gateway.updates.pipeline import Engine, Intake
from gateway.updates.quarantine import Quarantine

KEY = "k" * 32
PERSON = 1001


class OwnRedis:
    """A redis-server of a test's own, to be stopped, frozen and killed at will."""

    def __init__(self, running: Any) -> None:
        self.running = running
        self.url: str = url_for(running.url, "gateway", KEY)

    @property
    def pid(self) -> int:
        return int(self.running.child.process.pid)

    def freeze(self) -> None:
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    async def flush(self) -> None:
        async with linked(url_for(self.running.url, "backend", KEY)) as link:
            cursor = b"0"
            while True:
                reply = await link.call(b"SCAN", cursor, b"COUNT", b"1000")
                assert isinstance(reply, list)
                cursor, names = reply  # type: ignore[assignment]
                if names:
                    await link.call(b"DEL", *names)  # type: ignore[misc]
                if cursor == b"0":
                    return


class linked:  # noqa: N801  reads as a phrase
    """`async with linked(url) as link`."""

    def __init__(self, url: str) -> None:
        self._link = RedisLink(url, SCRIPTS, timeout_s=2.0)

    async def __aenter__(self) -> RedisLink:
        await self._link.start()
        return self._link

    async def __aexit__(self, *_: object) -> None:
        await self._link.close()


def tenant(**changes: Any) -> Tenant:
    """A tenant whose slug and bot nobody else has."""
    slug = f"shop-{secrets.token_hex(4)}"
    fields: dict[str, Any] = {
        "slug": slug,
        "name": "Barber House",
        "bot_token": f"{secrets.randbelow(10**9) + 10**6}:{secrets.token_hex(16)}",
        "webhook_secret": secrets.token_hex(16),
        "timezone": "Europe/Moscow",
        "locale": "en",
        "currency": "RUB",
        "enabled": True,
        "rate_limits": RateLimits(Rate(1000, 60, 1000), Rate(1000, 60, 1000), Rate(60, 60, 60)),
        "public": PublicApi(),
        "fingerprint": secrets.token_hex(16),
    }
    return Tenant(**{**fields, **changes})


def served(**changes: Any) -> TenantSnapshot:
    return TenantSnapshot.of(tenant(**changes))


def message(update_id: int, person: int = PERSON, text: str = "hi") -> dict[str, Any]:
    """A private text message as Telegram sends it."""
    user = {"id": person, "is_bot": False, "first_name": "Alex", "language_code": "en"}
    chat = {"id": person, "type": "private", "first_name": "Alex"}
    return {
        "update_id": update_id,
        "message": {"message_id": update_id, "date": 1_790_000_000, "chat": chat, "from": user, "text": text},
    }


def press(update_id: int, person: int = PERSON) -> dict[str, Any]:
    """A press on an inline button."""
    told = message(update_id, person)["message"]
    return {
        "update_id": update_id,
        "callback_query": {"id": f"q{update_id}", "from": told["from"], "message": told, "data": "x"},
    }


class NotingBot:
    """Stands where `bot.runtime.Runtime` does, since these tests are about what reaches it, how often and when."""

    def __init__(self) -> None:
        self.seen: list[int] = []
        self.people: list[Person] = []
        self.groups: list[int] = []
        self.script: Callable[[Context, dict[str, Any]], Any] | None = None

    async def process_update(self, context: Context, body: bytes) -> bytes | None:
        update = msgspec.json.decode(body)
        self.people.append(context.person)
        result = None
        if self.script is not None:
            result = self.script(context, update)
            if asyncio.iscoroutine(result):
                result = await result
        self.seen.append(update["update_id"])
        return result if isinstance(result, bytes) else None

    async def in_a_group(self, tenant: TenantBot, message: dict[str, Any]) -> bytes | None:
        self.groups.append(message["chat"]["id"])
        return b'{"method": "sendMessage", "chat_id": 1, "text": "in private"}'


class Rig:
    """One worker's intake on a real Redis; `workers` of them may share it."""

    def __init__(
        self, redis_url: str, directory: Path, backend_url: str = "http://127.0.0.1:9", **options: Any
    ) -> None:
        self.metrics = Metrics()
        self.link = RedisLink(redis_url, SCRIPTS)
        self.admissions = Admissions(self.link, self.metrics, **options)
        self.backend = BackendClient(backend_url, KEY)
        self.people = People(self.backend, self.link)
        self.quarantine = Quarantine(directory / "quarantine")
        self.audit = Audit()
        self.intake = Intake(self.admissions, self.people, self.quarantine, self.audit, self.metrics)
        self.bot = NotingBot()
        self.intake.engine = Engine(self.bot, passing=(ConnectionError,), hopeless=(UnicodeError,))

    async def start(self) -> "Rig":
        await self.link.start()
        return self

    async def close(self) -> None:
        await self.link.close()
        await self.backend.close()

    async def know(self, shop: TenantSnapshot, person: int = PERSON, locale: Any = "en") -> None:
        """The context that a first update would have left."""
        body = msgspec.json.encode(Person(id=person, tg_id=person, roles=["client"], locale=locale, name="Alex"))
        await self.link.call(b"SET", shop.ctx + b"%d" % person, body, b"EX", b"600")
