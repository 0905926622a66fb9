"""Rooms and equipment: what services take while they last."""

from aiogram.filters import StateFilter
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import Message

from backend.client.api import BackendRefused
from backend.client.requests import KEEP, Displacing
from backend.contract.catalog import ChangedRoom, NewRoom, Room, UpdateRoom
from backend.contract.errors import Code
from bot.admin.callbacks.business import AuditLog
from bot.admin.callbacks.catalog import AddRoom, RemoveRoom, RenameRoom, RoomCard, RoomList, SetRoomCount
from bot.admin.menu import manage_row
from bot.fsm import Draft, drop_draft, load_draft, pause_draft
from bot.request import Request
from bot.router import Router
from bot.specialist.affected_bookings import Handling, add_handled, change_or_ask
from bot.ui import typed_values
from bot.ui.keyboards import Row, Screen, button_grid, button_to, page_of
from bot.ui.labels import cuttable_name
from bot.ui.prompts import add_above, ask_for_text
from bot.ui.text import one_line, visible_name

A_PAGE = 20
_COUNTS = (1, 2, 3, 4, 5, 6, 8, 10)

router = Router(for_staff=True)


class RoomForm(StatesGroup):
    """What is typed about a room."""

    name = State()
    count = State()


class RoomDraft(Draft):
    """The room that it is typed for; 0 for a new one."""

    room_id: int = 0


async def load_rooms(request: Request) -> list[Room]:
    """Return every room."""
    return (await request.api.list_rooms()).items


@router.press(RoomList)
async def show_rooms(request: Request, callback: RoomList) -> Screen:
    """Show what there is, page by page."""
    await pause_draft(request.state)
    return await rooms_screen(request, callback.page)


async def rooms_screen(request: Request, page: int = 0) -> Screen:
    """Return the list of rooms, each with a button to its card."""
    rooms = await load_rooms(request)
    shown, turning = page_of(rooms, page, A_PAGE, lambda to: RoomList(page=to))
    rows: list[Row] = [
        [
            button_to(
                request.t.label("label-room", name=cuttable_name(one_line(room.name)), count=room.count),
                RoomCard(room_id=room.id),
            )
        ]
        for room in shown
    ]
    rows.append(turning)
    rows.append([button_to(request.t.label("button-add-room"), AddRoom(), style="primary")])
    return Screen(request.t.html("rooms-title" if rooms else "rooms-explained"), [*rows, manage_row(request)])


@router.press(AddRoom)
async def ask_new_room(request: Request, _: AddRoom) -> Screen:
    """Ask for the name of a new room."""
    return await _ask_name(request, 0)


@router.press(RenameRoom)
async def ask_room_name(request: Request, callback: RenameRoom) -> Screen:
    """Ask for another name."""
    return await _ask_name(request, callback.room_id)


async def _ask_name(request: Request, room_id: int) -> Screen:
    back = button_to(request.t.label("button-back"), RoomCard(room_id=room_id) if room_id else RoomList())
    return await ask_for_text(
        request, RoomForm.name, request.t.html("new-room"), back, draft=RoomDraft(room_id=room_id)
    )


@router.message(StateFilter(RoomForm.name))
async def take_room_name(message: Message, request: Request) -> Screen:
    """Rename the room, or add one."""
    room_id = (await load_draft(request.state, RoomDraft)).room_id
    name = visible_name(message.text or "")
    if not name:
        return add_above(request.t.html("not-read"), await _ask_name(request, room_id))
    try:
        if room_id:
            await _change_room(request, room_id, UpdateRoom(name=name))
        else:
            key = request.idempotency_key("room")
            room_id = (await request.api.create_room(NewRoom(name=name), key=key)).id
    except BackendRefused as refusal:
        if refusal.code is not Code.NAME_TAKEN:
            raise
        return add_above(request.t.html("name-taken"), await _ask_name(request, 0))
    await drop_draft(request.state)
    return (await room_screen(request, room_id))._replace(toast=request.t.label("saved"))


async def _change_room(
    request: Request, room_id: int, change: UpdateRoom, displacing: Displacing = KEEP
) -> ChangedRoom:
    return await request.api.update_room(room_id, change, displacing, key=request.idempotency_key("room"))


@router.press(RoomCard)
async def show_room(request: Request, callback: RoomCard) -> Screen:
    """Show one room."""
    return await room_screen(request, callback.room_id)


async def room_screen(request: Request, room_id: int) -> Screen:
    """Return the room's card: how many there are, tapped or typed. The list where the room is gone."""
    room = next((room for room in await load_rooms(request) if room.id == room_id), None)
    if room is None:
        await pause_draft(request.state)
        return await rooms_screen(request)
    rows = button_grid([button_to(str(count), SetRoomCount(room_id=room_id, count=count)) for count in _COUNTS], 4)
    rows.append(
        [
            button_to(request.t.label("button-name"), RenameRoom(room_id=room_id)),
            button_to(request.t.label("button-remove"), RemoveRoom(room_id=room_id), style="danger"),
        ]
    )
    rows.append([button_to(request.t.label("button-audit"), AuditLog.only("room", room_id))])
    question = request.t.html("room-count-ask", name=room.name, count=room.count)
    back = button_to(request.t.label("button-back"), RoomList())
    return await ask_for_text(request, RoomForm.count, question, back, rows, draft=RoomDraft(room_id=room_id))


@router.message(StateFilter(RoomForm.count))
async def take_room_count(message: Message, request: Request) -> Screen:
    """Set the number that has been typed."""
    room_id = (await load_draft(request.state, RoomDraft)).room_id
    count = typed_values.read_number(message.text or "", 1, 1000)
    if count is None:
        return add_above(request.t.html("not-read"), await room_screen(request, room_id))
    return await _set_count(request, room_id, count, Handling.ASK)


@router.press(SetRoomCount)
async def set_room_count(request: Request, callback: SetRoomCount) -> Screen:
    """Set the number that has been tapped."""
    return await _set_count(request, callback.room_id, callback.count, callback.mode)


async def _set_count(request: Request, room_id: int, count: int, mode: int) -> Screen:
    """Save the number; where bookings ahead take more, ask first what becomes of those that were booked last."""
    count = min(max(count, 1), 1000)
    changed = await change_or_ask(
        request,
        mode,
        lambda displacing: _change_room(request, room_id, UpdateRoom(count=count), displacing),
        lambda handling: SetRoomCount(room_id=room_id, count=count, mode=handling),
        RoomCard(room_id=room_id),
    )
    if isinstance(changed, Screen):
        return changed
    await drop_draft(request.state)
    screen = (await rooms_screen(request))._replace(toast=request.t.label("saved"))
    if changed.affected and not changed.displaced:
        return add_above(request.t.html("rooms-kept", count=len(changed.affected)), screen)
    return add_handled(request, mode, changed, screen)


@router.press(RemoveRoom)
async def remove_room(request: Request, callback: RemoveRoom) -> Screen:
    """Remove a room; where bookings ahead hold it, ask first. Refused while a service takes it."""
    await pause_draft(request.state)
    room_id, key = callback.room_id, request.idempotency_key("room")
    try:
        removed = await change_or_ask(
            request,
            callback.mode,
            lambda displacing: request.api.remove_room(room_id, displacing, key=key),
            lambda handling: RemoveRoom(room_id=room_id, mode=handling),
            RoomCard(room_id=room_id),
        )
    except BackendRefused as refusal:
        if refusal.code is not Code.IN_USE:
            raise
        return add_above(request.t.html("room-in-use"), await rooms_screen(request))
    if isinstance(removed, Screen):
        return removed
    screen = add_handled(request, callback.mode, removed, await rooms_screen(request))
    return screen._replace(toast=request.t.label("saved"))
