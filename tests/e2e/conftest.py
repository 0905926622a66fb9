"""The product as an operator starts it: `slotgate demo` on free ports, in a directory of its own."""

import signal
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
import yaml
from playwright.async_api import Browser

from tests.support.chat_page import launched_browser
from tests.support.running_demo import ROOT, RunningDemo, StartDemo, start_demo_process

HOUR_S = 3600


@pytest.fixture
async def start_demo() -> AsyncIterator[StartDemo]:
    """Start demos, which are stopped at the end."""
    started: list[RunningDemo] = []

    async def start(data: Path, *arguments: str) -> RunningDemo:
        demo = await start_demo_process(data, *arguments)
        started.append(demo)
        return demo

    yield start
    for demo in started:
        await demo.stop(signal.SIGTERM)


def closed_soon(now: float) -> bool:
    """Return whether one of the demo's businesses is closed today or tomorrow."""
    today = datetime.fromtimestamp(now, UTC).date()
    days = {today.isoformat(), (today + timedelta(days=1)).isoformat()}
    files = (ROOT / "tenants" / "demo" / "business").glob("*.yaml")
    return any(days & set(yaml.safe_load(file.read_text()).get("closures", ())) for file in files)


@pytest.fixture(scope="session")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningDemo]:
    """Start one demo for all journeys: each uses a business, people or days of its own.

    It is nine o'clock in the morning in UTC, and no business is closed today or tomorrow: no journey comes to the end of
    a day or to a holiday, whenever the tests are run.
    """
    running = await start_demo_process(tmp_path_factory.mktemp("demo") / "data")
    await running.wait_ready()
    await running.shift_clock(round((9 * HOUR_S - time.time()) % (24 * HOUR_S)))
    while closed_soon(running.now()):
        await running.shift_clock(24 * HOUR_S)
    yield running
    await running.stop(signal.SIGTERM)


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with launched_browser() as browser:
        yield browser


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as session:
        yield session
