"""Choosing a time: the soonest, a day of the month, a specialist. The same screens serve booking and moving.

A `Choice` says what the time is for; its `TimeButtons` carry that from screen to screen.
"""

import asyncio
from datetime import date, timedelta
from typing import NamedTuple, Protocol

from backend.client.api import BackendRefused
from backend.contract.catalog import Specialist
from backend.contract.errors import Code
from backend.contract.schedule import Days, Slot
from bot.client.callbacks import Contacts
from bot.request import Request
from bot.ui.callbacks import Blank, Callback
from bot.ui.keyboards import BLANK_LABEL, Button, Row, Screen, button_grid, button_to, page_of
from bot.ui.months import month_index
from bot.ui.text import Html
from bot.ui.times import ambiguous_instants, epoch_minutes, parse

SOONEST = 8
# The widest range that the backend lists at once.
RANGE_DAYS = 61
A_DAY = 40
NEAREST = 3
# How far after the wanted start others are looked for before the soonest of all are shown.
NEAR_DAYS = 7
# How many months ahead can be looked at.
MONTHS_AHEAD = 14
# The chosen time is gone: the screen was old, or the rules have changed.
OLD_TIME = frozenset({Code.TOO_SOON, Code.OUTSIDE_HOURS, Code.BEYOND_HORIZON, Code.NONEXISTENT_TIME})


class TimeButtons(Protocol):
    """The buttons of the screens below, for one purpose; `specialist_id` 0 stands for any specialist."""

    def soonest(self, specialist_id: int) -> Callback:
        """Return the button of the soonest times."""

    def specialists(self, specialist_id: int) -> Callback:
        """Return the button of who can do it."""

    def month(self, specialist_id: int, month: int) -> Callback:
        """Return the button of a month, year * 12 + month - 1."""

    def day(self, specialist_id: int, day: int, page: int) -> Callback:
        """Return the button of a day, a date's ordinal."""

    def pick(self, specialist_id: int, start: int) -> Callback:
        """Return the button of a time, in epoch minutes."""


class Choice(NamedTuple):
    """What a time is chosen for. `title` stands above the times.

    `moving_id` is the booking that moves: its own place counts as free."""

    buttons: TimeButtons
    specialist_id: int
    service_ids: list[int]
    title: Html
    back: Button
    moving_id: int | None = None

    def month_button(self, label: str, month: int) -> Button:
        """Return a button to a month, for the chosen specialist."""
        return button_to(label, self.buttons.month(self.specialist_id, month))

    def day_button(self, day: date, label: str = "") -> Button:
        """Return a button to a day, for the chosen specialist."""
        return button_to(label or str(day.day), self.buttons.day(self.specialist_id, day.toordinal(), 0))

    def pick_button(self, label: str, slot: Slot, specialist_id: int | None = None) -> Button:
        """Return a button that takes this time, of the chosen or another specialist."""
        chosen = self.specialist_id if specialist_id is None else specialist_id
        return button_to(label, self.buttons.pick(chosen, epoch_minutes(slot.start)))


async def load_soonest_slots(request: Request, choice: Choice, limit: int) -> list[Slot]:
    """Return the nearest free starts. Those in the past, which staff may book as well, are left out."""
    today = request.times.today
    if not (request.is_admin or request.is_specialist):
        return (await load_slots(request, choice, today, today + timedelta(days=RANGE_DAYS), limit))[:limit]
    slots = await load_slots(request, choice, today, today + timedelta(days=13))
    return [slot for slot in slots if parse(slot.start).timestamp() > request.now][:limit]


async def load_slots(request: Request, choice: Choice, first: date, last: date, limit: int | None = None) -> list[Slot]:
    """Return the free starts of those local dates."""
    within = first.isoformat(), last.isoformat()
    specialist_id = choice.specialist_id or None
    if choice.moving_id is not None:
        slots = await request.api.list_reschedule_slots(
            choice.moving_id, *within, specialist_id=specialist_id, limit=limit
        )
    else:
        slots = await request.api.list_slots(choice.service_ids, *within, specialist_id=specialist_id, limit=limit)
    return slots.slots


async def _load_days(request: Request, choice: Choice, first: date, last: date) -> Days:
    """Return the local dates that have a free start, and the first of all such dates."""
    within = first.isoformat(), last.isoformat()
    specialist_id = choice.specialist_id or None
    if choice.moving_id is not None:
        return await request.api.list_reschedule_days(choice.moving_id, *within, specialist_id=specialist_id)
    return await request.api.list_days(choice.service_ids, *within, specialist_id=specialist_id)


async def load_nearest_slots(request: Request, choice: Choice, wanted: str) -> list[Slot]:
    """Return the three free starts nearest to one that cannot be had, in order of time; [] where the next week has none."""
    day = request.times.local(wanted).date()
    slots = await load_slots(request, choice, max(day, request.times.today), day + timedelta(days=NEAR_DAYS))
    at = parse(wanted)
    near = sorted(slots, key=lambda slot: abs(parse(slot.start) - at))[:NEAREST]
    return sorted(near, key=lambda slot: parse(slot.start))


async def soonest_screen(request: Request, choice: Choice, note: str = "") -> Screen:
    """Return the nearest free times, at most eight, of the chosen specialist or of all."""
    slots = await load_soonest_slots(request, choice, SOONEST)
    screen = slots_screen(request, choice, slots, note)
    if slots:
        return screen
    today = request.times.today
    days = await _load_days(request, choice, today, today)
    if days.first is None:
        return screen
    first_day = date.fromisoformat(days.first)
    label = request.t.label("button-first-day", day=request.times.day(first_day))
    return screen._replace(rows=[[choice.day_button(first_day, label)], *screen.rows])


def slots_screen(request: Request, choice: Choice, slots: list[Slot], note: str = "") -> Screen:
    """Return those times as buttons. Without any, the way on is another specialist or the business's contacts."""
    t = request.t
    twice = ambiguous_instants(request.times, [slot.start for slot in slots])
    picks = [choice.pick_button(request.times.relative(slot.start, offset=slot.start in twice), slot) for slot in slots]
    rows = button_grid(picks, 2)
    who = choice.buttons.specialists(choice.specialist_id)
    if slots:
        label = "button-other-specialist" if choice.specialist_id else "button-choose-specialist"
        other_day = choice.month_button(t.label("button-another-day"), month_index(request.times.today))
        rows.append([other_day, button_to(t.label(label), who)])
        head = t.html("times-nearest")
    else:
        rows.append([button_to(t.label("button-other-specialist"), who)] if choice.specialist_id else [])
        rows.append([button_to(t.label("button-contacts"), Contacts())])
        head = t.html("times-none")
    # a note that has times below it introduces them itself
    lines = [choice.title, note or head] if slots else [note, choice.title, head]
    lines.append(t.html("zone-line", zone=request.times.zone_name()))
    return Screen("\n".join(line for line in lines if line), [*rows, [choice.back]])


async def other_times_screen(request: Request, choice: Choice, refusal: BackendRefused) -> Screen:
    """Return times in place of one that was refused: its alternatives, or the soonest of all."""
    slots = alternative_slots(refusal)
    if refusal.code is not Code.SLOT_TAKEN or not slots:
        return await soonest_screen(request, choice, request.t.html("refused-time"))
    return slots_screen(request, choice, slots, request.t.html("refused-slot-taken"))


def alternative_slots(refusal: BackendRefused) -> list[Slot]:
    """Return the three nearest alternatives that the backend has named; [] where it has named none."""
    return [
        Slot(start=slot.start, local=slot.local, specialist_ids=slot.specialist_ids)
        for slot in (refusal.problem.alternatives or ())[:NEAREST]
    ]


async def month_screen(request: Request, choice: Choice, month: int) -> Screen:
    """Return one month in seven columns; only days with free times can be pressed. `month` is year * 12 + month - 1."""
    today = request.times.today
    this_month = month_index(today)
    month = min(max(month, this_month), this_month + MONTHS_AHEAD)
    first = date(month // 12, month % 12 + 1, 1)
    last = date((month + 1) // 12, (month + 1) % 12 + 1, 1) - timedelta(days=1)
    days = await _load_days(request, choice, max(first, today), last)
    free = set(days.days)
    rows: list[Row] = [
        [button_to(name, Blank()) for name in request.times.weekdays()],
        *_free_weeks(choice, first, last, free),
    ]
    turning: Row = [choice.month_button("‹", month - 1)] if month > this_month else []
    if days.first is not None:
        turning.append(choice.day_button(date.fromisoformat(days.first), request.t.label("button-first-free")))
    turning.append(choice.month_button("›", month + 1))
    head = request.t.html("days-free" if free else "days-none")
    text = f"{choice.title}\n<b>{request.times.month(first)}</b>\n{head}"
    return Screen(text, [*rows, turning, [choice.back]])


def _free_weeks(choice: Choice, first: date, last: date, free: set[str]) -> list[Row]:
    """Return the weeks of a month from the first free day's to the last one's."""
    blank = button_to(BLANK_LABEL, Blank())
    days = (first + timedelta(days=n) for n in range(last.day))
    cells = [blank] * first.weekday()
    cells += [choice.day_button(day) if day.isoformat() in free else blank for day in days]
    cells += [blank] * (-len(cells) % 7)
    weeks = button_grid(cells, 7)
    while weeks and set(weeks[0]) == {blank}:
        del weeks[0]
    while weeks and set(weeks[-1]) == {blank}:
        del weeks[-1]
    return weeks


async def day_screen(request: Request, choice: Choice, ordinal: int, page: int) -> Screen:
    """Return the free times of one day, forty a page."""
    day = date.fromordinal(min(max(ordinal, request.times.today.toordinal()), date.max.toordinal()))
    slots = await load_slots(request, choice, day, day)
    if not slots:
        return await soonest_screen(request, choice, request.t.html("day-full", day=request.times.day(day)))
    shown, turning = page_of(
        slots, page, A_DAY, lambda to: choice.buttons.day(choice.specialist_id, day.toordinal(), to)
    )
    twice = ambiguous_instants(request.times, [slot.start for slot in slots])
    picks = [choice.pick_button(_clock(request, slot, twice), slot) for slot in shown]
    other_day = choice.month_button(request.t.label("button-another-day"), month_index(day))
    zone = request.t.html("zone-line", zone=request.times.zone_name(slots[0].start))
    text = f"{choice.title}\n{request.t.html('day-times', day=request.times.day(day))}\n{zone}"
    return Screen(text, [*button_grid(picks, 4), turning, [other_day, choice.back]])


def _clock(request: Request, slot: Slot, twice: set[str]) -> str:
    return request.times.relative(slot.start, offset=True) if slot.start in twice else request.times.clock(slot.start)


async def specialists_screen(request: Request, choice: Choice) -> Screen:
    """Return everybody who does it, each with the soonest time: one tap takes it, the other shows all of theirs."""
    today = request.times.today
    anyone = choice._replace(specialist_id=0)
    specialists, slots = await asyncio.gather(
        request.api.list_specialists(choice.service_ids[0]),
        load_slots(request, anyone, today, today + timedelta(days=13)),
    )
    able = [specialist for specialist in specialists.items if _does_all(specialist, choice.service_ids)]
    soonest: dict[int, Slot] = {}
    for slot in slots:
        if parse(slot.start).timestamp() > request.now:
            for specialist_id in slot.specialist_ids:
                soonest.setdefault(specialist_id, slot)
    rows: list[Row] = []
    for specialist in able[:30]:
        row = [button_to(specialist.name, choice.buttons.soonest(specialist.id))]
        if slot_ := soonest.get(specialist.id):
            row.append(choice.pick_button(request.times.relative(slot_.start), slot_, specialist.id))
        rows.append(row)
    rows.append([button_to(request.t.label("button-any-specialist"), choice.buttons.soonest(0))])
    return Screen(f"{choice.title}\n{request.t.html('who')}", [*rows, [choice.back]])


def _does_all(specialist: Specialist, service_ids: list[int]) -> bool:
    return len(service_ids) == 1 or {offer.service_id for offer in specialist.services}.issuperset(service_ids)
