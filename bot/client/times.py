"""Choosing a time: the soonest, a day of the month, a specialist. The same screens serve booking and moving.

A `Choice` says what the time is for. Its ids travel in every button: for a booking (`c.…`) the services and the
specialist (0: any), for a move (`m.…`) the visit and the specialist, for a booking on somebody's behalf (`k…`) the
client (0: not yet known) and the services as one.
"""

import asyncio
from datetime import date, timedelta
from typing import NamedTuple

from backend.contract.catalog import Specialist
from backend.contract.schedule import Days, Slot
from bot.old_way import old_go, old_paged
from bot.request import Request
from bot.ui.callbacks import Ids
from bot.ui.keyboards import Button, Row, Screen, button_grid
from bot.ui.text import Html
from bot.ui.times import ambiguous_instants, epoch_minutes, parse

SOONEST = 8
# The widest range that the backend lists at once.
RANGE_DAYS = 61
A_DAY = 40
NEAREST = 3
# How far after the wanted start others are looked for before the soonest of all are shown.
NEAR_DAYS = 7
# Telegram takes no empty label: a braille blank shows nothing.
BLANK = "\u2800"


class Choice(NamedTuple):
    """`kind` begins the routes (`c.`, `m.`, `k`); `subject` is what is booked or the visit that moves.

    `title` stands above the times. Of a visit that moves, its own place counts as free."""

    kind: str
    subject: int | Ids
    specialist: int
    service_ids: list[int]
    title: Html
    back: Button

    @property
    def moves(self) -> int | None:
        """The visit that moves."""
        return self.subject if self.kind == "m." and isinstance(self.subject, int) else None

    def go(self, label: str, name: str, *args: int, specialist: int | None = None) -> Button:
        """A button to one of this choice's own screens, of this or another specialist."""
        who = self.specialist if specialist is None else specialist
        return old_go(label, f"{self.kind}{name}", self.subject, who, *args)

    def to(self, request: Request, key: str, name: str, *args: int) -> Button:
        """The same with a label of the locales."""
        return self.go(request.t.label(key), name, *args)

    def pick(self, label: str, slot: Slot, specialist: int | None = None) -> Button:
        """A button that takes this time."""
        return self.go(label, "pick", epoch_minutes(slot.start), specialist=specialist)


async def soonest_slots(request: Request, choice: Choice, limit: int) -> list[Slot]:
    """The nearest free starts. Staff are offered past times as well (notice does not bind them): not in this list."""
    today = request.times.today
    if not (request.is_admin or request.is_specialist):
        return (await slots(request, choice, today, today + timedelta(days=RANGE_DAYS), limit))[:limit]
    found = await slots(request, choice, today, today + timedelta(days=13))
    return [slot for slot in found if parse(slot.start).timestamp() > request.now][:limit]


async def slots(request: Request, choice: Choice, first: date, last: date, limit: int | None = None) -> list[Slot]:
    """The free starts of those local dates."""
    within = first.isoformat(), last.isoformat()
    specialist = choice.specialist or None
    if choice.moves is not None:
        return (
            await request.api.list_reschedule_slots(choice.moves, *within, specialist_id=specialist, limit=limit)
        ).slots
    return (await request.api.list_slots(choice.service_ids, *within, specialist_id=specialist, limit=limit)).slots


async def _days(request: Request, choice: Choice, first: date, last: date) -> Days:
    """The local dates that have one, and the first."""
    within = first.isoformat(), last.isoformat()
    specialist = choice.specialist or None
    if choice.moves is not None:
        return await request.api.list_reschedule_days(choice.moves, *within, specialist_id=specialist)
    return await request.api.list_days(choice.service_ids, *within, specialist_id=specialist)


async def nearest(request: Request, choice: Choice, wanted: str) -> list[Slot]:
    """The three free starts nearest to one that cannot be had, in order of time; [] where the next week has none."""
    day = request.times.local(wanted).date()
    found = await slots(request, choice, max(day, request.times.today), day + timedelta(days=NEAR_DAYS))
    at = parse(wanted)
    near = sorted(found, key=lambda slot: abs(parse(slot.start) - at))[:NEAREST]
    return sorted(near, key=lambda slot: parse(slot.start))


async def soonest(request: Request, choice: Choice, note: str = "") -> Screen:
    """The nearest free times, at most eight, over all specialists or of one."""
    found = await soonest_slots(request, choice, SOONEST)
    screen = times_screen(request, choice, found, note)
    if found:
        return screen
    today = request.times.today
    later = await _days(request, choice, today, today)
    if later.first is None:
        return screen
    day = date.fromisoformat(later.first)
    label = request.t.label("button-first-day", day=request.times.day(day))
    return screen._replace(rows=[[_day_button(choice, day, label)], *screen.rows])


def times_screen(request: Request, choice: Choice, found: list[Slot], note: str = "") -> Screen:
    """Those times as buttons. Without any, the way on is another specialist or the business's contacts."""
    twice = ambiguous_instants(request.times, [slot.start for slot in found])
    picks = [choice.pick(request.times.near(slot.start, offset=slot.start in twice), slot) for slot in found]
    rows = button_grid(picks, 2)
    if found:
        today = request.times.today
        who = "button-other-specialist" if choice.specialist else "button-choose-specialist"
        day = choice.to(request, "button-another-day", "mon", today.year * 12 + today.month - 1)
        rows.append([day, choice.to(request, who, "who")])
        head = request.t.html("times-nearest")
    else:
        rows.append([choice.to(request, "button-other-specialist", "who")] if choice.specialist else [])
        rows.append([old_go(request.t.label("button-contacts"), "c.addr")])
        head = request.t.html("times-none")
    # a note that has times below it introduces them itself
    lines = [choice.title, note or head] if found else [note, choice.title, head]
    lines.append(request.t.html("zone-line", zone=request.times.zone_name()))
    return Screen("\n".join(line for line in lines if line), [*rows, [choice.back]])


async def month(request: Request, choice: Choice, index: int) -> Screen:
    """One month in seven columns; only days with free times can be pressed. `index` is year * 12 + month - 1."""
    today = request.times.today
    this = today.year * 12 + today.month - 1
    index = min(max(index, this), this + 14)
    first = date(index // 12, index % 12 + 1, 1)
    last = date((index + 1) // 12, (index + 1) % 12 + 1, 1) - timedelta(days=1)
    found = await _days(request, choice, max(first, today), last)
    free = set(found.days)
    blank = old_go(BLANK, "-")
    days = (first + timedelta(days=n) for n in range(last.day))
    cells = [blank] * first.weekday()
    cells += [_day_button(choice, day) if day.isoformat() in free else blank for day in days]
    cells += [blank] * (-len(cells) % 7)
    # weeks before the first free day and after the last have nothing to press
    weeks = button_grid(cells, 7)
    while weeks and set(weeks[0]) == {blank}:
        del weeks[0]
    while weeks and set(weeks[-1]) == {blank}:
        del weeks[-1]
    rows: list[Row] = [[old_go(name, "-") for name in request.times.weekdays()], *weeks]
    turning: Row = [choice.go("‹", "mon", index - 1)] if index > this else []
    if found.first is not None:
        first_free = date.fromisoformat(found.first)
        turning.append(_day_button(choice, first_free, request.t.label("button-first-free")))
    turning.append(choice.go("›", "mon", index + 1))
    head = request.t.html("days-free" if free else "days-none")
    text = f"{choice.title}\n<b>{request.times.month(first)}</b>\n{head}"
    return Screen(text, [*rows, turning, [choice.back]])


def _day_button(choice: Choice, day: date, label: str = "") -> Button:
    return choice.go(label or str(day.day), "day", day.toordinal(), 0)


async def day_times(request: Request, choice: Choice, ordinal: int, page: int) -> Screen:
    """The free times of one day, forty a page."""
    day = date.fromordinal(min(max(ordinal, request.times.today.toordinal()), date.max.toordinal()))
    found = await slots(request, choice, day, day)
    if not found:
        return await soonest(request, choice, request.t.html("day-full", day=request.times.day(day)))
    shown, turning = old_paged(found, page, A_DAY, lambda label, to: choice.go(label, "day", day.toordinal(), to))
    twice = ambiguous_instants(request.times, [slot.start for slot in found])
    picks = [choice.pick(_clock(request, slot, twice), slot) for slot in shown]
    other = choice.to(request, "button-another-day", "mon", day.year * 12 + day.month - 1)
    zone = request.t.html("zone-line", zone=request.times.zone_name(found[0].start))
    text = f"{choice.title}\n{request.t.html('day-times', day=request.times.day(day))}\n{zone}"
    return Screen(text, [*button_grid(picks, 4), turning, [other, choice.back]])


def _clock(request: Request, slot: Slot, twice: set[str]) -> str:
    return request.times.near(slot.start, offset=True) if slot.start in twice else request.times.clock(slot.start)


async def specialists(request: Request, choice: Choice) -> Screen:
    """Everyone who does it, each with the soonest time: one tap takes it, the other shows all of theirs."""
    today = request.times.today
    anyone = choice._replace(specialist=0)
    people, found = await asyncio.gather(
        request.api.list_specialists(choice.service_ids[0]), slots(request, anyone, today, today + timedelta(days=13))
    )
    able = [one for one in people.items if _does_all(one, choice.service_ids)]
    first: dict[int, Slot] = {}
    for slot in found:
        if parse(slot.start).timestamp() > request.now:
            for one in slot.specialist_ids:
                first.setdefault(one, slot)
    rows: list[Row] = []
    for person in able[:30]:
        row = [choice.go(person.name, "near", specialist=person.id)]
        if slot_ := first.get(person.id):
            row.append(choice.pick(request.times.near(slot_.start), slot_, person.id))
        rows.append(row)
    rows.append([choice.go(request.t.label("button-any-specialist"), "near", specialist=0)])
    return Screen(f"{choice.title}\n{request.t.html('who')}", [*rows, [choice.back]])


def _does_all(person: Specialist, service_ids: list[int]) -> bool:
    return len(service_ids) == 1 or {one.service_id for one in person.services}.issuperset(service_ids)
