"""One running demo for all tests of this folder, which therefore run in one worker (see `tests/conftest.py`)."""

import signal
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import yaml

from tests.support.command_line import ROOT
from tests.support.running_demo import RunningDemo, start_demo_process

HOUR_S = 3600


def closed_soon(now: float) -> bool:
    """Return whether one of the demo's businesses is closed today or tomorrow."""
    today = datetime.fromtimestamp(now, UTC).date()
    days = {today.isoformat(), (today + timedelta(days=1)).isoformat()}
    files = (ROOT / "tenants" / "demo" / "business").glob("*.yaml")
    return any(days & set(yaml.safe_load(file.read_text()).get("closures", ())) for file in files)


@pytest.fixture(scope="session")
async def demo(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> AsyncIterator[RunningDemo]:
    """Start one demo for all journeys: each uses a business, people or days of its own.

    It is nine o'clock in the morning in UTC, and no business is closed today or tomorrow: no journey comes to the end of
    a day or to a holiday, whenever the tests are run.
    """
    if worker_id != "master":
        # fails where another worker runs tests of this folder as well: each would start a demo
        (tmp_path_factory.getbasetemp().parent / "one-demo").touch(exist_ok=False)
    running = await start_demo_process(tmp_path_factory.mktemp("demo") / "data")
    await running.wait_ready()
    await running.shift_clock(round((9 * HOUR_S - time.time()) % (24 * HOUR_S)))
    while closed_soon(running.now()):
        await running.shift_clock(24 * HOUR_S)
    yield running
    await running.stop(signal.SIGTERM)
