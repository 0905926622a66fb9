"""A list of bookings with what it is headed by, and the services on sale with what has been chosen so far."""

import pytest_asyncio

from tests.support.api import NOW, Api
from tests.support.town import ADMIN, CLIENT, OTHER, SPECIALIST, THERE, Town, add_booking_rows, settle

DAY_S = 86_400
OVERVIEW = "/v1/bookings/overview"


@pytest_asyncio.fixture
async def town(api: Api) -> Town:
    return await settle(api)


async def test_an_overview_lists_what_the_list_does_and_names_its_filters(town: Town) -> None:
    here, anna, haircut = town.here, town.here.specialists["Anna"], town.here.services["Haircut"]
    own = await town.add_booking(NOW + 7200)
    other = await town.add_booking(NOW + 3600, who=OTHER, status="pending")
    plain = {"status": ["pending", "confirmed"], "order": "desc", "limit": 5}
    overview = await town.ok("GET", OVERVIEW, params=plain)
    assert overview["items"] == (await town.ok("GET", "/v1/bookings", params=plain))["items"]
    assert [booking["id"] for booking in overview["items"]] == [own, other]
    assert {overview[f"{of}_name"] for of in ("specialist", "client", "service")} == {None}
    filters = {"specialist_id": anna, "client_id": here.people[CLIENT], "service_id": haircut}
    narrowed = await town.ok("GET", OVERVIEW, params=filters)
    assert [booking["id"] for booking in narrowed["items"]] == [own]
    assert (narrowed["specialist_name"], narrowed["service_name"]) == ("Anna", "Haircut")
    assert narrowed["client_name"] == f"Person {CLIENT}"


async def test_bookings_are_narrowed_to_a_service(town: Town) -> None:
    booking = await town.add_booking(NOW + 7200)
    colour = (await town.ok("POST", "/v1/services", json={"name": "Colour", "duration_min": 60}))["id"]
    for service_id, found in ((town.here.services["Haircut"], [booking]), (colour, [])):
        overview = await town.ok("GET", OVERVIEW, params={"service_id": service_id})
        assert [listed["id"] for listed in overview["items"]] == found


async def test_requests_that_wait_are_counted_from_today_on(town: Town) -> None:
    await town.add_booking(NOW - 2 * DAY_S, status="pending")
    await town.add_booking(NOW + DAY_S, status="pending")
    await town.add_booking(NOW + DAY_S + 3600)
    assert (await town.ok("GET", OVERVIEW))["pending"] == 0
    assert (await town.ok("GET", OVERVIEW, params={"count_pending": "true"}))["pending"] == 1


async def test_overviews_are_of_one_business_and_for_its_staff(town: Town) -> None:
    await town.api.db.write(
        town.there.id,
        lambda conn: add_booking_rows(conn, town.there, NOW + 7200, status="pending", who=CLIENT, minutes=30),
    )
    foreign = {"specialist_id": town.there.specialists["Anna"], "count_pending": "true"}
    for who in (SPECIALIST, ADMIN):
        overview = await town.ok("GET", OVERVIEW, who, params=foreign)
        assert (overview["items"], overview["specialist_name"], overview["pending"]) == ([], None, 0)
    assert len((await town.ok("GET", OVERVIEW, tenant=THERE))["items"]) == 1
    await town.refused("forbidden", "GET", OVERVIEW, CLIENT)
    for name, foreign_id in (("client_id", town.there.people[CLIENT]), ("service_id", town.there.services["Haircut"])):
        await town.refused("not_found", "GET", OVERVIEW, params={name: foreign_id})


async def test_services_on_sale_come_with_what_has_been_chosen(town: Town) -> None:
    haircut, anna, client_id = town.here.services["Haircut"], town.here.specialists["Anna"], town.here.people[CLIENT]
    path = "/v1/choices/services"
    nothing = await town.ok("GET", path, CLIENT)
    assert nothing["offered"] == (await town.ok("GET", "/v1/services", CLIENT))["items"]
    assert nothing["choice"] == {"services": [], "specialists": [], "client": None, "booking": None}
    chosen = await town.ok("GET", path, params={"client_id": client_id, "service_id": haircut, "specialist_id": anna})
    assert chosen["offered"] == nothing["offered"]
    assert chosen["choice"]["client"]["id"] == client_id
    assert [service["id"] for service in chosen["choice"]["services"]] == [haircut]
    assert [specialist["id"] for specialist in chosen["choice"]["specialists"]] == [anna]
    assert (await town.ok("GET", path, params={"client_id": client_id}))["choice"]["client"]["id"] == client_id
