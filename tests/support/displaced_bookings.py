"""Bookings that lose their time: who takes a day off, which messages leave, what a booking has become."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import update

from backend.bookings.queries.loading import load_bookings
from backend.db import tables
from backend.outbox.service import renew_reminders
from backend.tasks.watch import watch_tasks
from tests.support.business import Business
from tests.support.business_rows import CLIENT, NOW, add_specialist

HOUR, DAY = 3600, 86_400
# Thursday 4 June 2026, 14:00 in UTC
START = NOW + 3 * DAY + 5 * HOUR
FAIR = ["keep", "need_new_times", "cancel"]


def day_of(instant: int) -> str:
    """Return the UTC date of an instant."""
    return datetime.fromtimestamp(instant, UTC).date().isoformat()


def utc(instant: int) -> str:
    """Return an instant as the API writes it."""
    return datetime.fromtimestamp(instant, UTC).isoformat()[:19] + "Z"


async def grace_of(barber: Business, price: int | None = 900) -> int:
    """Add Grace, who does the same for less, and return her id."""

    def add(conn: Any) -> int:
        who = add_specialist(conn, barber.seeded, "Grace")
        offer = tables.specialist_services
        conn.execute(update(offer).where(offer.c.specialist_id == who).values(price=price))
        return who

    return int(await barber.api.db.write(barber.id, add))


async def take_off(barber: Business, start: int = START, bookings: str = "need_new_times", **more: Any) -> Any:
    """Anna takes a day off."""
    day, after = day_of(start), day_of(start + DAY)
    body = {"start": f"{day}T00:00", "end": f"{after}T00:00"}
    path = f"/v1/specialists/{barber.specialists['Anna']}/time-off"
    return await barber.specialist.ok("POST", path, json=body, params={"bookings": bookings}, **more)


async def remind(barber: Business, booking: int) -> None:
    """Write the reminders of a booking that was put straight into the tables."""

    def write(conn: Any) -> None:
        unit = barber.unit(conn, CLIENT)
        (row,) = load_bookings(conn, barber.id, [booking])
        renew_reminders(conn, unit.tenant, row, unit.now)

    await barber.api.db.write(barber.id, write)


async def open_tasks(barber: Business) -> list[int]:
    """Return the bookings that need a new time."""
    rows = await barber.rows(tables.tasks, tables.tasks.c.closed_at.is_(None))
    return sorted(row.booking_id for row in rows)


async def claim(barber: Business) -> list[Any]:
    """Claim every notice that is due, as a gateway does."""
    return await barber.gateway.claim("barber", "studio", lease_s=600)


async def deliver(barber: Business) -> list[tuple[str, str]]:
    """Send everything that is due; return (kind, role) of each new message about a booking. Older ones are edited."""
    sent = []
    while items := await claim(barber):
        for notice in items:
            await barber.gateway.mark_sent(notice, notice["id"])
            if notice["message_id"] is None and notice["booking"] is not None:
                sent.append((notice["kind"], notice["role"]))
    return sent


async def go_to(barber: Business, instant: int) -> None:
    """Let it be that instant, and let the chore run."""
    barber.api.clock.set(instant)
    await watch_tasks(barber.api.db, instant)


async def booking_of(barber: Business, booking: int) -> Any:
    """Return a booking as an admin sees it."""
    return await barber.admin.ok("GET", f"/v1/bookings/{booking}")


async def send_as_gateway(barber: Business, notice: Any) -> None:
    """Send a claimed message as the gateway does; a reminder that is let out must be of a booking without a task."""
    if notice["kind"] == "reminder" and notice["message_id"] is None:
        path = f"/v1/notices/{notice['id']}/begin"
        begun = await barber.gateway.call("POST", path, json={"epoch": notice["epoch"]})
        if begun.status != 200:
            return
        shown = await booking_of(barber, notice["booking"]["id"])
        assert shown["task"] != "open"
        assert shown["start"] == notice["booking"]["start"]
    await barber.gateway.report(notice, message_id=notice["id"])
