"""Commands run their own code, whatever lies in the folder where they are called and however relative PYTHONPATH is.

Those that serve take any free port there as well: a start of everything is dear.
"""

import os
import re
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import aiohttp
import pytest

from gateway.cli import COMMANDS, GROUPS
from tests.support.command_line import run_slotgate
from tests.support.ports import free_port
from tests.support.running_demo import RunningInstallation, start_slotgate
from tests.support.servers import INTERNAL_KEY, RedisServer
from tests.support.waiting import until

ARGUMENTS = {
    "init-admin": ("--tenant", "barber", "--tg-id", "1"),
    "import": ("barber", "business.yaml"),
    "export": ("barber",),
    "backup": ("copy.db",),
    "restore": ("copy.db",),
    "audit": ("verify",),
    "new": ("barber",),
}
SERVING = {"demo", "up", "gateway", "backend"}
# our packages, libraries that we use, and modules of the standard library that processes of ours import as they start
NAMES = ("backend", "bot", "gateway", "redis", "msgspec", "litestar", "granian", "uvicorn", "multiprocessing", "runpy")
# it notes that it was imported, and lets nothing go on
HOSTILE = "import os, pathlib\npathlib.Path(__file__).with_suffix('.imported').touch()\nos._exit(99)\n"


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A folder that holds a package and a module of each name."""
    for name in NAMES:
        (tmp_path / f"{name}.py").write_text(HOSTILE)
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(HOSTILE)
    return tmp_path


def imported(folder: Path) -> list[str]:
    """Return what was imported of the folder."""
    return [str(mark.relative_to(folder)) for mark in folder.rglob("*.imported")]


def commands() -> list[tuple[str, ...]]:
    """Return every command that ends by itself, with what it needs to begin its work."""
    alone = [(name,) for name, (module, _) in COMMANDS.items() if module != "group" and name not in SERVING]
    grouped = [(group, name) for group, (_, table) in GROUPS.items() for name in table]
    return [command + ARGUMENTS.get(command[-1], ()) for command in (*alone, *grouped)]


@pytest.mark.parametrize("command", commands(), ids=" ".join)
def test_a_command_imports_nothing_of_the_folder(hostile: Path, command: tuple[str, ...]) -> None:
    done = run_slotgate(*command, cwd=hostile, SLOTGATE_INTERNAL_KEY=INTERNAL_KEY)
    assert not imported(hostile)
    assert done.returncode != 99
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("relative", ["", ".", f"{os.pathsep}/nowhere", f"../{{}}{os.pathsep}/nowhere"])
def test_relative_entries_of_pythonpath_count_for_nothing(hostile: Path, relative: str) -> None:
    # what the interpreter itself imports at its start comes before any code of ours
    for name in ("runpy", "multiprocessing"):
        (hostile / f"{name}.py").unlink()
        (hostile / name / "__init__.py").unlink()
    for command in ("redis-acl", "migrate"):
        done = run_slotgate(
            command, cwd=hostile, PYTHONPATH=relative.format(hostile.name), SLOTGATE_INTERNAL_KEY=INTERNAL_KEY
        )
        assert (done.returncode, imported(hostile)) == (0, []), done.stderr


@pytest.mark.parametrize(
    ("command", "options", "ready"),
    [
        ("up", ("--polling", "--workers", "1"), "Slotgate is ready"),
        ("up", ("--polling", "--workers", "2"), "Slotgate is ready"),
        ("demo", ("--no-browser",), "Ready after"),
        ("gateway", ("--polling",), "The gateway listens on"),
        ("backend", (), "The backend listens on"),
    ],
    ids=["up", "up with two workers", "demo", "gateway", "backend"],
)
async def test_a_service_takes_any_free_port_and_imports_nothing_of_the_folder(
    hostile: Path, redis_server: RedisServer, command: str, options: tuple[str, ...], ready: str
) -> None:
    """`--port 0` is any free port for each command that serves, and the command says which one it took."""
    environment = {"SLOTGATE_INTERNAL_KEY": INTERNAL_KEY, "SLOTGATE_BACKEND_URL": f"http://127.0.0.1:{free_port()}"}
    data = hostile / "data"
    if command == "demo":
        environment, data = {}, data / "demo"
    else:
        (hostile / "tenants").mkdir()
    if command == "gateway":
        environment["SLOTGATE_REDIS_URL"] = redis_server.url
    if command == "backend":
        assert run_slotgate("migrate", cwd=hostile, **environment).returncode == 0
    process = await start_slotgate(command, "--port", "0", *options, cwd=hostile, environment=environment)
    running = RunningInstallation(process, [0, 0], data, ready)
    try:
        await running.wait_ready()
        address = find_address(running)
        assert not address.endswith((":8000", ":8001", ":80"))
        await until(partial(is_live, address), 60)
    finally:
        code = await running.stop(signal.SIGTERM)
        assert not imported(hostile)
    assert code == 0


def find_address(running: RunningInstallation) -> str:
    """Return the address that the command has told."""
    told = re.compile(r"(?:[Gg]ateway|backend listens on) .*?(http://127\.0\.0\.1:\d+)")
    return next(match[1] for line in [*running.errors, *running.output] if (match := told.search(line)))


async def is_live(address: str) -> bool:
    """Return whether the service answers; nobody may do so yet."""
    try:
        async with aiohttp.ClientSession() as http, http.get(f"{address}/health/live") as answer:
            return answer.status == 200
    except aiohttp.ClientConnectionError:
        return False


def test_the_trap_works(hostile: Path) -> None:
    done = subprocess.run([sys.executable, "-m", "backend", "migrate"], cwd=hostile, check=False)
    assert (done.returncode, bool(imported(hostile))) == (99, True)
