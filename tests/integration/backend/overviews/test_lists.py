"""A list of bookings with what it is headed by, and the services on sale with what has been chosen so far."""

from tests.support.business import Business
from tests.support.business_rows import CLIENT, NOW, OTHER

DAY_S = 86_400
OVERVIEW = "/v1/bookings/overview"


async def test_an_overview_lists_what_the_list_does_and_names_its_filters(barber: Business) -> None:
    own = await barber.add_booking(NOW + 7200)
    other = await barber.add_booking(NOW + 3600, who=OTHER, status="pending")
    plain = {"status": ["pending", "confirmed"], "order": "desc", "limit": 5}
    overview = await barber.admin.ok("GET", OVERVIEW, params=plain)
    assert overview["items"] == (await barber.admin.ok("GET", "/v1/bookings", params=plain))["items"]
    assert [booking["id"] for booking in overview["items"]] == [own, other]
    assert {overview[f"{kind}_name"] for kind in ("specialist", "client", "service")} == {None}
    filters = {
        "specialist_id": barber.specialists["Anna"],
        "client_id": barber.people[CLIENT],
        "service_id": barber.services["Haircut"],
    }
    narrowed = await barber.admin.ok("GET", OVERVIEW, params=filters)
    assert [booking["id"] for booking in narrowed["items"]] == [own]
    assert (narrowed["specialist_name"], narrowed["service_name"]) == ("Anna", "Haircut")
    assert narrowed["client_name"] == f"Person {CLIENT}"


async def test_bookings_are_narrowed_to_a_service(barber: Business) -> None:
    booking = await barber.add_booking(NOW + 7200)
    colour = (await barber.admin.ok("POST", "/v1/services", json={"name": "Colour", "duration_min": 60}))["id"]
    for service_id, listed in ((barber.services["Haircut"], [booking]), (colour, [])):
        overview = await barber.admin.ok("GET", OVERVIEW, params={"service_id": service_id})
        assert [shown["id"] for shown in overview["items"]] == listed


async def test_requests_that_wait_are_counted_from_today_on(barber: Business) -> None:
    await barber.add_booking(NOW - 2 * DAY_S, status="pending")
    await barber.add_booking(NOW + DAY_S, status="pending")
    await barber.add_booking(NOW + DAY_S + 3600)
    assert (await barber.admin.ok("GET", OVERVIEW))["pending"] == 0
    assert (await barber.admin.ok("GET", OVERVIEW, params={"count_pending": "true"}))["pending"] == 1
    assert (await barber.admin.ok("GET", "/v1/home"))["pending"] == 1


async def test_overviews_are_of_one_business_and_for_its_staff(barber: Business, studio: Business) -> None:
    await studio.add_booking(NOW + 7200, status="pending")
    foreign = {"specialist_id": studio.specialists["Anna"], "count_pending": "true"}
    for caller in (barber.specialist, barber.admin):
        overview = await caller.ok("GET", OVERVIEW, params=foreign)
        assert (overview["items"], overview["specialist_name"], overview["pending"]) == ([], None, 0)
    assert len((await studio.admin.ok("GET", OVERVIEW))["items"]) == 1
    await barber.client.refused("forbidden", "GET", OVERVIEW)
    for name, foreign_id in (("client_id", studio.people[CLIENT]), ("service_id", studio.services["Haircut"])):
        await barber.admin.refused("not_found", "GET", OVERVIEW, params={name: foreign_id})


async def test_services_on_sale_come_with_what_has_been_chosen(barber: Business) -> None:
    haircut, anna, client_id = barber.services["Haircut"], barber.specialists["Anna"], barber.people[CLIENT]
    path = "/v1/choices/services"
    nothing = await barber.client.ok("GET", path)
    assert nothing["offered"] == (await barber.client.ok("GET", "/v1/services"))["items"]
    assert nothing["choice"] == {
        "services": [], "specialists": [], "client": None, "booking": None, "held_id": None, "held_places": 1, "places": 1,
    }  # fmt: skip
    plan = {"client_id": client_id, "service_id": haircut, "specialist_id": anna}
    chosen = await barber.admin.ok("GET", path, params=plan)
    assert chosen["offered"] == nothing["offered"]
    assert chosen["choice"]["client"]["id"] == client_id
    assert [service["id"] for service in chosen["choice"]["services"]] == [haircut]
    assert [specialist["id"] for specialist in chosen["choice"]["specialists"]] == [anna]
    only_client = await barber.admin.ok("GET", path, params={"client_id": client_id})
    assert only_client["choice"]["client"]["id"] == client_id


async def test_services_that_a_booking_can_get_are_on_its_specialists_terms(barber: Business) -> None:
    haircut, anna = barber.services["Haircut"], barber.specialists["Anna"]
    colour = (await barber.admin.ok("POST", "/v1/services", json={"name": "Colour", "duration_min": 60}))["id"]
    own = [{"service_id": haircut}, {"service_id": colour, "price": "12.00"}]
    await barber.admin.ok("PATCH", f"/v1/specialists/{anna}", json={"services": own})
    await barber.admin.ok("POST", "/v1/services", json={"name": "Shave", "duration_min": 20, "price": "5.00"})
    booking = await barber.add_booking(NOW + 7200)
    path = "/v1/choices/services"
    chosen = await barber.client.ok("GET", path, params={"booking_id": booking})
    assert chosen["choice"]["booking"]["id"] == booking
    prices = {service["name"]: service["price"] for service in chosen["offered"]}
    assert (prices["Colour"], prices["Shave"]) == ("12.00", "5.00")
    await barber.other.refused("not_found", "GET", path, params={"booking_id": booking})


async def test_what_a_specialist_does_comes_with_the_soonest_starts(barber: Business) -> None:
    haircut, anna = barber.services["Haircut"], barber.specialists["Anna"]
    await barber.admin.ok("POST", "/v1/services", json={"name": "Colour", "duration_min": 60})
    days = {"from": "2026-06-01", "to": "2026-06-14"}
    for caller in (barber.client, barber.admin):
        offers = await caller.ok("GET", f"/v1/specialists/{anna}/offers", params=days)
        assert offers["specialist"]["name"] == "Anna"
        (offer,) = offers["offers"]
        assert offer["service"]["id"] == haircut
        slots = await caller.ok("GET", "/v1/slots", params=days | {"service_id": haircut, "specialist_id": anna})
        assert offer["soonest"] == slots["slots"][0]
    await barber.admin.ok("PUT", f"/v1/specialists/{anna}/hours", json={})
    (offer,) = (await barber.client.ok("GET", f"/v1/specialists/{anna}/offers", params=days))["offers"]
    assert offer["soonest"] is None
