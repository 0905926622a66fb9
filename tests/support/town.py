"""Two businesses that look alike in one backend, for tests of people, catalogue, messages and figures."""

from typing import Any

import httpx
from sqlalchemy import Connection, insert, select

from backend.auth.actor import Actor
from backend.auth.queries import load_tenant_and_person
from backend.bookings.queries.loading import load_bookings
from backend.contract.notices import Kind
from backend.db import tables as t
from backend.outbox.service import announce_change
from backend.transactions import UnitOfWork
from tests.support import seeds
from tests.support.api import NOW, Api

HERE, THERE = "barber", "studio"
ADMIN, CLIENT, OTHER, SPECIALIST, STRANGER = seeds.ADMIN_TG, seeds.CLIENT_TG, seeds.OTHER_CLIENT_TG, 1002, 9999


class Town:
    """`here` and `there` have the same people (Telegram ids), a service, a room and Anna with an account."""

    def __init__(self, api: Api, here: seeds.Seeded, there: seeds.Seeded) -> None:
        self.api, self.here, self.there = api, here, there

    async def call(self, method: str, path: str, who: int | None = ADMIN, **more: Any) -> httpx.Response:
        """A request in `here`, or in `tenant=`."""
        return await self.api.call(method, path, tg_id=who, **more)

    async def ok(self, method: str, path: str, who: int | None = ADMIN, **more: Any) -> Any:
        """The body of a request that must succeed."""
        answer = await self.call(method, path, who, **more)
        assert answer.status_code < 300, (answer.status_code, answer.text)
        return answer.json()

    async def refused(self, code: str, method: str, path: str, who: int | None = ADMIN, **more: Any) -> Any:
        """The problem of a request that must be refused with that code."""
        answer = await self.call(method, path, who, **more)
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] == code, answer.text
        return answer.json()

    async def rows(self, table: Any, *where: Any) -> list[Any]:
        """Rows of a table, read behind the answers."""
        return await self.api.db.read(lambda conn: list(conn.execute(select(table).where(*where))))

    def unit(self, conn: Connection, who: int | None) -> UnitOfWork:
        """What a service is given when that person acts in `here`; None: somebody who is not known."""
        found = load_tenant_and_person(conn, HERE, who)
        assert found is not None
        return UnitOfWork(conn, Actor(*found, "internal", "test"), int(self.api.clock()))

    def announce(self, conn: Connection, who: int | None, booking: int, kind: Kind, **more: Any) -> None:
        """Announce a change of a booking, made by that person."""
        (row,) = load_bookings(conn, self.here.id, [booking])
        announce_change(self.unit(conn, who), row, kind, **more)

    async def add_booking(
        self, start: int = NOW + 7200, *, status: str = "confirmed", who: int = CLIENT, minutes: int = 30, **more: Any
    ) -> int:
        """A booking of Haircut with Anna that is simply there; its id."""

        def add(conn: Connection) -> int:
            return add_booking_rows(conn, self.here, start, status=status, who=who, minutes=minutes, **more)

        return await self.api.db.write(self.here.id, add)


def add_booking_rows(
    conn: Connection,
    to: seeds.Seeded,
    start: int,
    *,
    status: str,
    who: int,
    minutes: int,
    price: int = 1000,
    **more: Any,
) -> int:
    """Rows of a booking with one item."""
    common = {"tenant_id": to.id, "starts_at": start, "ends_at": start + minutes * 60, "price": price}
    values = {
        "client_id": to.people[who], "status": status, "local_start": "", "timezone": "UTC", "currency": "EUR",
        "policies": "{}", "source": "internal", "created_at": NOW,
    } | common | more  # fmt: skip
    if status == "held":
        values.setdefault("hold_until", NOW + 600)
    booking = int(conn.execute(insert(t.bookings).values(**values).returning(t.bookings.c.id)).scalar_one())
    conn.execute(
        insert(t.booking_items).values(
            booking_id=booking, position=0, service_id=to.services["Haircut"], specialist_id=to.specialists["Anna"],
            occ_start=start, occ_end=start + minutes * 60, duration_min=minutes, buffer_before_min=0,
            buffer_after_min=0, capacity=1, active=status not in ("cancelled", "expired"),
            hold_until=values.get("hold_until"), **common,
        )
    )  # fmt: skip
    return booking


def _business(conn: Connection, slug: str) -> seeds.Seeded:
    made = seeds.add_tenant(conn, slug)
    seeds.add_room(conn, made, "Chair", 2)
    seeds.add_service(conn, made, rooms=("Chair",))
    seeds.add_person(conn, made, ADMIN, "admin")
    seeds.add_person(conn, made, SPECIALIST, "specialist")
    seeds.add_person(conn, made, CLIENT)
    seeds.add_person(conn, made, OTHER)
    seeds.add_specialist(conn, made, "Anna", person_id=made.people[SPECIALIST])
    return made


async def settle(api: Api) -> Town:
    """Both businesses, put in."""
    here = await api.db.write(None, lambda conn: _business(conn, HERE))
    there = await api.db.write(None, lambda conn: _business(conn, THERE))
    return Town(api, here, there)
