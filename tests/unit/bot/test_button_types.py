"""What the type checker says of buttons and handlers: each mistake is tried, and so is what is right."""

from tests.support.type_checking import type_errors

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


def _snippet() -> tuple[str, dict[int, str]]:
    """Return all cases in one module, each in a function of its own, and the name of the case of each line."""
    lines = HEAD.splitlines()
    names: dict[int, str] = {}
    for number, (name, source) in enumerate(
        [("right", RIGHT), *((name, source) for name, (source, _) in WRONG.items())]
    ):
        lines += ["", f"def case_{number}() -> None:", *(f"    {line}" for line in source.strip().splitlines())]
        names |= {line: name for line in range(len(names) + 1, len(lines) + 1) if line not in names}
    return "\n".join(lines) + "\n", names


def test_each_mistake_is_found_and_what_is_right_passes() -> None:
    source, names = _snippet()
    complaints: dict[str, list[str]] = {name: [] for name in ("right", *WRONG)}
    for error in type_errors({}, source):
        _, line, _, text = error.split(":", 3)
        complaints[names[int(line)]].append(text)
    assert complaints.pop("right") == []
    for name, (_, wanted) in WRONG.items():
        assert len(complaints[name]) == 1, (name, complaints[name])
        assert wanted in complaints[name][0], name
