"""A child that is kept running: what ends it, what is tried again, and what is given up."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from backend.kit.process_states import describe_processes, run_directory
from gateway.errors import Misconfigured
from gateway.supervisor import keeper
from gateway.supervisor.keeper import Keeper
from gateway.supervisor.processes import Child
from tests.support.waiting import until

ENV = {"PATH": "/usr/bin:/bin"}
SLEEP = "import time; time.sleep(600)"


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Look often, and keep the states of the processes in a directory of the test's own."""
    monkeypatch.setattr(keeper, "_LOOK_S", 0.05)
    with run_directory(tmp_path / "run"):
        yield


class Started:
    """Starts a script each time it is called, and knows what it has started."""

    def __init__(self, directory: Path, script: str) -> None:
        self.script = script
        self.children: list[Child] = []
        self._log = directory / "child.log"

    async def __call__(self) -> Child:
        child = await Child.start("backend", [sys.executable, "-c", self.script], ENV, self._log)
        self.children.append(child)
        return child


@contextlib.asynccontextmanager
async def stopping(kept: Keeper) -> AsyncIterator[Keeper]:
    try:
        yield kept
    finally:
        await kept.stop(5)


async def well() -> bool:
    """Answer as a child that works."""
    return True


async def test_one_that_hangs_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "HUNG_S", 0.2)
    started = Started(tmp_path, SLEEP)

    signs: list[bool] = []
    silent = asyncio.Event()

    async def first_one_stopped_answering() -> bool:
        signs.append(len(started.children) > 1 or not silent.is_set())
        return signs[-1]

    async with stopping(Keeper("backend", started, check=first_one_stopped_answering)) as kept:
        await kept.start()
        await until(lambda: signs)
        silent.set()
        await until(lambda: len(started.children) == 2)
        assert started.children[0].process.returncode == -signal.SIGKILL
        assert started.children[1].alive
        assert describe_processes()["backend"]["last_end"] == "killed by SIGKILL"
    assert not started.children[1].alive


async def test_one_that_starts_is_given_longer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "HUNG_S", 0.0)
    started = Started(tmp_path, SLEEP)
    looks: list[int] = []

    async def never() -> bool:
        looks.append(len(started.children))
        return False

    async with stopping(Keeper("backend", started, check=never)) as kept:
        await kept.start()
        await until(lambda: len(looks) > 5)
        assert len(started.children) == 1


async def test_a_refused_configuration_is_given_up_only_before_all_has_worked(tmp_path: Path) -> None:
    started = Started(tmp_path, "import sys; print('There is no such database.'); sys.exit(3)")
    async with stopping(Keeper("backend", started, check=well)) as kept:
        await kept.start()
        with pytest.raises(Misconfigured, match="There is no such database"):
            await asyncio.wait_for(kept.wait(), 30)
        assert len(started.children) == 1
    again = Started(tmp_path, started.script)
    async with stopping(Keeper("backend", again, check=well)) as kept:
        kept.note_ready()
        await kept.start()
        await until(lambda: len(again.children) == 3)
        shown = describe_processes()["backend"]
        assert shown["last_end"] == "exit code 3"
        again.script = SLEEP
        await until(lambda: again.children[-1].alive and describe_processes()["backend"]["running"] == 1)


async def test_a_restart_on_purpose_is_no_failure(tmp_path: Path) -> None:
    started = Started(tmp_path, SLEEP)
    async with stopping(Keeper("backend", started, check=well)) as kept:
        await kept.start()
        waiting = asyncio.create_task(kept.wait())
        await kept.restart(5)
        assert [child.alive for child in started.children] == [False, True]
        assert not waiting.done()
        assert describe_processes()["backend"] == {"running": 1, "wanted": 1, "restarts": 0}
        waiting.cancel()
