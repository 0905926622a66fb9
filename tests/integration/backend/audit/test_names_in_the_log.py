"""The log with names: they hold when it is read, so that nobody who was erased has one; and what concerns one thing."""

from tests.support.business import Business
from tests.support.business_rows import CLIENT


async def test_names_are_those_of_now_and_a_page_can_be_about_one_thing(barber: Business) -> None:
    haircut, client = barber.services["Haircut"], barber.people[CLIENT]
    booking = await barber.client.booked(haircut, start="2026-06-02T10:00:00Z")
    await barber.admin.ok("PATCH", f"/v1/services/{haircut}", json={"price": "12.00"})
    page = await barber.admin.ok("GET", "/v1/audit")
    assert page["names"][f"service:{haircut}"] == "Haircut"
    assert page["names"][f"booking:{booking['id']}"] == f"Person {CLIENT}"
    assert page["starts"][f"booking:{booking['id']}"] == booking["start"]
    changed = next(line for line in page["items"] if line["action"] == "service.changed")
    assert changed["detail"]["price"] == ["10.00", "12.00"]
    for about, actions in ((f"service:{haircut}", ["service.changed"]), (f"person:{client}", ["booking.book"])):
        found = await barber.admin.ok("GET", "/v1/audit", params={"about": about})
        assert [line["action"] for line in found["items"]] == actions
        assert found["next"] is None
    assert (await barber.admin.ok("GET", "/v1/audit", params={"about": "person:x' OR 1"}))["items"] == []
    await barber.client.ok("POST", f"/v1/bookings/{booking['id']}/cancel")
    await barber.client.ok("DELETE", "/v1/people/me")
    page = await barber.admin.ok("GET", "/v1/audit")
    assert page["names"][f"booking:{booking['id']}"] == ""
    assert page["names"].get(f"person:{client}", "") == ""
