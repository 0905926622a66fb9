"""A walk-in entered by staff and the same phone shared in Telegram become one client, on both databases."""

import pytest

from backend.db import tables
from tests.support.business import Business
from tests.support.business_rows import CLIENT, NOW, OTHER

DAY = 86_400
TYPED, SHARED = "8 (916) 765-43-21", "+79167654321"


async def walk_in(barber: Business, name: str = "Maria Petrova", at: int = NOW - 30 * DAY, phone: str = TYPED) -> int:
    """A walk-in with a booking that took place then."""
    added = await barber.admin.ok("POST", "/v1/clients", json={"name": name, "phone": phone, "note": "likes tea"})
    barber.people[-added["id"]] = added["id"]
    await barber.add_booking(at, who=-added["id"], status="completed")
    return int(added["id"])


async def share(barber: Business, name: str = "maria", phone: str = SHARED) -> int:
    """Somebody in Telegram shares their own contact."""
    await barber.client.ok("PATCH", "/v1/people/me", json={"name": name, "phone": phone})
    return barber.people[CLIENT]


@pytest.fixture
async def moscow(barber: Business) -> Business:
    await barber.admin.ok("PATCH", "/v1/tenant", json={"phones": ["+7 495 000-00-00"]})
    return barber


async def owners(barber: Business) -> set[int]:
    return {row.client_id for row in await barber.rows(tables.bookings)}


async def joins(barber: Business) -> list[tuple[str, int]]:
    items = (await barber.admin.ok("GET", "/v1/client-joins"))["items"]
    return [(one["status"], one["walk_in"]["id"]) for one in items]


async def test_one_who_shares_the_number_becomes_one_client_with_the_walk_in(moscow: Business) -> None:
    walked = await walk_in(moscow)
    client = moscow.people[CLIENT]
    await moscow.admin.ok("PATCH", f"/v1/clients/{walked}", json={"blocked": True})
    ahead = await moscow.add_booking(NOW + 3 * DAY, who=-walked, status="confirmed")
    await share(moscow)
    assert await owners(moscow) == {client}
    one = await moscow.admin.ok("GET", f"/v1/clients/{client}")
    assert (one["bookings"], one["note"], one["blocked"]) == (1, "likes tea", True)
    await moscow.admin.refused("not_found", "GET", f"/v1/clients/{walked}")
    found = (await moscow.admin.ok("GET", "/v1/clients", params={"query": TYPED}))["items"]
    assert [each["id"] for each in found] == [client]
    assert await joins(moscow) == [("joined", walked)]
    reminders = await moscow.rows(tables.outbox, tables.outbox.c.booking_id == ahead)
    assert {row.person_id for row in reminders if row.kind == "reminder"} == {client}
    # sharing it again changes nothing
    await share(moscow)
    assert await joins(moscow) == [("joined", walked)]


@pytest.mark.parametrize("case", ["another name", "long ago", "two walk-ins", "no name"])
async def test_otherwise_an_admin_is_asked(moscow: Business, case: str) -> None:
    at = NOW - 366 * DAY if case == "long ago" else NOW - 30 * DAY
    walked = await walk_in(moscow, name="Olga" if case == "another name" else "Maria", at=at)
    second = None
    if case == "two walk-ins":
        second = await walk_in(moscow, name="Maria", at=at + DAY, phone="+7 916 765 43 21")
    client = moscow.people[CLIENT]
    if case == "no name":
        await moscow.api.db.write(
            moscow.id,
            lambda conn: (
                conn.execute(tables.people.update().where(tables.people.c.id == walked).values(name="")).rowcount
            ),
        )
    await share(moscow)
    assert client not in await owners(moscow)
    assert set(await joins(moscow)) == {("proposed", each) for each in (walked, second) if each}
    assert (await moscow.admin.ok("GET", "/v1/clients"))["proposed"] == (2 if second else 1)
    items = (await moscow.admin.ok("GET", "/v1/client-joins"))["items"]
    chosen = next(one["id"] for one in items if one["walk_in"]["id"] == walked)
    await moscow.admin.ok("POST", f"/v1/client-joins/{chosen}/accept")
    assert client in await owners(moscow)
    if second:
        other = next(one["id"] for one in items if one["walk_in"]["id"] == second)
        await moscow.admin.ok("POST", f"/v1/client-joins/{other}/refuse")
        assert second in await owners(moscow)
    assert (await moscow.admin.ok("GET", "/v1/clients"))["proposed"] == 0


async def test_an_admin_may_undo_for_thirty_days(moscow: Business) -> None:
    walked = await walk_in(moscow)
    client = await share(moscow)
    own = await moscow.add_booking(NOW + DAY)
    (join,) = (await moscow.admin.ok("GET", "/v1/client-joins"))["items"]
    parted = await moscow.admin.ok("POST", f"/v1/client-joins/{join['id']}/undo")
    assert parted["status"] == "undone"
    rows = {row.id: row.client_id for row in await moscow.rows(tables.bookings)}
    assert rows.pop(own) == client
    assert set(rows.values()) == {walked}
    assert (await moscow.admin.ok("GET", f"/v1/clients/{client}"))["note"] == ""
    assert (await moscow.admin.ok("GET", f"/v1/clients/{walked}"))["note"] == "likes tea"
    # joined once, it is joined by itself no more: sharing the number again asks
    await share(moscow)
    assert walked in await owners(moscow)
    await moscow.admin.ok("POST", f"/v1/client-joins/{join['id']}/accept")
    moscow.api.set_time("2026-07-02T00:00:00+00:00")
    await moscow.admin.refused("illegal_step", "POST", f"/v1/client-joins/{join['id']}/undo")


async def test_a_walk_in_entered_later_is_proposed(moscow: Business) -> None:
    await share(moscow)
    walked = await walk_in(moscow)
    assert await joins(moscow) == [("proposed", walked)]
    assert walked in await owners(moscow)


async def test_joins_are_the_admins_of_that_business(moscow: Business, studio: Business) -> None:
    await walk_in(moscow, name="Olga")
    await share(moscow)
    (join,) = (await moscow.admin.ok("GET", "/v1/client-joins"))["items"]
    for step in ("accept", "refuse", "undo"):
        path = f"/v1/client-joins/{join['id']}/{step}"
        await studio.admin.refused("not_found", "POST", path)
        for who in (moscow.specialist, moscow.client, moscow.caller(OTHER)):
            await who.refused("forbidden", "POST", path)
    assert (await studio.admin.ok("GET", "/v1/client-joins"))["items"] == []


async def test_erasing_the_client_forgets_the_walk_in_as_well(moscow: Business) -> None:
    walked = await walk_in(moscow)
    await share(moscow)
    await moscow.client.ok("DELETE", "/v1/people/me")
    (row,) = await moscow.rows(tables.people, tables.people.c.id == walked)
    assert (row.name, row.phone, row.note, row.phone_digits) == ("", None, "", "")
