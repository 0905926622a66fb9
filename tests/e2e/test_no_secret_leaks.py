"""A running installation of two workers with secrets that are easy to find again: none is in anything that it puts out.

What it puts out: logs, metrics, health, error bodies, what commands print, the process list, the exported audit log.
"""

import asyncio
import hashlib
import hmac
import re
import signal
import time
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import pytest

from backend.contract.redis import USERS, password
from gateway.sandbox import Bot, Sandbox, people, serve_sandbox
from tests.support.running_demo import Running, slotgate, start_up

TOKEN = "8000000011:CANARY-token-of-the-shop-0123456789abc"
WRONG = "8000000012:CANARY-token-nobody-knows-0123456789ab"
SECRET = "CANARY-webhook-secret-0123456789abcdef"
KEY = "CANARY-internal-key-0123456789abcdef0123456789"
WORDS = "CANARY words that a person wrote"
PHONE = "+49 170 5550123"
TENANT = "name: {}\nbot_token: env:{}\nwebhook_secret: env:HOOK\ntimezone: Europe/London\nlocale: en\ncurrency: GBP\n"
HIDDEN = [
    TOKEN, TOKEN.partition(":")[2], WRONG.partition(":")[2], SECRET, KEY, WORDS, PHONE, PHONE.replace(" ", ""),
    *(password(KEY, user) for user in USERS),
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
        running = await start_up(data, tenants, "--workers", "2", **env)
        shown: list[str] = []
        try:
            await running.ready()
            await running.until(lambda: bool(shop.webhook.url), 60)
            await _talk(running, sandbox, shop)
            shown += await _provoke(running)
            shown += await _look(running)
            shown += _processes(running.process.pid)
            where = {"SLOTGATE_DATA_DIR": str(data), "SLOTGATE_TENANTS_DIR": str(tenants), **env}
            for command in (("tenants", "list"), ("tenants", "doctor"), ("audit", "verify"), ("quarantine", "list")):
                process = await slotgate(*command, **where)
                out, err = await asyncio.wait_for(process.communicate(), 60)
                shown += [out.decode(), err.decode()]
        finally:
            assert await running.stop(signal.SIGTERM) == 0
        shown += [running.words(), *(log.read_text(errors="replace") for log in data.rglob("*.log"))]
    everything = "\n".join(shown)
    assert "webhook_registration_failed" in everything  # the wrong token was tried, and told of
    assert everything.count('"event":"update"') > REFUSED
    lines = everything.splitlines()
    assert [line[:1000] for line in lines if any(hidden in line for hidden in HIDDEN)] == []


async def _talk(running: Running, sandbox: Sandbox, shop: Bot) -> None:
    """Somebody writes, presses, and shares a number."""
    for act in (
        lambda: people.send_text(sandbox, shop, 1001, "/start"),
        lambda: people.send_text(sandbox, shop, 1001, WORDS),
        lambda: people.send_text(sandbox, shop, 1001, f"/start {WORDS.replace(' ', '_')[:40]}"),
        lambda: people.send_text(sandbox, shop, 1001, PHONE),
    ):
        before = len(_said(shop))
        act()
        await running.until(lambda before=before: len(_said(shop)) > before, 30)


def _said(shop: Bot) -> list[Any]:
    chat = shop.chats.get(1001)
    return [] if chat is None else [message for message in chat.messages.values() if message.out]


async def _provoke(running: Running) -> list[str]:
    """Requests that carry secrets where none belong, or none where one belongs: the answers with their headers."""
    gateway, backend, shown = running.gateway, running.backend, []
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
        for method, url, given, body in asks:
            async with session.request(method, url, headers=given, data=body or None) as reply:
                shown.append(f"{reply.status} {dict(reply.headers)} {await reply.text()}")
                assert reply.status < 500, (method, reply.status)
    return shown


async def _look(running: Running) -> list[str]:
    """Health and metrics; and whichever worker is scraped tells of both workers' updates."""
    shown = []
    for base in (running.gateway, running.backend):
        for path in ("/health/live", "/health/ready", "/metrics", "/schema/openapi.json"):
            async with aiohttp.ClientSession() as session, session.get(base + path) as reply:
                shown.append(await reply.text())
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
    return shown


def _processes(parent: int) -> list[str]:
    """The process list, as everybody on the machine can read it."""
    process = psutil.Process(parent)
    family = [process, *process.children(recursive=True)]
    assert len(family) >= 6  # up, gateway with two workers, backend with its own, Redis
    return [" ".join([one.name(), *one.cmdline()]) for one in family]
