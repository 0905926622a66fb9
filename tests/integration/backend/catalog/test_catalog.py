"""Services, specialists and rooms over HTTP, on both databases."""

import pytest

from backend.db import tables
from tests.support.business import Business
from tests.support.business_rows import NOW


async def test_prices_and_durations_are_the_specialists_own(barber: Business) -> None:
    colour = await barber.admin.ok("POST", "/v1/services", json={"name": "Colour", "duration_min": 120, "price": "25"})
    offer = {"service_id": colour["id"], "price": "30.5", "duration_min": 90}
    bela = await barber.admin.ok("POST", "/v1/specialists", json={"name": "Bela", "services": [offer]})
    listed = {s["name"]: s for s in (await barber.nobody.ok("GET", "/v1/services"))["items"]}
    assert (listed["Colour"]["price"], listed["Colour"]["price_from"]) == ("25.00", True)
    assert (listed["Haircut"]["price"], listed["Haircut"]["price_from"]) == ("10.00", False)
    own = (await barber.nobody.ok("GET", "/v1/services", params={"specialist_id": bela["id"]}))["items"]
    assert [(s["name"], s["price"], s["duration_min"]) for s in own] == [("Colour", "30.50", 90)]
    who = (await barber.nobody.ok("GET", "/v1/specialists", params={"service_id": colour["id"]}))["items"]
    assert [(s["name"], s["price"], s["currency"], s["duration_min"]) for s in who] == [("Bela", "30.50", "EUR", 90)]


async def test_who_has_an_account_is_not_for_the_public(barber: Business) -> None:
    assert [s["has_account"] for s in (await barber.admin.ok("GET", "/v1/specialists"))["items"]] == [True]
    assert [s["has_account"] for s in (await barber.client.ok("GET", "/v1/specialists"))["items"]] == [False]
    public = await barber.nobody.ok("GET", "/v1/specialists", client_type="public")
    assert ["has_account" in s for s in public["items"]] == [False]


async def test_a_changed_service_lists_the_bookings_that_keep_the_old_terms(barber: Business) -> None:
    service = barber.services["Haircut"]
    booking = await barber.add_booking()
    await barber.add_booking(NOW - 86_400, status="completed")
    await barber.add_booking(NOW + 86_400, status="cancelled")
    renamed = await barber.admin.ok("PATCH", f"/v1/services/{service}", json={"name": "Cut"})
    assert (renamed["name"], renamed["affected"]) == ("Cut", [])
    dearer = await barber.admin.ok("PATCH", f"/v1/services/{service}", json={"price": "12"})
    assert [(a["booking_id"], a["service_names"]) for a in dearer["affected"]] == [(booking, ["Cut"])]
    assert (await barber.rows(tables.bookings, tables.bookings.c.id == booking))[0].price == 1000


async def test_what_goes_lists_its_bookings_and_keeps_them(barber: Business) -> None:
    service, anna, chair = barber.services["Haircut"], barber.specialists["Anna"], barber.rooms["Chair"]
    booking = await barber.add_booking(rooms=(chair,))
    await barber.admin.refused("in_use", "DELETE", f"/v1/rooms/{chair}")  # a service takes it
    for path in (f"services/{service}", f"specialists/{anna}", f"rooms/{chair}"):
        for preview in (True, False):
            removed = await barber.admin.ok("DELETE", f"/v1/{path}", params={"preview": preview})
            assert [one["booking_id"] for one in removed["displaced"]] == [booking]
        await barber.admin.refused("not_found", "DELETE", f"/v1/{path}")
    kept = await barber.admin.ok("GET", f"/v1/bookings/{booking}")
    assert (kept["status"], kept["task"], kept["items"][0]["specialist_name"]) == ("confirmed", None, "Anna")
    assert (await barber.admin.ok("GET", "/v1/services"))["items"] == []
    # the account has lost its calendar and its role, past bookings still speak of both
    await barber.specialist.refused("forbidden", "GET", "/v1/clients")
    assert len(await barber.rows(tables.booking_items, tables.booking_items.c.service_id == service)) == 1
    # and the names are free again
    await barber.admin.ok("POST", "/v1/services", json={"name": "Haircut", "duration_min": 30})


async def test_orders_and_absent_fields(barber: Business) -> None:
    service = barber.services["Haircut"]
    second = await barber.admin.ok(
        "POST", "/v1/services", json={"name": "Second", "duration_min": 10, "description": "a\x00b"}
    )
    assert second["description"] == "ab"
    assert [s["name"] for s in (await barber.admin.ok("GET", "/v1/services"))["items"]] == ["Haircut", "Second"]
    await barber.admin.ok("PATCH", f"/v1/services/{service}", json={"position": 9})
    assert [s["name"] for s in (await barber.admin.ok("GET", "/v1/services"))["items"]] == ["Second", "Haircut"]
    same = await barber.admin.ok("PATCH", f"/v1/services/{service}", json={})
    assert (same["name"], same["room_ids"]) == ("Haircut", [barber.rooms["Chair"]])


async def test_fewer_rooms_list_who_holds_one(barber: Business) -> None:
    chair = barber.rooms["Chair"]
    more = await barber.admin.ok("PATCH", f"/v1/rooms/{chair}", json={"count": 5, "name": "Seat"})
    assert (more["count"], more["name"], more["affected"]) == (5, "Seat", [])
    assert (await barber.specialist.ok("GET", "/v1/rooms"))["items"] == [{"id": chair, "name": "Seat", "count": 5}]


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("services", {"name": "Haircut", "duration_min": 30}, "name_taken"),
        ("services", {"name": "X", "duration_min": 0}, "invalid"),
        ("services", {"name": "X", "duration_min": 1441}, "invalid"),
        ("services", {"name": "X", "duration_min": "30"}, "invalid"),
        ("services", {"name": "X", "duration_min": 30, "price": "-1"}, "invalid"),
        ("services", {"name": "X", "duration_min": 30, "price": "1\n"}, "invalid"),
        ("services", {"name": "X", "duration_min": 30, "price": 10}, "invalid"),
        ("services", {"name": "X", "duration_min": 30, "capacity": 2**63}, "invalid"),
        ("services", {"name": "X", "duration_min": 30, "room_ids": [2**60]}, "invalid"),
        ("services", {"name": "X", "duration_min": 30, "tenant_id": 2}, "invalid"),
        ("services", {"name": "\u202e", "duration_min": 30}, "invalid"),
        ("services", {"name": "  ", "duration_min": 30}, "invalid"),
        ("services", {"name": "x" * 65, "duration_min": 30}, "invalid"),
        ("specialists", {"name": "Anna"}, "name_taken"),
        ("specialists", {"name": "B", "services": [{"service_id": 1}, {"service_id": 1}]}, "invalid"),
        ("specialists", {"name": "B", "services": [{"service_id": 99}]}, "invalid"),
        ("rooms", {"name": "Chair"}, "name_taken"),
        ("rooms", {"name": "R", "count": 0}, "invalid"),
    ],
)
async def test_what_is_refused(barber: Business, path: str, body: dict[str, object], code: str) -> None:
    await barber.admin.refused(code, "POST", f"/v1/{path}", json=body)
