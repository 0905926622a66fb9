"""Of many free starts a few that lie apart, from rules a person can follow."""

import random
from datetime import datetime

import pytest

from backend.schedule.spread import spread_starts
from backend.schedule.zones import load_zone

MOSCOW = load_zone("Europe/Moscow")


def starts_of(*walls: str, zone: str = "Europe/Moscow") -> list[tuple[int, list[int]]]:
    """Return free starts from wall times such as `07T10:00` of December 2026."""
    tz = load_zone(zone).tz
    return [(int(datetime.fromisoformat(f"2026-12-{wall}").replace(tzinfo=tz).timestamp()), [1]) for wall in walls]


def every(minutes: int, days: range, since: int, until: int) -> list[str]:
    """Return wall times of those days between two hours."""
    return [
        f"{day:02}T{at // 60:02}:{at % 60:02}" for day in days for at in range(since * 60, until * 60, minutes)
    ]  # fmt: skip


def chosen(walls: list[str], count: int = 8) -> list[str]:
    """Return the wall times that are chosen of those."""
    found = spread_starts(MOSCOW, starts_of(*walls), count)
    return [MOSCOW.local(start).strftime("%dT%H:%M") for start, _ in found]


def test_each_part_of_three_days_has_its_first_start() -> None:
    assert chosen(every(15, range(7, 20), 9, 20)) == [
        "07T09:00", "07T12:00", "07T17:00", "08T09:00", "08T12:00", "08T17:00", "09T09:00", "09T12:00",
    ]  # fmt: skip


def test_days_without_free_starts_count_for_nothing() -> None:
    walls = [*every(30, range(7, 8), 18, 19), *every(30, range(14, 15), 9, 10), *every(30, range(21, 30), 9, 10)]
    assert chosen(walls)[:2] == ["07T18:00", "07T18:30"]
    assert {"14T09:00", "21T09:00"} <= set(chosen(walls))


def test_where_the_parts_are_fewer_the_soonest_others_are_taken() -> None:
    """A business that works in the mornings: the first of three days, then the next ones of the first."""
    assert chosen(every(30, range(7, 12), 9, 12)) == [
        "07T09:00", "07T09:30", "07T10:00", "07T10:30", "07T11:00", "07T11:30", "08T09:00", "09T09:00",
    ]  # fmt: skip
    assert chosen(["07T09:00", "07T11:30", "08T13:00"]) == ["07T09:00", "07T11:30", "08T13:00"]
    assert chosen([]) == []
    one_a_day = [f"{day:02}T10:00" for day in range(7, 20)]
    assert chosen(one_a_day) == one_a_day[:8], "fewer than eight in three days: the days after them"


def test_an_hour_after_midnight_belongs_to_its_own_date() -> None:
    assert chosen([*every(30, range(7, 9), 22, 24), "09T00:00", "09T00:30"], 4)[-1] == "09T00:00"


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/St_Johns", "Asia/Kathmandu", "Pacific/Apia"])
def test_it_is_the_same_whatever_is_asked_and_never_loses_order(zone: str) -> None:
    """Against random calendars: in order, without repeats, the soonest always among them, as many as there can be."""
    draw = random.Random(zone)
    for _ in range(50):
        count = draw.randrange(1, 12)
        at = 1_792_800_000  # October 2026: clocks change within the next weeks
        starts = []
        for _ in range(draw.randrange(60)):
            at += 300 * draw.randrange(1, 200)
            starts.append((at, [1]))
        found = spread_starts(load_zone(zone), starts, count)
        assert found == spread_starts(load_zone(zone), starts, count)
        assert found == sorted(found)
        assert len({start for start, _ in found}) == len(found) == min(count, len(starts))
        assert found[:1] == starts[:1]
