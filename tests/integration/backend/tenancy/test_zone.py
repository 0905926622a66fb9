"""A corrected zone: bookings ahead keep their wall times, once an admin may keep the instants, and all can be put back."""

import asyncio
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from backend.bookings.zone_changes import restore_wall_times
from backend.db import tables
from backend.tenancy import zones
from tests.support.backend_api import Api
from tests.support.business import ANNA, Business, open_staffed_business
from tests.support.business_rows import ADMIN, CLIENT, NOW

LONDON, DUBAI, NEW_YORK = "Europe/London", "Asia/Dubai", "America/New_York"
KEEP = "/v1/tenant/zone-change/keep-instants"


async def open_in(api: Api, zone: str, **policies: Any) -> tuple[Business, int, int]:
    """Open a staffed business in that zone; return it, its service and its specialist."""
    return await open_staffed_business(api, timezone=zone, **policies)


def local_of(booking: Any) -> str:
    """Return the wall time that the answer shows, after checking that it is that of its instant."""
    local = datetime.fromisoformat(booking["local_start"])
    assert local == datetime.fromisoformat(booking["start"])
    assert local.utcoffset() == local.astimezone(ZoneInfo(booking["timezone"])).utcoffset()
    return str(booking["local_start"])[:16]


async def state_of(shop: Business) -> Any:
    """Return all that a change of the zone may touch, as it is stored; what only ever grows is left out."""
    told = {"kind", "person_id", "booking_id", "lead_min", "previous_start", "due_at", "expires_at"}

    def of(row: Any, but: set[str]) -> dict[str, Any]:
        return {name: value for name, value in row._mapping.items() if name not in but}

    def by_id(row: dict[str, Any]) -> int:
        return int(row["id"])

    outbox = await shop.rows(tables.outbox, tables.outbox.c.status == "waiting", tables.outbox.c.kind != "text")
    return (
        sorted((of(row, {"sequence"}) for row in await shop.rows(tables.bookings)), key=by_id),
        sorted((of(row, set()) for row in await shop.rows(tables.booking_items)), key=by_id),
        sorted(sorted((name, str(row._mapping[name])) for name in told) for row in outbox),
        [of(row, {"name"}) for row in await shop.rows(tables.tenants, tables.tenants.c.id == shop.id)],
    )


async def test_a_corrected_zone_has_one_meaning_everywhere(backend: Api) -> None:
    shop, service, _ = await open_in(backend, LONDON)
    booking = await shop.client.booked(service, start="2026-06-10T14:00:00+01:00")
    held = await shop.other.booked(service, start="2026-06-10T16:00:00+01:00", hold=True)
    pair = await shop.client.booked(service, start="2026-06-11T09:00:00+01:00")
    gone = await shop.client.booked(service, start="2026-06-12T09:00:00+01:00")
    assert (await shop.client.step(gone, "cancel")).status == 200
    long_ago = await shop.add_booking(NOW - 40 * 86_400, service_id=service, specialist_id=booking["specialist_id"])
    await shop.put_zone(DUBAI)
    for each, wall in ((booking, "2026-06-10T14:00"), (pair, "2026-06-11T09:00"), (gone, "2026-06-12T09:00")):
        seen = await shop.client.ok("GET", f"/v1/bookings/{each['id']}")
        assert (local_of(seen), seen["timezone"]) == (wall, DUBAI)
        assert seen["items"][0]["start"] == seen["start"]
        assert seen["sequence"] > each["sequence"]
    assert local_of((await shop.other.step(held, "confirm")).body) == "2026-06-10T16:00"
    old = await shop.admin.ok("GET", f"/v1/bookings/{long_ago}")
    assert (datetime.fromisoformat(old["start"]).timestamp(), old["timezone"]) == (NOW - 40 * 86_400, DUBAI)
    assert local_of(old)
    # the bot's screens
    day = await shop.admin.ok("GET", "/v1/agenda", params={"date": "2026-06-10"})
    assert [local_of(each)[11:] for each in day["bookings"]] == ["14:00", "16:00"]
    # hours and times stay on the wall, and what is booked is not offered
    free = [slot["local"][11:16] for slot in await shop.other.slots(service, day="2026-06-10")]
    assert (free[0], "14:00" in free, "16:00" in free) == ("09:00", False, False)
    # files and figures
    days = {"from": "2026-06-10", "to": "2026-06-10"}
    csv = (await shop.admin.call("GET", "/v1/reports/bookings.csv", params=days)).content.decode()
    assert "14:00" in csv
    figures = await shop.admin.ok("GET", "/v1/reports/figures", params=days)
    assert figures["total"]["booked"] == 2
    file = await shop.client.call("GET", f"/v1/bookings/{booking['id']}/calendar.ics")
    assert "DTSTART:20260610T100000Z" in file.content.decode()
    # reminders are those of the new instant, and nobody but the admin is told
    waiting = await shop.rows(
        tables.outbox, tables.outbox.c.booking_id == booking["id"], tables.outbox.c.status == "waiting"
    )
    start = int(datetime.fromisoformat("2026-06-10T14:00:00+04:00").timestamp())
    reminders = [row for row in waiting if row.kind == "reminder"]
    assert {row.expires_at for row in reminders} == {start}
    assert {row.lead_min for row in reminders} == {1440, 120}
    assert not [row for row in waiting if row.kind == "moved"]
    (told,) = await shop.rows(tables.outbox, tables.outbox.c.kind == "text")
    assert (told.person_id, told.text) == (shop.people[ADMIN], f"zone_changed {LONDON} {DUBAI} 4")


async def test_putting_the_old_zone_back_restores_everything(backend: Api) -> None:
    shop, service, _ = await open_in(backend, LONDON)
    # both passes of the hour that comes twice in London (25 October 2026), and the hours around it
    night = await shop.add_specialist(service, hours="00:00-24:00")
    for hour in range(5):
        start = datetime.fromisoformat("2026-10-25T00:00:00+01:00") + timedelta(hours=hour)
        await shop.admin.booked(service, start=start.isoformat(), specialist_id=night, client_id=shop.people[CLIENT])
    moved = await shop.client.booked(service, start="2026-06-10T10:00:00+01:00")
    assert (await shop.admin.step(moved, "move", json={"start": "2026-06-11T10:00:00+01:00"})).status == 200
    before = await state_of(shop)
    for zone in (DUBAI, NEW_YORK):
        await shop.put_zone(zone)
        assert await state_of(shop) != before
        await shop.put_zone(LONDON)
        assert await state_of(shop) == before
    assert (await shop.admin.ok("GET", "/v1/tenant"))["zone_change"] is None


async def test_no_booking_is_lost_where_the_clocks_differ(backend: Api) -> None:
    # New York skips 02:00 to 03:00 on 14 March 2027, and Dubai does not
    shop, service, _ = await open_in(backend, DUBAI)
    night = await shop.add_specialist(service, hours="00:00-24:00")
    booked = [
        await shop.admin.booked(
            service, start=f"2027-03-14T0{hour}:00:00+04:00", specialist_id=night, client_id=shop.people[CLIENT]
        )
        for hour in range(1, 5)
    ]
    await shop.put_zone(NEW_YORK)
    seen = [await shop.admin.ok("GET", f"/v1/bookings/{each['id']}") for each in booked]
    walls = [local_of(each) for each in seen]
    # 02:00 moves forward to 03:00; the booking of 03:00 is in its way and takes the nearest free time
    assert (walls[0], walls[3]) == ("2027-03-14T01:00", "2027-03-14T04:00")
    assert "2027-03-14T03:00" in walls
    taken = sorted((each["start"], each["end"]) for each in seen)
    assert all(first[1] <= second[0] for first, second in pairwise(taken))
    assert {each["status"] for each in seen} == {"confirmed"}
    rows = await shop.rows(tables.outbox, tables.outbox.c.kind == "moved")
    (displaced,) = {row.booking_id for row in rows}
    assert walls[[each["id"] for each in booked].index(displaced)] not in ("2027-03-14T02:00", "2027-03-14T03:00")
    await shop.put_zone(DUBAI)
    again = [await shop.admin.ok("GET", f"/v1/bookings/{each['id']}") for each in booked]
    assert [each["start"] for each in again] == [each["start"] for each in booked]


async def test_keep_the_instants_once_after_a_preview(backend: Api) -> None:
    shop, service, specialist = await open_in(backend, LONDON)
    booking = await shop.client.booked(service, start="2026-06-10T14:00:00+01:00")
    other = await shop.other.booked(service, start="2026-06-10T16:00:00+01:00")
    await shop.client.refused("forbidden", "GET", "/v1/tenant/zone-change")
    await shop.client.refused("forbidden", "POST", KEEP)
    await shop.admin.refused("not_found", "GET", "/v1/tenant/zone-change")
    await shop.admin.refused("illegal_step", "POST", KEEP)
    await shop.put_zone(DUBAI)
    # somebody takes what the second would go back to: 16:00 in London is 19:00 in Dubai
    await shop.admin.booked(
        service, start="2026-06-10T19:00:00+04:00", specialist_id=specialist, client_id=shop.people[CLIENT], force=True
    )
    change = (await shop.admin.ok("GET", "/v1/tenant"))["zone_change"]
    assert (change["previous_timezone"], change["timezone"]) == (LONDON, DUBAI)
    preview = await shop.admin.ok("GET", "/v1/tenant/zone-change")
    assert (preview["total"], preview["change"]) == (2, change)
    first, second = preview["items"]
    assert (first["booking_id"], first["local_start"], first["kept_local_start"], first["stays"]) == (
        booking["id"], "2026-06-10T14:00:00+04:00", "2026-06-10T17:00:00+04:00", False,
    )  # fmt: skip
    assert (second["booking_id"], second["stays"]) == (other["id"], True)
    assert await shop.admin.ok("POST", KEEP, key="keep") == {"kept": 1, "stayed": 1}
    assert await shop.admin.ok("POST", KEEP, key="keep") == {"kept": 1, "stayed": 1}
    await shop.admin.refused("illegal_step", "POST", KEEP)
    kept = await shop.client.ok("GET", f"/v1/bookings/{booking['id']}")
    assert (kept["start"], local_of(kept)) == (booking["start"], "2026-06-10T17:00")
    assert local_of(await shop.other.ok("GET", f"/v1/bookings/{other['id']}")) == "2026-06-10T16:00"
    moved = await shop.rows(tables.outbox, tables.outbox.c.kind == "moved")
    wall = int(datetime.fromisoformat("2026-06-10T14:00:00+04:00").timestamp())
    people = {row.tg_id: row.id for row in await shop.rows(tables.people)}
    assert {(row.person_id, row.booking_id, row.previous_start) for row in moved} == {
        (people[CLIENT], booking["id"], wall), (people[ANNA], booking["id"], wall),
    }  # fmt: skip
    # settled: the old zone is a change like any other now
    await shop.put_zone(LONDON)
    assert local_of(await shop.client.ok("GET", f"/v1/bookings/{booking['id']}")) == "2026-06-10T17:00"


async def test_keep_the_instants_ends_after_24_hours(backend: Api) -> None:
    shop, service, _ = await open_in(backend, LONDON)
    booking = await shop.client.booked(service, start="2026-06-10T14:00:00+01:00")
    await shop.put_zone(DUBAI)
    backend.clock.shift_s += 24 * 3600
    await shop.admin.refused("not_found", "GET", "/v1/tenant/zone-change")
    await shop.admin.refused("illegal_step", "POST", KEEP)
    assert local_of(await shop.client.ok("GET", f"/v1/bookings/{booking['id']}")) == "2026-06-10T14:00"


async def test_two_admins_keep_the_instants_at_once(backend: Api) -> None:
    shop, service, _ = await open_in(backend, LONDON)
    for day in range(10, 20):
        await shop.client.booked(service, start=f"2026-06-{day}T14:00:00+01:00")
    await shop.put_zone(DUBAI)
    replies = await asyncio.gather(*(shop.admin.call("POST", KEEP) for _ in range(4)))
    assert sorted(reply.status for reply in replies) == [200, 409, 409, 409]
    moved = await shop.rows(tables.outbox, tables.outbox.c.kind == "moved", tables.outbox.c.role == "client")
    assert len(moved) == 10


async def test_many_gateways_tell_of_the_zone_at_once(backend: Api) -> None:
    shop, service, _ = await open_in(backend, LONDON)
    booking = await shop.client.booked(service, start="2026-06-10T14:00:00+01:00")
    await asyncio.gather(*(shop.put_zone(DUBAI) for _ in range(6)))
    assert local_of(await shop.client.ok("GET", f"/v1/bookings/{booking['id']}")) == "2026-06-10T14:00"
    history = (await shop.admin.ok("GET", f"/v1/bookings/{booking['id']}/history"))["items"]
    assert [entry["action"] for entry in history].count("zone_changed") == 1
    assert len(await shop.rows(tables.outbox, tables.outbox.c.kind == "text")) == 1


async def test_a_change_that_ends_half_way_changes_nothing(backend: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    shop, service, _ = await open_in(backend, LONDON)
    booking = await shop.client.booked(service, start="2026-06-10T14:00:00+01:00")
    before = await state_of(shop)

    def die(*_: object) -> None:
        raise ConnectionError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(zones, "set_zone_change", die)
        await shop.put_zone(DUBAI, status=503)
    assert await state_of(shop) == before
    await shop.put_zone(DUBAI)
    assert local_of(await shop.client.ok("GET", f"/v1/bookings/{booking['id']}")) == "2026-06-10T14:00"
    assert len(await shop.rows(tables.outbox, tables.outbox.c.kind == "text")) == 1


async def test_what_an_earlier_release_left_in_the_old_zone_follows(backend: Api) -> None:
    shop, service, _ = await open_in(backend, LONDON)
    booking = await shop.client.booked(service, start="2026-06-10T14:00:00+01:00")
    own = update(tables.tenants).where(tables.tenants.c.id == shop.id).values(timezone=DUBAI)
    await backend.db.write(shop.id, lambda conn: conn.execute(own) and None)
    now = int(backend.clock())
    assert await backend.db.write(shop.id, lambda conn: restore_wall_times(conn, shop.slug, now)) == (1, 0)
    assert local_of(await shop.client.ok("GET", f"/v1/bookings/{booking['id']}")) == "2026-06-10T14:00"
    assert await shop.admin.ok("POST", KEEP) == {"kept": 1, "stayed": 0}
    assert (await shop.client.ok("GET", f"/v1/bookings/{booking['id']}"))["start"] == booking["start"]


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
async def test_bookings_of_today_keep_their_wall_times(backend: Api, zone: str) -> None:
    shop, service, _ = await open_in(backend, "UTC")
    booked = [
        await shop.client.booked(service, start=f"2026-06-0{1 + hour // 24}T{hour % 24:02d}:00:00Z")
        for hour in (10, 13, 16, 33, 40)
    ]
    await shop.put_zone(zone)
    for each in booked:
        seen = await shop.client.ok("GET", f"/v1/bookings/{each['id']}")
        assert local_of(seen) == each["local_start"][:16]
    await shop.put_zone("UTC")
    for each in booked:
        assert (await shop.client.ok("GET", f"/v1/bookings/{each['id']}"))["start"] == each["start"]


async def test_a_task_warns_before_the_start_as_it_is_now(backend: Api) -> None:
    shop, service, specialist = await open_in(backend, LONDON)
    booking = await shop.client.booked(service, start="2026-06-10T14:00:00+01:00", specialist_id=specialist)
    away = {"start": "2026-06-10T13:00", "end": "2026-06-10T16:00"}
    path = f"/v1/specialists/{specialist}/time-off?bookings=need_new_times"
    await shop.admin.ok("POST", path, json=away)
    (before,) = await shop.rows(tables.tasks)
    start = int(datetime.fromisoformat(booking["start"]).timestamp())
    assert before.warn_at is not None
    await shop.put_zone(DUBAI)
    (after,) = await shop.rows(tables.tasks)
    seen = await shop.admin.ok("GET", f"/v1/bookings/{booking['id']}")
    assert local_of(seen) == "2026-06-10T14:00"
    assert start - before.warn_at == int(datetime.fromisoformat(seen["start"]).timestamp()) - after.warn_at
    reminders = (tables.outbox.c.kind == "reminder", tables.outbox.c.status == "waiting")
    assert await shop.rows(tables.outbox, *reminders) == []  # none for a booking that needs a new time
