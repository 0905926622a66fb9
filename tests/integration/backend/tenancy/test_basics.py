"""Name, zone, language and currency: the file's word wins and locks, an admin says the rest, bookings lock the currency."""

from typing import Any

from sqlalchemy import select, update

from backend.db import tables
from tests.support.business import Business

BASICS = ("name", "timezone", "locale", "currency")


def said(tenant: Any) -> list[tuple[str, str]]:
    """Return each of the basics with who says it."""
    return [(tenant[field], tenant["sources"][field]) for field in BASICS]


async def test_what_a_new_file_leaves_out_has_a_default_that_nobody_has_said(barber: Business) -> None:
    put = await barber.api.call("PUT", "/v1/tenant", tenant="corner-shop", json={"locale": "ru"})
    assert said(put.body) == [("Corner Shop", "default"), ("UTC", "default"), ("ru", "file"), ("USD", "default")]
    again = await barber.api.call("PUT", "/v1/tenant", tenant="corner-shop", json={"locale": "ru"})
    assert said(again.body) == said(put.body)


async def test_an_admin_says_what_the_file_leaves_out_and_the_file_takes_it_back(barber: Business) -> None:
    tell = barber.nobody.ok
    left = said(await tell("PUT", "/v1/tenant", json={}))
    # what a file has said stays as it was, and is the admin's from now on
    assert {source for _, source in left} == {"bot"}
    change = {"name": "  Corner\nShop ", "timezone": "Asia/Tokyo", "locale": "en", "currency": "JPY"}
    changed = await barber.admin.ok("PATCH", "/v1/tenant", json=change)
    assert said(changed) == [("Corner Shop", "bot"), ("Asia/Tokyo", "bot"), ("en", "bot"), ("JPY", "bot")]
    assert said(await tell("PUT", "/v1/tenant", json={})) == said(changed)
    wins = await tell("PUT", "/v1/tenant", json={"name": "Barber House", "timezone": "Europe/Moscow"})
    assert said(wins)[:2] == [("Barber House", "file"), ("Europe/Moscow", "file")]
    assert said(wins)[2:] == [("en", "bot"), ("JPY", "bot")]
    for field, value in {"name": "Mine", "timezone": "Asia/Tokyo"}.items():
        refused = await barber.admin.refused("illegal_step", "PATCH", "/v1/tenant", json={field: value, "address": "x"})
        assert refused["field"] == field
    assert (await barber.admin.ok("GET", "/v1/tenant"))["address"] != "x"
    audit = await barber.rows(tables.audit)
    assert '{"fields":["currency","locale","name","timezone"]}' in {row.detail for row in audit}


async def test_what_nobody_can_be_called_or_pay_with_is_refused(barber: Business) -> None:
    await barber.nobody.ok("PUT", "/v1/tenant", json={})
    for wrong in (
        {"name": "​ ⁠"},
        {"name": "x" * 65},
        {"timezone": "Europe/Nowhere"},
        {"currency": "XXQ"},
        {"currency": "rub"},
        {"locale": "de"},
    ):
        await barber.admin.refused("invalid", "PATCH", "/v1/tenant", json=wrong)
    await barber.client.refused("forbidden", "PATCH", "/v1/tenant", json={"name": "Mine"})


async def test_a_booking_locks_the_currency_for_the_bot_and_for_the_file(barber: Business) -> None:
    before = await barber.nobody.ok("PUT", "/v1/tenant", json={})
    await barber.add_booking()
    refused = await barber.admin.refused("illegal_step", "PATCH", "/v1/tenant", json={"currency": "JPY"})
    assert refused["field"] == "currency"
    put = await barber.nobody.ok("PUT", "/v1/tenant", json={"currency": "JPY", "name": "Other"})
    assert (put["currency"], put["name"], put["currency_locked"]) == (before["currency"], "Other", True)
    assert (await barber.admin.ok("GET", "/v1/tenant"))["currency"] == before["currency"]


async def test_another_zone_said_by_an_admin_keeps_the_wall_times(barber: Business) -> None:
    before = await barber.client.booked(barber.services["Haircut"], start="2026-06-02T10:00:00Z")
    await barber.nobody.ok("PUT", "/v1/tenant", json={})
    changed = await barber.admin.ok("PATCH", "/v1/tenant", json={"timezone": "Asia/Tokyo"})
    after = await barber.admin.ok("GET", f"/v1/bookings/{before['id']}")
    assert after["local_start"][:16] == before["local_start"][:16]
    assert after["start"] != before["start"]
    assert changed["zone_change"]["timezone"] == "Asia/Tokyo"


async def test_sharing_the_link_removes_the_test_booking_from_everything(barber: Business) -> None:
    """From lists, the outbox and the free times; the step itself stays done, and the currency is free again."""
    admin = barber.admin
    tried = await admin.booked(barber.services["Haircut"], start="2026-06-02T10:00:00Z")
    first, *others = await barber.rows(tables.outbox)
    assert first.booking_id
    assert others
    sent = update(tables.outbox).where(tables.outbox.c.id == first.id).values(status="sent", message_id=77)
    await barber.api.db.write(barber.id, lambda conn: conn.execute(sent))
    shared = await admin.ok("POST", "/v1/tenant/shared")
    assert (shared["checklist"]["test_booking"], shared["currency_locked"]) == (True, False)
    assert (await admin.ok("GET", "/v1/bookings"))["items"] == []
    # what has been sent is due once more, to say that it was a test; all else goes
    left = [row for row in await barber.rows(tables.outbox) if row.booking_id]
    assert [(row.id, row.status, row.message_id) for row in left] == [(first.id, "waiting", 77)]
    assert [row.status for row in await barber.rows(tables.bookings)] == ["expired"]
    starts = [slot["start"] for slot in await admin.slots(barber.services["Haircut"], day="2026-06-02")]
    assert tried["start"] in starts
    # from then on what an admin books is a booking
    await admin.booked(barber.services["Haircut"], start="2026-06-02T10:00:00Z")
    await admin.ok("POST", "/v1/tenant/shared")
    assert len((await admin.ok("GET", "/v1/bookings"))["items"]) == 1


async def test_where_a_client_has_booked_nothing_is_a_test(barber: Business) -> None:
    await barber.admin.booked(barber.services["Haircut"], start="2026-06-02T10:00:00Z")
    await barber.client.booked(barber.services["Haircut"], start="2026-06-02T12:00:00Z")
    await barber.admin.ok("POST", "/v1/tenant/shared")
    assert len((await barber.admin.ok("GET", "/v1/bookings"))["items"]) == 2
    tested = select(tables.tenants.c.tested_at).where(tables.tenants.c.id == barber.id)
    assert await barber.api.db.read(lambda conn: conn.execute(tested).scalar()) is None
