"""Straight ways: each press and each text of a specialist needs one request to the backend; a change its write too."""

from collections.abc import Callable
from typing import Any

from backend.contract.bookings import NewBooking
from backend.contract.tenancy import Policies, UpdateTenant
from bot.specialist import callbacks as s
from bot.ui.callbacks import Callback
from tests.support.bot_requests import RequestMeter, check_costs
from tests.support.bot_stage import CLIENT, SPECIALIST, Stage

# Screens that need more, and why. It may only shrink.
NEEDS_MORE: dict[str, str] = {}

# Monday 7 December 2026 and the Wednesday after it as ordinals
TODAY, WEDNESDAY = 739_957, 739_959
MONTH = 2026 * 12 + 11


def _steps_of_bookings(first: int, second: int) -> list[Callback | str]:
    return [
        s.SpecialistDay(day=TODAY),
        s.SpecialistWeek(day=TODAY),
        s.StaffCard(booking_id=first),
        s.BookingHistory(booking_id=first),
        s.WriteMessage(booking_id=first),
        "See you soon!",
        s.SendMessage(booking_id=first),
        s.StaffAskCancel(booking_id=first),
        s.StaffCancel(booking_id=first),
        s.StaffUndoCancel(booking_id=first),
        s.MarkArrived(booking_id=first),
        s.MarkNoShow(booking_id=second),
    ]


def _steps_of_hours() -> list[Callback | str]:
    return [
        s.NoticeSettings(),
        s.SetNotices(choice=1),
        s.WeekHours(specialist_id=1),
        s.SetWeekShape(specialist_id=1, shape=0),
        s.WeekdayHours(specialist_id=1, weekday=0),
        "10:00-14:00, 15:00-19:00",
        s.SetWeekdayShape(specialist_id=1, weekday=0, shape=1),
        s.CopyWeekday(specialist_id=1, weekday=0, days=5),
        s.SpecialDates(specialist_id=1),
        s.SpecialDateMonth(specialist_id=1, month=MONTH),
        s.SpecialDate(specialist_id=1, day=WEDNESDAY),
        "10:00-12:00",
        s.SetSpecialDate(specialist_id=1, day=WEDNESDAY, shape=1),
        s.RemoveSpecialDate(specialist_id=1, day=WEDNESDAY),
        s.DaysOff(specialist_id=1),
        s.FirstDayOff(specialist_id=1, month=MONTH),
        s.LastDayOff(specialist_id=1, first=WEDNESDAY, month=MONTH),
        s.AskDaysOff(specialist_id=1, first=TODAY, last=WEDNESDAY),
        s.DaysOffReason(specialist_id=1, first=TODAY, last=WEDNESDAY),
        "ill",
        s.TakeDaysOff(specialist_id=1, first=TODAY, last=WEDNESDAY, mode=1),
        s.RemoveTimeOff(specialist_id=1, time_off_id=1),
    ]


async def test_each_press_and_text_of_a_specialist_goes_straight(stages: Callable[..., Any]) -> None:
    on: Stage = await stages()
    admin = await on.opened()
    await on.hire(SPECIALIST, 1)
    await on.say(SPECIALIST, "/start")
    client = on.backend.act_as(on.tenant.slug, CLIENT, "r")
    await on.say(CLIENT, "/start")
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
    on.shift(4 * 3600 + 1800)
    meter = RequestMeter(on, SPECIALIST)
    costs = await meter.costs_of([*_steps_of_bookings(*booked[:2]), *_steps_of_hours()])
    # only admins answer requests
    await on.say(1003, "/start")
    answers = [s.ApproveBooking(booking_id=waiting[0]), s.DeclineBooking(booking_id=waiting[1])]
    costs |= await RequestMeter(on, 1003).costs_of(answers)
    check_costs(costs, "bot.specialist.callbacks", NEEDS_MORE)
