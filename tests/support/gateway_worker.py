"""A worker of the gateway without its server: tenants, updates, and a bot that records what it is given."""

import asyncio
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from backend.client.api import BackendClient
from backend.contract.people import Person
from backend.kit.redis_link import RedisLink
from bot.context import Context, TenantBot
from gateway.limits.rate import Rate
from gateway.observability.metrics import Metrics
from gateway.scripts import SCRIPTS
from gateway.tenants.basics import BasicsCache
from gateway.tenants.file import PublicApi, RateLimits, Tenant
from gateway.tenants.snapshot import TenantSnapshot
from gateway.updates.admission import Admission, AdmissionControl
from gateway.updates.envelope import Envelope, User, parse_envelope
from gateway.updates.identity import IdentityCache
from gateway.updates.incoming import IncomingUpdate
from gateway.updates.pipeline import LoadedBot, Pipeline
from gateway.updates.quarantine import Quarantine
from gateway.updates.responses import UpdateResponse
from tests.support.machine import PATIENT_S
from tests.support.own_redis import KEY

PERSON = 1001


def make_tenant(**changes: Any) -> Tenant:
    """Return a tenant with a slug and a bot of its own."""
    slug = f"shop-{secrets.token_hex(4)}"
    token = changes.get("token") or f"{secrets.randbelow(10**9) + 10**6}:{secrets.token_hex(16)}"
    fields: dict[str, Any] = {
        "slug": slug,
        "name": "Barber House",
        "token": token,
        "bot_id": int(token.partition(":")[0]),
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


def make_snapshot(**changes: Any) -> TenantSnapshot:
    """Return the snapshot of such a tenant."""
    return TenantSnapshot.of(make_tenant(**changes))


def message(update_id: int, person: int = PERSON, text: str = "hi") -> dict[str, Any]:
    """Return a private text message as Telegram sends it."""
    user = {"id": person, "is_bot": False, "first_name": "Alex", "language_code": "en"}
    chat = {"id": person, "type": "private", "first_name": "Alex"}
    return {
        "update_id": update_id,
        "message": {"message_id": update_id, "date": 1_790_000_000, "chat": chat, "from": user, "text": text},
    }


def press(update_id: int, person: int = PERSON) -> dict[str, Any]:
    """Return a press on an inline button."""
    menu = message(update_id, person)["message"]
    return {
        "update_id": update_id,
        "callback_query": {"id": f"q{update_id}", "from": menu["from"], "message": menu, "data": "x"},
    }


def incoming(shop: TenantSnapshot, update: dict[str, Any]) -> IncomingUpdate:
    """Return an update as the webhook hands it on."""
    body = msgspec.json.encode(update)
    return IncomingUpdate(shop, parse_envelope(body), body, "test", f"r{update['update_id']}")


def to_admit(shop: TenantSnapshot, update_id: int, person: int, *, exempt: bool) -> IncomingUpdate:
    """Return what admission looks at of an update."""
    envelope = Envelope(update_id, "message", User(person), chat_id=person, exempt=exempt)
    return IncomingUpdate(shop, envelope, b"", "test", f"r{update_id}")


class RecordingBot:
    """Takes the place of `bot.runtime.Runtime`: these tests are about what reaches it, how often and when."""

    def __init__(self) -> None:
        self.seen: list[int] = []
        self.people: list[Person] = []
        self.groups: list[int] = []
        self.script: Callable[[Context, dict[str, Any]], Any] | None = None

    async def process_update(self, context: Context, body: bytes) -> bytes | None:
        """Record the update and its person; answer as `script` says."""
        update = msgspec.json.decode(body)
        self.people.append(context.person)
        result = None
        if self.script is not None:
            result = self.script(context, update)
            if asyncio.iscoroutine(result):
                result = await result
        self.seen.append(update["update_id"])
        return result if isinstance(result, bytes) else None

    async def answer_in_group(self, tenant: TenantBot, message: Mapping[str, Any]) -> bytes | None:
        """Record the group and answer with a message."""
        self.groups.append(message["chat"]["id"])
        return b'{"method": "sendMessage", "chat_id": 1, "text": "in private"}'


class GatewayWorker:
    """One worker's pipeline on a real Redis, which several of them may share."""

    def __init__(
        self,
        redis_url: str,
        directory: Path,
        backend_url: str = "http://127.0.0.1:9",
        redis_timeout_s: float = PATIENT_S,
        **options: Any,
    ) -> None:
        self.metrics = Metrics()
        self.link = RedisLink(redis_url, SCRIPTS, timeout_s=redis_timeout_s)
        self.admission = AdmissionControl(self.link, self.metrics, **options)
        self.backend = BackendClient(backend_url, KEY)
        self.identities = IdentityCache(self.backend, self.link)
        self.quarantine = Quarantine(directory / "quarantine")
        basics = BasicsCache(self.backend, self.link)
        self.pipeline = Pipeline(self.admission, self.identities, basics, self.quarantine, self.metrics)
        self.bot = RecordingBot()
        self.pipeline.bot = LoadedBot(self.bot, transient=(ConnectionError,), permanent=(UnicodeError,))

    async def start(self) -> "GatewayWorker":
        """Connect to Redis and return itself."""
        await self.link.start()
        return self

    async def close(self) -> None:
        """Close the connections."""
        await self.link.close()
        await self.backend.close()

    async def cache_person(self, shop: TenantSnapshot, person: int = PERSON, locale: Any = "en") -> None:
        """Store the context that a first update would have left."""
        body = msgspec.json.encode(Person(id=person, tg_id=person, roles=["client"], locale=locale, name="Alex"))
        await self.link.call(b"SET", shop.context_key + b"%d" % person, body, b"EX", b"600")

    async def process(self, shop: TenantSnapshot, update: dict[str, Any]) -> UpdateResponse:
        """Process an update as if the webhook had taken it."""
        return await self.pipeline.process(incoming(shop, update))

    def decide_locally(self, shop: TenantSnapshot, update_id: int, person: int) -> Admission | None:
        """Return what admission decides without asking Redis, None where it must ask."""
        return self.admission.decide_locally(to_admit(shop, update_id, person, exempt=False))

    async def admit(self, shop: TenantSnapshot, update_id: int, person: int, *, exempt: bool = False) -> Admission:
        """Ask for an update's admission."""
        return await self.admission.admit(to_admit(shop, update_id, person, exempt=exempt))

    async def complete(self, shop: TenantSnapshot, update_id: int, person: int) -> None:
        """Mark an update as done."""
        await self.admission.complete(to_admit(shop, update_id, person, exempt=False))

    async def fail(self, shop: TenantSnapshot, update_id: int, person: int) -> None:
        """Mark an update as failed."""
        await self.admission.fail(to_admit(shop, update_id, person, exempt=False))

    async def release(self, shop: TenantSnapshot, update_id: int, person: int) -> None:
        """Give an update back, so that it may come again."""
        await self.admission.release(to_admit(shop, update_id, person, exempt=False))
