"""Straight ways: each press and each text of a client needs one request to the backend; a change needs its write too."""

from collections.abc import Callable
from typing import Any

from backend.contract.bookings import NewBooking
from bot.client import callbacks
from bot.ui.callbacks import Callback
from tests.support.bot_chats import CLIENT, BotChats
from tests.support.bot_requests import RequestMeter, check_costs
from tests.support.local_backend import MONDAY

# Screens that need more, and why. It may only shrink.
NEEDS_MORE = {
    "AcceptInvitation": "three things change at Telegram: the press, the screen, the commands of the new role",
    "SetLanguage": "three things change at Telegram: the press, the screen, the commands in the new language",
}

# Tuesday 8 December 2026 as an ordinal; eleven o'clock of it and of Monday in epoch minutes
TUESDAY = 739_958
ELEVEN, NEXT_ELEVEN = MONDAY // 60 + 120, MONDAY // 60 + 120 + 1440


def _steps_of_times() -> list[Callback | str]:
    return [
        callbacks.ClientHome(),
        callbacks.ServiceList(),
        callbacks.CategoryServices(category=0, page=0),
        callbacks.FindService(),
        "cut",
        callbacks.Contacts(),
        callbacks.SpecialistServices(specialist_id=1),
        callbacks.SoonestTimes(services=(1,), specialist_id=0),
        callbacks.SpecialistChoice(services=(1,), specialist_id=0),
        callbacks.FreeDays(services=(1,), specialist_id=1, first=TUESDAY),
        callbacks.DayTimes(services=(1,), specialist_id=1, day=TUESDAY, page=0),
        callbacks.PickTime(services=(1,), specialist_id=1, start=ELEVEN),
    ]


def _steps_of_a_hold(held: int) -> list[Callback | str]:
    return [
        callbacks.HeldBooking(booking_id=held),
        callbacks.AskComment(booking_id=held),
        "first time here",
        callbacks.ChangeServices(booking_id=held),
        callbacks.ConfirmBooking(booking_id=held, has_comment=True, skip_phone=False),
    ]


def _steps_of_a_booking(booking_id: int) -> list[Callback | str]:
    return [
        callbacks.MyBookings(past=False, page=0),
        callbacks.MyBookings(past=True, page=0),
        callbacks.BookingCard(booking_id=booking_id),
        callbacks.CalendarFile(booking_id=booking_id),
        callbacks.MoveTimes(booking_id=booking_id, specialist_id=1),
        callbacks.MoveSpecialists(booking_id=booking_id, specialist_id=1),
        callbacks.MoveDays(booking_id=booking_id, specialist_id=1, first=TUESDAY),
        callbacks.MoveDayTimes(booking_id=booking_id, specialist_id=1, day=TUESDAY, page=0),
        callbacks.AskMove(booking_id=booking_id, specialist_id=1, start=NEXT_ELEVEN),
        callbacks.MoveBooking(booking_id=booking_id, specialist_id=1, start=NEXT_ELEVEN),
        callbacks.MoveAllTheSame(booking_id=booking_id, specialist_id=1, start=NEXT_ELEVEN + 60),
        callbacks.AskLate(booking_id=booking_id),
        callbacks.SayLate(booking_id=booking_id, minutes=10),
        callbacks.KeepCard(booking_id=booking_id),
        callbacks.AskCancel(booking_id=booking_id),
        callbacks.CancelBooking(booking_id=booking_id),
        callbacks.UndoCancel(booking_id=booking_id),
        callbacks.RepeatBooking(services=(1,), specialist_id=1),
    ]


def _steps_of_settings() -> list[Callback | str]:
    return [
        callbacks.LanguageChoice(),
        callbacks.SetLanguage(locale="ru"),
        callbacks.SetLanguage(locale="en"),
        callbacks.MyData(),
        callbacks.SetNews(on=False),
        callbacks.ExportJson(),
        callbacks.ExportCalendar(),
        callbacks.AskErase(),
        callbacks.EraseMe(),
    ]


async def test_each_press_and_text_of_a_client_goes_straight(open_chats: Callable[..., Any]) -> None:
    chats: BotChats = await open_chats()
    admin = await chats.open_business()
    await chats.say(CLIENT, "/start")
    client = chats.backend.act_as(chats.tenant.slug, CLIENT, "r")
    meter = RequestMeter(chats, CLIENT)

    async def hold(start: str) -> int:
        body = NewBooking(service_ids=[1], specialist_id=1, start=start, hold=True)
        return (await client.create_booking(body, key=f"hold-{start}")).id

    costs = await meter.costs_of(_steps_of_times())
    held = (await client.list_bookings(status=("held",))).items[0].id
    costs |= await meter.costs_of(_steps_of_a_hold(held))
    costs |= await meter.costs_of(_steps_of_a_booking(held))
    await admin.ask_to_move(held, key="ask")
    costs |= await meter.costs_of(
        [
            callbacks.NewTimesMenu(booking_id=held),
            callbacks.TakeNewTime(booking_id=held, specialist_id=1, start=NEXT_ELEVEN + 30),
        ]
    )
    # a new hold ends the one before
    held_id = await hold("2026-12-09T07:00:00Z")
    costs |= await meter.costs_of(
        [
            callbacks.ChangeTime(booking_id=held_id, services=(1,)),
            callbacks.SetServices(booking_id=held_id, services=(1, 2)),
        ]
    )
    dropped = callbacks.DropHold(booking_id=await hold("2026-12-09T13:00:00Z"))
    costs |= await meter.costs_of([dropped])
    # several services take the place of a hold of some of them
    several: list[Callback | str] = [
        callbacks.PickTime(services=(1, 2), specialist_id=1, start=NEXT_ELEVEN + 120),
        callbacks.RepeatBooking(services=(1, 2), specialist_id=1),
    ]
    costs |= {f"{name} of several": cost for name, cost in (await meter.costs_of(several)).items()}
    invitation = await chats.invite(admin, 1)
    costs |= await meter.costs_of([callbacks.AcceptInvitation(code=invitation.token), *_steps_of_settings()])
    check_costs(costs, "bot.client.callbacks", NEEDS_MORE)
