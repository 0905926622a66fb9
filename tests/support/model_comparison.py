"""The model of a business and the real one, step by step: each step must answer what the model says."""

import random
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from backend.bookings.endings import free_lapsed_places
from backend.db import tables
from backend.errors import SlotTaken
from tests.support.asgi import Reply
from tests.support.backend_api import Api
from tests.support.booking_model import (
    ACTIVE,
    CUT_OFF_MIN,
    FIRST,
    HOLD_MIN,
    LAST,
    LIMIT,
    NOTICE_MIN,
    UNDO_MIN,
    AskedTime,
    Model,
    ModelBooking,
    minute_of,
    random_shifts,
    rfc,
)
from tests.support.business import ADMIN, CLIENT, OTHER, Business, open_business
from tests.support.business_rows import add_booking
from tests.support.slow_oracle import OracleService, OracleWorld

# A business is as old as this when the next one opens: its four days are over.
LIFE = 250


# a mark -> the state after it, and how many minutes before the start it may be made
MARKS = {
    "arrived": ("arrived", 30),
    "no-show": ("no_show", 0),
    "complete": ("completed", 0),
    "unmark": ("confirmed", 30),
}


class ModelComparison:
    """One business and its model; each step compares what both say."""

    def __init__(self, shop: Business, dice: random.Random, model: Model) -> None:
        self.shop, self.dice, self.model = shop, dice, model
        self.starts = [m for m, wall in model.world.walls.items() if FIRST <= wall.date() <= LAST and m % 15 == 0]

    @classmethod
    async def open(cls, backend: Api, dice: random.Random) -> "ModelComparison":
        """Open a business with three specialists, a group, a room and buffers."""
        approval = dice.random() < 0.3
        backend.set_time(rfc(Model.now))
        shop = await open_business(backend,
            slot_step_min=15, min_notice_min=NOTICE_MIN, horizon_days=3, cancel_until_min=CUT_OFF_MIN, hold_min=HOLD_MIN,
            max_active_per_client=LIMIT, approval=approval,
        )  # fmt: skip
        room = await shop.add_room(1)
        services = []
        for duration, before, after, capacity, rooms, starts in (
            (60, 0, 15, 1, (), "together"), (45, 15, 0, 1, (room,), "together"),
            (30, 0, 0, 3, (), dice.choice(["any", "together"])), (30, 5, 5, 2, (room,), dice.choice(["any", "together"])),
        ):  # fmt: skip
            real = await shop.add_service(
                duration, before=before, after=after, capacity=capacity, rooms=rooms, starts=starts
            )
            together = capacity > 1 and starts == "together"
            services.append(OracleService(real, {}, before, after, capacity, rooms, together))
        specialists = []
        week = {weekday: random_shifts(dice) for weekday in range(7)}
        for number in range(3):
            offered = services if number < 2 else services[:2]
            one = await shop.add_specialist(*(s.id for s in offered), hours=None)
            specialists.append(one)
            for service in offered:
                service.durations[one] = (await shop.rows(tables.services, tables.services.c.id == service.id))[
                    0
                ].duration_min
        world = OracleWorld("Europe/Berlin", dict.fromkeys(specialists, week), rooms={room: 1}, step=15,
                            first_day=FIRST, last_day=LAST)  # fmt: skip
        comparison = cls(shop, dice, Model(world, services, specialists, approval))
        for one in specialists:
            await comparison.hours(one)
        return comparison

    async def play(self, unasked: int) -> None:
        """Take one random step; of 26 and so many, so many ask nobody."""
        steps = [self.book] * 8 + [self.move] * 3 + [self.step] * 9 + [self.wait] * 2 + [self.change_places] * 2
        await self.dice.choice([*steps, self.off, self.hours_of_one, *[self.unasked] * unasked])()

    def expect(self, reply: Reply, status: int, code: str | None, what: object) -> bool:
        """Return whether it succeeded; both must say the same."""
        told = (reply.status, None if reply.status < 400 else reply.code)
        assert told == (status if code is None else 409, code), (what, rfc(self.model.now), reply)
        return code is None

    async def hours_of_one(self) -> None:
        """Give one of the specialists a new week."""
        await self.hours(self.dice.choice(self.model.specialists))

    async def hours(self, one: int) -> None:
        """Give a specialist a new week; bookings stay."""
        week = {weekday: random_shifts(self.dice) for weekday in range(7)}
        names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
        body = {name: ["-".join(pair) for pair in week[day]] for day, name in enumerate(names)}
        reply = await self.shop.admin.call("PUT", f"/v1/specialists/{one}/hours", json=body)
        assert reply.status == 200, reply
        self.model.world.week[one] = week
        self.model.changed()

    async def off(self) -> None:
        """Give a specialist time off."""
        one = self.dice.choice(self.model.specialists)
        start, end = sorted(self.dice.sample([self.model.world.walls[m] for m in self.starts], 2))
        if start == end or one in self.model.world.time_off:
            return
        body = {"start": start.isoformat()[:16], "end": end.isoformat()[:16]}
        reply = await self.shop.admin.call("POST", f"/v1/specialists/{one}/time-off", json=body)
        assert reply.status == 201, reply
        self.model.world.time_off[one] = [(start, end)]
        self.model.changed()

    async def wait(self) -> None:
        """Let time pass."""
        self.model.now += self.dice.choice([1, 4, 6, 11, 60])
        self.shop.api.set_time(rfc(self.model.now))
        self.model.lapse()

    async def book(self) -> None:
        """Book something at random."""
        model, dice = self.model, self.dice
        who = dice.choice([CLIENT, OTHER, ADMIN])
        services = dice.choice([[one] for one in model.services] + [dice.sample(model.services, 2)])
        start, able = dice.choice(self.starts), model.able(services)
        named = dice.choice([*able, None])
        if named is None and len(services) > 1:
            named = able[0]  # several in turn are another test's matter
        hold = dice.random() < 0.4
        places = dice.choice([1, 1, 2]) if all(one.capacity > 1 for one in services) else 1
        body: dict[str, Any] = {"hold": hold, "places": places} | ({} if named is None else {"specialist_id": named})
        staff, client = who == ADMIN, self.shop.people[who]
        # a new hold ends the client's old one, so that its place is free to them
        replaced = model.holds_of(client) if hold else []
        without = replaced[0].id if replaced else -1
        codes = {
            one: model.code_of(
                services, [s.durations[one] for s in services], one, start, staff=staff, without=without, places=places
            )
            for one in (able if named is None else [named])
        }
        code = None if None in codes.values() else self._closest(codes)
        lengths = {sum(s.durations[one] for s in services) for one, refused in codes.items() if refused is None}
        if (not staff and model.ahead(client) >= LIMIT) or (
            code is None and model.overlaps(client, start, start + max(lengths))
        ):
            code = "limit_reached"
        reply = await self.shop.caller(who).book(*(s.id for s in services), start=rfc(start), **body)
        if self.expect(reply, 201, code, ("book", who, [s.id for s in services], named, rfc(start))):
            one = reply.body["specialist_id"]
            assert codes[one] is None
            for old in replaced:
                old.status = "expired"
            status = "held" if hold else "pending" if model.approval and not staff else "confirmed"
            assert (reply.body["status"], reply.body["start"]) == (status, rfc(start))
            model.bookings[reply.body["id"]] = ModelBooking(
                reply.body["id"], self.shop.people[who], services, one, start, [s.durations[one] for s in services],
                status, model.now + HOLD_MIN if hold else None, places=places, created=model.now,
                decide_by=model.answered_by(start) if model.approval and not staff else None,
            )  # fmt: skip
            self._check_deadline(model.bookings[reply.body["id"]], reply)

    @staticmethod
    def _check_deadline(booking: ModelBooking, reply: Reply) -> None:
        """Compare until when a request, or a hold that becomes one, is answered."""
        told = reply.body["decide_by"]
        expected = booking.decide_by if booking.status in ("held", "pending") else None
        assert (None if told is None else minute_of(told)) == expected, booking

    @staticmethod
    def _closest(codes: dict[int, str | None]) -> str:
        order = ["slot_taken", "outside_hours", "beyond_horizon", "too_soon"]
        return min((code for code in codes.values() if code), key=order.index)

    async def unasked(self) -> None:
        """Write a booking past the rules; the database alone says whether the place is free."""
        model, dice = self.model, self.dice
        service = dice.choice(model.services)
        one, start = dice.choice(list(service.durations)), dice.choice(self.starts)
        client, tenant = self.shop.people[OTHER], self.shop.id
        places = dice.choice([1, 2]) if service.capacity > 1 else 1
        durations = [service.durations[one]]
        booking = ModelBooking(0, client, [service], one, start, durations, "confirmed", places=places)

        def write(conn: Connection) -> int:
            free_lapsed_places(self.shop.unit(conn, None))  # every writer does
            return add_booking(
                conn, self.shop.seeded, client, service.id, one, start * 60, booking.end * 60,
                before=service.before * 60, after=service.after * 60, capacity=service.capacity, rooms=service.rooms,
                places=places,
            )  # fmt: skip

        fits = model.still_fits(booking)
        try:
            booking.id = await self.shop.api.db.write(tenant, write)
        except SlotTaken:
            assert not fits, ("refused by the database", booking)
        else:
            assert fits, ("let in by the database", booking)
            model.bookings[booking.id] = booking

    def _some(self) -> tuple[ModelBooking, int, bool] | None:
        """Return a booking, who acts on it, and whether as the business."""
        if not self.model.bookings:
            return None
        booking = self.dice.choice([one for one in self.model.bookings.values() if one.client][-25:])
        who = self.dice.choice([self._tg(booking.client), ADMIN])
        return booking, who, who == ADMIN

    def _tg(self, person: int) -> int:
        return next(tg_id for tg_id, one in self.shop.people.items() if one == person)

    async def move(self) -> None:
        """Move a booking at random."""
        some = self._some()
        if some is None:
            return
        booking, who, staff = some
        model = self.model
        start = self.dice.choice([*self.starts, booking.start, booking.start + 15])
        if start not in model.world.walls:
            return
        code: str | None = None
        if booking.status not in ("held", "pending", "confirmed"):
            code = "illegal_step"
        elif not staff and booking.start <= model.now:
            code = "too_late"
        else:
            # the place that is held for what was asked before is free for what is asked now
            hold = None if booking.asked is None else booking.asked.hold
            if hold is not None:
                model.bookings[hold].status = "expired"
            code = model.code_of(
                booking.services, booking.durations, booking.specialist, start, staff=staff, without=booking.id,
                places=booking.places,
            )  # fmt: skip
            if hold is not None:
                model.bookings[hold].status = "held"
            if code is None and booking.status != "held":
                end = start + sum(booking.durations)
                code = "limit_reached" if model.overlaps(booking.client, start, end, without=booking.id) else None
        reply = await self.shop.caller(who).step(
            {"id": booking.id}, "move", {"start": rfc(start), "specialist_id": booking.specialist}
        )
        if self.expect(reply, 200, code, ("move", who, booking, rfc(start))):
            model.settle(booking)
            if not staff and model.asks_to_move(booking):
                await self._ask(booking, start, reply)
                return
            booking.start = start
            assert minute_of(reply.body["end"]) == booking.end
            if booking.status == "pending" and staff:
                booking.status = "confirmed"
            if booking.decide_by is not None:
                booking.decide_by = None if booking.status == "confirmed" else model.answered_by(start)
            self._check_deadline(booking, reply)

    async def _ask(self, booking: ModelBooking, start: int, reply: Reply) -> None:
        """Note that a client asks for another time: the booking stays, and its new place may be held."""
        model, told = self.model, reply.body["move_request"]
        assert (minute_of(reply.body["start"]), minute_of(told["start"])) == (booking.start, start)
        answered = min(booking.start, model.answered_by(start))
        held = model.approval and model.may_change_places(booking) and model.leaves_an_hour(answered)
        decide_by = answered if held else min(booking.start, start)
        hold = (await self.shop.rows(tables.move_requests, tables.move_requests.c.booking_id == booking.id))[-1].hold_id
        assert minute_of(told["decide_by"]) == decide_by
        booking.asked = AskedTime(start, decide_by, hold is not None, hold)
        if hold is not None:
            assert held
            model.bookings[hold] = ModelBooking(
                hold, 0, booking.services, booking.specialist, start, booking.durations, "held", decide_by,
                places=booking.places, own=tuple(booking.stretches()),
            )  # fmt: skip

    async def change_places(self) -> None:
        """Change how many places a booking with groups takes."""
        some = self._some()
        if some is None or any(service.capacity == 1 for service in some[0].services):
            return
        booking, who, staff = some
        places = self.dice.randint(1, min(service.capacity for service in booking.services))
        code: str | None = None
        if booking.status not in ("held", "pending", "confirmed", "arrived"):
            code = "illegal_step"
        elif not staff and not self.model.may_change_places(booking):
            code = "too_late"
        elif places > booking.places:
            wanted = replace(booking, places=places)
            code = None if self.model.still_fits(wanted, without=booking.id) else "slot_taken"
        reply = await self.shop.caller(who).step({"id": booking.id}, "places", {"places": places})
        more = places > booking.places and booking.status not in ("held", "pending")
        if more and self.model.approval and not staff and code in (None, "slot_taken"):
            assert (reply.status, reply.code) == (403, "forbidden"), (booking, places)
            return
        if self.expect(reply, 200, code, ("places", who, booking, places)):
            assert reply.body["places"] == places
            booking.places = places

    async def step(self) -> None:
        """Take a random step of a booking."""
        some = self._some()
        if some is None:
            return
        booking, who, staff = some
        name = self.dice.choice(
            ["confirm", "cancel", "cancel", "undo", "undo", "approve", "arrived", "no-show", "complete", "unmark"]
        )
        status, code = self._decide(name, booking, who, staff=staff)
        reply = await self.shop.caller(who).step({"id": booking.id}, name)
        if code == "forbidden":
            assert (reply.status, reply.code) == (403, "forbidden"), (name, who, booking, reply)
        elif self.expect(reply, 200, code, (name, who, booking)):
            if name == "cancel" and status == "cancelled":
                booking.cancelled = (self.model.now, booking.status, self.shop.people[who])
            booking.status = status
            assert reply.body["status"] == status
            if name == "approve" and booking.asked is not None:
                booking.start = booking.asked.start
                assert minute_of(reply.body["start"]) == booking.start
            if name == "approve" or status == "cancelled":
                self.model.settle(booking)
            if name in ("confirm", "undo"):
                self._renew_deadline(name, booking)
                self._check_deadline(booking, reply)
            if status != "held":
                booking.hold_until = None if name == "confirm" else booking.hold_until

    def _renew_deadline(self, name: str, booking: ModelBooking) -> None:
        """Keep the deadline that was told with a hold, unless too little of it is left; one that is new has none yet."""
        told, model = booking.decide_by, self.model
        if booking.status != "pending":
            booking.decide_by = None
        elif name == "undo" or told is None or not model.leaves_an_hour(told):
            booking.decide_by = model.answered_by(booking.start)

    def _decide(self, name: str, booking: ModelBooking, who: int, *, staff: bool) -> tuple[str, str | None]:  # noqa: C901  a table of steps
        """Return (status afterwards, code of the refusal)."""
        now, status = self.model.now, booking.status
        if name in ("approve", "arrived", "no-show", "complete", "unmark") and not staff:
            return status, "forbidden"
        if name == "confirm":
            after = "pending" if self.model.approval and not staff else "confirmed"
            if status != "held":
                return after, "illegal_step"
            too_many = not staff and self.model.ahead(booking.client) >= LIMIT
            overlaps = self.model.overlaps(booking.client, booking.start, booking.end, without=booking.id)
            if too_many or overlaps:
                return after, "limit_reached"
            return after, "too_soon" if after == "pending" and self._is_too_late_to_ask(booking) else None
        if name == "approve":
            if status == "confirmed" and booking.asked is not None:
                return "confirmed", self._code_of_asked(booking, booking.asked)
            return "confirmed", None if status == "pending" else "illegal_step"
        if name in MARKS:
            after, early = MARKS[name]
            allowed = {"confirmed", "arrived", "completed", "no_show"} - {after}
            if status not in allowed and not (status == after == "completed"):
                return after, "illegal_step"
            if now < booking.start - early:
                return after, "too_soon"
            return after, "illegal_step" if status == after else None
        if name == "cancel":
            if status not in ("held", "pending", "confirmed"):
                return status, "illegal_step"
            if status == "held":
                return "expired", None
            return "cancelled", "too_late" if not staff and now >= booking.start else None
        if status != "cancelled" or booking.cancelled is None:
            return status, "illegal_step"
        when, before, by = booking.cancelled
        if not staff and by != self.shop.people[who]:
            return status, "forbidden"
        if now > when + UNDO_MIN:
            return status, "too_late"
        if not self.model.still_fits(booking):
            return before, "slot_taken"
        if self.model.overlaps(booking.client, booking.start, booking.end):
            return before, "limit_reached"
        return before, "too_soon" if before == "pending" and self.model.answered_by(booking.start) <= now else None

    def _code_of_asked(self, booking: ModelBooking, asked: AskedTime) -> str | None:
        """Return the code with which a wish is refused whose time is not free any more; what is held is free."""
        model = self.model
        code = None
        if asked.hold is None:
            code = model.code_of(
                booking.services, booking.durations, booking.specialist, asked.start, staff=True, without=booking.id,
                places=booking.places,
            )  # fmt: skip
        end = asked.start + booking.end - booking.start
        overlaps = model.overlaps(booking.client, asked.start, end, without=booking.id)
        return code or ("limit_reached" if overlaps else None)

    def _is_too_late_to_ask(self, booking: ModelBooking) -> bool:
        """Return whether a hold would become a request that nobody could answer in time."""
        told, model = booking.decide_by, self.model
        if told is not None and model.leaves_an_hour(told):
            return False
        return model.answered_by(booking.start) <= model.now

    async def compare(self) -> None:
        """Compare everything that is kept, and everything that is offered, with the model."""
        model = self.model
        rows = {row.id: row for row in await self.shop.rows(tables.bookings)}
        assert set(rows) == set(model.bookings)
        for booking in model.bookings.values():
            status = rows[booking.id].status
            if status == "held" and rows[booking.id].hold_until <= model.now * 60:
                status = "expired"
            if status == "pending" and rows[booking.id].decide_by <= model.now * 60:
                status = "cancelled"
            assert (status, rows[booking.id].starts_at) == (
                booking.status,
                booking.start * 60,
            ), booking
            assert rows[booking.id].places == booking.places
        active = {booking.id for booking in model.bookings.values() if booking.status in ACTIVE}
        items = await self.shop.rows(tables.booking_items, tables.booking_items.c.active)
        assert {item.booking_id for item in items} >= active
        service = self.dice.choice(model.services)
        for who, staff in ((CLIENT, False), (ADMIN, True)):
            slots = await self.shop.caller(who).slots(service.id, day=FIRST.isoformat(), to=LAST.isoformat())
            told = {minute_of(slot["start"]): set(slot["specialist_ids"]) for slot in slots}
            expected: dict[int, set[int]] = {}
            for one in service.durations:
                for start in self.starts:
                    if model.code_of([service], [service.durations[one]], one, start, staff=staff) is None:
                        expected.setdefault(start, set()).add(one)
            assert told == expected, (who, service)
            for slot in slots if service.capacity > 1 else ():
                start = minute_of(slot["start"])
                left = [model.world.count_places_left(one, service, start) for one in slot["specialist_ids"]]
                assert slot["places_left"] == max(left), slot


async def compare_with_model(backend: Api, dice: random.Random, operations: int, unasked: int = 2) -> None:
    """Take so many steps, in one business after the other. Raises AssertionError where backend and model differ."""
    comparison = await ModelComparison.open(backend, dice)
    for number in range(operations):
        if number and number % LIFE == 0:
            comparison = await ModelComparison.open(backend, dice)
        await comparison.play(unasked)
        if number % 50 == 49:
            await comparison.compare()
    await comparison.compare()
