"""Choosing a time: the soonest, a day of five weeks, a specialist. The same screens serve booking and moving.

Each screen is one request to the backend, which answers with the times and with what its `Purpose` needs for the title.
"""

from datetime import date, timedelta

from backend.client.api import BackendRefused
from backend.contract.catalog import Specialist
from backend.contract.errors import Code
from backend.contract.overviews import Choice, DayChoice, SlotChoice
from backend.contract.schedule import Slot
from bot.client.callbacks import Contacts
from bot.client.purpose import Purpose
from bot.client.slot_labels import columns_of, slot_buttons, terms_text
from bot.request import Request
from bot.ui.keyboards import Button, Row, Screen, button_grid, button_to, disabled_button, page_of
from bot.ui.months import days_grid, first_of_week
from bot.ui.text import DOT
from bot.ui.times import ambiguous_instants, parse

SOONEST = 8
# The widest range that the backend lists at once.
RANGE_DAYS = 61
# Everybody's soonest time is looked for among all times of so many days.
SPECIALISTS_RANGE_DAYS = 13
SPECIALISTS_A_PAGE = 20
A_DAY, A_DAY_IN_LINES = 40, 20
NEAREST = 3
# How far after the wanted start others are looked for before the soonest of all are shown.
NEAR_DAYS = 7
# Days are shown five weeks at a time, for more than a year: the farthest horizon is 400 days.
PAGE_DAYS, LAST_PAGE = 35, 11
# The chosen time is gone: the screen was old, or the rules have changed.
OLD_TIME = frozenset({Code.TOO_SOON, Code.OUTSIDE_HOURS, Code.BEYOND_HORIZON, Code.NONEXISTENT_TIME})


async def load_nearest(request: Request, purpose: Purpose, wanted: str) -> SlotChoice | None:
    """Return the three free starts nearest to one that cannot be had, in order of time, or none of the next week."""
    day = request.times.local(wanted).date()
    found = await purpose.load_slots(request, max(day, request.times.today), day + timedelta(days=NEAR_DAYS))
    if found is not None:
        at = parse(wanted)
        near = sorted(found.slots, key=lambda slot: abs(parse(slot.start) - at))[:NEAREST]
        found.slots = sorted(near, key=lambda slot: parse(slot.start))
    return found


async def soonest_screen(request: Request, purpose: Purpose, note: str = "", more: Button | None = None) -> Screen:
    """Return at most eight near free times, some of each part of the day; `more` stands above Back."""
    today = request.times.today
    found = await purpose.load_slots(request, today, today + timedelta(days=RANGE_DAYS), SOONEST, spread=True)
    if found is None or not purpose.can_be_chosen(found.choice):
        return await purpose.other_screen(request, _choice_of(found))
    screen = slots_screen(request, purpose, found.choice, found.slots, note)
    if more is not None:
        screen = screen._replace(rows=[*screen.rows[:-1], [more], screen.rows[-1]])
    if found.slots or found.first is None:
        return screen
    first_day = date.fromisoformat(found.first)
    label = request.t.label("button-first-day", day=request.times.day(first_day))
    return screen._replace(rows=[[purpose.day_button(first_day, label)], *screen.rows])


def _choice_of(found: SlotChoice | DayChoice | None) -> Choice | None:
    return None if found is None else found.choice


async def nearest_screen(request: Request, purpose: Purpose, wanted: str, note: str) -> Screen:
    """Return the times nearest to one that cannot be had; the soonest of all where the next week has none."""
    found = await load_nearest(request, purpose, wanted)
    if found is None or not purpose.can_be_chosen(found.choice):
        return await purpose.other_screen(request, _choice_of(found))
    if not found.slots:
        return await soonest_screen(request, purpose, note)
    return slots_screen(request, purpose, found.choice, found.slots, note)


async def other_times_screen(request: Request, purpose: Purpose, refusal: BackendRefused, note: str = "") -> Screen:
    """Return times in place of one that was refused: its alternatives, or the soonest of all.

    `note` stands in place of the sentence that somebody else has taken the time."""
    slots = alternative_slots(refusal)
    if refusal.code is not Code.SLOT_TAKEN or not slots:
        return await soonest_screen(request, purpose, request.t.html("refused-time"))
    today = request.times.today
    found = await purpose.load_slots(request, today, today, 1)
    if found is None or not purpose.can_be_chosen(found.choice):
        return await purpose.other_screen(request, _choice_of(found))
    return slots_screen(request, purpose, found.choice, slots, note or request.t.html("refused-slot-taken"))


def alternative_slots(refusal: BackendRefused) -> list[Slot]:
    """Return the three nearest alternatives that the backend has named; [] where it has named none."""
    return [
        Slot(slot.start, slot.local, slot.specialist_ids, slot.places_left)
        for slot in (refusal.problem.alternatives or ())[:NEAREST]
    ]


def slots_screen(request: Request, purpose: Purpose, choice: Choice, slots: list[Slot], note: str = "") -> Screen:
    """Return those times as buttons. Without any, the way on is another specialist or the business's contacts."""
    t = request.t
    title = purpose.title(request, choice)
    twice = ambiguous_instants(request.times, [slot.start for slot in slots])
    whens = [request.times.relative(slot.start, offset=slot.start in twice) for slot in slots]
    picks = slot_buttons(request, purpose, choice, slots, whens)
    rows = button_grid(picks, columns_of(picks, whens, 2))
    who = purpose.specialists(purpose.specialist_id)
    if slots:
        label = "button-other-specialist" if purpose.specialist_id else "button-choose-specialist"
        own_day = purpose.own_day(request, choice)
        if own_day is not None and own_day >= request.times.today:
            rows.append([purpose.day_button(own_day, t.label("button-same-day", day=request.times.day(own_day)))])
        other_day = purpose.days_button(t.label("button-another-day"), own_day or request.times.today)
        can_choose = not purpose.own_calendar and len(_list_able(choice)) > 1
        rows.append([other_day, button_to(t.label(label), who)] if can_choose else [other_day])
        head = t.html("times-nearest")
    else:
        if not purpose.own_calendar:
            rows.append([button_to(t.label("button-other-specialist"), who)] if purpose.specialist_id else [])
            rows.append([button_to(t.label("button-contacts"), Contacts())])
        head = t.html("times-none")
    # a note that has times below it introduces them itself
    lines = [title, note or head] if slots else [note, title, head]
    lines.append(t.html("zone-line", zone=request.times.zone_name()))
    return Screen("\n".join(line for line in lines if line), [*rows, [purpose.back_button(request, choice)]])


async def days_screen(request: Request, purpose: Purpose, ordinal: int) -> Screen:
    """Return five whole weeks, those of today or later ones with that day; days without a free time are disabled."""
    times = request.times
    today, this_week = times.today, first_of_week(times, times.today)
    page = min(max(ordinal - this_week.toordinal(), 0) // PAGE_DAYS, LAST_PAGE)
    begin = this_week + timedelta(days=page * PAGE_DAYS)
    first, last = max(begin, today), begin + timedelta(days=PAGE_DAYS - 1)
    found = await purpose.load_days(request, first, last)
    if found is None or not purpose.can_be_chosen(found.choice):
        return await purpose.other_screen(request, _choice_of(found))
    free = set(found.days)
    rows = days_grid(
        times,
        first,
        last,
        lambda day: purpose.day_button(day) if day.isoformat() in free else disabled_button(str(day.day)),
    )
    turning: Row = [purpose.days_button("‹", begin - timedelta(days=1))] if page else []
    if found.first is not None:
        turning.append(purpose.day_button(date.fromisoformat(found.first), request.t.label("button-first-free")))
        if page < LAST_PAGE:
            turning.append(purpose.days_button("›", last + timedelta(days=1)))
    head = request.t.html("days-free" if found.days else "days-none")
    shown = request.t.html("days-shown", **dict(zip(("first", "last"), times.date_pair(first, last), strict=True)))
    text = f"{purpose.title(request, found.choice)}\n<b>{shown}</b>\n{head}"
    return Screen(text, [*rows, turning, [purpose.back_button(request, found.choice)]])


async def day_screen(request: Request, purpose: Purpose, ordinal: int, page: int) -> Screen:
    """Return the free times of one day, forty a page."""
    day = date.fromordinal(min(max(ordinal, request.times.today.toordinal()), date.max.toordinal()))
    found = await purpose.load_slots(request, day, day)
    if found is None or not purpose.can_be_chosen(found.choice):
        return await purpose.other_screen(request, _choice_of(found))
    if not found.slots:
        return await soonest_screen(request, purpose, request.t.html("day-full", day=request.times.day(day)))
    twice = ambiguous_instants(request.times, [slot.start for slot in found.slots])
    whens = [_clock(request, slot, twice) for slot in found.slots]
    picks = slot_buttons(request, purpose, found.choice, found.slots, whens)
    columns = columns_of(picks, whens, 4)
    shown, turning = page_of(
        picks,
        page,
        A_DAY_IN_LINES if columns == 1 else A_DAY,
        lambda to: purpose.day(purpose.specialist_id, day.toordinal(), to),
    )
    other_day = purpose.days_button(request.t.label("button-another-day"), day)
    zone = request.t.html("zone-line", zone=request.times.zone_name(found.slots[0].start))
    head = request.t.html("day-times", day=request.times.day(day))
    text = f"{purpose.title(request, found.choice)}\n{head}\n{zone}"
    back = purpose.back_button(request, found.choice)
    return Screen(text, [*button_grid(shown, columns), turning, [other_day, back]])


def _clock(request: Request, slot: Slot, twice: set[str]) -> str:
    if slot.start in twice:
        return request.times.relative(slot.start, offset=True)
    return request.times.clock(slot.start)


async def specialists_screen(request: Request, purpose: Purpose, page: int = 0) -> Screen:
    """Return everybody who does it, each with the soonest time: one tap takes it, the other shows all of theirs.

    `purpose` is of no specialist."""
    today = request.times.today
    found = await purpose.load_slots(request, today, today + timedelta(days=SPECIALISTS_RANGE_DAYS))
    if found is None or not purpose.can_be_chosen(found.choice):
        return await purpose.other_screen(request, _choice_of(found))
    able = _list_able(found.choice)
    soonest: dict[int, Slot] = {}
    for slot in found.slots:
        for specialist_id in slot.specialist_ids:
            soonest.setdefault(specialist_id, slot)
    rows: list[Row] = []
    shown, turning = page_of(able, page, SPECIALISTS_A_PAGE, lambda to: purpose.specialists(0, to))
    for specialist in shown:
        terms = terms_text(request, purpose, found.choice, specialist)
        label = DOT.join(filter(None, (specialist.name, terms)))
        row = [button_to(label, purpose.soonest(specialist.id))]
        if slot_ := soonest.get(specialist.id):
            row.append(purpose.pick_button(request.times.relative(slot_.start), slot_, specialist.id))
        rows.append(row)
    rows.append(turning)
    rows.append([button_to(request.t.label("button-any-specialist"), purpose.soonest(0))])
    text = f"{purpose.title(request, found.choice)}\n{request.t.html('who')}"
    return Screen(text, [*rows, [purpose.back_button(request, found.choice)]])


def _list_able(choice: Choice) -> list[Specialist]:
    """Return those who do all of the services."""
    ids = [service.id for service in choice.services]
    return [
        specialist
        for specialist in choice.specialists
        if len(ids) == 1 or {offer.service_id for offer in specialist.services}.issuperset(ids)
    ]
