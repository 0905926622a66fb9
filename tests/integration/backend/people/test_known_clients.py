"""What staff know of clients: whole names, notes for two readers, tags; lists, and searches by any of these."""

import asyncio
from typing import Any

import pytest

from backend.db import tables
from tests.support.business import Business
from tests.support.business_rows import ADMIN, CLIENT, NOW, OTHER, SPECIALIST


async def names(business: Business, **params: Any) -> list[str]:
    return [one["name"] for one in (await business.admin.ok("GET", "/v1/clients", params=params))["items"]]


async def test_first_and_last_name_are_kept_and_follow_telegram(barber: Business) -> None:
    said = {"tg_id": CLIENT, "first_name": "Анна", "last_name": "  Петрова\u202e", "username": "anna_p"}
    told = await barber.nobody.ok("POST", "/v1/people/identify", json=said)
    assert told["name"] == "Анна Петрова"
    assert await names(barber, query="петров") == ["Анна Петрова"]
    married = await barber.nobody.ok("POST", "/v1/people/identify", json=said | {"last_name": "Белова"})
    assert married["name"] == "Анна Белова"
    longest = said | {"first_name": "А" * 64, "last_name": "Б" * 64}
    assert (await barber.nobody.ok("POST", "/v1/people/identify", json=longest))["name"] == f"{'А' * 64} {'Б' * 64}"
    # what staff have typed stays
    await barber.admin.ok("PATCH", f"/v1/clients/{told['id']}", json={"name": "Anna P."})
    assert (await barber.nobody.ok("POST", "/v1/people/identify", json=said))["name"] == "Anna P."


async def test_the_list_has_clients_only(barber: Business) -> None:
    staff_id = barber.people[SPECIALIST]
    listed = {one["id"] for one in (await barber.admin.ok("GET", "/v1/clients"))["items"]}
    assert {barber.people[CLIENT], barber.people[OTHER]} <= listed
    assert not {staff_id, barber.people[ADMIN]} & listed
    # a place that was only held makes nobody a client; a booking does
    await barber.add_booking(NOW + 7200, who=SPECIALIST, status="expired")
    assert staff_id not in {one["id"] for one in (await barber.admin.ok("GET", "/v1/clients"))["items"]}
    await barber.add_booking(NOW - 7200, who=SPECIALIST, status="completed")
    (own,) = [one for one in (await barber.admin.ok("GET", "/v1/clients"))["items"] if one["id"] == staff_id]
    assert (own["bookings"], own["last_booking"]) == (1, "2026-06-01T07:00:00Z")


async def test_notes_have_two_readers(barber: Business) -> None:
    client, booking = barber.people[CLIENT], await barber.add_booking()
    path = f"/v1/clients/{client}"
    await barber.admin.ok("PATCH", path, json={"note": "pays late", "team_note": "likes tea"})
    seen = await barber.specialist.ok("GET", path)
    assert (seen["note"], seen["team_note"]) == ("", "likes tea")
    card = await barber.specialist.ok("GET", f"/v1/bookings/{booking}")
    assert (card["client_note"], card["client_team_note"]) == ("", "likes tea")
    card = await barber.admin.ok("GET", f"/v1/bookings/{booking}")
    assert (card["client_note"], card["client_team_note"]) == ("pays late", "likes tea")
    own = await barber.client.ok("GET", f"/v1/bookings/{booking}")
    assert (own["client_note"], own["client_team_note"], own["client_tags"]) == ("", "", [])
    # a specialist writes for the team, and nothing else
    assert (await barber.specialist.ok("PATCH", path, json={"team_note": "green tea"}))["team_note"] == "green tea"
    for change in ({"note": "x"}, {"name": "X"}, {"blocked": True}, {"team_note": "y", "phone": "+49301234567"}):
        await barber.specialist.refused("forbidden", "PATCH", path, json=change)
    await barber.specialist.refused(
        "not_found", "PATCH", f"/v1/clients/{barber.people[OTHER]}", json={"team_note": "x"}
    )
    await barber.admin.refused("invalid", "PATCH", path, json={"team_note": "x" * 1001})


async def test_of_two_who_change_a_note_at_once_one_is_told(barber: Business) -> None:
    await barber.add_booking()
    path = f"/v1/clients/{barber.people[CLIENT]}"
    changes = [{"team_note": f"from {n}", "read_note": ""} for n in range(4)]
    replies = await asyncio.gather(*(barber.admin.call("PATCH", path, json=change) for change in changes))
    assert sorted(reply.status for reply in replies) == [200, 409, 409, 409]
    assert {reply.code for reply in replies if reply.status == 409} == {"illegal_step"}
    (kept,) = [reply.body["team_note"] for reply in replies if reply.status == 200]
    assert (await barber.admin.ok("GET", path))["team_note"] == kept
    # who has read it may change it
    assert (await barber.admin.ok("PATCH", path, json={"team_note": "new", "read_note": kept}))["team_note"] == "new"


async def test_tags_are_given_found_and_taken(barber: Business, studio: Business) -> None:
    client, other = barber.people[CLIENT], barber.people[OTHER]
    await barber.add_booking()
    given = await barber.admin.ok(
        "POST", f"/v1/clients/{client}/tags", json={"names": ["#VIP", "Окрашивание 💇‍♀️", "vip "]}
    )
    assert [tag["name"] for tag in given["client"]["tags"]] == ["VIP", "Окрашивание 💇‍♀️"]
    vip = given["client"]["tags"][0]["key"]
    # one tag however it is written, and by its key
    again = await barber.admin.ok("POST", f"/v1/clients/{other}/tags", json={"names": ["ViP"]})
    assert [(tag["key"], tag["name"]) for tag in again["client"]["tags"]] == [(vip, "VIP")]
    tags = (await barber.admin.ok("GET", "/v1/tags"))["items"]
    assert [(tag["name"], tag["clients"]) for tag in tags] == [("VIP", 2), ("Окрашивание 💇‍♀️", 1)]
    listed = await barber.admin.ok("GET", "/v1/clients", params={"tag": vip})
    assert ({one["id"] for one in listed["items"]}, listed["tag"]["name"]) == ({client, other}, "VIP")
    for query in ("окраш", "#vip"):
        found = (await barber.admin.ok("GET", "/v1/clients", params={"query": query}))["items"]
        assert client in {one["id"] for one in found}, query
    # a specialist sees the tags of their own clients
    assert [tag["clients"] for tag in (await barber.specialist.ok("GET", "/v1/tags"))["items"]] == [1, 1]
    await barber.specialist.refused("forbidden", "POST", f"/v1/clients/{client}/tags", json={"names": ["x"]})
    assert (await studio.admin.ok("GET", "/v1/tags"))["items"] == []
    for _ in range(2):
        left = await barber.admin.ok("DELETE", f"/v1/clients/{other}/tags/{vip}")
        assert left["client"]["tags"] == []
    await barber.admin.ok("DELETE", f"/v1/clients/{client}/tags/{vip}")
    await barber.admin.refused("not_found", "POST", f"/v1/clients/{client}/tags", json={"keys": [vip]})


@pytest.mark.parametrize("tag", ["", " # ", "\u200b", "\u202e", "x" * 33, "###"])
async def test_what_is_no_tag(barber: Business, tag: str) -> None:
    path = f"/v1/clients/{barber.people[CLIENT]}/tags"
    await barber.admin.refused("invalid", "POST", path, json={"names": [tag]})
    assert await barber.rows(tables.client_tags) == []


async def test_a_client_has_so_many_tags_and_no_more(barber: Business) -> None:
    path = f"/v1/clients/{barber.people[CLIENT]}/tags"
    await barber.admin.ok("POST", path, json={"names": [f"tag {n}" for n in range(18)]})
    replies = await asyncio.gather(*(barber.admin.call("POST", path, json={"names": [f"late {n}"]}) for n in range(5)))
    assert sorted(reply.status for reply in replies) == [200, 200, 409, 409, 409]
    assert {reply.code for reply in replies if reply.status == 409} == {"limit_reached"}
    assert len(await barber.rows(tables.client_tags)) == 20
    # those they have already are no more
    await barber.admin.ok("POST", path, json={"names": ["TAG 1"]})


async def test_erasing_takes_notes_and_tags_along(barber: Business) -> None:
    client = barber.people[CLIENT]
    await barber.admin.ok("PATCH", f"/v1/clients/{client}", json={"note": "a", "team_note": "b"})
    await barber.admin.ok("POST", f"/v1/clients/{client}/tags", json={"names": ["Secret"]})
    await barber.client.ok("DELETE", "/v1/people/me")
    (row,) = await barber.rows(tables.people, tables.people.c.id == client)
    assert (row.note, row.team_note, row.name, row.username) == ("", "", "", None)
    assert await barber.rows(tables.client_tags) == []
    assert (await barber.admin.ok("GET", "/v1/tags"))["items"] == []


async def test_a_file_of_bookings_has_the_account_and_the_tags(barber: Business) -> None:
    said = {"tg_id": CLIENT, "first_name": "Anna", "last_name": "Petrova", "username": "anna_p"}
    await barber.nobody.ok("POST", "/v1/people/identify", json=said)
    await barber.admin.ok("POST", f"/v1/clients/{barber.people[CLIENT]}/tags", json={"names": ["=VIP", "nails"]})
    await barber.add_booking()
    span = {"from": "2026-06-01", "to": "2026-06-02"}
    reply = await barber.admin.call("GET", "/v1/reports/bookings.csv", params=span)
    head, line = reply.content.decode("utf-8-sig").splitlines()
    assert line.endswith(('anna_p;"\'=VIP, nails"', 'anna_p,"\'=VIP, nails"', "anna_p;'=VIP, nails")), (head, line)
