"""Rooms and equipment, of which there are so many: what services take while they last."""

from backend.client.api import BackendRefused
from backend.contract import catalog as wire
from backend.contract.errors import Code
from bot.admin.home import manage_row
from bot.dialogs import step
from bot.request import Turn
from bot.ui import typed_values
from bot.ui.callbacks import route
from bot.ui.keyboards import Row, Screen, go, grid
from bot.ui.prompts import above, ask
from bot.ui.text import one_line

SHOWN = 30
_COUNTS = (1, 2, 3, 4, 5, 6, 8, 10)


async def all_rooms(turn: Turn) -> list[wire.Room]:
    """Every room."""
    return (await turn.api.call("GET", "/v1/rooms", wire.Rooms)).items


@route("a.rms")
async def rooms(turn: Turn) -> Screen:
    """What there is."""
    await turn.dialog.pause()
    found = await all_rooms(turn)
    rows: list[Row] = [
        [go(turn.t.label("label-room", name=one_line(one.name, 40), count=one.count), "a.rm", one.id)]
        for one in found[:SHOWN]
    ]
    rows.append([go(turn.t.label("button-add-room"), "a.rmn", style="primary")])
    return Screen(turn.t.html("rooms-title" if found else "rooms-explained"), [*rows, manage_row(turn)])


@route("a.rmn")
async def ask_name(turn: Turn) -> Screen:
    """What is it called?"""
    return await ask(turn, "a.rmn", turn.t.html("new-room"), go(turn.t.label("button-back"), "a.rms"), room=0)


@route("a.rme")
async def ask_new_name(turn: Turn, room_id: int) -> Screen:
    """Another name."""
    return await ask(
        turn, "a.rmn", turn.t.html("new-room"), go(turn.t.label("button-back"), "a.rm", room_id), room=room_id
    )


@step("a.rmn")
async def name_typed(turn: Turn, text: str, draft: dict[str, object]) -> Screen:
    """There is one of it, until told otherwise."""
    room_id, name = int(str(draft["room"])), one_line(text)
    if not name:
        return above(turn.t.html("not-read"), await (ask_new_name(turn, room_id) if room_id else ask_name(turn)))
    try:
        if room_id:
            await _change(turn, room_id, wire.UpdateRoom(name=name))
        else:
            body, key = wire.NewRoom(name=name), turn.key("room")
            room_id = (await turn.api.call("POST", "/v1/rooms", wire.Room, body=body, key=key)).id
    except BackendRefused as refusal:
        if refusal.code is not Code.NAME_TAKEN:
            raise
        return above(turn.t.html("name-taken"), await ask_name(turn))
    await turn.dialog.end()
    return (await room(turn, room_id))._replace(toast=turn.t.label("saved"))


async def _change(turn: Turn, room_id: int, change: wire.UpdateRoom) -> wire.ChangedRoom:
    path, key = f"/v1/rooms/{room_id}", turn.key("room")
    return await turn.api.call("PATCH", path, wire.ChangedRoom, body=change, key=key)


@route("a.rm")
async def room(turn: Turn, room_id: int) -> Screen:
    """How many there are: tapped or typed."""
    one = next((each for each in await all_rooms(turn) if each.id == room_id), None)
    if one is None:
        return await rooms(turn)
    rows = grid([go(str(count), "a.rmc", room_id, count) for count in _COUNTS], 4)
    rows.append(
        [
            go(turn.t.label("button-name"), "a.rme", room_id),
            go(turn.t.label("button-remove"), "a.rmx", room_id, style="danger"),
        ]
    )
    question = turn.t.html("room-count-ask", name=one.name, count=one.count)
    return await ask(turn, "a.rmc", question, go(turn.t.label("button-back"), "a.rms"), rows, room=room_id)


@step("a.rmc")
async def count_typed(turn: Turn, text: str, draft: dict[str, object]) -> Screen:
    """The number has been typed."""
    room_id, count = int(str(draft["room"])), typed_values.number(text, 1, 1000)
    if count is None:
        return above(turn.t.html("not-read"), await room(turn, room_id))
    return await set_count(turn, room_id, count)


@route("a.rmc")
async def set_count(turn: Turn, room_id: int, count: int) -> Screen:
    """So many; visits ahead keep theirs."""
    changed = await _change(turn, room_id, wire.UpdateRoom(count=min(max(count, 1), 1000)))
    await turn.dialog.end()
    screen = (await rooms(turn))._replace(toast=turn.t.label("saved"))
    if changed.affected:
        return above(turn.t.html("rooms-kept", count=len(changed.affected)), screen)
    return screen


@route("a.rmx")
async def remove(turn: Turn, room_id: int) -> Screen:
    """Gone; refused while a service or a visit ahead takes it."""
    try:
        await turn.api.call("DELETE", f"/v1/rooms/{room_id}", wire.Removed, key=turn.key("room"))
    except BackendRefused as refusal:
        if refusal.code is not Code.IN_USE:
            raise
        return above(turn.t.html("room-in-use"), await rooms(turn))
    return (await rooms(turn))._replace(toast=turn.t.label("saved"))
