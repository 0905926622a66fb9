"""When messages are due: the wall clock, both changes of the clock, quiet hours, the spread."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from backend import clock
from backend.contract.notices import Kind
from backend.contract.people import Role
from backend.contract.tenancy import QuietHours
from backend.notices.rules import PER_SECOND, retry_at
from backend.outbox.rules import Recipient, choose_recipients, notice_due, plan_reminders

BERLIN = clock.load_zone("Europe/Berlin")
NIGHT = QuietHours(start="22:00", end="08:00")


def at(text: str, tz: ZoneInfo = BERLIN) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=tz).timestamp())


def wall(epoch: int) -> str:
    return clock.format_wall(epoch, BERLIN)


def armed(start: str, leads: list[int], quiet: QuietHours | None = None, now: str = "2026-01-01T00:00") -> list[str]:
    # booking 0 is spread by nothing
    found = plan_reminders(0, at(start), leads, quiet, BERLIN, at(now))
    return [f"{reminder.lead_min}@{wall(reminder.due_at)}" for reminder in found]


def test_a_day_before_is_the_same_wall_time_also_over_a_change_of_the_clock() -> None:
    assert armed("2026-03-29T12:00", [1440]) == ["1440@2026-03-28T12:00"]  # 23 hours before
    assert armed("2026-10-25T12:00", [1440]) == ["1440@2026-10-24T12:00"]  # 25 hours before
    assert armed("2026-06-10T12:00", [1440, 120]) == ["1440@2026-06-09T12:00", "120@2026-06-10T10:00"]


def test_a_time_that_the_clock_skips_moves_forward_and_never_to_the_booking_itself() -> None:
    assert armed("2026-03-30T02:30", [1440]) == ["1440@2026-03-29T03:30"]
    found = plan_reminders(0, at("2026-03-29T03:30"), [60], None, BERLIN, 0)
    assert [at("2026-03-29T03:30") - one.due_at for one in found] == [3600]


def test_what_is_past_is_not_armed() -> None:
    assert armed("2026-06-10T12:00", [1440, 120], now="2026-06-10T09:00") == ["120@2026-06-10T10:00"]
    assert armed("2026-06-10T12:00", [1440, 120], now="2026-06-10T10:00") == []


def test_quiet_hours_put_off_or_bring_forward() -> None:
    # put off to their end, where an hour is left before the booking
    assert armed("2026-06-10T09:30", [120], NIGHT) == ["120@2026-06-10T08:00"]
    # brought forward where it is not
    assert armed("2026-06-10T08:30", [120], NIGHT) == ["120@2026-06-09T21:59"]
    assert armed("2026-06-10T12:00", [120], NIGHT) == ["120@2026-06-10T10:00"]


def test_two_reminders_put_on_one_time_are_one() -> None:
    assert armed("2026-06-10T09:30", [120, 150], NIGHT) == ["120@2026-06-10T08:00"]


@pytest.mark.parametrize("start", [f"2026-06-10T{hour:02}:00" for hour in range(24)])
def test_nothing_is_due_in_quiet_hours_nor_after_the_booking(start: str) -> None:
    for booking_id in range(50):
        for one in plan_reminders(booking_id, at(start), [1440, 120, 30], NIGHT, BERLIN, 0):
            assert "08:00" <= wall(one.due_at)[11:] < "22:00"
            assert one.due_at < at(start)


def test_thousands_on_one_minute_are_spread_before_it() -> None:
    due = [plan_reminders(i, at("2026-06-10T09:00"), [1440], None, BERLIN, 0)[0].due_at for i in range(3000)]
    exact = at("2026-06-09T09:00")
    assert all(exact - 300 <= instant <= exact for instant in due)
    assert max(due.count(instant) for instant in set(due)) <= PER_SECOND


def test_a_change_at_night_waits_for_the_morning_unless_the_booking_does_not() -> None:
    night, morning = at("2026-06-10T23:00"), at("2026-06-11T08:00")
    assert notice_due(night, at("2026-06-12T12:00"), NIGHT, BERLIN, waits=True) == morning
    assert notice_due(night, at("2026-06-11T08:30"), NIGHT, BERLIN, waits=True) == night
    assert notice_due(night, at("2026-06-12T12:00"), NIGHT, BERLIN, waits=False) == night
    assert notice_due(night, at("2026-06-12T12:00"), None, BERLIN, waits=True) == night


def test_everybody_is_told_once_and_nobody_what_they_did() -> None:
    roles_of: dict[int, tuple[Role, ...]] = {
        1: ("admin", "client"), 2: ("specialist",), 3: ("admin", "specialist"), 4: ("admin",),
    }  # fmt: skip
    audience = [Recipient(person_id, role) for person_id, roles in roles_of.items() for role in roles]

    def told(kind: Kind, actor: int | None) -> list[tuple[int, str]]:
        return [(who.person_id, who.role) for who in choose_recipients(kind, audience, actor)]

    assert told("booked", 1) == [(1, "client"), (2, "specialist"), (3, "specialist"), (4, "admin")]
    assert told("cancelled", 1) == [(2, "specialist"), (3, "specialist"), (4, "admin")]
    assert told("cancelled", 4) == [(1, "client"), (2, "specialist"), (3, "specialist")]
    assert told("declined", 4) == [(1, "client")]
    assert told("approval_asked", 1) == [(2, "specialist"), (3, "specialist"), (4, "admin")]


def test_telegrams_word_on_when_to_come_again_is_kept() -> None:
    assert retry_at(1000, 1, 7.2) == 1008
    assert [retry_at(0, n, None) for n in (1, 2, 6, 60)] == [5, 15, 300, 300]
