"""Time in buckets of one length, counted since the epoch, and what they come to by hour and period. Pure.

Databases count stretches by the buckets in which they begin and end, whatever the zone; here each bucket is given its
seconds, and laid on the local clock.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from math import gcd
from typing import NamedTuple

from backend.schedule.intervals import Stretch
from backend.schedule.zones import Offset, Zone


class StretchCount(NamedTuple):
    """Disjoint stretches: how many, the sums of their starts and of their ends.

    Either all those of one specialist, or those of everybody that begin in one bucket and end in another."""

    specialist_id: int | None
    first: int
    last: int
    stretches: int
    starts: int
    ends: int


def bucket_length(offsets: Iterable[Offset]) -> int:
    """Return so many seconds that each hour, day and change of the local clock begins with a bucket.

    It is an hour where the clock differs from UTC by whole hours."""
    return gcd(3600, *(value for offset in offsets for value in offset))


def count_stretch(stretch: Stretch, bucket_s: int) -> StretchCount:
    """Return a stretch as a count of one."""
    start, end = stretch
    return StretchCount(None, start // bucket_s, end // bucket_s, 1, start, end)


def seconds_by_bucket(counts: Iterable[StretchCount], bucket_s: int) -> dict[int, int]:
    """Return the seconds in each bucket that may have any, by the instant at which it begins."""
    changes: dict[int, int] = defaultdict(int)
    missing: dict[int, int] = defaultdict(int)
    for _, first, last, stretches, starts, ends in counts:
        changes[first] += stretches
        changes[last + 1] -= stretches
        # before the starts in the first, after the ends in the last
        missing[first] += starts - stretches * first * bucket_s
        missing[last] += stretches * (last + 1) * bucket_s - ends
    seconds: dict[int, int] = {}
    at_once = 0
    for bucket, following in pairwise(sorted(changes)):
        at_once += changes[bucket]
        if at_once:
            for each in range(bucket, following):
                seconds[each * bucket_s] = at_once * bucket_s - missing.get(each, 0)
    return seconds


def minutes_by_period(seconds: Mapping[int, int], starts: Sequence[int]) -> list[int]:
    """Return the minutes in each period; `starts` are those of all periods, which begin with buckets."""
    totals = [0] * len(starts)
    for begin, own in seconds.items():
        totals[bisect_right(starts, begin) - 1] += own
    return [total // 60 for total in totals]


def minutes_by_hour(seconds: Mapping[int, int], zone: Zone) -> dict[tuple[int, int], int]:
    """Return the minutes by (weekday, hour) of the local wall; Monday is 0. Hours without any are left out."""
    by_hour: dict[tuple[int, int], int] = defaultdict(int)
    for begin, own in seconds.items():
        local = zone.local(begin)
        by_hour[local.weekday(), local.hour] += own
    return {hour: own // 60 for hour, own in by_hour.items() if own >= 60}
