"""Waking hours: what is added and counted is what a walk minute by minute finds; deadlines of requests by the contract."""

from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from backend.contract.tenancy import Policies, QuietHours
from backend.quiet_hours import add_waking, answer_deadline, count_waking, earliest_request, leaves_time, remind_at

BERLIN = ZoneInfo("Europe/Berlin")
FAR = 2**60


def at(text: str) -> int:
    """Return the instant of a wall time in Berlin."""
    return int(datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp())


def is_quiet(instant: int, quiet: QuietHours | None, zone: ZoneInfo) -> bool:
    """Return whether the wall shows a quiet minute."""
    if quiet is None or quiet.start == quiet.end:
        return False
    wall = datetime.fromtimestamp(instant, zone).strftime("%H:%M")
    if quiet.start < quiet.end:
        return quiet.start <= wall < quiet.end
    return wall >= quiet.start or wall < quiet.end


@pytest.mark.parametrize("seed", range(40))
def test_waking_hours_are_those_that_a_walk_finds(seed: int) -> None:
    dice = Random(seed)
    zone = ZoneInfo(dice.choice(["Europe/Berlin", "UTC", "Asia/Kathmandu", "Australia/Lord_Howe"]))
    hours = [f"{hour:02}:{minute:02}" for hour in (*range(4), *range(4, 24)) for minute in (0, 30)]
    # clocks jump between one and three: a wall time that is skipped or comes twice is the engine's own matter
    calm = [text for text in hours if not "00:30" <= text <= "03:30"]
    quiet = dice.choice(
        [None, QuietHours(start="22:00", end="08:00"), QuietHours(start=dice.choice(calm), end=dice.choice(calm))]
    )
    day = datetime(2026, dice.choice([3, 4, 10]), dice.randint(1, 28), tzinfo=UTC)
    since = int((day + timedelta(minutes=dice.randint(0, 1439))).timestamp())
    wanted = dice.randint(1, 30 * 60)
    walked, count = since, 0
    while count < wanted and walked < since + 30 * 86_400:
        count += not is_quiet(walked, quiet, zone)
        walked += 60
    if count < wanted:
        return
    assert add_waking(since, wanted * 60, quiet, zone, FAR) == walked
    assert count_waking(since, walked, quiet, zone) == wanted * 60
    assert add_waking(since, wanted * 60, quiet, zone, walked - 60) == walked - 60


@pytest.mark.parametrize(
    ("asked", "start", "answered"),
    [
        ("2026-06-10T09:00", "2026-06-20T10:00", "2026-06-10T21:00"),
        # two hours of the twelve lie before the night
        ("2026-06-10T20:00", "2026-06-20T10:00", "2026-06-11T18:00"),
        # asked in the night: the hours begin in the morning
        ("2026-06-10T23:30", "2026-06-20T10:00", "2026-06-11T20:00"),
        # an hour before the start at the latest
        ("2026-06-10T09:00", "2026-06-10T17:00", "2026-06-10T16:00"),
        ("2026-06-10T20:00", "2026-06-11T10:00", "2026-06-11T09:00"),
        # the clock goes back in that night: it is an hour longer
        ("2026-10-24T20:00", "2026-11-20T10:00", "2026-10-25T18:00"),
    ],
)
def test_a_request_is_answered_within_twelve_waking_hours(asked: str, start: str, answered: str) -> None:
    assert answer_deadline(Policies(), BERLIN, at(asked), at(start)) == at(answered)


def test_own_quiet_hours_and_own_time_for_an_answer() -> None:
    policies = Policies(request_expiry_min=120, quiet_hours=QuietHours(start="12:00", end="14:00"))
    assert answer_deadline(policies, BERLIN, at("2026-06-10T11:00"), at("2026-06-20T10:00")) == at("2026-06-10T15:00")
    # quiet hours of no length: the business is always awake
    policies = Policies(quiet_hours=QuietHours(start="00:00", end="00:00"))
    assert answer_deadline(policies, BERLIN, at("2026-06-10T20:00"), at("2026-06-20T10:00")) == at("2026-06-11T08:00")


@pytest.mark.parametrize(
    ("now", "first"),
    [
        ("2026-06-10T09:00", "2026-06-10T11:00"),
        ("2026-06-10T21:30", "2026-06-11T09:30"),
        ("2026-06-10T23:00", "2026-06-11T10:00"),
        ("2026-06-10T21:00", "2026-06-10T23:00"),
    ],
)
def test_a_start_leaves_staff_a_waking_hour(now: str, first: str) -> None:
    policies = Policies()
    assert earliest_request(policies, BERLIN, at(now)) == at(first)
    deadline = answer_deadline(policies, BERLIN, at(now), at(first))
    assert leaves_time(policies, BERLIN, at(now), deadline)
    assert not leaves_time(policies, BERLIN, at(now), deadline - 60)


def test_staff_are_reminded_when_half_of_the_waking_time_is_over() -> None:
    policies = Policies()
    assert remind_at(policies, BERLIN, at("2026-06-10T09:00"), at("2026-06-10T21:00")) == at("2026-06-10T15:00")
    assert remind_at(policies, BERLIN, at("2026-06-10T20:00"), at("2026-06-11T18:00")) == at("2026-06-11T12:00")
