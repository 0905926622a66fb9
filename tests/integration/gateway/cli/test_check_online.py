"""`slotgate tenants check --online` beside a living Bot API: whose bot statuses, whose token is refused, who is silent."""

import asyncio
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from aiohttp import web

from gateway.cli import online
from gateway.settings import Settings
from gateway.tenants.directory import load_tenants
from tests.support.ports import free_port
from tests.support.sandbox_client import TOKEN, running_sandbox
from tests.support.waiting import TICK_S

FILE = "name: Barber House\ntimezone: Europe/Moscow\nlocale: ru\ncurrency: RUB\nbot_token: '{token}'\n"
STRANGER = "7654321:an-unknown-token"


async def check(place: Path, api_url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": os.environ["PATH"],
        "NO_COLOR": "1",
        "PYTHONPATH": str(Path(__file__).parents[4]),
        "SLOTGATE_TELEGRAM_API_URL": api_url,
        "PYTHONPROFILEIMPORTTIME": "1",
    }
    command = [sys.executable, "-m", "gateway", "tenants", "check", "--online", "--tenants", str(place), *arguments]
    done = await asyncio.to_thread(
        subprocess.run, command, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert "| aiogram\n" not in done.stderr.replace("|   ", "| ")
    notes = "\n".join(line for line in done.stderr.splitlines() if not line.startswith("import time:"))
    assert "Traceback" not in notes
    assert TOKEN not in done.stdout + notes
    assert STRANGER not in done.stdout + notes
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout, notes)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "barber.yaml").write_text(FILE.format(token=TOKEN))
    return tmp_path


async def test_a_bot_that_answers_is_told_with_its_webhook(place: Path) -> None:
    async with running_sandbox() as sandbox:
        done = await check(place, sandbox.url)
        assert (done.returncode, done.stdout) == (0, "")
        assert "barber: @barber_bot, no webhook yet" in done.stderr
        await sandbox.call("setWebhook", url="https://elsewhere.example/hook")
        report = json.loads((await check(place, sandbox.url, "--json")).stdout)
        assert report["ok"] is True
        assert report["online"][0]["webhook"] == "https://elsewhere.example/hook"


async def test_a_refused_token_is_a_problem_of_its_file_and_exits_3(place: Path) -> None:
    (place / "shop.yaml").write_text(FILE.format(token=STRANGER))
    async with running_sandbox() as sandbox:
        done = await check(place, sandbox.url)
        assert done.returncode == 3
        (line,) = done.stdout.splitlines()
        assert line.startswith(f"{place / 'shop.yaml'}:5:12: bot_token: Telegram refuses it (")
        assert "@BotFather" in line
        assert "barber: @barber_bot" in done.stderr
        assert "1 tenant usable, 1 file with problems" in done.stderr


async def test_a_silent_telegram_exits_4(place: Path) -> None:
    done = await check(place, f"http://127.0.0.1:{free_port()}")
    assert (done.returncode, done.stdout) == (4, "")
    assert "barber: Telegram cannot be reached (" in done.stderr


async def test_many_are_asked_in_turn_and_a_silent_telegram_is_soon_given_up(tmp_path: Path) -> None:
    for n in range(1, 41):
        (tmp_path / f"shop{n}.yaml").write_text(FILE.format(token=f"{n}:token"))
    loaded = load_tenants(tmp_path, env={}, internal_key="key", literals_allowed=True)
    statuses = await online.ask_telegram(
        loaded.tenants.values(), Settings(telegram_api_url=f"http://127.0.0.1:{free_port()}")
    )
    assert [status.slug for status in statuses] == list(loaded.tenants)
    assert {status.code for status in statuses} == {4}
    asked = [status for status in statuses if not status.problem.startswith("not asked")]
    assert len(asked) < online.GIVE_UP_AFTER + online.CONCURRENT_BOTS


async def test_a_telegram_that_asks_for_patience_gets_it_once(place: Path) -> None:
    came: list[float] = []

    async def answer(request: web.Request) -> web.Response:
        came.append(time.monotonic())
        if len(came) == 1:
            refusal = {"ok": False, "error_code": 429, "description": "Too Many Requests: retry after 1"}
            return web.json_response({**refusal, "parameters": {"retry_after": 1}}, status=429)
        result = (
            {"username": "barber_bot"} if request.path.endswith("getMe") else {"url": "", "pending_update_count": 2}
        )
        return web.json_response({"ok": True, "result": result})

    app = web.Application()
    app.router.add_post("/{rest:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port := free_port()).start()
        loaded = load_tenants(place, env={}, internal_key="key", literals_allowed=True)
        (status,) = await online.ask_telegram(
            loaded.tenants.values(), Settings(telegram_api_url=f"http://127.0.0.1:{port}")
        )
    finally:
        await runner.cleanup()
    assert (status.code, status.username, status.waiting) == (0, "barber_bot", 2)
    assert len(came) == 3
    assert came[1] - came[0] > 1 - TICK_S
