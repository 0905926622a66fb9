"""The log with names: they hold when it is read, so that nobody who was erased has one; and what concerns one thing."""

import pytest

from backend.audit.queries import pages
from backend.audit.queries.chain import Entry, append_entries
from backend.db import tables
from tests.support.business import Business
from tests.support.business_rows import ADMIN, CLIENT, NOW


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


async def test_a_page_about_somebody_has_what_others_did_to_their_bookings(barber: Business) -> None:
    """A client by their bookings, a specialist by their calendar, their account and what was moved away from them."""
    haircut, client = barber.services["Haircut"], barber.people[CLIENT]
    anna, bella = barber.specialists["Anna"], await barber.add_specialist(haircut)
    moved, other = [
        await barber.client.booked(haircut, start=f"2026-06-02T{hour}:00:00Z", specialist_id=anna) for hour in (10, 12)
    ]
    at_bellas = {"start": "2026-06-03T10:00:00Z", "specialist_id": bella}
    await barber.admin.ok("POST", f"/v1/bookings/{moved['id']}/move", json=at_bellas)
    await barber.admin.ok("POST", f"/v1/bookings/{other['id']}/cancel")
    await barber.admin.ok("PATCH", f"/v1/services/{haircut}", json={"price": "12.00"})

    async def actions(about: str) -> list[tuple[str, str]]:
        found = await barber.admin.ok("GET", "/v1/audit", params={"about": about})
        return [(line["action"], line["object"]) for line in found["items"]]

    made, gone = f"booking:{moved['id']}", f"booking:{other['id']}"
    all_of_them = [("booking.cancel", gone), ("booking.move", made), ("booking.book", gone), ("booking.book", made)]
    assert await actions(f"person:{client}") == all_of_them
    assert await actions(f"specialist:{anna}") == all_of_them, "one was moved away"
    assert await actions(f"specialist:{bella}") == [("booking.move", made), ("booking.book", made)]
    assert await actions(made) == [("booking.move", made), ("booking.book", made)]
    back = {"start": "2026-06-04T10:00:00Z", "specialist_id": anna}
    await barber.admin.ok("POST", f"/v1/bookings/{moved['id']}/move", json=back)
    assert await actions(f"specialist:{bella}") == [("booking.move", made)] * 2, "hers for a while"
    added = await barber.specialist.ok("POST", "/v1/clients", json={"name": "Walk-in"})
    assert (await actions(f"specialist:{anna}"))[0] == ("client.added", f"person:{added['id']}"), "what she did"
    await barber.insert(
        tables.audit, seq=90_001, at=1, actor="system", action="message.sent", object="message:7",
        detail=f'{{"booking":{moved["id"]}}}', request_id="", hash=b"",
    )  # fmt: skip
    assert (await actions(made))[0] == ("message.sent", "message:7")
    assert await actions(f"booking:{moved['id'] * 10}") == []
    for nobody in ("specialist:99999999999999999999", "booking:-1", "person:", ":", "person:٣"):
        assert await actions(nobody) == []
    page = await barber.admin.ok("GET", "/v1/audit", params={"about": f"specialist:{bella}", "limit": 1})
    assert page["names"][f"specialist:{bella}"]


async def test_a_search_looks_at_so_many_lines_and_goes_on_below(
    barber: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page about what changed long ago may be empty; the next ones find it, each line once, and then it ends."""
    monkeypatch.setattr(pages, "WINDOW", 5)
    lines = [Entry(NOW, "system", f"rare.{number}", "room:7") for number in range(2)]
    lines[1:1] = [Entry(NOW, "system", "often", "room:8")] * 11
    await barber.api.db.write(barber.id, lambda conn: append_entries(conn, barber.id, lines))
    found, cursor, visited = [], None, 0
    while visited == 0 or cursor is not None:
        params = {"about": "room:7"} | ({"cursor": cursor} if cursor else {})
        page = await barber.admin.ok("GET", "/v1/audit", params=params)
        found.append([line["action"] for line in page["items"]])
        cursor, visited = page["next"], visited + 1
        assert visited < 9, "it ends"
    assert found[0] == ["rare.1"]
    assert found[1] == [], "not among the next five lines"
    assert [action for actions in found for action in actions] == ["rare.1", "rare.0"]
    everything = await barber.admin.ok("GET", "/v1/audit", params={"limit": 12})
    assert len(everything["items"]) == 12, "the window is that of a search alone"


async def test_admins_alone_read_the_log_and_only_that_of_their_own_business(
    barber: Business, studio: Business
) -> None:
    await barber.admin.ok("PATCH", f"/v1/services/{barber.services['Haircut']}", json={"price": "12.00"})
    added = await studio.admin.ok("POST", "/v1/clients", json={"name": "Of the studio"})
    for caller in (barber.specialist, barber.client):
        await caller.refused("forbidden", "GET", "/v1/audit")
    about = {"about": f"person:{studio.people[ADMIN]}"}
    own, theirs = [[line["object"] for line in (await business.admin.ok("GET", "/v1/audit"))["items"]]
                   for business in (barber, studio)]  # fmt: skip
    reference = f"person:{added['id']}"
    assert (reference in theirs, reference in own) == (True, False)
    assert any(
        line["object"] == reference for line in (await studio.admin.ok("GET", "/v1/audit", params=about))["items"]
    )
