"""`slotgate up` for production from nothing: secrets from the environment, a local Bot API in Telegram's operator."""

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
from tests.support.command_line import ROOT, CommandServer
from tests.support.running_demo import RunningInstallation, start_production, start_slotgate

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
BUSINESS = str(ROOT / "tenants" / "demo" / "business" / "studio.yaml")
ADMIN, CLIENT = 1003, 1001


async def run_command(*arguments: str, **environment: str) -> tuple[int, str, str]:
    """Run a command to its end. Returns exit code, stdout and stderr."""
    process = await start_slotgate(*arguments, environment=environment)
    out, err = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


def sent_texts(bot: Bot, person: int) -> list[str]:
    """Return the texts that the bot has sent to a person."""
    chat = bot.chats.get(person)
    return [] if chat is None else [str(m.content.get("text", "")) for m in chat.messages.values() if m.out]


async def start_chat(running: RunningInstallation, sandbox: Sandbox, bot: Bot, person: int = CLIENT) -> None:
    """Write /start, and wait for an answer, and until the update is done: who is killed before holds it for half a minute."""
    before = len(sent_texts(bot, person))
    people.send_text(sandbox, bot, person, "/start")
    await running.wait_until(lambda: len(sent_texts(bot, person)) > before and not bot.pending, 30)


class Operator:
    """A folder with one tenant, and an operator's environment and commands."""

    def __init__(self, folder: Path, telegram: str) -> None:
        self.tenants, self.data = folder / "tenants", folder / "data"
        self.tenants.mkdir()
        (self.tenants / "shop.yaml").write_text(TENANT)
        self.directories = {"SLOTGATE_DATA_DIR": str(self.data), "SLOTGATE_TENANTS_DIR": str(self.tenants)}
        self.env = {
            "SLOTGATE_INTERNAL_KEY": KEY,
            "SLOTGATE_TELEGRAM_API_URL": telegram,
            "TEST_SHOP_TOKEN": TOKEN,
            "SECOND_TOKEN": SECOND,
        }

    async def command(self, *arguments: str) -> tuple[int, str, str]:
        return await run_command(*arguments, **self.env, **self.directories)

    def prepare(self, commands: CommandServer, *, business: bool) -> None:
        """Migrate, name the admin and import a business, for tests of what comes after."""
        steps = [("migrate",), ("init-admin", "--tenant", "shop", "--tg-id", str(ADMIN)), ("import", "shop", BUSINESS)]
        for step in steps if business else steps[:2]:
            done = commands.run(*step, cwd=ROOT, **self.env, **self.directories)
            assert done.returncode == 0, (step, done.stdout, done.stderr)

    async def up(self, *arguments: str) -> RunningInstallation:
        return await start_production(self.data, self.tenants, *arguments, **self.env)


@pytest.mark.timeout(400)
async def test_from_an_empty_machine_to_webhooks_and_to_polling(tmp_path: Path, commands: CommandServer) -> None:
    sandbox = Sandbox()
    shop = sandbox.add_bot(TOKEN, "Test Shop", language="en", slug="shop")
    second = sandbox.add_bot(SECOND, "Second Shop", language="en", slug="second")
    async with serve_sandbox(sandbox) as telegram:
        operator = Operator(tmp_path, telegram)
        await _prepare_business(operator, commands)
        running = await operator.up()
        try:
            await running.wait_ready()
            await _wait_for_webhook(running, shop)
            await start_chat(running, sandbox, shop)
            await _change_tenants_while_running(running, operator, sandbox, second)
            await _another_key_is_refused(running, operator)
        finally:
            assert await running.stop(signal.SIGTERM) == 0
        assert TOKEN not in running.read_output()
        assert KEY not in running.read_output()

        polling = await operator.up("--polling")
        try:
            await polling.wait_ready()
            await start_chat(polling, sandbox, shop)
            assert shop.webhook.url == ""
        finally:
            assert await polling.stop(signal.SIGINT) == 0


async def _prepare_business(operator: Operator, commands: CommandServer) -> None:
    """Before any gateway ran: migrate, make a first admin, import a business; a second run of each changes nothing.

    What must come first runs as it does on the operator's machine, what is looked at besides without another start."""

    async def look(*arguments: str) -> tuple[int, str, str]:
        done = await asyncio.to_thread(commands.run, *arguments, cwd=ROOT, **operator.env, **operator.directories)
        return done.returncode, done.stdout, done.stderr

    assert (await look("tenants", "check"))[0] == 0
    code, _, err = await look("init-admin", "--tenant", "shop", "--tg-id", str(ADMIN))
    assert (code, "slotgate migrate" in err) == (3, True)
    assert (await operator.command("migrate"))[0] == 0
    assert (await operator.command("init-admin", "--tenant", "shop", "--tg-id", str(ADMIN)))[0] == 0
    code, _, err = await look("init-admin", "--tenant", "shop", "--tg-id", "77")
    assert (code, str(ADMIN) in err) == (1, True)
    code, _, err = await look("init-admin", "--tenant", "nobody", "--tg-id", "77")
    assert (code, "nobody" in err, "Traceback" in err) == (3, True, False)
    assert (await operator.command("import", "shop", BUSINESS))[0] == 0
    code, out, _ = await look("import", "shop", BUSINESS)
    assert (code, out) == (0, "Nothing to change.\n")
    code, out, _ = await look("export", "shop")
    assert (code, "Yoga class" in out) == (0, True)
    assert (await look("audit", "verify"))[0] == 0


async def _wait_for_webhook(running: RunningInstallation, bot: Bot) -> None:
    await running.wait_until(lambda: bot.webhook.url == f"{running.gateway}/tg/webhook/shop", 20)
    assert len(bot.webhook.secret) == 64
    assert {"message", "callback_query"} <= set(bot.webhook.allowed or ())


async def _change_tenants_while_running(
    running: RunningInstallation, operator: Operator, sandbox: Sandbox, bot: Bot
) -> None:
    """A new file is served soon, a disabled tenant answers 410, a removed one 401."""
    file = operator.tenants / "second.yaml"
    file.write_text(TENANT.replace("TEST_SHOP_TOKEN", "SECOND_TOKEN").replace("Test Shop", "Second"))
    await running.wait_until(lambda: bot.webhook.url.endswith("/tg/webhook/second"), 20)
    await start_chat(running, sandbox, bot)
    secret = bot.webhook.secret
    file.write_text(file.read_text() + "enabled: false\n")
    await _wait_for_status(running, secret, 410)
    file.rename(file.with_name("second.yaml" + REMOVED))
    await _wait_for_status(running, secret, 401)


async def _another_key_is_refused(running: RunningInstallation, operator: Operator) -> None:
    """A gateway with another key is refused by Redis or, with a password of Redis, by the backend; it says so and ends."""
    socket = re.search(r'^unixsocket "(.+)"$', (operator.data / "redis" / "redis.conf").read_text(), re.MULTILINE)
    assert socket is not None
    redis_url = f"unix://{socket[1]}"
    environment = {
        **operator.env,
        **operator.directories,
        "SLOTGATE_INTERNAL_KEY": "x" * 64,
        "SLOTGATE_BACKEND_URL": running.backend,
    }
    code, _, err = await run_command("gateway", "--port", "0", **environment, SLOTGATE_REDIS_URL=redis_url)
    assert (code, "Redis refuses the user backend" in err) == (4, True)
    # the one user who may touch every key
    with_password = url_for(redis_url, "backend", KEY)
    code, _, err = await run_command("gateway", "--port", "0", **environment, SLOTGATE_REDIS_URL=with_password)
    assert (code, "refuses SLOTGATE_INTERNAL_KEY" in err, "Traceback" in err) == (3, True, False)


async def _wait_for_status(running: RunningInstallation, secret: str, status: int) -> None:
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
