"""What the type checker says of buttons and handlers: each mistake is tried, and so is what is right."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

HEAD = """
from bot.admin.callbacks.catalog import RenameRoom, RoomCard, RoomList
from bot.request import Request
from bot.router import Router
from bot.ui.keyboards import Screen, button_to

router = Router()
"""

RIGHT = """
@router.press(RoomCard)
async def show_room(request: Request, callback: RoomCard) -> Screen:
    row = [button_to("Rooms", RoomList()), button_to("Name", RenameRoom(room_id=callback.room_id))]
    return await show_rooms(request, RoomList()) if callback.room_id > 9 else Screen("", [row])


@router.press(RoomList)
async def show_rooms(request: Request, _: RoomList) -> Screen:
    return Screen("", [])
"""

# name -> (source, the error that it must give)
WRONG = {
    "a class that is not there": (
        "from bot.admin.callbacks.catalog import RoomCart",
        'has no attribute "RoomCart"',
    ),
    "a prefix in place of a class": ('button_to("Room", "a.rm")', 'has incompatible type "str"; expected "Callback"'),
    "a class in place of an instance": ('button_to("Rooms", RoomList)', 'expected "Callback"'),
    "a field that is not there": ("RoomCard(room=7)", 'Unexpected keyword argument "room"'),
    "an argument of another type": ('RoomCard(room_id="7")', 'has incompatible type "str"; expected "int"'),
    "an argument too few": ("RoomCard()", 'Missing positional argument "room_id"'),
    "an argument too many": ("RoomCard(7, 8)", 'Too many arguments for "RoomCard"'),
    "a field that is set": ("RoomCard(room_id=7).room_id = 8", 'Property "room_id" defined in "RoomCard" is read-only'),
    "a handler of another class": (
        """
@router.press(RoomCard)
async def show_room(request: Request, callback: RenameRoom) -> Screen:
    return Screen("", [])
""",
        "has incompatible type",
    ),
    "a handler that reads a field that is not there": (
        """
@router.press(RoomCard)
async def show_room(request: Request, callback: RoomCard) -> Screen:
    return Screen(str(callback.service_id), [])
""",
        '"RoomCard" has no attribute "service_id"',
    ),
    "a handler that returns no screen": (
        """
@router.press(RoomCard)
async def show_room(request: Request, callback: RoomCard) -> str:
    return "Rooms"
""",
        'Value of type variable "S" of function cannot be "str"',
    ),
    "a handler called with another class": (
        RIGHT
        + """
async def elsewhere(request: Request) -> Screen:
    return await show_room(request, RenameRoom(room_id=1))
""",
        'has incompatible type "RenameRoom"; expected "RoomCard"',
    ),
}


def _complaints(folder: Path, cache: Path) -> dict[str, list[str]]:
    """Return what mypy says of each snippet, by its name; one run for all, with the project's own settings."""
    files = {"right": RIGHT} | {name: source for name, (source, _) in WRONG.items()}
    names = {f"snippet_{number}.py": name for number, name in enumerate(files)}
    for file, name in names.items():
        (folder / file).write_text(f"{HEAD}\n{files[name]}\n")
    command = [sys.executable, "-m", "mypy", "--config-file", "pyproject.toml", "--cache-dir", str(cache)]
    done = subprocess.run(
        [*command, *(str(folder / file) for file in names)], cwd=ROOT, capture_output=True, text=True, timeout=110
    )
    assert done.returncode == 1, done.stdout + done.stderr
    said: dict[str, list[str]] = {name: [] for name in files}
    for line in done.stdout.splitlines():
        if match := re.match(r".*?(snippet_\d+\.py):\d+: error: (.*)", line):
            said[names[match[1]]].append(match[2])
    return said


def test_each_mistake_is_found_and_what_is_right_passes(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    """One test, so that one worker runs mypy once; its cache is kept between runs of the tests."""
    cache = pytestconfig.cache
    complaints = _complaints(tmp_path, cache.mkdir("mypy-snippets") if cache is not None else tmp_path / "cache")
    assert complaints.pop("right") == []
    for name, (_, wanted) in WRONG.items():
        assert len(complaints[name]) == 1, (name, complaints[name])
        assert wanted in complaints[name][0], name
