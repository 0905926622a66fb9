"""`--port 0` is any free port for each command that serves, and the command says which one it took."""

import re
import signal
from pathlib import Path

import aiohttp
import pytest

from tests.support.ports import free_port
from tests.support.running_demo import RunningInstallation, start_slotgate
from tests.support.servers import INTERNAL_KEY, RedisServer


@pytest.mark.parametrize("command", ["demo", "up", "gateway", "backend"])
async def test_port_zero_is_any_free_port_and_is_told(tmp_path: Path, redis_server: RedisServer, command: str) -> None:
    (tmp_path / "tenants").mkdir()
    environment = {"SLOTGATE_INTERNAL_KEY": INTERNAL_KEY, "SLOTGATE_BACKEND_URL": f"http://127.0.0.1:{free_port()}"}
    if command == "gateway":
        environment["SLOTGATE_REDIS_URL"] = redis_server.url
    if command == "demo":
        (tmp_path / "tenants").rmdir()
        environment = {}
    if command == "backend":
        migrated = await start_slotgate("migrate", cwd=tmp_path, **environment)
        await migrated.communicate()
    options = {"demo": ("--no-browser",), "up": ("--polling",), "gateway": ("--polling",)}.get(command, ())
    process = await start_slotgate(command, "--port", "0", *options, cwd=tmp_path, **environment)
    running = RunningInstallation(process, [0, 0], tmp_path / "data", "")
    told = re.compile(r"(?:[Gg]ateway|backend listens on) .*?(http://127\.0\.0\.1:\d+)")

    def find_address() -> str:
        found = [match[1] for line in [*running.errors, *running.output] if (match := told.search(line))]
        return found[0] if found else ""

    try:
        await running.wait_until(lambda: bool(find_address()))
        assert not find_address().endswith((":8000", ":8001", ":80"))
        async with aiohttp.ClientSession() as http:
            for _ in range(400):
                try:
                    async with http.get(f"{find_address()}/health/live") as answer:
                        assert answer.status == 200
                        break
                except aiohttp.ClientConnectionError:
                    await running.wait_until(lambda: True)
    finally:
        await running.stop(signal.SIGTERM)
