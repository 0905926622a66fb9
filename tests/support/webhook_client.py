"""A client of the webhook: sends updates as Telegram does, to one worker without a server."""

import asyncio
import json
from typing import Any

from gateway.http.webhook import Webhook
from gateway.limits.rate import Rate
from gateway.tenants.snapshot import TenantSnapshot
from tests.support.asgi import Reply, request
from tests.support.gateway_worker import GatewayWorker

FREE = Rate(10_000, 60, 10_000)


class WebhookClient:
    """A webhook handler in front of one worker's pipeline, and the tenants that it knows; `shop` is the first."""

    def __init__(self, worker: GatewayWorker, *shops: TenantSnapshot) -> None:
        self.worker = worker
        self.shop = shops[0]
        self.webhook = Webhook({shop.slug: shop for shop in shops}, worker.pipeline, worker.metrics)
        self.webhook.tenants_loaded = True

    async def post(
        self, update: Any = None, *, secret: bytes | None = None, slug: str | None = None, **more: Any
    ) -> Reply:
        """Send an update with the tenant's secret, or what else is given; return the answer."""
        headers = more.pop("headers", None)
        if headers is None:
            headers = [(b"content-type", b"application/json")]
        headers = [*headers, (b"x-telegram-bot-api-secret-token", self.shop.secret if secret is None else secret)]
        parts = more.pop("parts", [json.dumps(update).encode()])
        path = f"/tg/webhook/{self.shop.slug if slug is None else slug}"
        reply = await request(self.webhook, more.pop("method", "POST"), path, headers=headers, parts=parts, **more)
        await asyncio.sleep(0)  # the audit's lines leave at the end of the turn
        return reply
