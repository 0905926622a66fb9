"""Choosing a time in one answer: what it is for, the free starts or dates, and the first date where there are none."""

from typing import Any

from tests.support.business import Business, day_after
from tests.support.business_rows import CLIENT

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


async def test_staff_choose_for_a_client_whom_they_may_book(barber: Business, studio: Business) -> None:
    """A specialist reads the name alone of one who has never had a booking with them, by the whole number; a client none."""
    client = barber.people[CLIENT]
    asked = span(LATER, LATER, service_id=barber.services["Haircut"], client_id=client)
    chosen = await barber.admin.ok("GET", "/v1/choices/slots", params=asked)
    assert chosen["choice"]["client"] == await barber.admin.ok("GET", f"/v1/clients/{client}")
    await barber.client.refused("not_found", "GET", "/v1/choices/slots", params=asked)
    phone = {"phone": "+7 900 123-45-67"}
    await barber.admin.ok("PATCH", f"/v1/clients/{client}", json=phone)
    await barber.specialist.refused("not_found", "GET", "/v1/choices/slots", params=asked)
    await barber.specialist.ok("POST", "/v1/clients/find", json=phone)
    by_name = (await barber.specialist.ok("GET", "/v1/choices/slots", params=asked))["choice"]["client"]
    assert (by_name["name"], by_name["phone"], by_name["username"]) == (f"Person {CLIENT}", None, None)
    await barber.specialist.refused("not_found", "GET", f"/v1/clients/{client}")
    await barber.add_booking()
    own = (await barber.specialist.ok("GET", "/v1/choices/slots", params=asked))["choice"]["client"]
    assert own == await barber.specialist.ok("GET", f"/v1/clients/{client}")
    foreign = asked | {"client_id": studio.people[CLIENT]}
    await barber.specialist.refused("not_found", "GET", "/v1/choices/slots", params=foreign)


async def test_what_is_not_on_sale_cannot_be_chosen(barber: Business) -> None:
    nothing = await barber.admin.ok("POST", "/v1/services", json={"name": "Nobody's", "duration_min": 30})
    anna = barber.specialists["Anna"]
    asked = span(LATER, LATER, service_id=nothing["id"])
    assert (await barber.client.ok("GET", "/v1/choices/slots", params=asked))["slots"] == []
    await barber.client.refused("not_found", "GET", "/v1/choices/slots", params=asked | {"specialist_id": anna})
    await barber.client.refused("invalid", "GET", "/v1/choices/slots", params=span(LATER, LATER))
    await barber.client.refused("invalid", "GET", "/v1/choices/days", params=span(LATER, TODAY, service_id=1))


async def test_what_fits_into_a_gap_is_listed_and_the_times_of_the_only_service(barber: Business) -> None:
    anna = barber.specialists["Anna"]
    path = f"/v1/specialists/{anna}/gap"
    await barber.admin.ok("POST", "/v1/services", json={"name": "Nobody's", "duration_min": 5})
    gap = {"from": f"{LATER}T10:00:00Z", "to": f"{LATER}T12:00:00Z"}
    found = await barber.admin.ok("GET", path, params=gap)
    assert found["specialist"]["name"] == "Anna"
    assert [service["name"] for service in found["services"]] == ["Haircut"]
    asked = span(LATER, LATER, service_id=barber.services["Haircut"], specialist_id=anna)
    slots = (await barber.admin.ok("GET", "/v1/slots", params=asked))["slots"]
    assert found["slots"] == [slot for slot in slots if gap["from"] <= slot["start"] < gap["to"]] != []
    # on the specialist's own terms it is too long; a second service that fits needs a choice first
    terms = {"service_id": barber.services["Haircut"], "price": "12.00", "duration_min": 150}
    await barber.admin.ok("PATCH", f"/v1/specialists/{anna}", json={"services": [terms]})
    assert (await barber.admin.ok("GET", path, params=gap))["services"] == []
    shave = (await barber.admin.ok("POST", "/v1/services", json={"name": "Shave", "duration_min": 15}))["id"]
    offers = [terms | {"duration_min": 30}, {"service_id": shave}]
    await barber.admin.ok("PATCH", f"/v1/specialists/{anna}", json={"services": offers})
    found = await barber.admin.ok("GET", path, params=gap)
    assert [(service["name"], service["price"]) for service in found["services"]] == [
        ("Haircut", "12.00"),
        ("Shave", "0.00"),
    ]
    assert found["slots"] == []
    for other in ({"to": f"{LATER}T09:00:00Z"}, {"to": f"{day_after(LATER, 2)}T10:00:01Z"}, {"from": LATER}):
        await barber.admin.refused("invalid", "GET", path, params=gap | other)
    assert await barber.specialist.ok("GET", path, params=gap) == found
    other_path = f"/v1/specialists/{await barber.add_specialist(shave)}/gap"
    await barber.specialist.refused("forbidden", "GET", other_path, params=gap)
    await barber.client.refused("forbidden", "GET", path, params=gap)


async def test_the_soonest_start_is_held_in_one_step(barber: Business) -> None:
    haircut, anna = barber.services["Haircut"], barber.specialists["Anna"]
    body = {"service_ids": [haircut], "specialist_id": anna}
    asked = span(TODAY, LATER, service_id=haircut, specialist_id=anna)
    slots = (await barber.client.ok("GET", "/v1/slots", params=asked))["slots"]
    held = await barber.client.ok("POST", "/v1/choices/soonest", json=body)
    assert held["offered"] == (await barber.client.ok("GET", "/v1/services"))["items"]
    booking = await barber.client.ok("GET", f"/v1/bookings/{held['booking']['id']}")
    assert (booking["status"], booking["start"]) == ("held", slots[0]["start"])
    # the next one gets the next time, and a second hold of the same client ends the first
    other = await barber.other.ok("POST", "/v1/choices/soonest", json=body)
    assert other["booking"]["start"] > booking["start"]
    again = await barber.client.ok("POST", "/v1/choices/soonest", json=body)
    # its own place is free to it: still the soonest
    assert (again["booking"]["id"] != booking["id"], again["booking"]["start"]) == (True, booking["start"])
    assert (await barber.client.ok("GET", f"/v1/bookings/{booking['id']}"))["status"] == "expired"


async def test_where_nothing_can_be_held_nothing_is(barber: Business) -> None:
    haircut, anna = barber.services["Haircut"], barber.specialists["Anna"]
    nothing = (await barber.admin.ok("POST", "/v1/services", json={"name": "Nobody's", "duration_min": 30}))["id"]
    path = "/v1/choices/soonest"
    for body in ({"service_ids": [nothing], "specialist_id": anna}, {"service_ids": [987_654]}):
        await barber.client.refused("not_found", "POST", path, json=body)
    for specialist in barber.specialists.values():
        await barber.admin.ok("PUT", f"/v1/specialists/{specialist}/hours", json={})
    held = await barber.client.ok("POST", path, json={"service_ids": [haircut], "specialist_id": anna})
    assert held["booking"] is None
    assert (await barber.client.ok("GET", "/v1/bookings"))["items"] == []


async def test_some_starts_of_each_part_of_the_day_are_chosen_from_all(barber: Business) -> None:
    """In order and each of them free; of a booking that moves as well. Without `spread` they are the soonest."""
    asked = span(TODAY, day_after(TODAY, 20), service_id=barber.services["Haircut"])
    free = (await barber.client.ok("GET", "/v1/choices/slots", params=asked))["slots"]
    eight = asked | {"limit": 8}
    soonest = (await barber.client.ok("GET", "/v1/choices/slots", params=eight))["slots"]
    assert soonest == free[:8]
    spread = (await barber.client.ok("GET", "/v1/choices/slots", params=eight | {"spread": "true"}))["slots"]
    assert len(spread) == 8
    assert spread == [slot for slot in free if slot in spread]
    assert len({slot["local"][:10] for slot in spread}) == 3
    booking = await barber.client.booked(barber.services["Haircut"], start=free[5]["start"])
    moving = {"from": asked["from"], "to": asked["to"], "limit": 8, "spread": "true", "booking_id": booking["id"]}
    moves = (await barber.client.ok("GET", "/v1/choices/slots", params=moving))["slots"]
    assert len({slot["local"][:10] for slot in moves}) == 3
    assert booking["start"] not in [slot["start"] for slot in moves]


async def test_terms_add_up_over_services_for_those_who_do_all(barber: Business) -> None:
    """Who does a part of them has no terms; a service of the booking that is not on sale any more does not matter."""
    haircut, anna = barber.services["Haircut"], barber.specialists["Anna"]
    shave = await barber.admin.ok("POST", "/v1/services", json={"name": "Shave", "duration_min": 20, "price": "5.00"})
    offers = [{"service_id": haircut, "price": "12.00"}, {"service_id": shave["id"], "duration_min": 25}]
    await barber.admin.ok("PATCH", f"/v1/specialists/{anna}", json={"services": offers})
    boris = await barber.admin.ok("POST", "/v1/specialists", json={"name": "Boris", "services": offers[:1]})
    asked = span(LATER, LATER, service_id=[haircut, shave["id"]])
    people = (await barber.client.ok("GET", "/v1/choices/slots", params=asked))["choice"]["specialists"]
    assert [(one["id"], one["price"], one["duration_min"]) for one in people] == [
        (anna, "17.00", 55),
        (boris["id"], None, None),
    ]
    booking = await barber.client.booked(haircut, shave["id"], start=f"{LATER}T10:00:00Z")
    await barber.admin.ok("DELETE", f"/v1/services/{haircut}")
    moving = span(LATER, LATER, booking_id=booking["id"])
    found = await barber.client.ok("GET", "/v1/choices/slots", params=moving)
    assert [one["id"] for one in found["choice"]["services"]] == [shave["id"]]
    assert found["slots"]
