"""A booking as the engine sees it: its services as steps, who does them, and which stretches they occupy. Pure."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class ServiceStep(NamedTuple):
    """One service of a booking. Buffers and durations are in seconds; `durations` has each specialist who offers it.

    Of a group (`capacity` above 1) `places` are wanted; `together`: all its clients start at one instant, as in a class."""

    service_id: int
    buffer_before: int
    buffer_after: int
    capacity: int
    room_ids: tuple[int, ...]
    durations: Mapping[int, int]
    together: bool = False
    places: int = 1


class Assignment(NamedTuple):
    """The steps `first_step..end_step - 1`, which one specialist does without a pause from the instant `start`."""

    specialist_id: int
    first_step: int
    end_step: int
    start: int


class PlacedStep(NamedTuple):
    """A step with its place: its own time and the stretch that it occupies, which has the buffers as well."""

    position: int
    specialist_id: int
    start: int
    end: int
    occ_start: int
    occ_end: int


def place_steps(steps: Sequence[ServiceStep], assignments: Sequence[Assignment]) -> list[PlacedStep]:
    """Return the assigned steps in order. Of an assignment the first buffer before and the last one after count."""
    placed: list[PlacedStep] = []
    for specialist_id, first_step, end_step, start in assignments:
        at = start
        for position in range(first_step, end_step):
            step = steps[position]
            end = at + step.durations[specialist_id]
            before = step.buffer_before if position == first_step else 0
            after = step.buffer_after if position == end_step - 1 else 0
            placed.append(PlacedStep(position, specialist_id, at, end, at - before, end + after))
            at = end
    return placed


def offers_all(steps: Sequence[ServiceStep], specialist_id: int) -> bool:
    """Return whether the specialist offers every service of the booking."""
    return all(specialist_id in step.durations for step in steps)
