"""The calendar of staff: any day in three taps, weeks, months and years that say what days hold, for both roles."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from backend.contract.bookings import NewBooking
from backend.contract.schedule import NewClosure
from bot.admin.callbacks.bookings import AdminDay
from bot.specialist.callbacks import SpecialistDay, StaffMonth, StaffWeek, StaffYears
from bot.ui.callbacks import Callback, pack_button, prefix_of, unpack_button
from tests.support.bot_chats import ADMIN, CLIENT, SPECIALIST, BotChats

TODAY = date(2026, 12, 7)
DAYS: dict[int, type[AdminDay | SpecialistDay]] = {ADMIN: AdminDay, SPECIALIST: SpecialistDay}


async def _staffed(open_chats: Callable[..., Any], **options: Any) -> BotChats:
    chats: BotChats = await open_chats(**options)
    await chats.hire(SPECIALIST, 1)
    await chats.open_business()
    return chats


async def _book(chats: BotChats, specialist_id: int, start: str) -> None:
    """Book a haircut for the client."""
    await chats.context(CLIENT)
    client = chats.backend.act_as(chats.tenant.slug, CLIENT, "t")
    wanted = NewBooking(service_ids=[1], start=start, specialist_id=specialist_id)
    await client.create_booking(wanted, key=f"{specialist_id}-{start}")


async def _open(chats: BotChats, person: int, callback: Callback) -> None:
    """Press a button with this callback, as if the menu had it."""
    rows = (chats.menu(person).markup or {})["inline_keyboard"]
    data = next(button["callback_data"] for row in rows for button in row if "callback_data" in button)
    await chats.forge(person, pack_button(callback, data.rpartition("~")[2]))


def _buttons(chats: BotChats, person: int, kind: type[Callback]) -> dict[str, str]:
    """Return the data of those of the menu's buttons that carry this callback, by their packed form."""
    found = {}
    for row in (chats.menu(person).markup or {})["inline_keyboard"]:
        for button in row:
            packed = unpack_button(button.get("callback_data", ""))
            if packed is not None and prefix_of(packed[0]) == kind.__prefix__:
                found[packed[0]] = button["callback_data"]
    return found


def _dates(chats: BotChats, person: int) -> set[date]:
    kind = DAYS[person]
    return {date.fromordinal(kind.unpack(packed).day) for packed in _buttons(chats, person, kind)}


@pytest.mark.parametrize("person", [ADMIN, SPECIALIST])
async def test_any_day_of_the_past_and_of_the_next_year_is_three_taps_away(
    open_chats: Callable[..., Any], person: int
) -> None:
    """From home, which is the day: Year, the month, the day. The days of this month and the next ones take two."""
    chats = await _staffed(open_chats)
    await _book(chats, 1, "2026-12-08T08:00:00Z")  # the last of the first steps: home is the day from now on
    await chats.say(person, "/start")
    await chats.press(person, "Mon 7 Dec")  # the first tap: the date in the middle
    assert {date(2026, 12, day) for day in range(1, 32)} <= _dates(chats, person), "two taps for this month"
    await chats.say(person, "/start")
    await chats.press(person, "Year")
    reached: set[date] = set()
    for packed in _buttons(chats, person, StaffMonth):
        await _open(chats, person, StaffMonth.unpack(packed))
        reached |= _dates(chats, person)
    await _open(chats, person, StaffYears(year=2026))
    year = {TODAY + timedelta(days=days) for days in range(-366, 367)}
    assert year <= reached, sorted(year - reached)[:3]
    await chats.press(person, "Aug")
    assert "August 2025" in chats.text(person)
    assert "Fri 1 Aug 2025" in await chats.press(person, "1×" if "1×" in chats.labels(person) else "1")


@pytest.mark.parametrize(("locale", "year"), [("en", "Year"), ("ru", "Год")])
async def test_a_year_is_two_rows_of_six_months(open_chats: Callable[..., Any], locale: str, year: str) -> None:
    chats = await _staffed(open_chats, locale=locale)
    await chats.say(ADMIN, "/today")
    await chats.press(ADMIN, year)
    rows = (chats.menu(ADMIN).markup or {})["inline_keyboard"]
    assert [len(row) for row in rows[:9]] == [1, 6, 6] * 3
    assert [rows[at][0]["text"] for at in (0, 3, 6)] == ["2025", "2026", "2027"]
    assert len({button["text"] for row in rows[1:3] for button in row}) == 12
    assert [button["text"] for row in rows for button in row if button.get("style") == "primary"] == [
        {"en": "Dec", "ru": "Дек"}[locale]
    ]


async def test_a_month_marks_what_its_days_hold(open_chats: Callable[..., Any]) -> None:
    """Bookings, what waits for staff, closed days; the same counts as the days; ‹ › and Week lead on."""
    chats = await _staffed(open_chats)
    admin = chats.backend.act_as(chats.tenant.slug, ADMIN, "t")
    await _book(chats, 1, "2026-12-08T08:00:00Z")
    await _book(chats, 1, "2026-12-07T08:00:00Z")
    await admin.add_closure(NewClosure(date="2026-12-14"), key="closed")
    chats.shift(5 * 3600)  # the first of them is over, without a mark
    await chats.say(ADMIN, "/today")
    text = await chats.press(ADMIN, "Mon 7 Dec")
    assert "December 2026: 2 bookings" in text
    assert "Waiting for you: without a mark: 1" in text
    week = chats.week_rows(ADMIN)[2]
    assert week == ["7!", "8•", "9", "10", "11×", "12×", "13×"]
    assert chats.week_rows(ADMIN)[3][0] == "14×"
    assert "January 2027: no bookings" in await chats.press(ADMIN, "›")
    assert chats.week_rows(ADMIN)[1] == ["", "", "", "", "1×", "2×", "3×"], "the year begins on a Friday"
    await chats.press(ADMIN, "‹")
    text = await chats.press(ADMIN, "Week")
    assert "Mon 7 Dec – Sun 13 Dec: 2 bookings" in text
    assert "Mon 7 Dec: 10:00–18:00" in text, "when anybody works"
    assert "Mon 7 Dec: 1 !" in chats.labels(ADMIN)
    assert "Tue 8 Dec: 1" in chats.labels(ADMIN)
    assert "Tomorrow: 1 booking, first 11:00" in await chats.press(ADMIN, "Tue 8 Dec")
    assert "Today" in chats.labels(ADMIN)


async def test_the_calendar_of_one_specialist_stays_theirs(open_chats: Callable[..., Any]) -> None:
    """An admin who looks at one specialist's day goes on with it; a specialist sees their own whatever a button says."""
    chats = await _staffed(open_chats)
    await _book(chats, 2, "2026-12-07T10:00:00Z")
    await chats.say(ADMIN, "/today")
    await chats.press(ADMIN, "Anna")
    await chats.press(ADMIN, "Mon 7 Dec")
    assert "Anna · December 2026: no bookings" in chats.text(ADMIN)
    await chats.press(ADMIN, "Week")
    assert "Anna · Mon 7 Dec – Sun 13 Dec: no bookings" in chats.text(ADMIN)
    await chats.press(ADMIN, "Tue 8 Dec")
    assert "Everyone" in chats.labels(ADMIN), "the day of Anna alone"
    await chats.say(SPECIALIST, "/start")
    await _open(chats, SPECIALIST, StaffMonth(month=2026 * 12 + 11, specialist_id=2))
    assert chats.text(SPECIALIST).startswith("December 2026: no bookings")


async def test_weeks_begin_on_sunday_where_that_is_the_custom(open_chats: Callable[..., Any]) -> None:
    chats = await _staffed(open_chats)
    chats.tenant = replace(chats.tenant, timezone="America/New_York")
    await chats.say(SPECIALIST, "/start")
    await chats.press(SPECIALIST, "Week")
    assert "Sun 6 Dec – Sat 12 Dec" in chats.text(SPECIALIST)
    await chats.press(SPECIALIST, "Month")
    assert chats.week_rows(SPECIALIST)[0][0] == "[Su]"
    assert "Sun 6 Dec – Sat 12 Dec" in await chats.say(ADMIN, "/week")


async def test_days_off_in_a_far_month_are_picked_without_paging(open_chats: Callable[..., Any]) -> None:
    """The month is a tap away as well where a date is picked; days that are over cannot be pressed."""
    chats = await _staffed(open_chats)
    await chats.say(SPECIALIST, "/dayoff")
    await chats.press(SPECIALIST, "Pick dates")
    assert chats.week_rows(SPECIALIST)[1][0] == "7", "the week of today is the first"
    await chats.press(SPECIALIST, "Sep")
    assert "September 2027" in chats.text(SPECIALIST)
    assert chats.week_rows(SPECIALIST)[1] == ["", "", "1", "2", "3", "4", "5"]
    await chats.press(SPECIALIST, "14")
    assert chats.week_rows(SPECIALIST)[1][:3] == ["[13]", "14", "15"]
    assert "Off: Tue 14 Sep 2027 – Thu 16 Sep 2027" in await chats.press(SPECIALIST, "16")


async def test_a_week_over_a_new_year_names_the_other_year(open_chats: Callable[..., Any]) -> None:
    """Its seven days keep their order, and its buttons two columns."""
    chats = await _staffed(open_chats)
    await _book(chats, 1, "2026-12-28T08:00:00Z")
    await chats.say(ADMIN, "/today")
    await _open(chats, ADMIN, StaffMonth(month=2026 * 12 + 11))
    await _open(chats, ADMIN, StaffWeek(day=date(2027, 1, 1).toordinal()))
    assert "Mon 28 Dec – Sun 3 Jan 2027: 1 booking" in chats.text(ADMIN)
    rows = (chats.menu(ADMIN).markup or {})["inline_keyboard"]
    shown = [button["text"].replace("\u00a0", " ") for row in rows[:4] for button in row]
    assert shown == [
        "Mon 28 Dec: 1", "Tue 29 Dec: 0", "Wed 30 Dec: 0", "Thu 31 Dec: 0", "1 Jan 2027: 0", "2 Jan 2027: 0", "3 Jan 2027: 0",
    ]  # fmt: skip
    await chats.press(ADMIN, "1 Jan 2027")
    assert "Fri 1 Jan 2027: no bookings" in chats.text(ADMIN)
    turning = next(row for row in (chats.menu(ADMIN).markup or {})["inline_keyboard"] if row[0]["text"] == "‹")
    assert [button["text"].replace("\u00a0", " ") for button in turning] == ["‹", "1 Jan 2027", "›"]


async def test_those_who_are_off_share_a_line(open_chats: Callable[..., Any]) -> None:
    chats = await _staffed(open_chats)
    await chats.say(ADMIN, "/today")
    text = await chats.press(ADMIN, "›")
    assert "Anna: no bookings\nWorking 10:00–18:00\nFree: 8 h\n\nDay off: Boris" in text
    assert "Boris" in chats.labels(ADMIN), "their day is still a press away"
    assert "Boris: no bookings\nDay off" in await chats.press(ADMIN, "Boris")
