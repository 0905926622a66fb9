"""Figures against a slow plain count over random bookings, around a change of the clock; trends; files."""

import csv
import io
import random
import zipfile
from collections import defaultdict
from datetime import datetime
from typing import Any

import pytest

from backend.db import tables
from tests.support import business_rows
from tests.support.backend_api import Api
from tests.support.business import Business, open_business
from tests.support.business_rows import CLIENT, SPECIALIST
from tests.support.slow_figures import FIRST, LAST, NOW, PlainCount, RandomBookings, local_time

SEED = 20_261_129
DAY = 86_400


def _shown(figures: Any) -> dict[str, Any]:
    names = ("booked", "no_show", "cancelled", "no_show_rate", "earned", "planned", "lost")
    return {name: figures[name] for name in names}


async def test_figures_are_those_of_a_plain_count(backend: Api) -> None:
    """In all, by day, specialist, service and hour, of everybody and of one; weeks and months side by side."""
    shop = await open_business(backend, "Europe/Berlin")
    backend.set_time(NOW)
    now = int(datetime.fromisoformat(NOW).timestamp())
    world = RandomBookings(shop, random.Random(SEED))
    await world.set_up()
    bookings, items = await shop.rows(tables.bookings), await shop.rows(tables.booking_items)
    plain = PlainCount(bookings, items, FIRST, LAST, now)
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
            hours[local_time(minute * 60).weekday(), local_time(minute * 60).hour][place] += 1
    shown = {(hour["weekday"], hour["hour"]): [hour["booked_min"], hour["open_min"]] for hour in found["hours"]}
    assert shown == dict(hours)
    await _check_parts(shop, plain, world, dates)
    await _check_trend(shop, plain, busy, opened)


async def _check_parts(shop: Business, plain: PlainCount, world: RandomBookings, dates: dict[str, str]) -> None:
    """Hold the figures of one specialist and of one service against the plain count."""
    all_parts = await shop.admin.ok("GET", "/v1/reports/figures", params=dates)
    for name, ids in (("specialist_id", world.specialists), ("service_id", world.services)):
        everybody = all_parts["specialists" if name == "specialist_id" else "services"]
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
            assert own["id"] == each
            # one booking, however many of its services are theirs
            alike = ("booked", "no_show", "cancelled", "no_show_rate", "revenue")
            assert {one: own[one] for one in alike} == {one: found["total"][one] for one in alike}
            (own,) = [part for part in everybody if part["id"] == each]
            assert {one: own[one] for one in alike} == {one: found["total"][one] for one in alike}


async def _check_trend(
    shop: Business, plain: PlainCount, busy: set[tuple[int, int]], opened: set[tuple[int, int]]
) -> None:
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
    return bool(period["from"] <= local_time(minute * 60).date().isoformat() <= period["to"])


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
