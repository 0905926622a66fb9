"""One business in the backend and its model; what every step of the comparison needs of both."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from backend.db import tables
from tests.support.asgi import Reply
from tests.support.backend_api import Api
from tests.support.booking_model.bookings import ModelBooking, minute_of, rfc
from tests.support.booking_model.business import (
    CUT_OFF_MIN,
    FIRST,
    HOLD_MIN,
    HORIZON_DAYS,
    LAST,
    LIMIT,
    NOTICE_MIN,
    STEP_MIN,
    Model,
)
from tests.support.business import Business, open_business
from tests.support.business_rows import ADMIN
from tests.support.slow_oracle import OracleService, OracleWorld, Wall

ZONE = "Europe/Berlin"
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Shifts = list[tuple[str, str]]
# The third specialist takes longer for the first service, and costs something else.
OWN_DURATION, PRICES = 75, (800, 1000, 1200)


@dataclass
class Comparison:
    """One business and its model, and the dice that choose what happens."""

    shop: Business
    dice: random.Random
    model: Model
    # time off that can be taken back, by its id in the backend: whose it is, and from when to when
    days_off: dict[int, tuple[int, tuple[Wall, Wall]]] = field(default_factory=dict)

    def expect(self, reply: Reply, status: int, code: str | None, what: object) -> bool:
        """Return whether it succeeded; both must say the same."""
        told = (reply.status, None if reply.status < 400 else reply.code)
        refused = 403 if code == "forbidden" else 409
        assert told == (status if code is None else refused, code), (what, rfc(self.model.now), reply)
        return code is None

    def some_booking(self, condition: Callable[[ModelBooking], bool] = lambda _: True) -> ModelBooking | None:
        """Return one of the latest bookings for which the condition holds, or None."""
        known = [booking for booking in self.model.bookings.values() if booking.client and condition(booking)][-25:]
        return self.dice.choice(known) if known else None

    def some_actor(self, booking: ModelBooking) -> tuple[int, bool]:
        """Return who acts on a booking, its client or the admin, and whether as the business."""
        who = self.dice.choice([self.tg_id_of(booking.client), ADMIN])
        return who, who == ADMIN

    def tg_id_of(self, person: int) -> int:
        """Return the Telegram id of a person."""
        return next(tg_id for tg_id, one in self.shop.people.items() if one == person)

    def check_deadline(self, booking: ModelBooking, reply: Reply) -> None:
        """Compare until when a request, or a hold that becomes one, is answered."""
        told = reply.body["decide_by"]
        expected = booking.decide_by if booking.status in ("held", "pending") else None
        assert (None if told is None else minute_of(told)) == expected, booking


def random_shifts(dice: random.Random) -> Shifts:
    """Return a day's shifts: none, one, two, or one over midnight."""
    return dice.choice(
        [
            [],
            [("09:00", "17:00")],
            [("08:30", "12:00"), ("13:00", "19:30")],
            [("22:00", "04:00")],
            [("00:00", "24:00")],
            [("01:15", "05:00"), ("05:00", "07:00")],
        ]
    )


async def open_comparison(backend: Api, dice: random.Random) -> Comparison:
    """Open a business with three specialists, groups, a room and buffers."""
    approval = dice.random() < 0.3
    backend.set_time(rfc(Model.now))
    shop = await open_business(backend, timezone=ZONE,
        slot_step_min=STEP_MIN, min_notice_min=NOTICE_MIN, horizon_days=HORIZON_DAYS, cancel_until_min=CUT_OFF_MIN,
        hold_min=HOLD_MIN, max_active_per_client=LIMIT, approval=approval,
    )  # fmt: skip
    room = await shop.add_room(1)
    services = [await _add_service(shop, dice, *terms) for terms in (
        (60, 0, 15, 1, ()), (45, 15, 0, 1, (room,)), (30, 0, 0, 3, ()), (30, 5, 5, 2, (room,)),
    )]  # fmt: skip
    rows = {row.id: row for row in await shop.rows(tables.services)}
    specialists, prices = [], {}
    for number, price in enumerate(PRICES):
        offered = services if number < 2 else services[:2]
        durations = {services[0].id: OWN_DURATION} if number == 2 else {}
        own_prices = {service.id: price for service in offered}
        one = await shop.add_specialist(*own_prices, hours=None, duration=durations, price=own_prices)
        specialists.append(one)
        for service in offered:
            service.durations[one] = durations.get(service.id, rows[service.id].duration_min)
            prices[service.id, one] = price
    world = OracleWorld(
        ZONE, {one: {} for one in specialists}, rooms={room: 1}, step=STEP_MIN, first_day=FIRST, last_day=LAST
    )
    comparison = Comparison(shop, dice, Model(world, services, specialists, approval, prices))
    for one in specialists:
        week = {weekday: random_shifts(dice) for weekday in range(7)}
        reply = await shop.admin.call("PUT", f"/v1/specialists/{one}/hours", json=week_body(week))
        assert reply.status == 200, reply
        world.week[one] = week
    comparison.model.changed()
    return comparison


async def _add_service(
    shop: Business, dice: random.Random, minutes: int, before: int, after: int, capacity: int, rooms: tuple[int, ...]
) -> OracleService:
    starts = dice.choice(["any", "together"]) if capacity > 1 else "together"
    real = await shop.add_service(minutes, before=before, after=after, capacity=capacity, rooms=rooms, starts=starts)
    return OracleService(real, {}, before, after, capacity, rooms, capacity > 1 and starts == "together")


def week_body(week: dict[int, Shifts]) -> dict[str, list[str]]:
    """Return a week as the API takes it."""
    return {name: shift_texts(week[day]) for day, name in enumerate(WEEKDAYS)}


def shift_texts(shifts: Shifts) -> list[str]:
    """Return shifts as the API takes them."""
    return ["-".join(pair) for pair in shifts]
