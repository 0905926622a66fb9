"""`slotgate demo` from outside: it opens at once, answers everywhere, leaves no process, keeps its data, starts over."""

import asyncio
import contextlib
import os
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import aiohttp
import psutil
import pytest

from gateway.supervisor.ports import is_port_free
from tests.support.ports import free_ports
from tests.support.running_demo import RunningDemo, StartDemo, start_slotgate


def list_running(processes: list[psutil.Process]) -> list[str]:
    """Return those that still run; a zombie does not."""
    running = []
    for process in processes:
        with contextlib.suppress(psutil.Error):
            if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                running.append(f"{process.pid} {process.cmdline()}")
    return running


async def wait_until_nothing_runs(processes: list[psutil.Process], demo: RunningDemo, timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    while (left := list_running(processes)) or not all(is_port_free("127.0.0.1", port) for port in demo.ports):
        assert time.monotonic() < deadline, f"still there: {left}"
        await asyncio.sleep(0.05)


async def test_the_chat_page_opens_before_the_bots_answer(
    start_demo: StartDemo, http: aiohttp.ClientSession, tmp_path: Path
) -> None:
    demo = await start_demo(tmp_path / "data")
    await demo.wait_until(lambda: any(line.startswith("Chat page") for line in demo.output))
    async with http.get(f"{demo.chat}/sandbox/state") as response:
        assert (await response.json())["status"]["gateway"] == "starting"
    # in the midst of starting, Ctrl-C must end it as well
    processes = demo.list_processes()
    assert await demo.stop(signal.SIGINT) == 0
    await wait_until_nothing_runs(processes, demo, 20)


async def test_a_bot_that_cannot_be_imported_is_reported_at_once(tmp_path: Path) -> None:
    """The demo printed "gateway starting" for two minutes."""
    library = tmp_path / "broken" / "aiogram"
    library.mkdir(parents=True)
    (library / "__init__.py").write_text("raise ImportError('cannot import name x from y')\n")
    ports = free_ports(3)
    options = ("--no-browser", "--port", str(ports[0]), "--data", str(tmp_path / "data"))
    process = await start_slotgate("demo", *options, environment={"PYTHONPATH": str(library.parent)})
    demo = RunningDemo(process, ports, tmp_path / "data")
    try:
        # less than the patience that a slow start has
        assert await asyncio.wait_for(process.wait(), 100) == 4
    finally:
        await demo.stop()
    output = "".join(demo.errors)
    assert "The gateway cannot load the bot: " in output
    assert "cannot import name x from y" in output
    assert "Traceback" not in output


def read_phone(data: Path) -> str:
    with closing(sqlite3.connect(data / "sqlite" / "booking.db")) as connection:
        return str(connection.execute("SELECT phone FROM tenants WHERE slug = 'barber'").fetchone()[0])


def expect_a_class_a_request_and_a_task(demo: RunningDemo) -> None:
    """What the demo opens with, before its clock goes on: a request that nobody answers ends."""
    database = demo.data / "sqlite" / "booking.db"
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        for slug in ("barber", "studio"):
            (tenant, policies) = connection.execute(
                "SELECT id, policies FROM tenants WHERE slug = ?", [slug]
            ).fetchone()
            group = "SELECT starts_at FROM booking_items WHERE tenant_id = ? AND capacity > 1 AND active ORDER BY id"
            starts = [start for (start,) in connection.execute(group, [tenant])]
            assert max(map(starts.count, starts)) >= 3, "a class has people in it"
            requests = (
                "SELECT count(*) FROM bookings b JOIN people p ON p.tenant_id = b.tenant_id AND p.id = b.client_id "
                "WHERE b.tenant_id = ? AND b.status = 'pending' AND p.tg_id = 1000009"
            )
            assert connection.execute(requests, [tenant]).fetchone() == (1,)
            assert '"approval":true' not in policies
            tasks = "SELECT count(*) FROM tasks WHERE tenant_id = ? AND closed_at IS NULL"
            assert connection.execute(tasks, [tenant]).fetchone() == (1,)


@pytest.mark.timeout(400)
async def test_a_data_directory_is_kept_and_wiped(start_demo: StartDemo, tmp_path: Path) -> None:
    """In one test, since each start loads everything: Ctrl-C, a dead child, a killed parent."""
    data = tmp_path / "data"
    first = await start_demo(data)
    await first.wait_ready()
    processes = first.list_processes()
    assert len(processes) >= 3
    expect_a_class_a_request_and_a_task(first)
    people = first.count_rows("people")
    with closing(sqlite3.connect(data / "sqlite" / "booking.db")) as connection:
        connection.execute("UPDATE tenants SET phone = 'as I left it' WHERE slug = 'barber'")
        connection.commit()
    assert await first.stop(signal.SIGINT) == 0
    await wait_until_nothing_runs(processes, first, 20)
    assert not [path for path in data.rglob("*") if path.suffix in (".pid", ".lock", ".sock")]

    second = await start_demo(data)
    await second.wait_ready()
    assert (second.count_rows("people"), read_phone(data)) == (people, "as I left it")
    processes = second.list_processes()
    # the server calls itself by its own name
    redis = next(p for p in processes if "-server" in " ".join(p.cmdline()))
    redis.kill()

    def is_replaced() -> bool:
        running = [line.split(" ", 1) for line in list_running(second.list_processes())]
        return any("-server" in command and int(pid) != redis.pid for pid, command in running)

    await second.wait_until(is_replaced)
    assert any("process_ended process=redis end=killed by SIGKILL" in line for line in second.errors)
    assert await second.stop(signal.SIGINT) == 0
    assert "Traceback" not in "".join(second.errors)
    await wait_until_nothing_runs(processes, second, 20)

    third = await start_demo(data, "--fresh")
    await third.wait_ready()
    assert read_phone(data) != "as I left it"
    processes = third.list_processes()
    os.kill(third.process.pid, signal.SIGKILL)
    await third.stop()
    await wait_until_nothing_runs(processes, third, 20)
