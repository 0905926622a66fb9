"""A business in the backend under test, and the people who call its API.

    await barber.admin.ok("POST", "/v1/services", json={"name": "Shave", "duration_min": 20})
    booking = await barber.client.booked(barber.services["Haircut"], start="2026-06-02T10:00:00Z")
    await barber.client.step(booking, "cancel")
    rows = await barber.rows(tables.bookings)

What a business has is put straight into the tables (`add_…`); everything else goes over HTTP, as somebody.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import count
from typing import Any

from sqlalchemy import Connection, select
from typing_extensions import override

from backend.auth.actor import Actor
from backend.auth.queries import load_tenant_and_person
from backend.bookings.queries.loading import load_bookings
from backend.contract.notices import KINDS, Kind
from backend.db import tables
from backend.db.compiled import insert_row
from backend.outbox.service import announce_change
from backend.schedule.hours import parse_shift
from backend.transactions import UnitOfWork
from tests.support import business_rows
from tests.support.asgi import Reply
from tests.support.backend_api import Api
from tests.support.business_rows import ADMIN, CLIENT, NOW, OTHER, SPECIALIST, Seeded

ANNA = 2001  # the specialist of `open_staffed_business`
STRANGER = 9999  # whom no business knows
_numbers = count(1)


class Caller:
    """Somebody who calls the API in a business: a person by their Telegram id, or nobody in particular (None)."""

    def __init__(self, api: Api, tenant: str | None, tg_id: int | None) -> None:
        self.api, self.tenant, self.tg_id = api, tenant, tg_id

    async def call(self, method: str, path: str, **sent: Any) -> Reply:
        """Send a request; what `Api.call` takes."""
        return await self.api.call(method, path, tenant=self.tenant, tg_id=self.tg_id, **sent)

    async def ok(self, method: str, path: str, **sent: Any) -> Any:
        """Return the body of a request that must succeed."""
        reply = await self.call(method, path, **sent)
        assert reply.status < 300, reply
        return reply.body

    async def refused(self, code: str, method: str, path: str, **sent: Any) -> Any:
        """Return the problem of a request that must be refused with that code."""
        reply = await self.call(method, path, **sent)
        assert reply.headers["content-type"] == "application/problem+json", reply
        assert reply.code == code, reply
        return reply.body

    async def book(self, *services: int, start: str, key: str | None = None, **more: Any) -> Reply:
        """Ask for a booking."""
        body = {"service_ids": list(services), "start": start, **more}
        return await self.call("POST", "/v1/bookings", json=body, key=key)

    async def booked(self, *services: int, start: str, key: str | None = None, **more: Any) -> Any:
        """Return the body of a booking that must succeed."""
        reply = await self.book(*services, start=start, key=key, **more)
        assert reply.status == 201, reply
        return reply.body

    async def step(self, booking: Any, name: str, json: Any = None, key: str | None = None) -> Reply:
        """Ask for a step of a booking: confirm, move, cancel and so on."""
        return await self.call("POST", f"/v1/bookings/{booking['id']}/{name}", json=json, key=key)

    async def slots(self, *services: int, day: str, to: str | None = None, **params: Any) -> list[Any]:
        """Return the free starts of a date, or of the dates up to `to`."""
        params |= {"service_id": list(services), "from": day, "to": to or day}
        return list((await self.ok("GET", "/v1/slots", params=params))["slots"])


class Gateway(Caller):
    """The gateway itself, which asks for every business at once and knows every kind of notice."""

    def __init__(self, api: Api) -> None:
        super().__init__(api, None, None)

    @override
    async def call(self, method: str, path: str, **sent: Any) -> Reply:
        if path == "/v1/notices/claim":
            sent = {"params": {"kind": sorted(KINDS)}} | sent
        return await super().call(method, path, **sent)

    async def claim(self, *slugs: str, **more: Any) -> list[Any]:
        """Return the messages of these businesses that are due."""
        return list((await self.ok("POST", "/v1/notices/claim", json={"tenants": slugs, **more}))["items"])

    async def report(self, notice: Any, outcome: str = "sent", **more: Any) -> Reply:
        """Report how sending a message ended."""
        body = {"epoch": notice["epoch"], "outcome": outcome, **more}
        return await self.call("POST", f"/v1/notices/{notice['id']}/report", json=body)

    async def mark_sent(self, notice: Any, message_id: int | None = None) -> None:
        """Report a message as sent, as the Telegram message with that number."""
        reply = await self.report(notice, message_id=message_id)
        assert reply.status < 300, reply

    async def send(self, *slugs: str, first_id: int = 100, **more: Any) -> list[Any]:
        """Send what is due: new messages as Telegram's from that number on, others as those that they change. Return it."""
        notices = await self.claim(*slugs, **more)
        for number, notice in enumerate(notices, first_id):
            await self.mark_sent(notice, notice["message_id"] or number)
        return notices


class Business:
    """One business: its people as callers, its rows by name and id."""

    def __init__(self, api: Api, seeded: Seeded) -> None:
        self.api, self.seeded = api, seeded
        self.id, self.slug = seeded.id, seeded.slug
        self.people, self.services = seeded.people, seeded.services
        self.specialists, self.rooms = seeded.specialists, seeded.rooms
        self.client, self.other, self.admin = self.caller(CLIENT), self.caller(OTHER), self.caller(ADMIN)
        self.specialist, self.stranger = self.caller(SPECIALIST), self.caller(STRANGER)
        self.nobody = self.caller(None)

    def caller(self, tg_id: int | None) -> Caller:
        """Return somebody who calls this business's API."""
        return Caller(self.api, self.slug, tg_id)

    @property
    def gateway(self) -> Gateway:
        """The gateway, which serves all businesses."""
        return Gateway(self.api)

    async def put_zone(self, zone: str, *, status: int = 200) -> None:
        """Bring the business to a file with that zone, as the gateway does."""
        body = {"name": "Barber", "timezone": zone, "locale": "en", "currency": "EUR"}
        reply = await self.nobody.call("PUT", "/v1/tenant", json=body)
        assert reply.status == status, reply

    async def rows(self, table: Any, *where: Any) -> list[Any]:
        """Return rows of this business by key, read behind the answers through a connection of their own."""
        own = [table.c.tenant_id == self.id] if "tenant_id" in table.c else []
        statement = select(table).where(*own, *where).order_by(*table.primary_key)
        return await self.api.db.read(lambda conn: list(conn.execute(statement)))

    def unit(self, conn: Connection, tg_id: int | None) -> UnitOfWork:
        """Return what a service is given when that person acts; None: somebody who is not known."""
        found = load_tenant_and_person(conn, self.slug, tg_id)
        assert found is not None
        return UnitOfWork(conn, Actor(*found, "internal", "test"), int(self.api.clock()))

    def announce(self, conn: Connection, tg_id: int | None, booking_id: int, kind: Kind, **more: Any) -> None:
        """Announce a change of a booking, made by that person."""
        (row,) = load_bookings(conn, self.id, [booking_id])
        announce_change(self.unit(conn, tg_id), row, kind, **more)

    async def insert(self, table: Any, **values: Any) -> int:
        """Insert a row of this business and return its id (0 where it has none)."""
        values["tenant_id"] = self.id
        if "id" not in table.c:
            await self._write(lambda conn: insert_row(conn, table, values))
            return 0
        return int(await self._write(lambda conn: business_rows.add_row(conn, table, values)))

    async def add_person(self, tg_id: int, *roles: str, **columns: Any) -> int:
        """Add somebody whom the business knows and return their id."""
        return int(
            await self._write(lambda conn: business_rows.add_person(conn, self.seeded, tg_id, *roles, **columns))
        )

    async def add_people(self, tg_ids: Iterable[int], **columns: Any) -> None:
        """Add clients, all in one transaction."""

        def add(conn: Connection) -> None:
            for tg_id in tg_ids:
                business_rows.add_person(conn, self.seeded, tg_id, **columns)

        await self._write(add)

    async def add_room(self, count: int = 1) -> int:
        """Add a room and return its id."""
        name = f"Room {next(_numbers)}"
        return int(await self._write(lambda conn: business_rows.add_room(conn, self.seeded, name, count)))

    async def add_service(
        self, minutes: int = 60, *, before: int = 0, after: int = 0, rooms: Sequence[int] = (), **columns: Any
    ) -> int:
        """Add a service with buffers in minutes and return its id."""
        columns |= {"duration_min": minutes, "buffer_before_min": before, "buffer_after_min": after}
        name = f"Service {next(_numbers)}"
        service_id = int(await self._write(lambda conn: business_rows.add_service(conn, self.seeded, name, **columns)))
        for room_id in rooms:
            await self.insert(tables.service_rooms, service_id=service_id, room_id=room_id)
        return service_id

    async def add_specialist(
        self, *services: int, hours: str | None = "09:00-17:00", tg_id: int | None = None, **own: Mapping[int, int]
    ) -> int:
        """Add a specialist with the same hours every day and return their id.

        With `tg_id` they have an account. `duration` and `price` map services to what is their own.
        """
        person_id = None if tg_id is None else await self.add_person(tg_id, "specialist")
        shifts = tuple(parse_shift(shift) for shift in hours.split()) if hours else ()
        name = f"Specialist {next(_numbers)}"

        def add(conn: Connection) -> int:
            specialist_id = business_rows.add_specialist(
                conn, self.seeded, name, services=(), shifts=shifts, person_id=person_id
            )
            for service_id in services:
                offered = {
                    "tenant_id": self.id,
                    "specialist_id": specialist_id,
                    "service_id": service_id,
                    "duration_min": own.get("duration", {}).get(service_id),
                    "price": own.get("price", {}).get(service_id),
                }
                insert_row(conn, tables.specialist_services, offered)
            return specialist_id

        return int(await self._write(add))

    async def add_booking(
        self,
        start: int = NOW + 7200,
        minutes: int = 30,
        *,
        who: int = CLIENT,
        service_id: int | None = None,
        specialist_id: int | None = None,
        **more: Any,
    ) -> int:
        """Add a booking past every rule, of Haircut with Anna where nothing else is said, and return its id."""
        service_id = service_id or self.services["Haircut"]
        specialist_id = specialist_id or self.specialists["Anna"]
        end = start + minutes * 60
        return int(
            await self._write(
                lambda conn: business_rows.add_booking(
                    conn, self.seeded, self.people[who], service_id, specialist_id, start, end, **more
                )
            )
        )

    async def _write(self, work: Callable[[Connection], Any]) -> Any:
        return await self.api.db.write(self.id, work)


async def open_business(api: Api, timezone: str = "Europe/Berlin", **policies: Any) -> Business:
    """Open a business with two clients and an admin, and with policies that bind nobody where nothing else is said."""
    stored = {"min_notice_min": 0, "horizon_days": 400, "slot_step_min": 60, "max_active_per_client": 1000} | policies
    slug = f"business-{next(_numbers)}"

    def add(conn: Connection) -> Seeded:
        seeded = business_rows.add_tenant(conn, slug, timezone=timezone, policies=stored)
        for tg_id, roles in ((CLIENT, ()), (OTHER, ()), (ADMIN, ("admin",))):
            business_rows.add_person(conn, seeded, tg_id, *roles)
        return seeded

    return Business(api, await api.db.write(None, add))


async def open_salon(api: Api, slug: str) -> Business:
    """Open a business with Haircut, a room for it, and Anna, who has an account; two clients, an admin."""

    def add(conn: Connection) -> Seeded:
        seeded = business_rows.add_tenant(conn, slug)
        business_rows.add_room(conn, seeded, "Chair", 2)
        business_rows.add_service(conn, seeded, rooms=("Chair",))
        business_rows.add_person(conn, seeded, ADMIN, "admin")
        business_rows.add_person(conn, seeded, SPECIALIST, "specialist")
        business_rows.add_person(conn, seeded, CLIENT)
        business_rows.add_person(conn, seeded, OTHER)
        business_rows.add_specialist(conn, seeded, "Anna", person_id=seeded.people[SPECIALIST])
        return seeded

    return Business(api, await api.db.write(None, add))


async def open_staffed_business(api: Api, **policies: Any) -> tuple[Business, int, int]:
    """Open a business with one service and one specialist, whose account is ANNA; return all three."""
    shop = await open_business(api, **policies)
    service = await shop.add_service(60, price=150_050)
    return shop, service, await shop.add_specialist(service, tg_id=ANNA)


def day_after(day: str, days: int = 1) -> str:
    """Return the date so many days later; both in ISO 8601."""
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()
