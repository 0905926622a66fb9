"""Choosing a time in one answer: what it is for, the free starts or dates, and the first date where there are none."""

from typing import Any

from tests.support.business import CLIENT, SPECIALIST, Business, day_after

TODAY = "2026-06-01"
LATER = "2026-06-10"


def span(first: str, last: str, **more: Any) -> dict[str, Any]:
    return {"from": first, "to": last, **more}


async def test_a_choice_says_what_it_is_for_and_lists_what_the_lists_do(barber: Business) -> None:
    service, anna = barber.services["Haircut"], barber.specialists["Anna"]
    asked = span(LATER, LATER, service_id=service)
    chosen = await barber.client.ok("GET", "/v1/choices/slots", params=asked)
    assert chosen["slots"] == (await barber.client.ok("GET", "/v1/slots", params=asked))["slots"]
    assert chosen["first"] is None
    choice = chosen["choice"]
    assert (choice["client"], choice["booking"]) == (None, None)
    assert choice["services"] == (await barber.client.ok("GET", "/v1/services"))["items"]
    people = await barber.client.ok("GET", "/v1/specialists", params={"service_id": service})
    assert choice["specialists"] == people["items"]
    limited = await barber.client.ok("GET", "/v1/choices/slots", params=asked | {"limit": 1, "specialist_id": anna})
    assert limited["slots"] == chosen["slots"][:1]
    days = await barber.client.ok("GET", "/v1/choices/days", params=asked)
    plain = await barber.client.ok("GET", "/v1/days", params=asked)
    assert (days["days"], days["first"], days["choice"]) == (plain["days"], plain["first"], choice)


async def test_a_specialists_own_terms_are_told(barber: Business) -> None:
    service, anna = barber.services["Haircut"], barber.specialists["Anna"]
    terms = {"services": [{"service_id": service, "price": "12.00", "duration_min": 45}]}
    await barber.admin.ok("PATCH", f"/v1/specialists/{anna}", json=terms)
    asked = span(LATER, LATER, service_id=service)
    named = await barber.client.ok("GET", "/v1/choices/slots", params=asked | {"specialist_id": anna})
    assert [(one["price"], one["duration_min"]) for one in named["choice"]["services"]] == [("12.00", 45)]
    anybody = await barber.client.ok("GET", "/v1/choices/slots", params=asked)
    assert [(one["price"], one["price_from"]) for one in anybody["choice"]["services"]] == [("10.00", True)]
    assert [one["price"] for one in anybody["choice"]["specialists"]] == ["12.00"]


async def test_where_nothing_is_free_the_first_later_date_is_told(barber: Business) -> None:
    for days in range(3):
        await barber.admin.ok("POST", "/v1/closures", json={"date": day_after(LATER, days)})
    asked = span(LATER, day_after(LATER, 1), service_id=barber.services["Haircut"])
    chosen = await barber.client.ok("GET", "/v1/choices/slots", params=asked)
    assert (chosen["slots"], chosen["first"]) == ([], day_after(LATER, 3))
    days_of = await barber.client.ok("GET", "/v1/choices/days", params=asked)
    assert (days_of["days"], days_of["first"]) == ([], day_after(LATER, 3))


async def test_a_booking_that_moves_is_shown_with_the_starts_to_which_it_can(barber: Business) -> None:
    service = barber.services["Haircut"]
    body = {"service_ids": [service], "start": f"{LATER}T10:00:00Z"}
    booking = await barber.client.ok("POST", "/v1/bookings", json=body)
    asked = span(LATER, LATER)
    chosen = await barber.client.ok("GET", "/v1/choices/slots", params=asked | {"booking_id": booking["id"]})
    moves = await barber.client.ok("GET", f"/v1/bookings/{booking['id']}/slots", params=asked)
    assert chosen["slots"] == moves["slots"]
    assert chosen["choice"]["booking"]["id"] == booking["id"]
    assert [one["id"] for one in chosen["choice"]["services"]] == [service]
    days = await barber.client.ok("GET", "/v1/choices/days", params=asked | {"booking_id": booking["id"]})
    assert days["days"] == [LATER]
    # another client's booking is a missing one
    await barber.other.refused("not_found", "GET", "/v1/choices/slots", params=asked | {"booking_id": booking["id"]})


async def test_staff_choose_for_a_client_whom_they_may_see(barber: Business) -> None:
    client = barber.people[CLIENT]
    asked = span(LATER, LATER, service_id=barber.services["Haircut"], client_id=client)
    chosen = await barber.admin.ok("GET", "/v1/choices/slots", params=asked)
    assert chosen["choice"]["client"] == await barber.admin.ok("GET", f"/v1/clients/{client}")
    for who in (CLIENT, SPECIALIST):  # the specialist has never had a booking of theirs
        await barber.caller(who).refused("not_found", "GET", "/v1/choices/slots", params=asked)


async def test_what_is_not_on_sale_cannot_be_chosen(barber: Business) -> None:
    nothing = await barber.admin.ok("POST", "/v1/services", json={"name": "Nobody's", "duration_min": 30})
    anna = barber.specialists["Anna"]
    asked = span(LATER, LATER, service_id=nothing["id"])
    assert (await barber.client.ok("GET", "/v1/choices/slots", params=asked))["slots"] == []
    await barber.client.refused("not_found", "GET", "/v1/choices/slots", params=asked | {"specialist_id": anna})
    await barber.client.refused("invalid", "GET", "/v1/choices/slots", params=span(LATER, LATER))
    await barber.client.refused("invalid", "GET", "/v1/choices/days", params=span(LATER, TODAY, service_id=1))
