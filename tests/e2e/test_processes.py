"""`slotgate up` when its processes are killed, cannot start or are configured wrongly; and the lines that it writes."""

import asyncio
import json
import os
import pty
import shutil
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import psutil
import pytest

from gateway.sandbox import Bot, Sandbox, serve_sandbox
from gateway.supervisor.own_command import own_command
from tests.e2e.test_up import KEY, TOKEN, Operator, start_chat
from tests.support.command_line import CommandServer
from tests.support.ports import free_ports
from tests.support.running_demo import RunningInstallation
from tests.support.waiting import until

PROCESSES = ("redis", "backend worker", "backend", "gateway worker", "gateway")


class Installed(NamedTuple):
    """An operator's folder with one business, and Telegram's twin."""

    operator: Operator
    sandbox: Sandbox
    bot: Bot


class Running(NamedTuple):
    """An installation, and the process of its `up`."""

    process: RunningInstallation
    installed: Installed

    async def start_chat(self) -> None:
        await start_chat(self.process, self.installed.sandbox, self.installed.bot)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory, commands: CommandServer) -> Path:
    """Give the data of an operator who has migrated and named an admin, to be copied."""
    operator = Operator(tmp_path_factory.mktemp("prepared"), "http://127.0.0.1:1")
    operator.prepare(commands, business=False)
    return operator.data


@asynccontextmanager
async def install(folder: Path, prepared: Path) -> AsyncIterator[Installed]:
    sandbox = Sandbox()
    bot = sandbox.add_bot(TOKEN, "Test Shop", language="en", slug="shop")
    async with serve_sandbox(sandbox) as telegram:
        operator = Operator(folder, telegram)
        shutil.copytree(prepared, operator.data)
        yield Installed(operator, sandbox, bot)


@asynccontextmanager
async def run(installed: Installed) -> AsyncIterator[Running]:
    started = await installed.operator.up()
    await started.wait_ready()
    await started.wait_until(lambda: installed.bot.webhook.url != "", 30)
    yield Running(started, installed)
    assert await started.stop(signal.SIGTERM) == 0, started.read_output()


@pytest.fixture
async def installed(tmp_path: Path, prepared: Path) -> AsyncIterator[Installed]:
    async with install(tmp_path, prepared) as installed:
        yield installed


@pytest.fixture(scope="module")
async def attacked(tmp_path_factory: pytest.TempPathFactory, prepared: Path) -> AsyncIterator[Running]:
    """Run an installation of which each test leaves every process running."""
    async with install(tmp_path_factory.mktemp("attacked"), prepared) as installed, run(installed) as running:
        yield running


@pytest.fixture(scope="module")
async def undisturbed(tmp_path_factory: pytest.TempPathFactory, prepared: Path) -> AsyncIterator[Running]:
    """Run an installation to which nothing happens but messages; until its end every line is as it should be."""
    async with install(tmp_path_factory.mktemp("undisturbed"), prepared) as installed:
        async with run(installed) as running:
            yield running
        check_quiet_lines(running.process)


def check_quiet_lines(process: RunningInstallation) -> None:
    """Every line is JSON and none a warning; standard output is for data."""
    lines = [json.loads(line) for line in process.errors]
    assert [line for line in lines if line["level"] not in ("debug", "info")] == []
    assert process.output == []


def find_process(running: RunningInstallation, name: str) -> psutil.Process:
    """Return a process of the installation: a child of `up`, or a worker of one."""
    words = {"redis": "-server", "backend": "backend serve", "gateway": "gateway gateway"}[name.split()[0]]
    (child,) = (
        process
        for process in psutil.Process(running.process.pid).children()
        if words in " ".join(process.cmdline()) and process.status() != psutil.STATUS_ZOMBIE
    )
    if not name.endswith(" worker"):
        return child
    return next(worker for worker in child.children() if worker.status() != psutil.STATUS_ZOMBIE)


async def read_health(url: str) -> dict[str, Any]:
    """Return what the readiness route says; empty while nobody answers."""
    try:
        async with aiohttp.ClientSession() as http, http.get(f"{url}/health/ready") as reply:
            return dict(await reply.json())
    except aiohttp.ClientError:
        return {}


async def wait_for_state(running: RunningInstallation, url: str, name: str, /, **wanted: object) -> None:
    """Wait until the readiness route says this of a process."""
    seen: dict[str, Any] = {}
    for _ in range(1200):
        seen = (await read_health(url)).get("processes", {}).get(name, {})
        if wanted.items() <= seen.items():
            return
        assert running.process.returncode is None, running.read_output()
        await asyncio.sleep(0.05)
    raise AssertionError(f"{name}: {wanted} expected, got {seen}: {running.read_output()[-3000:]}")


def kill_when_there(running: RunningInstallation, name: str, killed: set[int]) -> bool:
    """Kill the process of this name, unless that is one that has been killed already."""
    try:
        process = find_process(running, name)
    except (ValueError, StopIteration, psutil.NoSuchProcess):
        return False
    if process.pid in killed:
        return False
    killed.add(process.pid)
    process.kill()
    return True


@pytest.mark.timeout(600)
async def test_whatever_is_killed_comes_back(attacked: Running) -> None:
    """Five times in a row each, as soon as there is a new one; every message that comes meanwhile is answered."""
    running = attacked.process
    supervisor = running.process.pid
    for name in PROCESSES:
        killed: set[int] = set()
        for _ in range(5):
            await running.wait_until(partial(kill_when_there, running, name, killed), 90)
        await attacked.start_chat()
        await wait_for_state(running, running.gateway, name, running=1, last_end="killed by SIGKILL")
    assert running.process.pid == supervisor
    assert running.process.returncode is None


@pytest.mark.timeout(300)
async def test_a_child_that_cannot_start_is_tried_again_while_the_others_serve(attacked: Running) -> None:
    running = attacked.process
    database = running.data / "sqlite"
    away = database.with_name("sqlite-away")
    database.rename(away)
    find_process(running, "backend").kill()
    await wait_for_state(running, running.gateway, "backend", running=0, last_end="exit code 3")
    async with aiohttp.ClientSession() as http, http.get(f"{running.gateway}/health/live") as reply:
        assert reply.status == 200

    async def is_unready() -> bool:
        return bool((await read_health(running.gateway))["status"] == "unready")

    await until(is_unready, 60)
    lines = [json.loads(line) for line in running.errors]
    named = [line for line in lines if line["event"] == "process_ended" and line["process"] == "backend"]
    assert named[-1]["end"] == "exit code 3"
    if database.exists():
        for file in database.iterdir():
            file.unlink()
        database.rmdir()
    away.rename(database)
    await wait_for_state(running, running.gateway, "backend", running=1)
    await attacked.start_chat()


async def test_a_wrong_configuration_ends_it(installed: Installed) -> None:
    """A taken port is one, before anything has served."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        code, _, err = await installed.operator.command("up", "--polling", "--port", str(taken.getsockname()[1]))
    assert code == 3
    lines = [json.loads(line) for line in err.splitlines()]
    assert "is taken" in lines[-1]["reason"]


async def test_without_a_terminal_every_line_is_json_and_none_a_warning(undisturbed: Running) -> None:
    await undisturbed.start_chat()
    check_quiet_lines(undisturbed.process)


@pytest.mark.timeout(120)
async def test_an_idle_installation_writes_nothing(undisturbed: Running) -> None:
    """Though it asks itself whether it is well, and whether a notice is due."""
    running = undisturbed.process
    await undisturbed.start_chat()

    async def count_requests() -> dict[str, float]:
        async with aiohttp.ClientSession() as http, http.get(f"{running.backend}/metrics") as reply:
            page = (await reply.text()).splitlines()
        found = (line for line in page if line.startswith("slotgate_request_seconds_count"))
        return {name: sum(float(line.split()[-1]) for line in found if name in line) for name in ("/health/live",)}

    before = await count_requests()

    async def has_asked_itself(times: int) -> bool:
        now = await count_requests()
        return all(now[name] >= count + times for name, count in before.items())

    # the message's own last lines come first
    await until(lambda: has_asked_itself(1), 60, pause_s=0.5)
    written = len(running.errors)
    before = await count_requests()
    await until(lambda: has_asked_itself(3), 60, pause_s=0.5)
    assert running.errors[written:] == []


async def test_on_a_terminal_the_lines_are_for_people(installed: Installed) -> None:
    operator = installed.operator
    ports = free_ports(2)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SLOTGATE_")}
    variables = {
        **inherited, **operator.env, **operator.directories, "NO_COLOR": "1",
        "SLOTGATE_BACKEND_URL": f"http://127.0.0.1:{ports[1]}",
    }  # fmt: skip
    ours, terminal = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        *own_command("gateway", "up", "--polling", "--port", str(ports[0])), env=variables,
        stdin=asyncio.subprocess.DEVNULL, stdout=terminal, stderr=terminal,
    )  # fmt: skip
    os.close(terminal)
    written = bytearray()
    try:
        while b"Slotgate is ready" not in written:
            written += await asyncio.wait_for(asyncio.to_thread(os.read, ours, 65536), 90)
        process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(process.wait(), 60) == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        os.close(ours)
    lines = [line for line in written.decode().splitlines() if line]
    assert [line for line in lines if line.startswith("{")] == []
    assert any(" info: tenants_loaded " in line for line in lines)
    assert KEY not in written.decode()
