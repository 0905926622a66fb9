"""When a broadcast is sent: a preset or a typed time on the business's clock, changed or taken back before."""

from datetime import date, datetime, time, timedelta

from aiogram.filters import StateFilter
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import Message

from backend.client.api import BackendRefused
from backend.contract.errors import Code
from bot.admin.broadcast_preview import local_wall, preview_screen
from bot.admin.callbacks.broadcasts import AskSendTime, BroadcastCard, CancelSendTime, SetSendTime
from bot.fsm import Draft, drop_draft, load_draft, pause_draft
from bot.request import Request
from bot.router import Router
from bot.ui.keyboards import Screen, button_grid, button_to
from bot.ui.prompts import add_above, ask_for_text
from bot.ui.typed_moments import read_moment

DAY_MIN = 1440
SHOWN = 6
# A preset is at least so far ahead.
_LEAST = timedelta(minutes=15)
# What a button may say at most, so that it can be shown.
_EARLIEST, _LATEST = date(2000, 1, 1).toordinal(), date(2200, 1, 1).toordinal()

router = Router(for_staff=True)


class SendTimeForm(StatesGroup):
    """What is typed of the time."""

    moment = State()


class SendTimeDraft(Draft):
    """The broadcast that a time is chosen for."""

    broadcast_id: int


@router.press(AskSendTime)
async def ask_send_time(request: Request, callback: AskSendTime) -> Screen:
    """Ask when it is sent."""
    return await _ask_time(request, callback.broadcast_id)


async def _ask_time(request: Request, broadcast_id: int) -> Screen:
    presets = [
        button_to(request.times.relative(_instant(request, at)), SetSendTime(broadcast_id=broadcast_id, at=_packed(at)))
        for at in _preset_times(request.times.now.replace(tzinfo=None))
    ]
    back = button_to(request.t.label("button-back"), BroadcastCard(broadcast_id=broadcast_id))
    question = request.t.html("broadcast-time-ask", zone=request.times.zone_name())
    draft = SendTimeDraft(broadcast_id=broadcast_id)
    return await ask_for_text(request, SendTimeForm.moment, question, back, button_grid(presets, 2), draft=draft)


def _preset_times(now: datetime) -> list[datetime]:
    """Return the next times at which people read: late morning and early evening, then the beginning of next week."""
    today = now.date()
    days = [today + timedelta(days=ahead) for ahead in range(3)]
    monday = today + timedelta(days=7 - today.weekday())
    candidates = [datetime.combine(day, time(hour)) for day in days for hour in (10, 18)]
    candidates += [datetime.combine(day, time(10)) for day in (monday, monday + timedelta(days=7))]
    return [at for at in dict.fromkeys(candidates) if at >= now + _LEAST][:SHOWN]


def _packed(at: datetime) -> int:
    return at.toordinal() * DAY_MIN + at.hour * 60 + at.minute


def _unpacked(packed: int) -> datetime:
    """Return the local time of a button; a forged number becomes one that every limit refuses."""
    ordinal = min(max(packed // DAY_MIN, _EARLIEST), _LATEST)
    return datetime.combine(date.fromordinal(ordinal), time(packed % DAY_MIN // 60, packed % 60))


def _instant(request: Request, at: datetime) -> str:
    return at.replace(tzinfo=request.times.zone).isoformat()


@router.press(SetSendTime)
async def set_send_time(request: Request, callback: SetSendTime) -> Screen:
    """Send it at the time of a preset."""
    await pause_draft(request.state)
    return await _schedule(request, callback.broadcast_id, _unpacked(callback.at))


@router.message(StateFilter(SendTimeForm.moment))
async def take_send_time(message: Message, request: Request) -> Screen:
    """Send it at the time that has been typed."""
    broadcast_id = (await load_draft(request.state, SendTimeDraft)).broadcast_id
    at = read_moment(message.text or "", request.times.now, month_first=request.times.month_first)
    if at is None:
        return add_above(request.t.html("broadcast-time-not-read"), await _ask_time(request, broadcast_id))
    return await _schedule(request, broadcast_id, at)


async def _schedule(request: Request, broadcast_id: int, at: datetime) -> Screen:
    key = request.idempotency_key("broadcast-time")
    try:
        broadcast = await request.api.schedule_broadcast(broadcast_id, local_wall(at), key=key)
    except BackendRefused as refusal:
        if refusal.code not in (Code.INVALID, Code.NONEXISTENT_TIME):
            raise
        when = request.times.when(_instant(request, at))
        skipped = refusal.code is Code.NONEXISTENT_TIME
        refused = request.t.html("broadcast-time-skipped" if skipped else "broadcast-time-refused", when=when)
        return add_above(refused, await _ask_time(request, broadcast_id))
    await drop_draft(request.state)
    return preview_screen(request, broadcast)._replace(toast=request.t.label("saved"))


@router.press(CancelSendTime)
async def cancel_send_time(request: Request, callback: CancelSendTime) -> Screen:
    """Do not send it by itself; it stays as a draft."""
    key = request.idempotency_key("broadcast-time")
    broadcast = await request.api.unschedule_broadcast(callback.broadcast_id, key=key)
    return preview_screen(request, broadcast)._replace(toast=request.t.label("broadcast-unscheduled"))
