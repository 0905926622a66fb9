"""Arithmetic on half-open stretches `(start, end)` of instants, sorted by start: pure, no framework.

A range is inclusive on both sides (`low <= x <= high`): ranges hold starts, stretches hold time.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import repeat

Stretch = tuple[int, int]


def merge_stretches(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Return the same time as disjoint stretches; those that touch become one."""
    merged: list[Stretch] = []
    last_end: int | None = None
    for start, end in sorted(stretches):
        if last_end is not None and start <= last_end:
            if end > last_end:
                merged[-1] = (merged[-1][0], end)
                last_end = end
        else:
            merged.append((start, end))
            last_end = end
    return merged


def clip_stretches(stretches: Iterable[Stretch], since: int, until: int) -> list[Stretch]:
    """Return what of disjoint stretches lies in `[since, until)`."""
    clipped = ((max(start, since), min(end, until)) for start, end in stretches)
    return [(start, end) for start, end in clipped if start < end]


def subtract_stretches(stretches: Sequence[Stretch], cuts: Sequence[Stretch]) -> list[Stretch]:
    """Return disjoint sorted stretches without the time of the sorted cuts, which may overlap each other."""
    if not cuts:
        return list(stretches)
    left: list[Stretch] = []
    first = 0
    for start, end in stretches:
        at = start
        while first < len(cuts) and cuts[first][1] <= start:
            first += 1
        for index in range(first, len(cuts)):
            cut_start, cut_end = cuts[index]
            if cut_start >= end:
                break
            if cut_end <= cut_start:
                continue  # a date that the clock skips lasts no time, and parts nothing
            if cut_start > at:
                left.append((at, cut_start))
            at = max(at, cut_end)
        if at < end:
            left.append((at, end))
    return left


def intersect_ranges(left: Sequence[Stretch], right: Sequence[Stretch]) -> list[Stretch]:
    """Return the common part of two lists of inclusive ranges, each sorted and disjoint."""
    common: list[Stretch] = []
    i = j = 0
    while i < len(left) and j < len(right):
        low_a, high_a = left[i]
        low_b, high_b = right[j]
        low = low_a if low_a > low_b else low_b  # noqa: FURB136 - called very often
        high = high_a if high_a < high_b else high_b  # noqa: FURB136 - called very often
        if low <= high:
            common.append((low, high))
        if high_a < high_b:
            i += 1
        else:
            j += 1
    return common


def find_crowded(stretches: Sequence[Stretch], limit: int, weights: Iterable[int] | None = None) -> list[Stretch]:
    """Return where at least `limit` of the stretches run at once, each as often as its weight says (once)."""
    if limit <= 0:
        return [(-(2**62), 2**62)]
    crowded: list[Stretch] = []
    count = 0
    since = 0
    for at, change in list_changes(stretches, weights):
        before, count = count, count + change
        if before < limit <= count:
            since = at
        elif count < limit <= before and since < at:
            crowded.append((since, at))
    return merge_stretches(crowded)


def count_peak(stretches: Iterable[Stretch], start: int, end: int, weights: Iterable[int] | None = None) -> int:
    """Return the most of the stretches that run at once at any instant of `[start, end)`, by weight (one each)."""
    count = peak = 0
    inside = [(min(max(a, start), end), min(max(b, start), end)) for a, b in stretches]
    for _, change in list_changes(inside, weights):
        count += change
        peak = max(peak, count)
    return peak


def list_changes(stretches: Sequence[Stretch], weights: Iterable[int] | None) -> list[tuple[int, int]]:
    """Return by how much the number of stretches that run changes when, in order."""
    changes: list[tuple[int, int]] = []
    for (start, end), weight in zip(stretches, repeat(1) if weights is None else weights, strict=False):
        if start < end:
            changes += ((start, weight), (end, -weight))
    changes.sort()  # at one instant those that end come before those that start
    return changes


def is_covered(stretches: Sequence[Stretch], start: int, end: int) -> bool:
    """Return whether one of the disjoint stretches contains `[start, end)`."""
    return any(a <= start and end <= b for a, b in stretches)


def meets_any(stretches: Sequence[Stretch], start: int, end: int) -> bool:
    """Return whether one of the disjoint stretches has time in `[start, end)`."""
    index = bisect_left(stretches, (end,)) - 1
    return index >= 0 and stretches[index][1] > start
