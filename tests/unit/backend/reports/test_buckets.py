"""Time in buckets: the same minutes by hour and period as a count of one minute after the other, whatever the clock does."""

import random
from collections import Counter
from datetime import date, timedelta

import pytest

from backend import clock
from backend.reports.buckets import bucket_length, count_stretch, minutes_by_hour, minutes_by_period, seconds_by_bucket
from backend.schedule.zones import DAY_S, Offset, load_zone

# A change of an hour, of half an hour, none and 5:45 ahead, another one in Ramadan, at midnight, a date that is skipped, and
# one minute after midnight.
CHANGES = {
    "Europe/Berlin": (date(2026, 3, 27), 3600),
    "Australia/Lord_Howe": (date(2026, 4, 3), 1800),
    "Asia/Kathmandu": (date(2026, 4, 3), 900),
    "Africa/Casablanca": (date(2026, 2, 13), 3600),
    "America/Havana": (date(2026, 3, 6), 3600),
    "Pacific/Apia": (date(2011, 12, 28), 3600),
    "America/St_Johns": (date(2010, 11, 5), 60),
}


@pytest.mark.parametrize("name", CHANGES)
def test_buckets_have_the_minutes_of_a_plain_count(name: str) -> None:
    zone, (first, bucket_s) = load_zone(name), CHANGES[name]
    periods = [first + timedelta(days=days) for days in (0, 2, 3, 5)]
    *starts, until = (clock.day_start(day, zone.tz) for day in periods)
    assert bucket_length(zone.list_offsets(starts[0], until)) == bucket_s
    dice = random.Random(name)
    edges = sorted(dice.sample(range(starts[0] // 60, until // 60 + 1), 60))
    stretches = [(start * 60, end * 60) for start, end in zip(edges[::2], edges[1::2], strict=True)]
    stretches += [(start, start + 3600) for start in starts]  # of another specialist, from edge to edge
    seconds = seconds_by_bucket((count_stretch(stretch, bucket_s) for stretch in stretches), bucket_s)
    by_hour: Counter[tuple[int, int]] = Counter()
    by_period: Counter[int] = Counter()
    for start, end in stretches:
        for minute in range(start, end, 60):
            local = zone.local(minute)
            by_hour[local.weekday(), local.hour] += 1
            by_period[max(place for place, begin in enumerate(starts) if begin <= minute)] += 1
    assert minutes_by_hour(seconds, zone) == by_hour
    assert minutes_by_period(seconds, starts) == [by_period[place] for place in range(len(starts))]


@pytest.mark.parametrize("name", CHANGES)
def test_offsets_hold_from_the_second_on_at_which_they_change(name: str) -> None:
    zone, (first, _) = load_zone(name), CHANGES[name]
    since = clock.day_start(first, zone.tz)
    until = since + 5 * DAY_S
    expected: list[Offset] = []
    for at in range(since, until, 60):
        if not expected or expected[-1].seconds != zone.offset(at):
            expected.append(Offset(at, zone.offset(at)))
    assert len(expected) == (1 if name == "Asia/Kathmandu" else 2)
    assert zone.list_offsets(since, until) == expected
    for offset in expected[1:]:
        before = Offset(offset.since - 1, expected[0].seconds)
        assert zone.list_offsets(offset.since, until) == [offset]
        assert zone.list_offsets(offset.since - 1, offset.since + 1) == [before, offset]
