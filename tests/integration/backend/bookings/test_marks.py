"""What staff mark after a booking has begun, and what is marked where nobody does."""

from typing import Any

from backend.bookings.transitions import complete_unmarked
from backend.db import tables
from tests.support.backend_api import Api
from tests.support.business import ANNA, open_staffed_business

DAY = "2026-06-10"
TEN, ELEVEN = f"{DAY}T10:00:00+02:00", f"{DAY}T11:00:00+02:00"


async def test_marks_are_made_from_when_they_can_be_true_and_changed_for_a_day(backend: Api) -> None:
    shop, service, _ = await open_staffed_business(backend)
    anna = shop.caller(ANNA)
    booking = await shop.client.booked(service, start=TEN)

    async def mark(path: str, at: str, who: Any = anna) -> Any:
        backend.set_time(at)
        reply = await who.step(booking, path)
        return reply.body["status"] if reply.status == 200 else reply.code

    assert await mark("arrived", "2026-06-10T07:29:59+00:00") == "too_soon"
    assert await mark("arrived", "2026-06-10T07:30:00+00:00") == "arrived"
    assert await mark("no-show", "2026-06-10T07:59:59+00:00") == "too_soon"
    assert await mark("unmark", "2026-06-10T07:59:59+00:00") == "confirmed"
    assert await mark("no-show", "2026-06-10T08:00:00+00:00") == "no_show"
    assert await mark("no-show", "2026-06-10T08:00:00+00:00") == "illegal_step"
    assert await mark("arrived", "2026-06-11T09:00:00+00:00") == "arrived"
    assert await mark("no-show", "2026-06-11T09:00:01+00:00") == "too_late"
    assert await mark("no-show", "2026-07-11T09:00:01+00:00", shop.admin) == "no_show"
    assert await mark("unmark", "2026-07-11T09:00:01+00:00", shop.admin) == "confirmed"
    history = await shop.admin.ok("GET", f"/v1/bookings/{booking['id']}/history")
    assert [entry["action"] for entry in history["items"]][1:] == [
        "arrived", "unmark", "no_show", "arrived", "no_show", "unmark",
    ]  # fmt: skip
    assert all(row.kind in ("booked", "reminder") for row in await shop.rows(tables.outbox))


async def test_what_nobody_has_marked_is_completed_half_a_day_after_its_end(backend: Api) -> None:
    shop, service, _ = await open_staffed_business(backend)
    unmarked = await shop.client.booked(service, start=TEN)
    missed = await shop.client.booked(service, start=ELEVEN)
    backend.set_time(missed["start"])
    await shop.admin.step(missed, "no-show")
    end = int(backend.clock())  # the second begins as the first ends
    for now, status in ((end + 12 * 3600 - 1, "confirmed"), (end + 12 * 3600, "completed")):
        await complete_unmarked(backend.db, now)
        seen = await shop.admin.ok("GET", f"/v1/bookings/{unmarked['id']}")
        assert (seen["status"], seen["unconfirmed"]) == (status, status == "completed")
    assert (await shop.admin.ok("GET", f"/v1/bookings/{missed['id']}"))["status"] == "no_show"
    # staff may still say what happened, and then it is theirs
    backend.clock.set(end + 13 * 3600)
    assert (await shop.caller(ANNA).step(unmarked, "complete")).body["unconfirmed"] is False
    assert all(row.kind in ("booked", "reminder") for row in await shop.rows(tables.outbox))
    await complete_unmarked(backend.db, end + 14 * 3600)
    history = await shop.admin.ok("GET", f"/v1/bookings/{unmarked['id']}/history")
    assert [(entry["action"], entry["actor_role"]) for entry in history["items"]][1:] == [
        ("complete", "system"), ("complete", "specialist"),
    ]  # fmt: skip


async def test_what_completed_by_itself_stays_for_7_days_and_can_be_marked(backend: Api) -> None:
    shop, service, specialist = await open_staffed_business(backend)
    other = await shop.add_specialist(service)
    anna = shop.caller(ANNA)
    first, second, missed = [
        await shop.client.booked(service, start=f"{DAY}T1{hour}:00:00+02:00", specialist_id=specialist)
        for hour in range(3)
    ]
    elsewhere = await shop.other.booked(service, start=TEN, specialist_id=other)

    async def listed(who: Any, **params: Any) -> Any:
        found = await who.ok("GET", "/v1/bookings/unmarked", params=params)
        return found["total"], [one["id"] for one in found["items"]]

    await shop.client.refused("forbidden", "GET", "/v1/bookings/unmarked")
    backend.set_time(second["start"])  # the first ends
    assert await listed(anna) == (1, [first["id"]])
    end = int(backend.clock()) + 2 * 3600
    backend.clock.set(end)
    assert (await anna.step(missed, "no-show")).status == 200
    assert await listed(anna) == (2, [second["id"], first["id"]])
    assert await listed(shop.admin) == (3, [second["id"], elsewhere["id"], first["id"]])
    assert await listed(shop.admin, offset=2, limit=1) == (3, [first["id"]])
    backend.clock.set(end + 86_400)
    await complete_unmarked(backend.db, int(backend.clock()))
    assert (await shop.admin.ok("GET", f"/v1/bookings/{first['id']}"))["unconfirmed"] is True
    assert await listed(anna) == (2, [second["id"], first["id"]])
    assert (await shop.admin.ok("GET", "/v1/agenda", params={"date": DAY}))["unmarked"] == 3
    assert (await shop.admin.step(first, "arrived")).status == 200
    assert (await shop.admin.step(elsewhere, "complete")).status == 200
    assert await listed(shop.admin) == (1, [second["id"]])
    backend.clock.set(end - 3600 + 7 * 86_400 - 1)
    assert await listed(shop.admin) == (1, [second["id"]])
    backend.clock.set(end - 3600 + 7 * 86_400)
    assert await listed(shop.admin) == (0, [])
