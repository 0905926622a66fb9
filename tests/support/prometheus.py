"""A real Prometheus of a test: it scrapes a running system by the rules that are shipped."""

import asyncio
import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import aiohttp
import pytest

from tests.support.command_line import ROOT
from tests.support.ports import free_port

SHIPPED = ROOT / "gateway" / "observability" / "prometheus"
WAIT_S = 60.0

needs_prometheus = pytest.mark.skipif(
    shutil.which("prometheus") is None or shutil.which("promtool") is None,
    reason="no prometheus and promtool on this machine (Debian's package is called prometheus)",
)


class Prometheus:
    """Asks a Prometheus over its HTTP API."""

    def __init__(self, url: str, http: aiohttp.ClientSession) -> None:
        self._url = url
        self._http = http

    async def query(self, expression: str) -> list[Any]:
        """Return the result of an expression. Fails, with Prometheus' own words, where it cannot be evaluated."""
        async with self._http.post(f"{self._url}/api/v1/query", data={"query": expression}) as reply:
            answer = await reply.json()
        assert answer["status"] == "success", (expression, answer)
        return list(answer["data"]["result"])

    async def firing(self) -> set[str]:
        """Return the names of the alerts that fire."""
        async with self._http.get(f"{self._url}/api/v1/alerts") as reply:
            alerts = (await reply.json())["data"]["alerts"]
        return {alert["labels"]["alertname"] for alert in alerts if alert["state"] == "firing"}

    async def wait_for_targets(self, count: int) -> None:
        """Wait until so many targets answer."""

        async def all_answer() -> bool:
            return len(await self.query("up == 1")) == count

        await wait_until(all_answer)


async def wait_until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait for a condition."""
    deadline = monotonic() + WAIT_S
    while not await condition():
        assert monotonic() < deadline, f"not in {WAIT_S} s"
        await asyncio.sleep(0.2)


def configure(folder: Path, gateway: str, backend: str) -> Path:
    """Write the shipped files with this test's addresses, a scrape each second, and alerts that do not wait."""
    text = (SHIPPED / "prometheus.yml").read_text()
    for shipped, here in (
        ("127.0.0.1:8000", gateway.removeprefix("http://")),
        ("127.0.0.1:8001", backend.removeprefix("http://")),
        ("_interval: 15s", "_interval: 1s"),
    ):
        assert shipped in text
        text = text.replace(shipped, here)
    (folder / "prometheus.yml").write_text(text)
    rules = (SHIPPED / "alerts.yml").read_text()
    (folder / "alerts.yml").write_text(re.sub(r"^ +for: .*\n", "", rules, flags=re.MULTILINE))
    return folder / "prometheus.yml"


@asynccontextmanager
async def running_prometheus(folder: Path, gateway: str, backend: str) -> AsyncIterator[Prometheus]:
    """Run Prometheus on a free port until the end; its log lies in the folder."""
    config, port = configure(folder, gateway, backend), free_port()
    with (folder / "prometheus.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            "prometheus",
            f"--config.file={config}",
            f"--storage.tsdb.path={folder / 'series'}",
            f"--web.listen-address=127.0.0.1:{port}",
            stdout=log,
            stderr=log,
        )
    try:
        async with aiohttp.ClientSession() as http:
            prometheus = Prometheus(f"http://127.0.0.1:{port}", http)

            async def answers() -> bool:
                assert process.returncode is None, (folder / "prometheus.log").read_text()
                try:
                    async with http.get(f"http://127.0.0.1:{port}/-/ready") as reply:
                        return reply.status == 200
                except aiohttp.ClientError:
                    return False

            await wait_until(answers)
            yield prometheus
    finally:
        process.terminate()
        await process.wait()
