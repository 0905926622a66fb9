"""Choosing a few of many free starts for a small screen, so that something suits everybody. Pure."""

from bisect import bisect_left
from itertools import islice

from backend.schedule.zones import Zone

# Of a day's wall clock in minutes: the end of the morning and of the afternoon; what is left is the evening.
_PART_ENDS = (12 * 60, 17 * 60)
_DAYS = 3


def spread_starts(zone: Zone, starts: list[tuple[int, list[int]]], count: int) -> list[tuple[int, list[int]]]:
    """Return at most `count` of the free starts, in order.

    They are the first ones of the morning, the afternoon and the evening of the first three dates that have any; where
    those are fewer, the soonest others as well. Dates are looked up a few times only, however many starts there are."""
    chosen: list[int] = []
    at = 0
    for _ in range(_DAYS):
        if at == len(starts):
            break
        day = zone.day(starts[at][0])
        for end in (*(zone.instant(day, minute) for minute in _PART_ENDS), zone.midnight(day + 1)):
            following = bisect_left(starts, end, lo=at, key=lambda free: free[0])
            if following > at:
                chosen.append(at)
            at = following
    chosen = chosen[:count]
    others = (index for index in range(len(starts)) if index not in chosen)
    return [starts[index] for index in sorted([*chosen, *islice(others, count - len(chosen))])]
