"""The zone's rules change: bookings ahead stay at the wall time that was promised, with their reminders."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, update

from backend.bookings.zone_changes import restore_wall_times
from backend.db import tables
from tests.support.backend_api import Api
from tests.support.business import open_business, open_staffed_business


async def test_bookings_ahead_follow_the_wall(backend: Api) -> None:
    shop = await open_business(backend, slot_step_min=60)
    service, other = await shop.add_service(60), await shop.add_service(30)
    await shop.add_specialist(service, other)
    first, second = [await shop.client.booked(service, start=f"2026-06-10T{hour}:00:00+02:00") for hour in ("10", "11")]
    pair = await shop.client.booked(service, other, start="2026-06-10T12:00:00+02:00")
    kept = await shop.client.booked(service, start="2026-06-10T15:00:00+02:00")
    past = {booking["id"]: booking["start"] for booking in (first, second, pair)}

    # as if these had been booked when the zone was said to be an hour further west
    def earlier_rules(conn: Connection) -> None:
        for booking in (first, second, pair):
            wall = datetime.fromisoformat(booking["local_start"]).replace(tzinfo=None)
            promised = wall.replace(hour=wall.hour - 1).isoformat()[:16]
            conn.execute(
                update(tables.bookings).where(tables.bookings.c.id == booking["id"]).values(local_start=promised)
            )

    await backend.db.write(shop.id, earlier_rules)
    now = int(backend.clock())
    moved = await backend.db.write(shop.id, lambda conn: restore_wall_times(conn, shop.slug, now))
    assert moved == (3, 0)
    for booking_id, start in past.items():
        seen = (await shop.admin.call("GET", f"/v1/bookings/{booking_id}")).body
        assert datetime.fromisoformat(start).timestamp() - datetime.fromisoformat(seen["start"]).timestamp() == 3600
        assert seen["items"][0]["start"] == seen["start"]
        reminders = await shop.rows(
            tables.outbox, tables.outbox.c.booking_id == booking_id, tables.outbox.c.kind == "reminder"
        )
        begins = int(datetime.fromisoformat(seen["start"]).timestamp())
        assert {row.expires_at for row in reminders if row.status == "waiting"} == {begins}
        assert {row.expires_at for row in reminders if row.status == "dropped"} == {begins + 3600}
        history = (await shop.admin.call("GET", f"/v1/bookings/{booking_id}/history")).body["items"]
        assert (history[-1]["action"], history[-1]["actor_role"]) == ("zone_rules", "system")
    assert (await shop.admin.call("GET", f"/v1/bookings/{kept['id']}")).body["start"] == kept["start"]
    again = await backend.db.write(shop.id, lambda conn: restore_wall_times(conn, shop.slug, now))
    assert again == (0, 0)


async def test_a_booking_whose_new_place_is_taken_stays(backend: Api) -> None:
    shop = await open_business(backend, slot_step_min=60)
    service = await shop.add_service(60)
    await shop.add_specialist(service)
    early = await shop.client.booked(service, start="2026-06-10T10:00:00+02:00")
    late = await shop.client.booked(service, start="2026-06-10T11:00:00+02:00")
    await backend.db.write(
        shop.id,
        lambda conn: (
            conn.execute(
                update(tables.bookings).where(tables.bookings.c.id == late["id"]).values(local_start="2026-06-10T10:00")
            )
            and None
        ),
    )
    now = int(backend.clock())
    assert await backend.db.write(shop.id, lambda conn: restore_wall_times(conn, shop.slug, now)) == (0, 1)
    for booking in (early, late):
        assert (await shop.admin.call("GET", f"/v1/bookings/{booking['id']}")).body["start"] == booking["start"]


async def test_a_hold_that_a_zone_has_put_into_the_past_is_replaced_all_the_same(backend: Api) -> None:
    """One client holds one place: the old one would lie ahead again once the instants are kept."""
    shop, service, specialist = await open_staffed_business(backend, timezone="Europe/London")
    now = round(backend.clock())
    held: dict[str, Any] = {"status": "held", "hold_until": now + 600, "local_start": "2026-06-01T02:30"}
    old = await shop.add_booking(now + 5400, service_id=service, specialist_id=specialist, **held)
    body = {"name": "Barber", "timezone": "Asia/Dubai", "locale": "en", "currency": "EUR"}
    assert (await shop.nobody.call("PUT", "/v1/tenant", json=body)).status == 200
    assert (await shop.client.ok("GET", f"/v1/bookings/{old}"))["start"] == "2026-05-31T22:30:00Z"
    await shop.client.booked(service, start="2026-06-10T14:00:00+04:00", hold=True)
    assert (await shop.client.ok("GET", f"/v1/bookings/{old}"))["status"] == "expired"
    kept = await shop.admin.ok("POST", "/v1/tenant/zone-change/keep-instants")
    assert kept["kept"] == 0
