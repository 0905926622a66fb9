"""What admins are told of the team and of clients who come: in the transaction, coalesced, as each admin wants it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from backend.db import tables
from tests.support.business import Business
from tests.support.business_rows import ADMIN, CLIENT, NOW, SPECIALIST

DAY = 86_400
SECOND, THIRD, QUIET, GONE = 3001, 3002, 3003, 3004
OFF = {"start": "2026-06-12T00:00", "end": "2026-06-13T00:00"}


@pytest.fixture
async def staffed(barber: Business) -> Business:
    """Return the business with admins who want all notices, changes only, and none, and one who has blocked the bot."""
    await barber.add_person(SECOND, "admin")
    await barber.add_person(THIRD, "admin", staff_notices="changes")
    await barber.add_person(QUIET, "admin", staff_notices="none")
    await barber.add_person(GONE, "admin", unreachable_at=NOW)
    return barber


async def texts(barber: Business) -> dict[int, list[str]]:
    """Return what waits for each person, by Telegram id."""
    joined = select(tables.people.c.tg_id, tables.outbox.c.text).join(
        tables.people, tables.people.c.id == tables.outbox.c.person_id
    )
    where = (tables.outbox.c.tenant_id == barber.id, tables.outbox.c.text.like("staff_news%"))

    def read(conn: Any) -> dict[int, list[str]]:
        found: dict[int, list[str]] = {}
        for tg_id, text in conn.execute(joined.where(*where).order_by(tables.outbox.c.id)):
            found.setdefault(tg_id, []).append(text)
        return found

    return await barber.api.db.read(read)


async def test_days_off_are_told_to_the_other_admins_in_one_message(staffed: Business) -> None:
    anna = staffed.specialists["Anna"]
    path = f"/v1/specialists/{anna}/time-off"
    preview = await staffed.specialist.ok("POST", path, json=OFF, params={"preview": "true"})
    assert preview["affected"] == []
    await staffed.specialist.ok("PUT", f"/v1/specialists/{anna}/dates/2026-06-14", json={"shifts": ["10:00-12:00"]})
    assert await texts(staffed) == {}, "who only looks has told nobody, and other hours are no day off"
    taken = await staffed.specialist.ok("POST", path, json=OFF)
    await staffed.specialist.ok("DELETE", f"{path}/{taken['id']}")
    await staffed.specialist.ok("PUT", f"/v1/specialists/{anna}/dates/2026-06-15", json={"shifts": []})
    both = (
        f"staff_news off:{anna}:2026-06-12T00:00/2026-06-13T00:00 back:{anna}:2026-06-12T00:00/2026-06-13T00:00 "
        f"off:{anna}:2026-06-15T00:00/2026-06-16T00:00"
    )
    assert await texts(staffed) == {ADMIN: [both], SECOND: [both], THIRD: [both]}
    await staffed.admin.ok("POST", path, json={"start": "2026-06-20T09:00", "end": "2026-06-20T12:00"})
    told = await texts(staffed)
    assert told[ADMIN] == [both], "who did it knows"
    assert told[SECOND][0].endswith(f"off:{anna}:2026-06-20T09:00/2026-06-20T12:00")


async def test_who_comes_is_told_once_with_names_and_who_changed_their_mind_is_left_out(staffed: Business) -> None:
    first = await staffed.add_booking(NOW + 2 * DAY)
    second = await staffed.add_booking(NOW + 3 * DAY)
    for booking in (first, first, second):
        await staffed.client.ok("POST", f"/v1/bookings/{booking}/coming")
    expected = [f"staff_news coming:{first} coming:{second}"]
    assert await texts(staffed) == {ADMIN: expected, SECOND: expected}, "it is no change, so not for all"
    await staffed.client.ok("POST", f"/v1/bookings/{second}/cancel")
    staffed.api.clock.shift_s += 601
    items = await staffed.gateway.claim("barber")
    news = [item["news"] for item in items if (item["text"] or "").startswith("staff_news")]
    assert [[(one["what"], one["id"], one["name"]) for one in each] for each in news] == 2 * [
        [("coming", first, f"Person {CLIENT}")]
    ]


async def test_what_is_on_its_way_is_added_to_no_more(staffed: Business) -> None:
    """Nor what may have arrived already: the news would be lost, or told twice."""
    anna = staffed.specialists["Anna"]
    path = f"/v1/specialists/{anna}/time-off"
    days = [{"start": f"2026-06-{day}T00:00", "end": f"2026-06-{day + 1}T00:00"} for day in (12, 15, 18)]
    expected = [f"staff_news off:{anna}:{day['start']}/{day['end']}" for day in days]
    await staffed.specialist.ok("POST", path, json=days[0])
    staffed.api.clock.shift_s += 61
    claimed = await staffed.gateway.claim("barber")
    await staffed.specialist.ok("POST", path, json=days[1])
    assert (await texts(staffed))[ADMIN] == expected[:2]
    for notice in claimed:
        assert (await staffed.gateway.report(notice, "retry", retry_after_s=300)).status < 300
    await staffed.specialist.ok("POST", path, json=days[2])
    assert (await texts(staffed))[ADMIN] == [expected[0], f"{expected[1]} {expected[2].removeprefix('staff_news ')}"]


async def test_it_is_added_to_no_long_message_and_to_no_other_words(staffed: Business) -> None:
    anna = staffed.specialists["Anna"]
    long = "staff_news" + 25 * f" off:{anna}:2026-06-12T00:00/2026-06-13T00:00"
    common = {"person_id": staffed.people[SECOND], "kind": "text", "role": "admin", "created_at": NOW}
    await staffed.insert(tables.outbox, text=long, due_at=NOW + 60, **common)
    await staffed.insert(tables.outbox, text="Please come by the back door", due_at=NOW + 60, **common)
    await staffed.specialist.ok("POST", f"/v1/specialists/{anna}/time-off", json=OFF)
    assert "Please come by the back door" in {row.text for row in await staffed.rows(tables.outbox)}
    assert (await texts(staffed))[SECOND] == [long, f"staff_news off:{anna}:{OFF['start']}/{OFF['end']}"]


async def test_words_that_look_like_news_and_items_of_a_later_release_do_no_harm(staffed: Business) -> None:
    """Staff may write anything to a client; what is sent beside it goes out all the same."""
    booking = await staffed.add_booking(NOW + 2 * DAY)
    written = {"text": "staff_news off:x coming:99999999999999999999 :"}
    await staffed.admin.ok("POST", f"/v1/bookings/{booking}/message", json=written)
    common = {"person_id": staffed.people[ADMIN], "kind": "text", "role": "admin", "due_at": 0, "created_at": 0}
    await staffed.insert(tables.outbox, text="staff_news later:1 off:x coming:0", **common)
    anna = staffed.specialists["Anna"]
    await staffed.insert(tables.outbox, text=f"hello off:{anna}:2026-06-12T00:00/2026-06-13T00:00", **common)
    items = await staffed.gateway.claim("barber")
    assert [item["news"] for item in items] == [[], [], []]


async def test_somebody_who_joins_is_told_to_the_admins(staffed: Business) -> None:
    boris = await staffed.add_specialist()
    body = {"role": "specialist", "specialist_id": boris}
    invited = await staffed.admin.ok("POST", "/v1/invitations", json=body)
    await staffed.other.ok("POST", "/v1/invitations/redeem", json={"code": invited["token"]})
    person = staffed.people[1004]
    expected = [f"staff_news joined:{person}:specialist"]
    assert await texts(staffed) == {ADMIN: expected, SECOND: expected, THIRD: expected}
    assert SPECIALIST not in await texts(staffed)


async def test_it_waits_a_little_for_more_and_for_the_morning(staffed: Business) -> None:
    """What somebody may have to act on a minute, what is good to know ten; nothing at night."""
    anna = staffed.specialists["Anna"]

    async def waits_s() -> set[int]:
        rows = await staffed.rows(tables.outbox, tables.outbox.c.text.like("staff_news%"))
        return {row.due_at - NOW for row in rows}

    booking = await staffed.add_booking(NOW + 2 * DAY)
    await staffed.client.ok("POST", f"/v1/bookings/{booking}/coming")
    assert await waits_s() == {600}
    await staffed.specialist.ok("POST", f"/v1/specialists/{anna}/time-off", json=OFF)
    assert await waits_s() == {60}, "the sooner of the two, for who gets both"


async def test_at_night_it_waits_for_the_end_of_the_quiet_hours(staffed: Business) -> None:
    policies = (await staffed.admin.ok("GET", "/v1/tenant"))["policies"]
    quiet = policies | {"quiet_hours": {"start": "00:00", "end": "23:00"}}
    await staffed.admin.ok("PATCH", "/v1/tenant", json={"policies": quiet})
    anna = staffed.specialists["Anna"]
    await staffed.specialist.ok("POST", f"/v1/specialists/{anna}/time-off", json=OFF)
    rows = await staffed.rows(tables.outbox, tables.outbox.c.text.like("staff_news%"))
    assert {datetime.fromtimestamp(row.due_at, UTC).hour for row in rows} == {23}


async def test_it_is_told_as_what_it_is_and_a_booking_that_ended_is_left_out(staffed: Business) -> None:
    """Days off given back, a new admin with that role; a client who came and was marked is no news."""
    anna = staffed.specialists["Anna"]
    path = f"/v1/specialists/{anna}/time-off"
    taken = await staffed.specialist.ok("POST", path, json=OFF)
    await staffed.specialist.ok("DELETE", f"{path}/{taken['id']}")
    invited = await staffed.admin.ok("POST", "/v1/invitations", json={"role": "admin"})
    await staffed.other.ok("POST", "/v1/invitations/redeem", json={"code": invited["token"]})
    stands, ended = [await staffed.add_booking(NOW + (2 + place) * DAY, coming_at=NOW) for place in range(2)]
    not_coming = await staffed.add_booking(NOW + 4 * DAY)
    change = tables.bookings.update().where(tables.bookings.c.id == ended).values(status="no_show")
    await staffed.api.db.write(staffed.id, lambda conn: conn.execute(change))
    items = " ".join(f"coming:{each}" for each in (stands, ended, not_coming))
    waiting = tables.outbox.update().where(tables.outbox.c.text.like("staff_news%"))
    await staffed.api.db.write(
        staffed.id, lambda conn: conn.execute(waiting.values(text=tables.outbox.c.text + f" {items}"))
    )
    staffed.api.clock.shift_s += 61
    claimed = (await staffed.gateway.ok("POST", "/v1/notices/claim", json={"tenants": ["barber"]}))["items"]
    (told,) = [item["news"] for item in claimed if item["news"] and item["tg_id"] == SECOND]
    assert [(each["what"], each["id"], each["role"]) for each in told] == [
        ("off", anna, "client"), ("back", anna, "client"), ("joined", staffed.people[1004], "admin"),
        ("coming", stands, "client"),
    ]  # fmt: skip
