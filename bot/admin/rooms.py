"""Rooms and equipment, of which there are so many: what services take while they last."""

from backend.client.api import BackendRefused
from backend.contract import catalog as wire
from backend.contract.errors import Code
from bot.admin.home import manage_row
from bot.dialogs import step
from bot.request import Request
from bot.ui import typed_values
from bot.ui.callbacks import route
from bot.ui.keyboards import Row, Screen, go, grid
from bot.ui.prompts import above, ask
from bot.ui.text import one_line

SHOWN = 30
_COUNTS = (1, 2, 3, 4, 5, 6, 8, 10)


async def all_rooms(request: Request) -> list[wire.Room]:
    """Every room."""
    return (await request.api.list_rooms()).items


@route("a.rms")
async def rooms(request: Request) -> Screen:
    """What there is."""
    await request.dialog.pause()
    found = await all_rooms(request)
    rows: list[Row] = [
        [go(request.t.label("label-room", name=one_line(one.name, 40), count=one.count), "a.rm", one.id)]
        for one in found[:SHOWN]
    ]
    rows.append([go(request.t.label("button-add-room"), "a.rmn", style="primary")])
    return Screen(request.t.html("rooms-title" if found else "rooms-explained"), [*rows, manage_row(request)])


@route("a.rmn")
async def ask_name(request: Request) -> Screen:
    """What is it called?"""
    return await ask(request, "a.rmn", request.t.html("new-room"), go(request.t.label("button-back"), "a.rms"), room=0)


@route("a.rme")
async def ask_new_name(request: Request, room_id: int) -> Screen:
    """Another name."""
    return await ask(
        request, "a.rmn", request.t.html("new-room"), go(request.t.label("button-back"), "a.rm", room_id), room=room_id
    )


@step("a.rmn")
async def name_typed(request: Request, text: str, draft: dict[str, object]) -> Screen:
    """There is one of it, until told otherwise."""
    room_id, name = int(str(draft["room"])), one_line(text)
    if not name:
        return above(
            request.t.html("not-read"), await (ask_new_name(request, room_id) if room_id else ask_name(request))
        )
    try:
        if room_id:
            await _change(request, room_id, wire.UpdateRoom(name=name))
        else:
            body, key = wire.NewRoom(name=name), request.key("room")
            room_id = (await request.api.create_room(body, key=key)).id
    except BackendRefused as refusal:
        if refusal.code is not Code.NAME_TAKEN:
            raise
        return above(request.t.html("name-taken"), await ask_name(request))
    await request.dialog.end()
    return (await room(request, room_id))._replace(toast=request.t.label("saved"))


async def _change(request: Request, room_id: int, change: wire.UpdateRoom) -> wire.ChangedRoom:
    return await request.api.update_room(room_id, change, key=request.key("room"))


@route("a.rm")
async def room(request: Request, room_id: int) -> Screen:
    """How many there are: tapped or typed."""
    one = next((each for each in await all_rooms(request) if each.id == room_id), None)
    if one is None:
        return await rooms(request)
    rows = grid([go(str(count), "a.rmc", room_id, count) for count in _COUNTS], 4)
    rows.append(
        [
            go(request.t.label("button-name"), "a.rme", room_id),
            go(request.t.label("button-remove"), "a.rmx", room_id, style="danger"),
        ]
    )
    question = request.t.html("room-count-ask", name=one.name, count=one.count)
    return await ask(request, "a.rmc", question, go(request.t.label("button-back"), "a.rms"), rows, room=room_id)


@step("a.rmc")
async def count_typed(request: Request, text: str, draft: dict[str, object]) -> Screen:
    """The number has been typed."""
    room_id, count = int(str(draft["room"])), typed_values.number(text, 1, 1000)
    if count is None:
        return above(request.t.html("not-read"), await room(request, room_id))
    return await set_count(request, room_id, count)


@route("a.rmc")
async def set_count(request: Request, room_id: int, count: int) -> Screen:
    """So many; visits ahead keep theirs."""
    changed = await _change(request, room_id, wire.UpdateRoom(count=min(max(count, 1), 1000)))
    await request.dialog.end()
    screen = (await rooms(request))._replace(toast=request.t.label("saved"))
    if changed.affected:
        return above(request.t.html("rooms-kept", count=len(changed.affected)), screen)
    return screen


@route("a.rmx")
async def remove(request: Request, room_id: int) -> Screen:
    """Gone; refused while a service or a visit ahead takes it."""
    try:
        await request.api.remove_room(room_id, key=request.key("room"))
    except BackendRefused as refusal:
        if refusal.code is not Code.IN_USE:
            raise
        return above(request.t.html("room-in-use"), await rooms(request))
    return (await rooms(request))._replace(toast=request.t.label("saved"))
