"""Random steps of hours, dates, days off and closures, each with what becomes of the bookings that it touches."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from tests.support.booking_model.bookings import Cause
from tests.support.booking_model.business import FIRST
from tests.support.booking_model.comparison import Comparison, random_shifts, shift_texts, week_body
from tests.support.booking_model.task_rules import Handling, handle, look_before, settle_withdrawn, touched_since
from tests.support.business_rows import ADMIN

HANDLINGS: list[Handling] = ["keep", "need_new_times", "need_new_times", "cancel"]


class Change(NamedTuple):
    """A change as the API takes it, what it does to the model's world, and what it cuts out of whose time (None: all).

    What takes an earlier change back has no preview."""

    method: str
    path: str
    body: Any
    cause: Cause
    write: Callable[[], object]
    whose: int | None = None
    cut: range | None = None
    takes_back: bool = False


async def make(comparison: Comparison, change: Change, handling: Handling) -> Any:
    """Make a change in both and compare what it touches; sometimes it is looked at before. Return the answer."""
    model, admin = comparison.model, comparison.shop.admin
    sent = {"json": change.body, "params": {"bookings": handling}}
    shown = None
    if not change.takes_back and comparison.dice.random() < 0.2:
        shown = await admin.ok(
            change.method, change.path, json=change.body, params={"bookings": handling, "preview": "true"}
        )
    answer = await admin.ok(change.method, change.path, **sent)
    before = look_before(model)
    change.write()
    model.changed()
    touched = touched_since(model, before, change.cut, change.whose)
    told = {each["booking_id"] for each in answer["affected"]}
    assert told == touched, (change, handling, told ^ touched)
    handled = handle(model, touched, change.cause, handling, comparison.shop.people[ADMIN])
    assert answer["handled"] == len(handled), (change, handling)
    settle_withdrawn(model)
    if shown is not None:
        assert (shown["affected"], shown["handled"]) == (answer["affected"], answer["handled"]), change
    return answer


async def change_hours(comparison: Comparison) -> None:
    """Give one of the specialists a new week."""
    model, one = comparison.model, comparison.dice.choice(comparison.model.specialists)
    week = {weekday: random_shifts(comparison.dice) for weekday in range(7)}
    path = f"/v1/specialists/{one}/hours"
    change = Change("PUT", path, week_body(week), "hours", lambda: model.world.week.update({one: week}), one)
    await make(comparison, change, comparison.dice.choice(HANDLINGS))


async def change_date(comparison: Comparison) -> None:
    """Give a date its own hours, or let the week hold again."""
    model, one = comparison.model, comparison.dice.choice(comparison.model.specialists)
    day = FIRST + timedelta(days=comparison.dice.randrange(4))
    path, dates = f"/v1/specialists/{one}/dates/{day}", model.world.dates.setdefault(one, {})
    if day in dates:
        change = Change("DELETE", path, None, "hours", lambda: dates.pop(day), one)
    else:
        shifts = random_shifts(comparison.dice)
        change = Change("PUT", path, {"shifts": shift_texts(shifts)}, "hours", lambda: dates.update({day: shifts}), one)
    await make(comparison, change, comparison.dice.choice(HANDLINGS))


async def take_time_off(comparison: Comparison) -> None:
    """Give a specialist time off, a few hours or days of it."""
    model, dice, one = comparison.model, comparison.dice, comparison.dice.choice(comparison.model.specialists)
    world = model.world
    start = world.walls[dice.choice(model.starts())]
    end = start + timedelta(hours=dice.choice([1, 4, 12, 30]))
    body = {"start": start.isoformat()[:16], "end": end.isoformat()[:16]}
    path = f"/v1/specialists/{one}/time-off"
    off = world.time_off.setdefault(one, [])
    own: tuple[datetime, datetime] = (start, end)
    # the same once more is the same time off
    change = Change(
        "POST", path, body, "time_off", lambda: None if own in off else off.append(own), one, world.stretch(*own)
    )
    answer = await make(comparison, change, dice.choice(HANDLINGS))
    comparison.days_off[answer["id"]] = (one, own)


async def take_time_off_back(comparison: Comparison) -> None:
    """Withdraw a time off."""
    if not comparison.days_off:
        return
    entry = comparison.dice.choice(list(comparison.days_off))
    one, off = comparison.days_off.pop(entry)
    path = f"/v1/specialists/{one}/time-off/{entry}"
    write = comparison.model.world.time_off[one].remove
    change = Change("DELETE", path, None, "time_off", lambda: write(off), one, takes_back=True)
    await make(comparison, change, "keep")


async def close(comparison: Comparison) -> None:
    """Close the business on a date or two."""
    world, dice = comparison.model.world, comparison.dice
    first = FIRST + timedelta(days=dice.randrange(4))
    days = [first + timedelta(days=each) for each in range(dice.choice([1, 1, 2]))]
    minutes = [minute for minute, wall in world.walls.items() if wall.date() in days]
    body = {"date": str(first), "last": str(days[-1])}
    cut = range(min(minutes), max(minutes) + 1)
    change = Change("POST", "/v1/closures", body, "closure", lambda: world.closures.update(days), None, cut)
    await make(comparison, change, dice.choice(HANDLINGS))


async def open_again(comparison: Comparison) -> None:
    """Open the business again on a closed date."""
    closures = comparison.model.world.closures
    if closures:
        day = comparison.dice.choice(sorted(closures))
        path = f"/v1/closures/{day}"
        change = Change("DELETE", path, None, "closure", lambda: closures.remove(day), takes_back=True)
        await make(comparison, change, "keep")
