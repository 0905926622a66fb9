"""What is offered can be booked and nothing else can, with the reason, and an admin is told the same: made-up businesses.

Everything goes over HTTP, on both databases, from a seed. The long form: SLOTGATE_WORLDS=100 (and SLOTGATE_SEED=…).
"""

import os
import random
from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from backend.db import tables
from backend.errors import SlotTaken
from backend.schedule.hours import parse_shift
from tests.support.backend_api import Api
from tests.support.booking_model.comparison import random_shifts
from tests.support.business import Business, open_business
from tests.support.business_rows import OTHER

WORLDS = int(os.environ.get("SLOTGATE_WORLDS", "2"))
SEED = int(os.environ.get("SLOTGATE_SEED", "20261122"))
# Both changes of the clock, zones of half and quarter hours, a change of half an hour, one at midnight, a quiet one.
PLACES = [
    ("Europe/Berlin", "2026-03-28"), ("Europe/Berlin", "2026-10-24"), ("Asia/Kathmandu", "2026-06-01"),
    ("Pacific/Chatham", "2026-04-04"), ("Australia/Lord_Howe", "2026-10-03"), ("Australia/Lord_Howe", "2026-04-04"),
    ("America/St_Johns", "2026-11-01"), ("Asia/Kolkata", "2026-02-27"), ("Africa/Cairo", "2026-04-23"),
    ("America/Havana", "2026-03-07"), ("America/New_York", "2026-11-01"), ("Europe/Moscow", "2026-12-30"),
]  # fmt: skip
CODES = {
    "too_soon": "too_soon", "beyond_horizon": "beyond_horizon", "closed": "outside_hours", "time_off": "outside_hours",
    "outside_hours": "outside_hours", "off_grid": "outside_hours", "busy": "slot_taken", "group_full": "slot_taken",
    "room_full": "slot_taken",
}  # fmt: skip


class World:
    """A business made up from dice; `first` is its first date, three are looked at."""

    def __init__(self, shop: Business, dice: random.Random, first: date) -> None:
        self.shop, self.dice, self.first = shop, dice, first
        self.services: list[int] = []
        self.specialists: list[int] = []

    @classmethod
    async def made(cls, backend: Api, dice: random.Random) -> "World":
        """Open it: hours, dates, closures, time off, rooms, buffers, groups, and bookings that are there already."""
        zone, day = dice.choice(PLACES)
        first = date.fromisoformat(day)
        backend.set_time(f"{first - timedelta(days=1)}T{dice.randrange(24):02}:{dice.choice((0, 17)):02}:00+00:00")
        shop = await open_business(backend,
            zone, slot_step_min=dice.choice((5, 15, 20, 45, 60)), min_notice_min=dice.choice((0, 90, 1440)),
            horizon_days=dice.choice((2, 3, 60)), buffers_within_hours=dice.random() < 0.4,
        )  # fmt: skip
        self = cls(shop, dice, first)
        rooms = [await shop.add_room(1), await shop.add_room(2)]
        shapes: list[dict[str, Any]] = []
        for _ in range(3):
            shapes.append(
                {
                    "before": dice.choice((0, 0, 10)), "after": dice.choice((0, 0, 5, 30)),
                    "capacity": dice.choice((1, 1, 3)), "rooms": dice.choice(((), (), (rooms[0],), tuple(rooms))),
                }
            )  # fmt: skip
            self.services.append(await shop.add_service(dice.choice((15, 30, 50, 60, 90)), **shapes[-1]))
        for number in range(3):
            offered = self.services if number == 0 else dice.sample(self.services, 2)
            one = await shop.add_specialist(*offered, hours=None, duration={offered[0]: dice.choice((20, 40, 60))})
            self.specialists.append(one)
            await self._calendar(one)
        if dice.random() < 0.3:
            await shop.insert(tables.closures, date=self._day())
        midnight = int(datetime.fromisoformat(f"{first}T00:00:00+00:00").timestamp())
        for _ in range(14):
            place = dice.randrange(3)
            shape, start = shapes[place], midnight + dice.randrange(-24, 96) * 1800
            specialist_id, minutes = dice.choice(self.specialists), dice.choice((15, 60, 100))
            try:
                await shop.add_booking(
                    start, minutes, who=OTHER, service_id=self.services[place], specialist_id=specialist_id,
                    before=shape["before"] * 60, after=shape["after"] * 60,
                    capacity=shape["capacity"], rooms=shape["rooms"],
                )  # fmt: skip
            except SlotTaken:
                continue
        return self

    def _day(self) -> str:
        return (self.first + timedelta(days=self.dice.randrange(3))).isoformat()

    async def _calendar(self, one: int) -> None:
        def rows(shifts: list[tuple[str, str]]) -> list[dict[str, int]]:
            spans = [parse_shift("-".join(shift)) for shift in shifts]
            return [{"start_min": start, "end_min": end} for start, end in spans]

        for weekday in range(7):
            for row in rows(random_shifts(self.dice)):
                await self.shop.insert(tables.weekly_hours, specialist_id=one, weekday=weekday, **row)
        if self.dice.random() < 0.5:
            override = rows(random_shifts(self.dice)) or [{"start_min": -1, "end_min": -1}]
            day = self._day()
            for row in override:
                await self.shop.insert(tables.date_hours, specialist_id=one, date=day, **row)
        if self.dice.random() < 0.5:
            start = datetime.fromisoformat(f"{self._day()}T{self.dice.randrange(24):02}:15")
            end = start + timedelta(hours=self.dice.choice((1, 5, 24)))
            off = {"starts_local": start.isoformat()[:16], "ends_local": end.isoformat()[:16]}
            await self.shop.insert(tables.time_off, specialist_id=one, **off)


async def agreed(world: World, rules: Counter[str]) -> None:
    """Check one booking over three dates: each offered start is booked (and given back), each other one refused."""
    shop, dice = world.shop, world.dice
    booking = dice.choice([[one] for one in world.services] * 2 + [dice.sample(world.services, 2)])
    named = dice.choice([None, None, *world.specialists])
    more: dict[str, Any] = {} if named is None else {"specialist_id": named}
    last = world.first + timedelta(days=2)
    dates = {"day": world.first.isoformat(), "to": last.isoformat()}
    listed = await shop.client.slots(*booking, **dates)
    free = {slot["start"]: slot["specialist_ids"] for slot in listed}
    assert list(free) == sorted(free)
    for one in world.specialists:
        own = [slot["start"] for slot in await shop.client.slots(*booking, **dates, specialist_id=one)]
        assert own == [start for start, who in free.items() if one in who]
    if named is not None:
        free = {start: [named] for start, who in free.items() if named in who}
    midnight = datetime.fromisoformat(f"{world.first}T00:00:00+00:00")
    near = [(midnight + timedelta(minutes=minute)).strftime("%Y-%m-%dT%H:%M:%SZ") for minute in range(0, 4320, 15)]
    assert {slot["local"][:10] for slot in listed} <= {str(world.first + timedelta(days=n)) for n in range(3)}
    for start in [*dice.sample(list(free), min(25, len(free))), *dice.sample(near, 30)]:
        what = (world.first, booking, named, start)
        why = await shop.admin.call("GET", "/v1/slots/why", params={"service_id": booking, "start": start, **more})
        told = await shop.client.book(*booking, start=start, hold=True, **(more or _one_of(dice, free.get(start))))
        reasons = {reason["rule"] for reason in why.body["reasons"]}
        rules.update(reasons or ["free"])
        if told.status == 201:
            local = datetime.fromisoformat(told.body["local_start"]).date()
            assert start in free or not world.first <= local <= last, (what, told)
            assert why.body["free"], (what, why)
            if start in free and len({item["specialist_id"] for item in told.body["items"]}) == 1:
                assert told.body["specialist_id"] in free[start], (what, told)
            assert (await shop.client.step(told.body, "cancel")).status == 200
            continue
        assert start not in free, (what, told)
        assert not why.body["free"], (what, why)
        if told.code == "invalid":  # the one who is named does not offer it
            assert (told.body["field"], reasons, free) == ("specialist_id", {"not_offered"}, {}), (what, told)
            continue
        assert told.status == 409, (what, told)
        assert told.body["detail"].endswith("."), told
        # a booking that only several could do has no reason of one specialist for the whole of it
        if "not_offered" not in reasons:
            assert told.code in {CODES[rule] for rule in reasons}, (what, told, why)


def _one_of(dice: random.Random, who: list[int] | None) -> dict[str, int]:
    """Return anybody, or one of those who are said to be free."""
    return {"specialist_id": dice.choice(who)} if who and dice.random() < 0.5 else {}


@pytest.mark.timeout(0)
async def test_what_is_offered_is_what_can_be_booked(backend: Api) -> None:
    print(f"seed {SEED}, {WORLDS} businesses")  # noqa: T201 - shown where the test fails
    dice, rules = random.Random(SEED), Counter[str]()
    for _ in range(WORLDS):
        world = await World.made(backend, dice)
        for _ in range(3):
            await agreed(world, rules)
    assert rules["free"] > 10 * WORLDS
    assert {"outside_hours", "busy"} <= set(rules)
