"""`slotgate up` for production from nothing: secrets from the environment, a local Bot API in Telegram's place."""

import asyncio
import re
import signal
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from backend.contract.redis import url_for
from gateway.sandbox import Bot, Sandbox, people, serve_sandbox
from gateway.tenants.directory import REMOVED
from tests.support.running_demo import ROOT, Running, slotgate, start_up

TOKEN = "8000000001:production-like-token-of-a-test-1"
SECOND = "8000000002:production-like-token-of-a-test-2"
KEY = "0123456789abcdef" * 4
TENANT = """\
name: Test Shop
bot_token: env:TEST_SHOP_TOKEN
timezone: Europe/London
locale: en
currency: GBP
"""
ADMIN, CLIENT = 1003, 1001


async def run(*arguments: str, **environment: str) -> tuple[int, str, str]:
    """A command to its end: exit code, stdout, stderr."""
    process = await slotgate(*arguments, **environment)
    out, err = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


def said(bot: Bot, person: int) -> list[str]:
    """What the bot has sent to somebody."""
    chat = bot.chats.get(person)
    return [] if chat is None else [str(m.content.get("text", "")) for m in chat.messages.values() if m.out]


async def greet(running: Running, sandbox: Sandbox, bot: Bot, person: int = CLIENT) -> None:
    """/start gets an answer."""
    before = len(said(bot, person))
    people.send_text(sandbox, bot, person, "/start")
    await running.until(lambda: len(said(bot, person)) > before, 30)


class Place:
    """A folder with one tenant, and the environment of an operator."""

    def __init__(self, folder: Path, telegram: str) -> None:
        self.tenants, self.data = folder / "tenants", folder / "data"
        self.tenants.mkdir()
        (self.tenants / "shop.yaml").write_text(TENANT)
        self.where = {"SLOTGATE_DATA_DIR": str(self.data), "SLOTGATE_TENANTS_DIR": str(self.tenants)}
        self.env = {
            "SLOTGATE_INTERNAL_KEY": KEY,
            "SLOTGATE_TELEGRAM_API_URL": telegram,
            "TEST_SHOP_TOKEN": TOKEN,
            "SECOND_TOKEN": SECOND,
        }

    async def command(self, *arguments: str) -> tuple[int, str, str]:
        return await run(*arguments, **self.env, **self.where)

    async def up(self, *arguments: str) -> Running:
        return await start_up(self.data, self.tenants, *arguments, **self.env)


@pytest.mark.timeout(400)
async def test_from_an_empty_machine_to_webhooks_and_to_polling(tmp_path: Path) -> None:
    sandbox = Sandbox()
    shop = sandbox.add_bot(TOKEN, "Test Shop", language="en", slug="shop")
    second = sandbox.add_bot(SECOND, "Second Shop", language="en", slug="second")
    async with serve_sandbox(sandbox) as telegram:
        place = Place(tmp_path, telegram)
        await _prepare(place)
        running = await place.up()
        try:
            await running.ready()
            await _webhook_registered(running, shop)
            await greet(running, sandbox, shop)
            await _live_without_restart(running, place, sandbox, second)
            await _another_key_is_refused(running, place)
        finally:
            assert await running.stop(signal.SIGTERM) == 0
        assert TOKEN not in running.words()
        assert KEY not in running.words()

        polling = await place.up("--polling")
        try:
            await polling.ready()
            await greet(polling, sandbox, shop)
            assert shop.webhook.url == ""
        finally:
            assert await polling.stop(signal.SIGINT) == 0


async def _prepare(place: Place) -> None:
    """Before any gateway ran: migrate, a first admin, a business; each says what it should the second time."""
    assert (await place.command("tenants", "check"))[0] == 0
    code, _, err = await place.command("init-admin", "--tenant", "shop", "--tg-id", str(ADMIN))
    assert (code, "slotgate migrate" in err) == (3, True)
    assert (await place.command("migrate"))[0] == 0
    assert (await place.command("init-admin", "--tenant", "shop", "--tg-id", str(ADMIN)))[0] == 0
    code, _, err = await place.command("init-admin", "--tenant", "shop", "--tg-id", "77")
    assert (code, str(ADMIN) in err) == (1, True)
    code, _, err = await place.command("init-admin", "--tenant", "nobody", "--tg-id", "77")
    assert (code, "nobody" in err, "Traceback" in err) == (3, True, False)
    business = str(ROOT / "tenants" / "demo" / "business" / "studio.yaml")
    assert (await place.command("import", "shop", business))[0] == 0
    code, out, _ = await place.command("import", "shop", business)
    assert (code, out) == (0, "Nothing to change.\n")
    code, out, _ = await place.command("export", "shop")
    assert (code, "Yoga class" in out) == (0, True)
    assert (await place.command("audit", "verify"))[0] == 0


async def _webhook_registered(running: Running, bot: Bot) -> None:
    await running.until(lambda: bot.webhook.url == f"{running.gateway}/tg/webhook/shop", 20)
    assert len(bot.webhook.secret) == 64
    assert {"message", "callback_query"} <= set(bot.webhook.allowed or ())


async def _live_without_restart(running: Running, place: Place, sandbox: Sandbox, bot: Bot) -> None:
    """A new file is live soon, a disabled one answers 410, a removed one 401."""
    file = place.tenants / "second.yaml"
    file.write_text(TENANT.replace("TEST_SHOP_TOKEN", "SECOND_TOKEN").replace("Test Shop", "Second"))
    await running.until(lambda: bot.webhook.url.endswith("/tg/webhook/second"), 20)
    await greet(running, sandbox, bot)
    secret = bot.webhook.secret
    file.write_text(file.read_text() + "enabled: false\n")
    await _answers(running, secret, 410)
    file.rename(file.with_name("second.yaml" + REMOVED))
    await _answers(running, secret, 401)


async def _another_key_is_refused(running: Running, place: Place) -> None:
    """A gateway that does not share the key ends in a sentence: at Redis, or, with Redis's own password, at the backend."""
    listens = re.search(r'^unixsocket "(.+)"$', (place.data / "redis" / "redis.conf").read_text(), re.MULTILINE)
    assert listens is not None
    redis_url = f"unix://{listens[1]}"
    other = {**place.env, **place.where, "SLOTGATE_INTERNAL_KEY": "x" * 64, "SLOTGATE_BACKEND_URL": running.backend}
    code, _, err = await run("gateway", "--port", "0", **other, SLOTGATE_REDIS_URL=redis_url)
    assert (code, "Redis refuses the user bot" in err) == (4, True)
    # the one user who may touch every key
    with_password = url_for(redis_url, "backend", KEY)
    code, _, err = await run("gateway", "--port", "0", **other, SLOTGATE_REDIS_URL=with_password)
    assert (code, "refuses SLOTGATE_INTERNAL_KEY" in err, "Traceback" in err) == (3, True, False)


async def _answers(running: Running, secret: str, status: int) -> None:
    headers = {"X-Telegram-Bot-Api-Secret-Token": secret}
    async with aiohttp.ClientSession(headers=headers) as http:
        seen: list[int] = []

        async def ask() -> int:
            body: dict[str, Any] = {"update_id": 1}
            async with http.post(f"{running.gateway}/tg/webhook/second", json=body) as response:
                return response.status

        for _ in range(200):
            seen.append(await ask())
            if seen[-1] == status:
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"{status} expected, got {set(seen)}")
