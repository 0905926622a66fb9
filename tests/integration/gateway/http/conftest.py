"""A webhook of three tenants, the second of which is disabled."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.gateway_worker import make_snapshot
from tests.support.webhook_client import WebhookClient


@pytest.fixture
async def client(start_worker: Callable[..., Any]) -> WebhookClient:
    """Return a client of a webhook whose worker knows one person of the first tenant."""
    client = WebhookClient(await start_worker(), make_snapshot(), make_snapshot(enabled=False), make_snapshot())
    await client.worker.cache_person(client.shop)
    return client
