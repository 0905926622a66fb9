"""Random bookings around a change of the clock, and their figures counted one booking and one minute at a time."""

import random
from collections import Counter, defaultdict
from collections.abc import Callable
from copy import copy
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, insert, select

from backend.db import tables
from tests.support import business_rows
from tests.support.business import Business

ZONE = ZoneInfo("Europe/Berlin")
# The clocks of Berlin go forward on 29 March 2026.
FIRST, LAST, NOW = date(2026, 3, 16), date(2026, 4, 12), "2026-03-30T10:07:00Z"
EARNING, BUSY = ("confirmed", "arrived", "completed"), ("pending", "confirmed", "arrived", "completed", "no_show")
# Weekly shifts as minutes of the day on which they start, the same on each day but Sunday.
SHIFTS = {0: [(540, 780), (840, 1080)], 1: [(1320, 1560)]}
# whether an item of a booking counts
Keep = Callable[[Any], bool]


class RandomBookings:
    """A business with two specialists, one of them at night, days off, a closure and a date of its own hours."""

    def __init__(self, shop: Business, dice: random.Random) -> None:
        self.shop, self.dice = shop, dice
        self.services: list[int] = []
        self.specialists: list[int] = []

    async def set_up(self) -> None:
        """Add services, specialists with their hours, clients, and the bookings."""
        self.services = [
            await self.shop.add_service(60, price=1000 * n, capacity=4 if n == 3 else 1) for n in (1, 2, 3)
        ]
        for shifts in SHIFTS.values():
            specialist = await self.shop.add_specialist(*self.services, hours=None)
            self.specialists.append(specialist)
            for weekday in range(6):
                for start, end in shifts:
                    hours = {"specialist_id": specialist, "weekday": weekday, "start_min": start, "end_min": end}
                    await self.shop.insert(tables.weekly_hours, **hours)
        day_work, night_work = self.specialists
        await self.shop.insert(tables.closures, date="2026-04-03")
        await self.shop.insert(
            tables.time_off, specialist_id=day_work, starts_local="2026-03-24T12:00", ends_local="2026-03-25T15:00"
        )
        own = {"date": "2026-03-22", "start_min": 600, "end_min": 720}  # a Sunday
        await self.shop.insert(tables.date_hours, specialist_id=day_work, **own)
        await self.shop.insert(tables.date_hours, specialist_id=night_work, date="2026-04-07", start_min=-1, end_min=-1)
        for n in range(8):
            await self.shop.add_person(60_000 + n)
        await self.shop.api.db.write(self.shop.id, self._fill)

    def _fill(self, conn: Connection) -> None:
        """Put bookings at random hours, from before the range until after it; no specialist is booked twice at a time."""
        begin = datetime(2026, 3, 1, tzinfo=UTC)
        clients = [self.shop.people[60_000 + n] for n in range(8)]
        for hour in range(0, 24 * 60, 2):
            for specialist in self.specialists:
                if self.dice.random() < 0.6:
                    continue
                start = int((begin + timedelta(hours=hour, minutes=self.dice.choice((0, 15, 30)))).timestamp())
                self._book(conn, self.dice.sample(clients, 3), specialist, start)

    def _book(self, conn: Connection, clients: list[int], specialist: int, start: int) -> None:
        service = self.dice.choice(self.services)
        is_class = service == self.services[2]
        for client in clients if is_class else clients[:1]:
            status = self.dice.choice((*BUSY, "completed", "confirmed", "cancelled", "held", "expired"))
            if status == "pending" and start <= datetime.fromisoformat(NOW).timestamp():
                status = "no_show"  # the chores would end a request that is over, while the test counts
            more: dict[str, Any] = {"capacity": 4} if is_class else {}
            if status == "cancelled":
                more["end_reason"] = self.dice.choice(("client", "declined", "request_expired", "business", None))
            price = self.dice.randrange(0, 5000)
            booking = business_rows.add_booking(
                conn, self.shop.seeded, client, service, specialist, start, start + 45 * 60, status=status, price=price, **more
            )  # fmt: skip
            if not is_class and self.dice.random() < 0.4:
                self._add_item(conn, booking, specialist, start + 45 * 60)

    def _add_item(self, conn: Connection, booking: int, specialist: int, start: int) -> None:
        """Let the booking go on with another service, for a price of its own."""
        times = {"starts_at": start, "ends_at": start + 1500, "occ_start": start, "occ_end": start + 1500}
        first = conn.execute(
            select(tables.booking_items.c["active"]).where(tables.booking_items.c.booking_id == booking)
        ).scalar()
        item = {
            "booking_id": booking, "position": 1, "service_id": self.services[1], "specialist_id": specialist, "price": 700,
            "duration_min": 25, "buffer_before_min": 0, "buffer_after_min": 0, "capacity": 1, "active": first,
        }  # fmt: skip
        conn.execute(insert(tables.booking_items).values(tenant_id=self.shop.id, **times, **item))
        changed = tables.bookings.update().where(tables.bookings.c.id == booking)
        conn.execute(changed.values(ends_at=start + 1500, price=tables.bookings.c.price + 700))


class PlainCount:
    """The same, counted one booking and one minute at a time."""

    def __init__(self, bookings: list[Any], items: list[Any], first: date, last: date, now: int) -> None:
        self.bookings = [row for row in bookings if row.status not in ("held", "expired")]
        self.items: dict[int, list[Any]] = defaultdict(list)
        for item in items:
            self.items[item.booking_id].append(item)
        self.first, self.last, self.now = first, last, now

    def within(self, first: str, last: str) -> "PlainCount":
        """Return the same over other dates."""
        within = copy(self)
        within.first, within.last = date.fromisoformat(first), date.fromisoformat(last)
        return within

    def counted(self, keep: Keep = lambda item: True) -> list[tuple[Any, list[Any]]]:
        """Return the bookings of these dates, each with those of its items that are kept."""
        found = [
            (row, [item for item in self.items[row.id] if keep(item)])
            for row in self.bookings
            if self.first <= local_time(row.starts_at).date() <= self.last
        ]
        return [(row, items) for row, items in found if items]

    def sums(self, keep: Keep = lambda item: True) -> dict[str, Any]:
        """Return how many there are of each kind, and the money."""
        sums: Counter[str] = Counter()
        for row, items in self.counted(keep):
            price = sum(item.price for item in items)
            sums["booked"] += 1
            sums[row.status] += 1
            if row.status in EARNING:
                sums["earned" if row.starts_at <= self.now else "planned"] += price
            elif row.status == "no_show" or (
                row.status == "cancelled" and row.end_reason not in ("declined", "request_expired")
            ):
                sums["lost"] += price
            sums["begun"] += row.status == "no_show" or (row.status in EARNING and row.starts_at <= self.now)
        rate = round(sums["no_show"] / sums["begun"], 4) if sums["begun"] else None
        money = {name: f"{sums[name] / 100:.2f}" for name in ("earned", "planned", "lost")}
        return {"booked": sums["booked"], "no_show": sums["no_show"], "cancelled": sums["cancelled"],
                "no_show_rate": rate, **money}  # fmt: skip

    def clients(self, keep: Keep = lambda item: True) -> tuple[int, int]:
        """Return how many clients came, and how many of them for the first time."""
        came = {row.client_id for row, _ in self.counted(keep) if row.status in EARNING}
        known = {
            row.client_id
            for row in self.bookings
            if row.status in EARNING and local_time(row.starts_at).date() < self.first
        }
        return len(came), len(came - known)

    def busy_minutes(self, keep: Keep = lambda item: True) -> set[tuple[int, int]]:
        """Return the minutes that are booked, as (specialist, minute since the epoch)."""
        return {
            (item.specialist_id, minute)
            for row in self.bookings
            if row.status in BUSY
            for item in self.items[row.id]
            if keep(item)
            for minute in range(item.starts_at // 60, item.ends_at // 60)
            if self.first <= local_time(minute * 60).date() <= self.last
        }

    def open_minutes(self, specialists: list[int]) -> set[tuple[int, int]]:
        """Return the minutes in which the specialists work, as (specialist, minute since the epoch)."""
        begin, end = (
            int(datetime(day.year, day.month, day.day, tzinfo=ZONE).timestamp()) // 60
            for day in (self.first, self.last + timedelta(days=1))
        )
        found = set()
        for minute in range(begin, end):
            local = local_time(minute * 60)
            for place, specialist in enumerate(specialists):
                if _is_open(place, local):
                    found.add((specialist, minute))
        return found


@cache
def local_time(at: int) -> datetime:
    """Return what the clocks of the business show."""
    return datetime.fromtimestamp(at, ZONE)


def _is_open(place: int, local: datetime) -> bool:
    """Return whether the specialist works in that minute, by the plain words of `RandomBookings.set_up`."""
    if local.date() == date(2026, 4, 3):
        return False
    if place == 0 and datetime(2026, 3, 24, 12, tzinfo=ZONE) <= local < datetime(2026, 3, 25, 15, tzinfo=ZONE):
        return False
    minute = local.hour * 60 + local.minute
    return any(
        start <= minute + 1440 * back < end
        for back in (0, 1)
        for start, end in _shifts_on(place, local.date() - timedelta(days=back))
    )


def _shifts_on(place: int, day: date) -> list[tuple[int, int]]:
    """Return the shifts that start on a date; on a closed one none do."""
    if day == date(2026, 4, 3) or (place == 1 and day == date(2026, 4, 7)):
        return []
    if place == 0 and day == date(2026, 3, 22):
        return [(600, 720)]
    return [] if day.weekday() == 6 else SHIFTS[place]
