"""The client's journey through a Bot API server that is not ours, by long polling."""

import re
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.command_line import ROOT, CommandServer
from tests.support.other_server import OtherBotApi, running_other_bot_api
from tests.support.ports import free_port
from tests.support.running_demo import RunningInstallation, start_production

pytestmark = pytest.mark.timeout(300)

TOKEN = "8000000003:production-like-token-of-a-test-3"
CLIENT, ADMIN = 1001, 1003
TENANT = """\
name: Other Shop
bot_token: env:OTHER_SHOP_TOKEN
timezone: Europe/London
locale: en
currency: GBP
"""
TIME = re.compile(r"\d\d:\d\d")


async def test_the_same_journey_elsewhere(tmp_path: Path, pytestconfig: pytest.Config, commands: CommandServer) -> None:
    cache = getattr(pytestconfig, "cache", None)  # of pytest, unless it runs without
    folder = cache.mkdir("telegram-test-api") if cache else tmp_path
    data, tenants = tmp_path / "data", tmp_path / "tenants"
    tenants.mkdir()
    (tenants / "shop.yaml").write_text(TENANT)
    async with running_other_bot_api(folder, free_port(), TOKEN, CLIENT) as telegram:
        env = {
            "SLOTGATE_INTERNAL_KEY": "fedcba9876543210" * 4,
            "SLOTGATE_TELEGRAM_API_URL": telegram.url,
            "OTHER_SHOP_TOKEN": TOKEN,
        }
        where = {"SLOTGATE_DATA_DIR": str(data), "SLOTGATE_TENANTS_DIR": str(tenants)}
        for command in (
            ("migrate",),
            ("init-admin", "--tenant", "shop", "--tg-id", str(ADMIN)),
            ("import", "shop", str(ROOT / "tenants" / "demo" / "business" / "studio.yaml")),
        ):
            done = commands.run(*command, cwd=tmp_path, **env, **where)
            assert done.returncode == 0, (command, done.stdout, done.stderr)
        running = await start_production(data, tenants, "--polling", **env)
        try:
            await running.wait_ready()
            started, before = time.monotonic(), await _polls(running, telegram)
            await _book_move_cancel(telegram)
            # it knows no long polls and answers at once: it must not be asked in a loop without a pause
            rate = (await _polls(running, telegram) - before) / (time.monotonic() - started)
            assert 0 < rate < 20
        finally:
            assert await running.stop(signal.SIGTERM) == 0
    with closing(sqlite3.connect(data / "sqlite" / "booking.db")) as connection:
        rows = connection.execute("SELECT status, sequence > 0 FROM bookings").fetchall()
    assert rows == [("cancelled", 1)]


async def _polls(running: RunningInstallation, telegram: OtherBotApi) -> float:
    """How often the gateway has asked for updates."""
    async with telegram.http.get(f"{running.gateway}/metrics") as response:
        count = re.search(r'^slotgate_polls_total\{result="done"\} (\S+)$', await response.text(), re.MULTILINE)
    return float(count[1]) if count else 0.0


async def _book_move_cancel(telegram: OtherBotApi) -> None:
    await telegram.send_text("/start")
    menu = await telegram.wait_for_message("What would you like to book?")
    await telegram.press(menu, lambda label: label.startswith("Manicure"))
    await telegram.press(await telegram.wait_for_message("Nearest free times"), lambda label: bool(TIME.search(label)))
    await telegram.press(await telegram.wait_for_message("Held for you until"), lambda label: label == "Confirm")
    # the menu that is new lives below the confirmation
    await telegram.wait_for_message("See you", below=menu["message_id"])
    (done,) = [one for one in await telegram.list_messages() if one["message_id"] == menu["message_id"]]
    assert "See you" in done["text"], "the menu that confirms becomes the confirmation"

    await telegram.press(done, lambda label: label == "Move")
    times = await telegram.wait_for_message("Moving")
    await telegram.press(times, lambda label: bool(TIME.search(label)))
    await telegram.press(await telegram.wait_for_message("Move from"), lambda label: label == "Yes, move")
    await telegram.wait_for_message("Moved. See you")
    moved = next(one for one in await telegram.list_messages() if "Moved. See you" in one["text"])
    await telegram.press(moved, lambda label: label == "Cancel")
    await telegram.press(await telegram.wait_for_message("Free to cancel until"), lambda label: label == "Yes, cancel")
    menu = await telegram.wait_for_message("is cancelled")

    # words typed in between: the old menu goes, a new one comes below. (This server deletes by the id of a press where a
    # message was sent after one, so that the menu that words have brought is looked at.)
    await telegram.send_text("hello?")
    first = await telegram.wait_for_message("Please use the buttons below.")
    assert first["message_id"] > menu["message_id"]
    await telegram.send_text("/help")
    below = await telegram.wait_for_message("/start opens the menu")
    assert below["message_id"] > first["message_id"]
    assert first["message_id"] not in [message["message_id"] for message in await telegram.list_messages()]
