"""Figures against a slow plain count over random bookings, around a change of the clock; trends; files."""

import csv
import io
import random
import zipfile
from collections import Counter, defaultdict
from copy import copy
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, insert, select

from backend.db import tables
from tests.support import business_rows
from tests.support.backend_api import Api
from tests.support.business import Business, open_business
from tests.support.business_rows import CLIENT, SPECIALIST

ZONE = ZoneInfo("Europe/Berlin")
SEED = 20_261_129
DAY = 86_400
# The clocks of Berlin go forward on 29 March 2026.
FIRST, LAST, NOW = date(2026, 3, 16), date(2026, 4, 12), "2026-03-30T10:07:00Z"
EARNING, BUSY = ("confirmed", "arrived", "completed"), ("pending", "confirmed", "arrived", "completed", "no_show")
# Weekly shifts as minutes of the day on which they start, the same on each day but Sunday.
SHIFTS = {0: [(540, 780), (840, 1080)], 1: [(1320, 1560)]}


class _Random:
    """A business with two specialists, one of them at night, days off, a closure and a date of its own hours."""

    def __init__(self, shop: Business, dice: random.Random) -> None:
        self.shop, self.dice = shop, dice
        self.services: list[int] = []
        self.specialists: list[int] = []

    async def set_up(self) -> None:
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


class _Plain:
    """The same, counted one booking and one minute at a time."""

    def __init__(self, bookings: list[Any], items: list[Any], first: date, last: date, now: int) -> None:
        self.bookings = [row for row in bookings if row.status not in ("held", "expired")]
        self.items: dict[int, list[Any]] = defaultdict(list)
        for item in items:
            self.items[item.booking_id].append(item)
        self.first, self.last, self.now = first, last, now

    def within(self, first: str, last: str) -> "_Plain":
        """Return the same over other dates."""
        within = copy(self)
        within.first, within.last = date.fromisoformat(first), date.fromisoformat(last)
        return within

    def counted(self, keep: Any = lambda item: True) -> list[tuple[Any, list[Any]]]:
        found = [
            (row, [item for item in self.items[row.id] if keep(item)])
            for row in self.bookings
            if self.first <= _local(row.starts_at).date() <= self.last
        ]
        return [(row, items) for row, items in found if items]

    def sums(self, keep: Any = lambda item: True) -> dict[str, Any]:
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

    def clients(self, keep: Any = lambda item: True) -> tuple[int, int]:
        came = {row.client_id for row, _ in self.counted(keep) if row.status in EARNING}
        known = {
            row.client_id
            for row in self.bookings
            if row.status in EARNING and _local(row.starts_at).date() < self.first
        }
        return len(came), len(came - known)

    def busy_minutes(self, keep: Any = lambda item: True) -> set[tuple[int, int]]:
        return {
            (item.specialist_id, minute)
            for row in self.bookings
            if row.status in BUSY
            for item in self.items[row.id]
            if keep(item)
            for minute in range(item.starts_at // 60, item.ends_at // 60)
            if self.first <= _local(minute * 60).date() <= self.last
        }

    def open_minutes(self, specialists: list[int]) -> set[tuple[int, int]]:
        begin, end = (
            int(datetime(day.year, day.month, day.day, tzinfo=ZONE).timestamp()) // 60
            for day in (self.first, self.last + timedelta(days=1))
        )
        found = set()
        for minute in range(begin, end):
            local = _local(minute * 60)
            for place, specialist in enumerate(specialists):
                if _is_open(place, local):
                    found.add((specialist, minute))
        return found


@cache
def _local(at: int) -> datetime:
    return datetime.fromtimestamp(at, ZONE)


def _is_open(place: int, local: datetime) -> bool:
    """Return whether the specialist works in that minute, by the plain words of `_Random.set_up`."""
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


def _shown(figures: Any) -> dict[str, Any]:
    names = ("booked", "no_show", "cancelled", "no_show_rate", "earned", "planned", "lost")
    return {name: figures[name] for name in names}


async def test_figures_are_those_of_a_plain_count(backend: Api) -> None:
    """In all, by day, specialist, service and hour, of everybody and of one; weeks and months side by side."""
    shop = await open_business(backend, "Europe/Berlin")
    backend.set_time(NOW)
    now = int(datetime.fromisoformat(NOW).timestamp())
    world = _Random(shop, random.Random(SEED))
    await world.set_up()
    bookings, items = await shop.rows(tables.bookings), await shop.rows(tables.booking_items)
    plain = _Plain(bookings, items, FIRST, LAST, now)
    dates = {"from": FIRST.isoformat(), "to": LAST.isoformat()}
    found = await shop.admin.ok("GET", "/v1/reports/figures", params=dates)
    assert _shown(found["total"]) == plain.sums()
    assert (found["clients"], found["new_clients"]) == plain.clients()
    busy, opened = plain.busy_minutes(), plain.open_minutes(world.specialists)
    assert (found["booked_min"], found["open_min"]) == (len(busy), len(opened))
    for day in found["days"]:
        sums = plain.within(day["date"], day["date"]).sums()
        assert {name: day[name] for name in sums if name in day} == {name: sums[name] for name in sums if name in day}
    by_id = {part["id"]: part for part in found["specialists"]}
    for each in world.specialists:
        minutes = [sum(who == each for who, _ in taken) for taken in (busy, opened)]
        assert [by_id[each]["booked_min"], by_id[each]["open_min"]] == minutes
        assert by_id[each]["occupancy"] == round(minutes[0] / minutes[1], 4)
    hours: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0])
    for place, taken in enumerate((busy, opened)):
        for _, minute in taken:
            hours[_local(minute * 60).weekday(), _local(minute * 60).hour][place] += 1
    shown = {(hour["weekday"], hour["hour"]): [hour["booked_min"], hour["open_min"]] for hour in found["hours"]}
    assert shown == dict(hours)
    await _check_parts(shop, plain, world, dates)
    await _check_trend(shop, plain, busy, opened)


async def _check_parts(shop: Business, plain: _Plain, world: _Random, dates: dict[str, str]) -> None:
    """Hold the figures of one specialist and of one service against the plain count."""
    for name, ids in (("specialist_id", world.specialists), ("service_id", world.services)):
        for each in ids:
            found = await shop.admin.ok("GET", "/v1/reports/figures", params={**dates, name: each})

            def keep(item: Any, name: str = name, each: int = each) -> bool:
                return bool(getattr(item, name) == each)

            assert _shown(found["total"]) == plain.sums(keep)
            assert (found["clients"], found["new_clients"]) == plain.clients(keep)
            assert found["booked_min"] == len(plain.busy_minutes(keep))
            assert found["name"].startswith("Specialist" if name == "specialist_id" else "Service")
            listed = found["specialists" if name == "specialist_id" else "services"]
            (own,) = [part for part in listed if part["booked"]]
            assert (own["id"], own["earned"], own["lost"]) == (each, found["total"]["earned"], found["total"]["lost"])


async def _check_trend(shop: Business, plain: _Plain, busy: set[tuple[int, int]], opened: set[tuple[int, int]]) -> None:
    """Hold weeks and months side by side against the plain count."""
    params = {"from": "2026-03-18", "to": "2026-04-12", "by": "week", "week_start": 6}
    trend = await shop.admin.ok("GET", "/v1/reports/trend", params=params)
    spans = [(period["from"], period["to"]) for period in trend["periods"]]
    assert spans == [
        ("2026-03-18", "2026-03-21"), ("2026-03-22", "2026-03-28"), ("2026-03-29", "2026-04-04"), ("2026-04-05", "2026-04-11"),
        ("2026-04-12", "2026-04-12"),
    ]  # fmt: skip
    months = await shop.admin.ok("GET", "/v1/reports/trend", params=params | {"by": "month"})
    assert [(period["from"], period["to"]) for period in months["periods"]] == [
        ("2026-03-18", "2026-03-31"), ("2026-04-01", "2026-04-12"),
    ]  # fmt: skip
    for period in (*trend["periods"], *months["periods"]):
        own = plain.within(period["from"], period["to"])
        assert _shown(period["total"]) == own.sums()
        assert (period["clients"], period["new_clients"]) == own.clients()
        for name, minutes in (("booked_min", busy), ("open_min", opened)):
            assert period[name] == sum(_in_range(minute, period) for _, minute in minutes)


def _in_range(minute: int, period: Any) -> bool:
    return bool(period["from"] <= _local(minute * 60).date().isoformat() <= period["to"])


async def test_nobody_and_nothing_is_no_division_by_zero(barber: Business) -> None:
    dates = {"from": "2026-01-01", "to": "2026-01-31"}
    found = await barber.admin.ok("GET", "/v1/reports/figures", params=dates)
    assert (found["clients"], found["new_clients"], found["total"]["no_show_rate"]) == (0, 0, None)
    trend = await barber.admin.ok("GET", "/v1/reports/trend", params={**dates, "by": "month"})
    assert [period["total"]["booked"] for period in trend["periods"]] == [0]


async def test_who_was_removed_is_open_until_then(barber: Business) -> None:
    anna = barber.specialists["Anna"]
    await barber.add_booking(business_rows.NOW - 10 * DAY, status="completed")
    dates = {"from": "2026-05-18", "to": "2026-05-24"}
    before = await barber.admin.ok("GET", "/v1/reports/figures", params=dates)
    await barber.api.db.write(
        barber.id,
        lambda conn: conn.execute(
            tables.specialists.update().where(tables.specialists.c.id == anna).values(archived_at=business_rows.NOW - 11 * DAY)
        ) and None,
    )  # fmt: skip
    after = await barber.admin.ok("GET", "/v1/reports/figures", params=dates)
    assert 0 < after["open_min"] < before["open_min"]


@pytest.mark.parametrize("what", ["figures", "trend"])
async def test_parts_and_periods_that_are_not_there(barber: Business, studio: Business, what: str) -> None:
    """Another business's specialist answers as a missing one."""
    params = {"from": "2026-05-01", "to": "2026-05-31", "by": "week"}
    if what == "figures":
        del params["by"]
    for name, other in (("specialist_id", studio.specialists["Anna"]), ("service_id", 999_999)):
        await barber.admin.refused("not_found", "GET", f"/v1/reports/{what}", params={**params, name: other})
    await barber.admin.refused("invalid", "GET", "/v1/reports/trend", params={**params, "by": "year"})


@pytest.mark.parametrize(("locale", "separator", "decimal"), [("en", ",", "."), ("ru", ";", ",")])
async def test_figures_as_files_hold_real_numbers(barber: Business, locale: str, separator: str, decimal: str) -> None:
    """The CSV opens in columns, the sheets have numbers; a name is never a formula."""
    await barber.add_booking(business_rows.NOW - DAY, status="completed", price=123_456)
    await barber.admin.ok("PATCH", f"/v1/services/{barber.services['Haircut']}", json={"name": "=1+1"})
    params = {"from": "2026-05-25", "to": "2026-06-02", "locale": locale}
    answer = await barber.admin.call("GET", "/v1/reports/figures.csv", params=params)
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""), delimiter=separator))
    assert {len(row) for row in rows} == {15}
    total = dict(zip(rows[0], rows[1], strict=True))
    assert f"1234{decimal}56" in total.values()
    assert len({row[0] for row in rows[1:]}) == 7
    assert any(row[1] == "'=1+1" for row in rows)
    sheet = await barber.admin.call("GET", "/v1/reports/figures.xlsx", params=params)
    with zipfile.ZipFile(io.BytesIO(sheet.content)) as archive:
        sheets = sorted(name for name in archive.namelist() if name.startswith("xl/worksheets/sheet"))
        content = {name: archive.read(name).decode() for name in sheets}
    assert len(sheets) == 7
    assert "<v>1234.56</v>" in content[sheets[0]]
    assert "<f>" not in "".join(content.values())


@pytest.mark.parametrize("what", ["trend", "figures.csv", "figures.xlsx"])
async def test_they_are_the_admins_alone(barber: Business, what: str) -> None:
    params = {"from": "2026-05-25", "to": "2026-06-02"} | ({"by": "week"} if what == "trend" else {})
    for who in (CLIENT, SPECIALIST):
        await barber.caller(who).refused("forbidden", "GET", f"/v1/reports/{what}", params=params)
    wrong = params | {"to": "2026-05-01"}
    await barber.admin.refused("invalid", "GET", f"/v1/reports/{what}", params=wrong)
