"""Figures and files on both databases, and what spreadsheets must not run."""

import csv
import io
import re
import zipfile
from datetime import date

import icalendar
import pytest
import pytest_asyncio

from backend.db import tables
from tests.support.business import Business
from tests.support.business_rows import CLIENT, NOW, SPECIALIST

DAY = 86_400
RANGE = {"from": "2026-05-31", "to": "2026-06-02"}


@pytest_asyncio.fixture
async def barber(barber: Business) -> Business:
    """Return the business on Monday 1 June, 09:00: yesterday one came, one did not; today's is begun, tomorrow's cancelled."""
    await barber.add_booking(NOW - DAY, status="completed", price=1500)
    await barber.add_booking(NOW - DAY + 3600, status="no_show")
    await barber.add_booking(NOW, status="confirmed")
    await barber.add_booking(NOW + DAY, status="cancelled")
    await barber.add_booking(NOW + DAY + 3600, status="held")
    await barber.add_booking(NOW + DAY + 7200, status="expired")
    return barber


async def test_figures_add_up(barber: Business) -> None:
    found = await barber.admin.ok("GET", "/v1/reports/figures", params=RANGE)
    assert (found["from"], found["to"], found["currency"]) == ("2026-05-31", "2026-06-02", "EUR")
    total = found["total"]
    assert {name: total[name] for name in ("booked", "confirmed", "completed", "no_show", "cancelled")} == {
        "booked": 4, "confirmed": 1, "completed": 1, "no_show": 1, "cancelled": 1,
    }  # fmt: skip
    assert (total["revenue"], total["no_show_rate"]) == ("25.00", 0.3333)
    assert (total["earned"], total["planned"], total["lost"]) == ("25.00", "0.00", "20.00")
    assert [(d["date"], d["booked"], d["revenue"]) for d in found["days"]] == [
        ("2026-05-31", 2, "15.00"), ("2026-06-01", 1, "10.00"), ("2026-06-02", 1, "0.00"),
    ]  # fmt: skip
    anna = found["specialists"][0]
    # three days of nine hours; three bookings of half an hour
    assert (anna["name"], anna["booked"], anna["booked_min"], anna["open_min"]) == ("Anna", 4, 90, 1620)
    assert anna["occupancy"] == round(90 / 1620, 4)
    assert [(s["name"], s["revenue"], s["occupancy"]) for s in found["services"]] == [("Haircut", "25.00", None)]


async def test_days_are_the_businesss_own(barber: Business) -> None:
    zone = {"name": "B", "timezone": "Pacific/Auckland", "locale": "en", "currency": "EUR"}
    await barber.nobody.ok("PUT", "/v1/tenant", json=zone)
    found = await barber.admin.ok("GET", "/v1/reports/figures", params={"from": "2026-06-01", "to": "2026-06-01"})
    assert [(d["date"], d["booked"]) for d in found["days"]] == [("2026-06-01", 1)]  # 21:00 there
    await barber.add_booking(NOW + 4 * 3600)  # 01:00 of the second there
    found = await barber.admin.ok("GET", "/v1/reports/figures", params={"from": "2026-06-01", "to": "2026-06-02"})
    assert [d["booked"] for d in found["days"]] == [1, 2]  # the other is the cancelled one


@pytest.mark.parametrize(
    "wrong",
    [
        {"from": "2026-06-02", "to": "2026-06-01"},
        {"from": "2026-01-01", "to": "2027-01-02"},
        {"from": "x", "to": "2026-06-01"},
        {"to": "2026-06-01"},
    ],
)
@pytest.mark.parametrize("what", ["figures", "bookings.csv", "bookings.xlsx", "bookings.ics"])
async def test_ranges_that_are_refused(barber: Business, what: str, wrong: dict[str, str]) -> None:
    await barber.admin.refused("invalid", "GET", f"/v1/reports/{what}", params=wrong)


@pytest.mark.parametrize("what", ["figures", "bookings.csv", "bookings.xlsx", "bookings.ics"])
async def test_reports_are_the_admins_of_that_business(barber: Business, studio: Business, what: str) -> None:
    for who in (CLIENT, SPECIALIST):
        await barber.caller(who).refused("forbidden", "GET", f"/v1/reports/{what}", params=RANGE)
    there = await studio.admin.call("GET", f"/v1/reports/{what}", params=RANGE)
    assert there.status == 200
    assert f"Person {CLIENT}".encode() not in there.content


async def test_csv_and_xlsx_show_what_was_typed_and_never_run_it(barber: Business) -> None:
    evil = ["=cmd|' /C calc'!A0", "+1+1", "-2", "@SUM(1)", "\t=1", " =1", '=HYPERLINK("http://x")']
    for n, text in enumerate(evil):
        await barber.add_booking(NOW + 5 * 3600 + n * 1800, comment=text)
    await barber.api.db.write(
        barber.id,
        lambda conn: (
            conn.execute(tables.people.update().where(tables.people.c.tg_id == CLIENT).values(name="=1+1")).rowcount
        ),
    )
    answer = await barber.admin.call("GET", "/v1/reports/bookings.csv", params=RANGE)
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) == 4 + len(evil)
    for row in rows:
        assert not any(cell.lstrip().startswith(("=", "+", "-", "@")) for cell in row.values())
        assert row["Client"] == "'=1+1"
    sheet = await barber.admin.call("GET", "/v1/reports/bookings.xlsx", params=RANGE)
    with zipfile.ZipFile(io.BytesIO(sheet.content)) as archive:
        content = archive.read("xl/worksheets/sheet1.xml").decode()
        assert not any("hyperlink" in name.lower() for name in archive.namelist())
    assert "<f>" not in content
    assert "=cmd" in content


SEPARATORS = (",", ";", "\t", "|")


@pytest.mark.parametrize(("locale", "separator", "price"), [("en", ",", "10.00"), ("ru", ";", "10,00")])
async def test_no_cell_is_a_formula_whatever_the_separator(
    barber: Business, locale: str, separator: str, price: str
) -> None:
    client = barber.people[CLIENT]
    await barber.admin.ok("PATCH", f"/v1/clients/{client}", json={"name": "x;=1+1;y", "phone": "+7-916-123-45-67"})
    for n, text in enumerate(("late;=2+2", "a\t=1", 'a|"=1', "a, @SUM(1)", "a\n-cmd|x", "a =1")):
        await barber.add_booking(NOW + 5 * 3600 + n * 1800, comment=text)
    answer = await barber.admin.call("GET", "/v1/reports/bookings.csv", params={**RANGE, "locale": locale})
    content = answer.content.decode("utf-8-sig")
    for other in (*SEPARATORS, " "):
        for row in csv.reader(io.StringIO(content, newline=""), delimiter=other):
            assert not any(cell.lstrip().startswith(("=", "@", "-")) for cell in row), (other, row)
    rows = list(csv.reader(io.StringIO(content, newline=""), delimiter=separator))
    assert {len(row) for row in rows} == {14}
    assert {row[8] for row in rows[1:]} >= {price}
    assert next(row[7] for row in rows if row[6].startswith("x;")) == "+7 916 123 45 67", "no sum, and no apostrophe"


async def test_a_spreadsheet_has_real_dates(barber: Business) -> None:
    answer = await barber.admin.call("GET", "/v1/reports/bookings.xlsx", params=RANGE)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        sheet, styles = (archive.read(f"xl/{name}.xml").decode() for name in ("worksheets/sheet1", "styles"))
    starts = re.findall(r'<c r="B[0-9]+" s="([0-9]+)"><v>([0-9.]+)</v>', sheet)
    assert len(starts) == 4
    begin = (date(2026, 5, 1) - date(1899, 12, 30)).days  # the calendar of spreadsheets
    assert all(begin <= float(day) < begin + 92 for _, day in starts)
    assert "yyyy\\-mm\\-dd" in styles or "yyyy-mm-dd" in styles


async def test_the_calendar_is_one_that_calendars_read(barber: Business) -> None:
    answer = await barber.admin.call("GET", "/v1/reports/bookings.ics", params=RANGE)
    events = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
    assert len(events) == 4
    assert len({str(event["uid"]) for event in events}) == 4
    assert [str(event["status"]) for event in events] == [
        "CONFIRMED",
        "CONFIRMED",
        "CONFIRMED",
        "CANCELLED",
    ]


@pytest.mark.parametrize("ending", ["csv", "ics"])
async def test_a_file_says_its_charset_once(barber: Business, ending: str) -> None:
    answer = await barber.admin.call("GET", f"/v1/reports/bookings.{ending}", params=RANGE)
    assert answer.headers["content-type"].count("charset=utf-8") == 1
