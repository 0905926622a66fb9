"""The parts of a visit, each done by one specialist, and the stretches that they occupy: pure, no framework."""

from collections.abc import Sequence
from typing import NamedTuple

from backend.schedule.facts import Stage


class Part(NamedTuple):
    """A run of stages `i..j-1` that one specialist does without a pause, from `start`."""

    specialist_id: int
    i: int
    j: int
    start: int


class Item(NamedTuple):
    """One stage of a placed visit: its own time and its occupied stretch."""

    stage: int
    specialist_id: int
    start: int
    end: int
    occ_start: int
    occ_end: int


def items(visit: Sequence[Stage], parts: Sequence[Part]) -> list[Item]:
    """The placed stages in order; a part's first buffer before and last buffer after count, none between."""
    out: list[Item] = []
    for part in parts:
        at = part.start
        for index in range(part.i, part.j):
            stage = visit[index]
            end = at + stage.durations[part.specialist_id]
            head = stage.before if index == part.i else 0
            tail = stage.after if index == part.j - 1 else 0
            out.append(Item(index, part.specialist_id, at, end, at - head, end + tail))
            at = end
    return out
