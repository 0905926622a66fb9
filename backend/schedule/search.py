"""What is looked for, by which limits, and the specialists' open time around it: pure, all times in instants."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

from backend.contract.tenancy import Policies
from backend.quiet_hours import earliest_request
from backend.schedule.facts import FAR, Facts
from backend.schedule.hours import LOOK_BACK_DAYS, NO_HOURS, Week, cut_shifts, list_closed_stretches, list_shifts
from backend.schedule.intervals import Stretch
from backend.schedule.occupancy import Occupancy
from backend.schedule.steps import ServiceStep
from backend.schedule.zones import DAY_S, Zone


@dataclass(slots=True, frozen=True)
class BookingLimits:
    """How a caller may book.

    `step` is the grid's in seconds, `earliest` the first allowed start, `latest` the first start that is too far ahead.
    `force` lifts hours, closures, time off and the grid, but never another booking, a room or a capacity."""

    step: int
    buffers_within_hours: bool = False
    earliest: int = -FAR
    latest: int = FAR
    force: bool = False

    @classmethod
    def from_policies(cls, policies: Policies, zone: Zone, now: int, *, client_limits: bool) -> "BookingLimits":
        """Return a caller's limits at `now`. Notice, horizon and time for an answer bind clients; nobody books in the past."""
        step, within = policies.slot_step_min * 60, policies.buffers_within_hours
        if not client_limits:
            return cls(step, within, earliest=now)
        latest = zone.midnight(zone.day(now) + policies.horizon_days + 1)
        earliest = now + policies.min_notice_min * 60
        if policies.approval:
            earliest = max(earliest, earliest_request(policies, zone.tz, now))
        return cls(step, within, earliest=earliest, latest=latest)

    def lift(self) -> "BookingLimits":
        """Return the limits of an admin who books with `force`, also in the past."""
        return replace(self, earliest=-FAR, latest=FAR, force=True)


class SlotSearch:
    """A search for starts in `[first, last]`. Open time is computed once for each specialist, or for equal weeks."""

    def __init__(
        self, facts: Facts, steps: Sequence[ServiceStep], limits: BookingLimits, first: int, last: int
    ) -> None:
        self.facts = facts
        self.steps = tuple(steps)
        self.limits = limits
        self.first = max(first, limits.earliest)
        self.last = min(last, limits.latest - 1)
        longest = sum(max(step.durations.values(), default=0) for step in steps)
        margin = max((max(step.buffer_before, step.buffer_after) for step in steps), default=0)
        zone = facts.zone
        # the days whose shifts may matter
        self.days = (zone.day(first) - LOOK_BACK_DAYS - margin // DAY_S - 1,
                      zone.day(last + longest + margin) + 1)  # fmt: skip
        self.occupancy = Occupancy(facts)
        self._shifts_of_weeks: dict[Week, list[Stretch]] = {}
        self._shifts: dict[int, list[Stretch]] = {}
        self._open: dict[int, list[Stretch]] = {}
        self._open_of_shifts: dict[int, list[Stretch]] = {}

    @property
    def in_groups(self) -> bool:
        """Whether a service of the booking is a group."""
        return any(step.capacity > 1 for step in self.steps)

    @cached_property
    def closed_stretches(self) -> list[Stretch]:
        """The closed dates around the wanted times."""
        return list_closed_stretches(self.facts.zone, self.facts.closures, *self.days)

    def shifts(self, specialist_id: int) -> list[Stretch]:
        """Return the specialist's shifts, each with a grid of its own. Equal weeks give the same list."""
        shifts = self._shifts.get(specialist_id)
        if shifts is None:
            facts = self.facts
            week, dates = facts.weeks.get(specialist_id, NO_HOURS), facts.dates.get(specialist_id)
            if not dates:
                shifts = self._shifts_of_weeks.get(week)
            if shifts is None:
                shifts = list_shifts(facts.zone, week, dates or {}, facts.closures, *self.days)
                if not dates:
                    self._shifts_of_weeks[week] = shifts
            self._shifts[specialist_id] = shifts
        return shifts

    def open_time(self, specialist_id: int) -> list[Stretch]:
        """Return when the specialist works: the shifts without closed dates and time off.

        Where nothing is cut out and no shifts touch, it is the very list of the shifts."""
        opened = self._open.get(specialist_id)
        if opened is None:
            shifts = self.shifts(specialist_id)
            off = self.facts.time_off.get(specialist_id, ())
            opened = cut_shifts(shifts, sorted((*self.closed_stretches, *off))) if off else self._without_closed(shifts)
            self._open[specialist_id] = opened
        return opened

    def _without_closed(self, shifts: list[Stretch]) -> list[Stretch]:
        opened = self._open_of_shifts.get(id(shifts))
        if opened is None:
            apart = not self.closed_stretches and all(a[1] < b[0] for a, b in pairwise(shifts))
            opened = shifts if apart else cut_shifts(shifts, self.closed_stretches)
            self._open_of_shifts[id(shifts)] = opened
        return opened
