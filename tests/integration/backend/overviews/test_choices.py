"""Choosing a time in one answer: what it is for, the free starts or dates, and the first date where there are none."""

from typing import Any

import pytest_asyncio

from tests.support.api import Api
from tests.support.booking_stage import day_after
from tests.support.town import ADMIN, CLIENT, OTHER, SPECIALIST, Town, settle

TODAY = "2026-06-01"
LATER = "2026-06-10"


@pytest_asyncio.fixture
async def town(api: Api) -> Town:
    return await settle(api)


def span(first: str, last: str, **more: Any) -> dict[str, Any]:
    return {"from": first, "to": last, **more}


async def test_a_choice_says_what_it_is_for_and_lists_what_the_lists_do(town: Town) -> None:
    service, anna = town.here.services["Haircut"], town.here.specialists["Anna"]
    asked = span(LATER, LATER, service_id=service)
    chosen = await town.ok("GET", "/v1/choices/slots", CLIENT, params=asked)
    assert chosen["slots"] == (await town.ok("GET", "/v1/slots", CLIENT, params=asked))["slots"]
    assert chosen["first"] is None
    choice = chosen["choice"]
    assert (choice["client"], choice["booking"]) == (None, None)
    assert choice["services"] == (await town.ok("GET", "/v1/services", CLIENT))["items"]
    people = await town.ok("GET", "/v1/specialists", CLIENT, params={"service_id": service})
    assert choice["specialists"] == people["items"]
    limited = await town.ok("GET", "/v1/choices/slots", CLIENT, params=asked | {"limit": 1, "specialist_id": anna})
    assert limited["slots"] == chosen["slots"][:1]
    days = await town.ok("GET", "/v1/choices/days", CLIENT, params=asked)
    plain = await town.ok("GET", "/v1/days", CLIENT, params=asked)
    assert (days["days"], days["first"], days["choice"]) == (plain["days"], plain["first"], choice)


async def test_a_specialists_own_terms_are_told(town: Town) -> None:
    service, anna = town.here.services["Haircut"], town.here.specialists["Anna"]
    terms = {"services": [{"service_id": service, "price": "12.00", "duration_min": 45}]}
    await town.ok("PATCH", f"/v1/specialists/{anna}", json=terms)
    asked = span(LATER, LATER, service_id=service)
    named = await town.ok("GET", "/v1/choices/slots", CLIENT, params=asked | {"specialist_id": anna})
    assert [(one["price"], one["duration_min"]) for one in named["choice"]["services"]] == [("12.00", 45)]
    anybody = await town.ok("GET", "/v1/choices/slots", CLIENT, params=asked)
    assert [(one["price"], one["price_from"]) for one in anybody["choice"]["services"]] == [("10.00", True)]
    assert [one["price"] for one in anybody["choice"]["specialists"]] == ["12.00"]


async def test_where_nothing_is_free_the_first_later_date_is_told(town: Town) -> None:
    for days in range(3):
        await town.ok("POST", "/v1/closures", json={"date": day_after(LATER, days)})
    asked = span(LATER, day_after(LATER, 1), service_id=town.here.services["Haircut"])
    chosen = await town.ok("GET", "/v1/choices/slots", CLIENT, params=asked)
    assert (chosen["slots"], chosen["first"]) == ([], day_after(LATER, 3))
    days_of = await town.ok("GET", "/v1/choices/days", CLIENT, params=asked)
    assert (days_of["days"], days_of["first"]) == ([], day_after(LATER, 3))


async def test_a_booking_that_moves_is_shown_with_the_starts_to_which_it_can(town: Town) -> None:
    service = town.here.services["Haircut"]
    body = {"service_ids": [service], "start": f"{LATER}T10:00:00Z"}
    booking = await town.ok("POST", "/v1/bookings", CLIENT, json=body)
    asked = span(LATER, LATER)
    chosen = await town.ok("GET", "/v1/choices/slots", CLIENT, params=asked | {"booking_id": booking["id"]})
    moves = await town.ok("GET", f"/v1/bookings/{booking['id']}/slots", CLIENT, params=asked)
    assert chosen["slots"] == moves["slots"]
    assert chosen["choice"]["booking"]["id"] == booking["id"]
    assert [one["id"] for one in chosen["choice"]["services"]] == [service]
    days = await town.ok("GET", "/v1/choices/days", CLIENT, params=asked | {"booking_id": booking["id"]})
    assert days["days"] == [LATER]
    # another client's booking is a missing one
    await town.refused("not_found", "GET", "/v1/choices/slots", OTHER, params=asked | {"booking_id": booking["id"]})


async def test_staff_choose_for_a_client_whom_they_may_see(town: Town) -> None:
    client = town.here.people[CLIENT]
    asked = span(LATER, LATER, service_id=town.here.services["Haircut"], client_id=client)
    chosen = await town.ok("GET", "/v1/choices/slots", ADMIN, params=asked)
    assert chosen["choice"]["client"] == await town.ok("GET", f"/v1/clients/{client}")
    for who in (CLIENT, SPECIALIST):  # the specialist has never had a booking of theirs
        await town.refused("not_found", "GET", "/v1/choices/slots", who, params=asked)


async def test_what_is_not_on_sale_cannot_be_chosen(town: Town) -> None:
    nothing = await town.ok("POST", "/v1/services", json={"name": "Nobody's", "duration_min": 30})
    anna = town.here.specialists["Anna"]
    asked = span(LATER, LATER, service_id=nothing["id"])
    assert (await town.ok("GET", "/v1/choices/slots", CLIENT, params=asked))["slots"] == []
    await town.refused("not_found", "GET", "/v1/choices/slots", CLIENT, params=asked | {"specialist_id": anna})
    await town.refused("invalid", "GET", "/v1/choices/slots", CLIENT, params=span(LATER, LATER))
    await town.refused("invalid", "GET", "/v1/choices/days", CLIENT, params=span(LATER, TODAY, service_id=1))
