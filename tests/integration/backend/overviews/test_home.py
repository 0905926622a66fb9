"""The first screen of each role in one answer, and the agendas of several days."""

import pytest

from tests.support.business import STRANGER, Business
from tests.support.business_rows import ADMIN, CLIENT, NOW, OTHER, SPECIALIST

DAY_S = 86_400


async def test_a_client_starts_from_services_their_bookings_and_the_latest(barber: Business) -> None:
    held = await barber.add_booking(NOW + 600, status="held")
    ahead = await barber.add_booking(NOW + DAY_S)
    past = await barber.add_booking(NOW - DAY_S, status="completed")
    await barber.add_booking(NOW + 900, status="cancelled")
    await barber.add_booking(NOW + 3600, who=OTHER)
    home = await barber.client.ok("GET", "/v1/home")
    assert (home["role"], home["agenda"]) == ("client", None)
    assert home["tenant"]["slug"] == "barber"
    assert home["tenant"]["checklist"]["services"] is True
    assert [service["name"] for service in home["client"]["services"]] == ["Haircut"]
    assert [booking["id"] for booking in home["client"]["bookings"]] == [held, ahead]
    assert home["client"]["latest"]["id"] == past
    newcomer = (await barber.other.ok("GET", "/v1/home"))["client"]
    assert [booking["client_id"] for booking in newcomer["bookings"]] == [barber.people[OTHER]]


async def test_a_specialist_starts_from_their_day_and_an_admin_from_everybodys(barber: Business) -> None:
    booking = await barber.add_booking(NOW + 3600)
    await barber.add_booking(NOW + 7200, status="cancelled")
    for who, role in ((SPECIALIST, "specialist"), (ADMIN, "admin")):
        home = await barber.caller(who).ok("GET", "/v1/home")
        assert (home["role"], home["client"]) == (role, None)
        assert [day["specialist_id"] for day in home["agenda"]["days"]] == [barber.specialists["Anna"]]
        assert home["agenda"]["days"][0]["booking_ids"] == [booking]
        assert [shown["id"] for shown in home["agenda"]["bookings"]] == [booking]
        assert home["agenda"]["bookings"][0]["client_name"] == f"Person {CLIENT}"


async def test_staff_may_see_the_home_of_a_client_and_nobody_that_of_a_role_they_lack(barber: Business) -> None:
    own = await barber.add_booking(NOW + 3600, who=ADMIN)
    await barber.add_booking(NOW + 7200)
    home = await barber.admin.ok("GET", "/v1/home", params={"role": "client"})
    assert (home["role"], home["agenda"]) == ("client", None)
    assert [booking["id"] for booking in home["client"]["bookings"]] == [own]
    for who, role in ((CLIENT, "specialist"), (CLIENT, "admin"), (SPECIALIST, "admin"), (ADMIN, "specialist")):
        await barber.caller(who).refused("forbidden", "GET", "/v1/home", params={"role": role})
    await barber.admin.refused("invalid", "GET", "/v1/home", params={"role": "owner"})
    for nobody in (None, STRANGER):
        await barber.caller(nobody).refused("forbidden", "GET", "/v1/home")


async def test_the_home_and_the_agendas_are_of_one_business(barber: Business, studio: Business) -> None:
    other = await studio.add_booking(NOW + 3600)
    for who in (CLIENT, SPECIALIST, ADMIN):
        home = await barber.caller(who).ok("GET", "/v1/home")
        assert home["tenant"]["slug"] == "barber"
        assert (home["client"] or home["agenda"])["bookings"] == []
    theirs = await studio.client.ok("GET", "/v1/home")
    assert [booking["id"] for booking in theirs["client"]["bookings"]] == [other]
    foreign = {"from": "2026-01-01", "to": "2026-01-01", "specialist_id": studio.specialists["Anna"]}
    await barber.admin.refused("not_found", "GET", "/v1/agendas", params=foreign)


async def test_two_weeks_of_agendas_are_those_of_their_days(barber: Business) -> None:
    for days in range(-1, 3):
        await barber.add_booking(NOW + days * DAY_S)
    home = await barber.admin.ok("GET", "/v1/home")
    today = home["agenda"]["date"]
    year_month, day = today[:8], int(today[8:])
    span = {"from": f"{year_month}{day:02}", "to": f"{year_month}{day + 2:02}"}
    agendas = (await barber.admin.ok("GET", "/v1/agendas", params=span))["items"]
    for agenda in agendas:
        assert agenda == await barber.admin.ok("GET", "/v1/agenda", params={"date": agenda["date"]})
        assert len(agenda["bookings"]) == 1
    assert [agenda["date"] for agenda in agendas] == [f"{year_month}{day + more:02}" for more in range(3)]
    for bad in ({"from": "2026-02-02", "to": "2026-02-01"}, {"from": "2026-02-01", "to": "2026-02-15"}):
        assert (await barber.admin.refused("invalid", "GET", "/v1/agendas", params=bad))["field"] == "to"


async def test_an_agenda_says_how_many_it_leaves_out(barber: Business, monkeypatch: pytest.MonkeyPatch) -> None:
    for place in range(5):
        await barber.add_booking(NOW + 3600 * (place + 1), minutes=30)
    for most, more in ((3, 2), (5, 0), (6, 0)):
        monkeypatch.setattr("backend.overviews.agenda.MAX_BOOKINGS", most)
        seen = await barber.admin.ok("GET", "/v1/agenda", params={"date": "2026-06-01"})
        assert (len(seen["bookings"]), seen["more"]) == (5 - more, more)
        week = await barber.admin.ok("GET", "/v1/agendas", params={"from": "2026-06-01", "to": "2026-06-02"})
        assert [(len(day["bookings"]), day["more"]) for day in week["items"]] == [(5 - more, more), (0, 0)]
