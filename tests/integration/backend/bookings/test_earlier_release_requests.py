"""Requests beside an earlier release: what it leaves is put right, and it can read what this one writes."""

from typing import Any

from sqlalchemy import update

from backend.bookings.endings import free_all_lapsed_places
from backend.db import tables
from tests.support.backend_api import Api
from tests.support.business import open_staffed_business

NEXT_WEEK = "2026-06-08T10:00:00+02:00"


async def test_what_a_release_without_deadlines_leaves_is_put_right(backend: Api) -> None:
    """It makes requests without a deadline, and approves without clearing one; its places stay taken."""
    shop, service, _ = await open_staffed_business(backend, approval=True)
    backend.set_time("2026-06-01T08:00:00+00:00")
    asked = await shop.client.booked(service, start=NEXT_WEEK)
    approved = await shop.client.booked(service, start="2026-06-08T12:00:00+02:00")
    one = tables.bookings.c

    async def seen(booking: Any) -> Any:
        return await shop.admin.ok("GET", f"/v1/bookings/{booking['id']}")

    def write(conn: Any) -> None:
        of_asked = (one.tenant_id == shop.id, one.id == asked["id"])
        conn.execute(update(tables.bookings).where(*of_asked).values(decide_by=None))
        of_approved = (one.tenant_id == shop.id, one.id == approved["id"])
        conn.execute(update(tables.bookings).where(*of_approved).values(status="confirmed"))

    await backend.db.write(shop.id, write)
    backend.clock.shift_s += 3600
    await free_all_lapsed_places(backend.db, int(backend.clock()))
    assert (await seen(asked))["decide_by"] == "2026-06-02T07:00:00Z"
    backend.set_time("2026-06-02T07:00:00+00:00")
    await free_all_lapsed_places(backend.db, int(backend.clock()))
    assert (await seen(asked))["end_reason"] == "request_expired"
    assert (await seen(approved))["status"] == "confirmed"
    free = [slot["local"] for slot in await shop.client.slots(service, day="2026-06-08")]
    assert "2026-06-08T12:00:00+02:00" not in free


async def test_an_earlier_release_can_read_the_policies(backend: Api) -> None:
    """It refuses names that it does not know, so they stand in a column of their own."""
    shop, _, _ = await open_staffed_business(backend, approval=True)
    backend.set_time("2026-06-01T08:00:00+00:00")
    before = (await shop.admin.ok("GET", "/v1/tenant"))["policies"]
    assert before["request_expiry_min"] == 720
    policies = before | {"request_expiry_min": 240}
    changed = await shop.admin.ok("PATCH", "/v1/tenant", json={"policies": policies})
    assert changed["policies"]["request_expiry_min"] == 240
    (row,) = await backend.db.read(
        lambda conn: conn.execute(tables.tenants.select().where(tables.tenants.c.id == shop.id)).all()
    )
    assert "request_expiry" not in row.policies
    asked = await shop.client.booked((await shop.rows(tables.services))[0].id, start=NEXT_WEEK)
    assert asked["decide_by"] == "2026-06-01T12:00:00Z"
    (booking,) = await shop.rows(tables.bookings)
    assert "request_expiry" not in booking.policies
    too_short = await shop.admin.call("PATCH", "/v1/tenant", json={"policies": policies | {"request_expiry_min": 59}})
    assert (too_short.status, too_short.code) == (400, "invalid")
