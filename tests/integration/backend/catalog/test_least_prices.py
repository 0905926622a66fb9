"""Prices that are the least that is asked, and categories: API, business file, bookings, on both databases."""

from backend.db import tables
from tests.support.business import Business
from tests.support.business_file import bring, dumped

FILE = """
services:
  - {name: Haircut, price: "10.00", duration: 30m, category: Hair}
  - {name: Colour, price_from: "25.00", duration: 1h, category: Hair}
  - {name: Shave, price: "5", duration: 30m}
specialists:
  - {name: Anna, services: [Haircut, Colour, Shave], hours: {mon: ["09:00-18:00"]}}
  - {name: Boris, services: [{name: Colour, price: "30"}], hours: {mon: ["09:00-18:00"]}}
"""


async def test_a_least_price_is_kept_shown_and_booked(barber: Business) -> None:
    await bring(barber.api, FILE)
    services = {one["name"]: one for one in (await barber.client.ok("GET", "/v1/services"))["items"]}
    assert {n: (s["price"], s["price_from"], s["category"]) for n, s in services.items()} == {
        "Haircut": ("10.00", False, "Hair"),
        "Colour": ("25.00", True, "Hair"),
        "Shave": ("5.00", False, ""),
    }
    colour = services["Colour"]["id"]
    public = await barber.nobody.ok("GET", f"/v1/services/{colour}", client_type="public")
    assert (public["price_from"], public["category"]) == (True, "Hair")
    who = (await barber.client.ok("GET", "/v1/specialists", params={"service_id": colour}))["items"]
    assert [(s["name"], s["price"], s["price_from"]) for s in who] == [
        ("Anna", "25.00", True),
        ("Boris", "30.00", False),  # their own price is the final one
    ]
    for specialist, least, start in ((who[0]["id"], True, "10:00"), (who[1]["id"], False, "12:00")):
        booking = await barber.client.booked(colour, start=f"2026-06-01T{start}:00Z", specialist_id=specialist)
        assert (booking["price_from"], booking["items"][0]["price_from"]) == (least, least)
        seen = await barber.client.ok("GET", f"/v1/bookings/{booking['id']}")
        assert seen["price_from"] is least
    rows = await barber.rows(tables.booking_items, tables.booking_items.c.service_id == colour)
    assert sorted((row.price, row.price_from) for row in rows) == [(2500, True), (3000, False)]


async def test_a_least_price_goes_the_way_through_a_file(barber: Business) -> None:
    await bring(barber.api, FILE)
    text = await dumped(barber.api)
    assert "price_from: '25.00'" in text
    assert "category: Hair" in text
    result = await bring(barber.api, text)
    assert (result.changes, result.kept) == ([], [])
    result = await bring(barber.api, text.replace("price_from: '25.00'", "price: '25.00'"))
    assert result.changes == ["service Colour: price_from changed"]


async def test_an_admin_sets_and_takes_both(barber: Business) -> None:
    path = f"/v1/services/{barber.services['Haircut']}"
    changed = await barber.admin.ok("PATCH", path, json={"price_from": True, "category": " Hair\u202e "})
    assert (changed["price_from"], changed["own_price_from"], changed["category"]) == (True, True, "Hair")
    changed = await barber.admin.ok("PATCH", path, json={"price_from": False, "category": "\u3164"})
    assert (changed["price_from"], changed["own_price_from"], changed["category"]) == (False, False, "")
    new = {"name": "Colour", "duration_min": 60, "price": "25", "price_from": True, "category": "Hair"}
    added = await barber.admin.ok("POST", "/v1/services", json=new)
    assert (added["price"], added["price_from"], added["category"]) == ("25.00", True, "Hair")
    await barber.admin.refused("invalid", "PATCH", path, json={"category": "x" * 65})


async def test_a_specialists_own_price_may_be_the_least(barber: Business) -> None:
    await bring(barber.api, FILE.replace('{name: Colour, price: "30"}', '{name: Colour, price_from: "30"}'))
    services = {one["name"]: one["id"] for one in (await barber.client.ok("GET", "/v1/services"))["items"]}
    colour = services["Colour"]
    params = {"service_id": colour}
    boris = (await barber.client.ok("GET", "/v1/specialists", params=params))["items"][1]
    assert (boris["name"], boris["price"], boris["price_from"]) == ("Boris", "30.00", True)
    own = (await barber.client.ok("GET", "/v1/services", params={"specialist_id": boris["id"]}))["items"]
    assert [(one["name"], one["price"], one["price_from"]) for one in own] == [("Colour", "30.00", True)]
    booking = await barber.client.booked(colour, start="2026-06-01T12:00:00Z", specialist_id=boris["id"])
    assert (booking["price"], booking["price_from"]) == ("30.00", True)
    text = await dumped(barber.api)
    assert "price_from: '30.00'" in text
    result = await bring(barber.api, text)
    assert (result.changes, result.kept) == ([], [])
    result = await bring(barber.api, text.replace("price_from: '30.00'", "price: '30.00'"))
    assert result.changes == ["specialist Boris: services changed"]
    for least in (True, False):
        offer = {"service_id": colour, "price": "40", "price_from": least}
        changed = await barber.admin.ok("PATCH", f"/v1/specialists/{boris['id']}", json={"services": [offer]})
        assert changed["services"] == [offer | {"price": "40.00", "duration_min": None}]
        (seen,) = [
            one for one in (await barber.client.ok("GET", "/v1/specialists", params=params))["items"]
            if one["id"] == boris["id"]
        ]  # fmt: skip
        assert (seen["price"], seen["price_from"]) == ("40.00", least)
