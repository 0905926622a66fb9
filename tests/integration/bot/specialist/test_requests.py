"""Straight ways: each press and each text of a specialist needs one request to the backend; a change its write too."""

from collections.abc import Callable
from typing import Any

from backend.contract.bookings import NewBooking
from backend.contract.tenancy import Policies, UpdateTenant
from bot.specialist import callbacks
from bot.ui.callbacks import Callback
from tests.support.bot_chats import CLIENT, SPECIALIST, BotChats
from tests.support.bot_requests import RequestMeter, check_costs

# Screens that need more, and why. It may only shrink.
NEEDS_MORE: dict[str, str] = {}

# Monday 7 December 2026 and the Wednesday after it as ordinals
TODAY, WEDNESDAY = 739_957, 739_959
MONTH = 2026 * 12 + 11


def _steps_of_bookings(first: int, second: int) -> list[Callback | str]:
    return [
        callbacks.SpecialistDay(day=TODAY),
        callbacks.StaffWeek(day=TODAY),
        callbacks.StaffMonth(month=MONTH),
        callbacks.StaffYears(year=2027),
        callbacks.UnmarkedList(),
        callbacks.StaffCard(booking_id=first),
        callbacks.BookingHistory(booking_id=first),
        callbacks.WriteMessage(booking_id=first),
        "See you soon!",
        callbacks.SendMessage(booking_id=first),
        callbacks.StaffAskCancel(booking_id=first),
        callbacks.StaffCancel(booking_id=first),
        callbacks.StaffUndoCancel(booking_id=first),
        callbacks.MarkArrived(booking_id=first),
        callbacks.MarkNoShow(booking_id=second),
        callbacks.UnmarkBooking(booking_id=second),
    ]


def _steps_of_hours(tomorrow: int, waiting: int) -> list[Callback | str]:
    return [
        callbacks.NoticeSettings(),
        callbacks.SetNotices(choice=1),
        callbacks.WeekHours(specialist_id=1),
        callbacks.SetWeekShape(specialist_id=1, shape=0),
        callbacks.WeekdayHours(specialist_id=1, weekday=0),
        "10:00-14:00, 15:00-19:00",
        callbacks.WeekdayHours(specialist_id=1, weekday=0),
        "9-5",
        callbacks.TakeWeekReading(place=1),
        callbacks.SetWeekdayShape(specialist_id=1, weekday=0, shape=1),
        callbacks.CopyWeekday(specialist_id=1, weekday=0, days=5),
        callbacks.SpecialDates(specialist_id=1),
        callbacks.SpecialDateMonth(specialist_id=1, month=MONTH),
        callbacks.SpecialDate(specialist_id=1, day=WEDNESDAY),
        "10:00-12:00",
        callbacks.SpecialDate(specialist_id=1, day=WEDNESDAY),
        "9-5",
        callbacks.TakeDateReading(place=1),
        callbacks.SetSpecialDate(specialist_id=1, day=WEDNESDAY, shape=1),
        callbacks.RemoveSpecialDate(specialist_id=1, day=WEDNESDAY),
        callbacks.DaysOff(specialist_id=1),
        callbacks.FirstDayOff(specialist_id=1, month=MONTH),
        callbacks.LastDayOff(specialist_id=1, first=WEDNESDAY, month=MONTH),
        callbacks.AskDaysOff(specialist_id=1, first=TODAY, last=WEDNESDAY),
        callbacks.DaysOffReason(specialist_id=1, first=TODAY, last=WEDNESDAY),
        "ill",
        callbacks.TakeDaysOff(specialist_id=1, first=TODAY, last=WEDNESDAY, mode=1),
        callbacks.TaskList(),
        callbacks.MarkTold(booking_id=tomorrow),
        callbacks.KeepTime(booking_id=waiting),
        callbacks.RemoveTimeOff(specialist_id=1, time_off_id=1),
        callbacks.SetSpecialDate(specialist_id=1, day=TODAY + 1, shape=0),
        callbacks.ApplyHours(mode=0),
    ]


async def test_each_press_and_text_of_a_specialist_goes_straight(open_chats: Callable[..., Any]) -> None:
    chats: BotChats = await open_chats()
    admin = await chats.open_business()
    await chats.hire(SPECIALIST, 1)
    await chats.say(SPECIALIST, "/start")
    client = chats.backend.act_as(chats.tenant.slug, CLIENT, "r")
    await chats.say(CLIENT, "/start")
    booked = []
    for start in ("2026-12-07T09:00:00Z", "2026-12-07T10:00:00Z", "2026-12-08T09:00:00Z"):
        body = NewBooking(service_ids=[1], specialist_id=1, start=start)
        booked.append((await client.create_booking(body, key=start)).id)
    await admin.update_tenant(UpdateTenant(policies=Policies(approval=True, min_notice_min=0)), key="approval")
    waiting = []
    for start in ("2026-12-08T10:00:00Z", "2026-12-08T11:00:00Z"):
        body = NewBooking(service_ids=[1], specialist_id=1, start=start)
        waiting.append((await client.create_booking(body, key=start)).id)
    # an hour after the second one has begun
    chats.shift(4 * 3600 + 1800)
    meter = RequestMeter(chats, SPECIALIST)
    costs = await meter.costs_of([*_steps_of_bookings(*booked[:2]), *_steps_of_hours(booked[2], waiting[0])])
    answers = [
        callbacks.ApproveBooking(booking_id=waiting[0]),
        callbacks.AskDecline(booking_id=waiting[1]),
        callbacks.DeclineBooking(booking_id=waiting[1]),
    ]
    costs |= await meter.costs_of(answers)
    # only admins place bookings with others
    await chats.say(1003, "/start")
    costs |= await RequestMeter(chats, 1003).costs_of([callbacks.AskPlaceAll(), callbacks.PlaceAll()])
    check_costs(costs, "bot.specialist.callbacks", NEEDS_MORE)
