"""Arithmetic on half-open stretches `(start, end)` of instants, sorted by start: pure, no framework.

`ranges` are inclusive on both sides (`lo <= x <= hi`): they hold starts, not stretches.
"""

from collections.abc import Iterable, Sequence

Stretch = tuple[int, int]


def union(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Disjoint stretches; those that touch become one."""
    out: list[Stretch] = []
    last_end: int | None = None
    for start, end in sorted(stretches):
        if last_end is not None and start <= last_end:
            if end > last_end:
                out[-1] = (out[-1][0], end)
                last_end = end
        else:
            out.append((start, end))
            last_end = end
    return out


def subtract(stretches: Sequence[Stretch], cuts: Sequence[Stretch]) -> list[Stretch]:
    """What is left of disjoint sorted `stretches` without the sorted `cuts` (these may overlap each other)."""
    if not cuts:
        return list(stretches)
    out: list[Stretch] = []
    first = 0
    for start, end in stretches:
        at = start
        while first < len(cuts) and cuts[first][1] <= start:
            first += 1
        for index in range(first, len(cuts)):
            cut_start, cut_end = cuts[index]
            if cut_start >= end:
                break
            if cut_start > at:
                out.append((at, cut_start))
            at = max(at, cut_end)
        if at < end:
            out.append((at, end))
    return out


def intersect(left: Sequence[Stretch], right: Sequence[Stretch]) -> list[Stretch]:
    """The common part of two lists of inclusive ranges, each sorted and disjoint."""
    out: list[Stretch] = []
    i = j = 0
    while i < len(left) and j < len(right):
        low_a, high_a = left[i]
        low_b, high_b = right[j]
        low = low_a if low_a > low_b else low_b  # noqa: FURB136 - called very often
        high = high_a if high_a < high_b else high_b  # noqa: FURB136
        if low <= high:
            out.append((low, high))
        if high_a < high_b:
            i += 1
        else:
            j += 1
    return out


def crowded(stretches: Iterable[Stretch], limit: int) -> list[Stretch]:
    """Where at least `limit` stretches run at once."""
    if limit <= 0:
        return [(-(2**62), 2**62)]
    events: list[Stretch] = []
    for start, end in stretches:
        events += ((start, 1), (end, -1))
    events.sort()  # at one instant what ends (-1) goes before what starts (+1)
    out: list[Stretch] = []
    count = 0
    since = 0
    for at, step in events:
        count += step
        if step > 0 and count == limit:
            since = at
        elif step < 0 and count == limit - 1 and since < at:
            out.append((since, at))
    return union(out)


def peak(stretches: Iterable[Stretch], start: int, end: int) -> int:
    """The most of `stretches` that run at once at some instant of `[start, end)`."""
    events: list[Stretch] = []
    for a, b in stretches:
        if a < end and b > start:
            events += ((max(a, start), 1), (min(b, end), -1))
    events.sort()
    count = most = 0
    for _, step in events:
        count += step
        most = max(most, count)
    return most


def covers(stretches: Sequence[Stretch], start: int, end: int) -> bool:
    """Whether one of the disjoint stretches contains `[start, end)`."""
    return any(a <= start and end <= b for a, b in stretches)
