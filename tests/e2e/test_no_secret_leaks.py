"""A running installation of two workers with secrets that are easy to find again: none is in anything that it puts out.

What it puts out: logs, metrics, health, error bodies, what commands print, the process list, the exported audit log.
"""

import asyncio
import hashlib
import hmac
import re
import signal
import time
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import pytest

from backend.contract.redis import USERS, redis_password
from gateway.sandbox import Bot, Sandbox, people, serve_sandbox
from tests.support.running_demo import RunningInstallation, start_production, start_slotgate

TOKEN = "8000000011:CANARY-token-of-the-shop-0123456789abc"
WRONG = "8000000012:CANARY-token-nobody-knows-0123456789ab"
SECRET = "CANARY-webhook-secret-0123456789abcdef"
KEY = "CANARY-internal-key-0123456789abcdef0123456789"
WORDS = "CANARY words that a person wrote"
PHONE = "+49 170 5550123"
TENANT = "name: {}\nbot_token: env:{}\nwebhook_secret: env:HOOK\ntimezone: Europe/London\nlocale: en\ncurrency: GBP\n"
HIDDEN = [
    TOKEN, TOKEN.partition(":")[2], WRONG.partition(":")[2], SECRET, KEY, WORDS, PHONE, PHONE.replace(" ", ""),
    *(redis_password(KEY, user) for user in USERS),
    # what is derived where a file names no secret
    hmac.new(KEY.encode(), b"webhook:shop", hashlib.sha256).hexdigest(),
]  # fmt: skip
REFUSED = 40


@pytest.mark.timeout(300)
async def test_no_secret_is_in_anything_that_is_put_out(tmp_path: Path) -> None:
    sandbox = Sandbox()
    shop = sandbox.add_bot(TOKEN, "Shop", language="en", slug="shop")
    async with serve_sandbox(sandbox) as telegram:
        tenants, data = tmp_path / "tenants", tmp_path / "data"
        tenants.mkdir()
        (tenants / "shop.yaml").write_text(TENANT.format("Shop", "SHOP_TOKEN"))
        (tenants / "wrong.yaml").write_text(TENANT.format("Wrong", "WRONG_TOKEN"))
        env = {"SLOTGATE_INTERNAL_KEY": KEY, "SLOTGATE_TELEGRAM_API_URL": telegram}
        env |= {"SHOP_TOKEN": TOKEN, "WRONG_TOKEN": WRONG, "HOOK": SECRET}
        running = await start_production(data, tenants, "--workers", "2", **env)
        output: list[str] = []
        try:
            await running.wait_ready()
            await running.wait_until(lambda: bool(shop.webhook.url), 60)
            await _write_as_person(running, sandbox, shop)
            output += await _send_bad_requests(running)
            output += await _read_health_and_metrics(running)
            output += _list_processes(running.process.pid)
            where = {"SLOTGATE_DATA_DIR": str(data), "SLOTGATE_TENANTS_DIR": str(tenants), **env}
            for command in (("tenants", "list"), ("tenants", "doctor"), ("audit", "verify"), ("quarantine", "list")):
                process = await start_slotgate(*command, environment=where)
                out, err = await asyncio.wait_for(process.communicate(), 60)
                output += [out.decode(), err.decode()]
        finally:
            assert await running.stop(signal.SIGTERM) == 0
        output += [running.read_output(), *(log.read_text(errors="replace") for log in data.rglob("*.log"))]
    everything = "\n".join(output)
    assert "webhook_registration_failed" in everything  # the wrong token was tried and reported
    assert everything.count('"event":"update"') > REFUSED
    lines = everything.splitlines()
    assert [line[:1000] for line in lines if any(hidden in line for hidden in HIDDEN)] == []


async def _write_as_person(running: RunningInstallation, sandbox: Sandbox, shop: Bot) -> None:
    """Write texts as a person, and wait for an answer to each."""
    for text in ("/start", WORDS, f"/start {WORDS.replace(' ', '_')[:40]}", PHONE):
        before = len(_bot_messages(shop))
        people.send_text(sandbox, shop, 1001, text)
        await running.wait_until(partial(_has_more_messages, shop, before), 30)


def _has_more_messages(shop: Bot, before: int) -> bool:
    return len(_bot_messages(shop)) > before


def _bot_messages(shop: Bot) -> list[Any]:
    chat = shop.chats.get(1001)
    return [] if chat is None else [message for message in chat.messages.values() if message.out]


async def _send_bad_requests(running: RunningInstallation) -> list[str]:
    """Send secrets where none belong, and none where one is needed. Returns the answers with their headers."""
    gateway, backend, output = running.gateway, running.backend, []
    headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET, "Content-Type": "application/json"}
    asks: list[tuple[str, str, dict[str, str], bytes]] = [
        ("POST", f"{gateway}/tg/webhook/shop", headers, b"not json " + WORDS.encode()),
        ("POST", f"{gateway}/tg/webhook/shop", {**headers, "Content-Type": "text/plain"}, TOKEN.encode()),
        ("POST", f"{gateway}/tg/webhook/{TOKEN}", headers, b"{}"),
        ("GET", f"{gateway}/bot{TOKEN}/getMe", {}, b""),
        ("GET", f"{gateway}/api/shop/services?x={KEY}", {"Authorization": f"Bearer {KEY}"}, b""),
        ("GET", f"{backend}/v1/services?token={TOKEN}", {"Authorization": f"Bearer {KEY}x"}, b""),
        ("GET", f"{backend}/v1/services", {"Authorization": f"Bearer {KEY}", "X-Tenant": TOKEN}, b""),
        ("POST", f"{backend}/v1/people/identify", {"Authorization": f"Bearer {KEY}", "X-Tenant": "shop"}, b"{" * 5000),
    ]
    asks += [("POST", f"{gateway}/tg/webhook/shop", {"Content-Type": "application/json"}, b"{}")] * REFUSED
    async with aiohttp.ClientSession() as session:
        for method, url, own_headers, body in asks:
            async with session.request(method, url, headers=own_headers, data=body or None) as reply:
                output.append(f"{reply.status} {dict(reply.headers)} {await reply.text()}")
                assert reply.status < 500, (method, reply.status)
    return output


async def _read_health_and_metrics(running: RunningInstallation) -> list[str]:
    """Return health and metrics. Each worker's metrics must count the updates of both."""
    output = []
    for base in (running.gateway, running.backend):
        for path in ("/health/live", "/health/ready", "/metrics", "/schema/openapi.json"):
            async with aiohttp.ClientSession() as session, session.get(base + path) as reply:
                output.append(await reply.text())
    pids: set[int] = set()
    counts: set[str | None] = set()

    async def ask() -> None:
        # a new connection each time: the kernel spreads them over the workers
        async with aiohttp.ClientSession() as session:
            async with session.get(f"{running.gateway}/health/live") as reply:
                pids.add((await reply.json())["pid"])
            async with session.get(f"{running.gateway}/metrics") as reply:
                counted = re.search(r'slotgate_updates_total\{outcome="unauthorized"\} (\S+)', await reply.text())
                counts.add(counted[1] if counted else None)

    # several at once, and until both have answered: on a busy machine one worker may be the quicker for long
    deadline = time.monotonic() + 60
    for n in count(1):
        await asyncio.gather(*(ask() for _ in range(6)))
        if (n >= 5 and len(pids) == 2) or time.monotonic() > deadline:
            break
    assert len(pids) == 2
    assert counts == {f"{REFUSED + 1}.0"}
    return output


def _list_processes(parent: int) -> list[str]:
    """Return the process list, which everybody on the machine can read."""
    process = psutil.Process(parent)
    processes = [process, *process.children(recursive=True)]
    assert len(processes) >= 6  # up, gateway with two workers, backend with its own, Redis
    return [" ".join([process.name(), *process.cmdline()]) for process in processes]
