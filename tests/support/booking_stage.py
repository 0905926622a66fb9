"""A backend on a real database with businesses in it, spoken to over its ASGI interface, with a clock that is ours."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any
from urllib.parse import urlencode

from litestar import Litestar
from sqlalchemy import Connection, insert, select, update

from backend.clock import AdjustableClock
from backend.contract.tenancy import PutTenant
from backend.db import tables
from backend.db.engine import Database
from backend.schedule.hours import parse_shift
from backend.settings import Settings
from backend.tenancy.service import put_tenant
from tests.support.application import application
from tests.support.asgi import request
from tests.support.direct_writer import Put

KEY = "a-key-for-tests-of-bookings-0123456789"
CLIENT, OTHER, ADMIN = 1001, 1002, 1003
_slugs = count(1)


class Reply:
    """An answer: status, headers, decoded body, raw bytes."""

    def __init__(self, status: int, headers: Mapping[str, str], raw: bytes) -> None:
        self.status, self.headers, self.raw = status, headers, raw
        self.body: Any = json.loads(raw) if raw and "json" in headers.get("content-type", "") else None

    @property
    def code(self) -> str:
        """The code of a refusal."""
        return str(self.body["code"])

    def __repr__(self) -> str:
        return f"Reply({self.status}, {self.raw[:400]!r})"


class Backend:
    """The application with its clock; `shop` opens a business in it."""

    def __init__(self, app: Litestar, clock: AdjustableClock) -> None:
        self.app, self.clock = app, clock

    @property
    def db(self) -> Database:
        """The application's own database."""
        return self.app.state.db  # type: ignore[no-any-return]

    def set(self, when: str) -> None:
        """Make it that time (RFC 3339)."""
        self.clock.set(datetime.fromisoformat(when).timestamp())

    async def shop(self, timezone: str = "Europe/Berlin", **policies: Any) -> "Shop":
        """A new business with a client, another client and an admin."""
        slug = f"shop-{next(_slugs)}"
        stored = {"min_notice_min": 0, "horizon_days": 400, "slot_step_min": 60, "max_active_per_client": 1000}
        stored |= policies

        def make(conn: Connection) -> int:
            told = PutTenant(name=slug, timezone=timezone, locale="en", currency="EUR")
            tenant_id = put_tenant(conn, slug, told, 0)
            conn.execute(
                update(tables.tenants).where(tables.tenants.c.id == tenant_id).values(policies=json.dumps(stored))
            )
            return tenant_id

        shop = Shop(self, slug, await self.db.write(None, make))
        for tg_id in (CLIENT, OTHER, ADMIN):
            await shop.person(tg_id)
        await shop.grant(ADMIN, "admin")
        return shop


class Shop:
    """One business: rows are made directly, everything else goes over HTTP."""

    def __init__(self, backend: Backend, slug: str, tenant_id: int) -> None:
        self.backend, self.slug, self.id = backend, slug, tenant_id
        self.people: dict[int, int] = {}

    async def row(self, table: Any, **values: Any) -> int:
        """Insert a row of this tenant; its id."""
        statement = insert(table).values(tenant_id=self.id, **values)
        if "id" in table.c:
            statement = statement.returning(table.c.id)
        return await self.backend.db.write(
            self.id, lambda conn: conn.execute(statement).scalar() if "id" in table.c else conn.execute(statement) and 0
        )

    async def rows(self, table: Any, *where: Any) -> list[dict[str, Any]]:
        """Rows of this tenant, read through a connection of their own."""
        statement = select(table).where(table.c.tenant_id == self.id, *where)
        return await self.backend.db.read(lambda conn: [dict(row._mapping) for row in conn.execute(statement)])

    async def person(self, tg_id: int) -> int:
        """Somebody known here; their id."""
        self.people[tg_id] = await self.row(tables.people, tg_id=tg_id, name=f"P{tg_id}", created_at=0)
        return self.people[tg_id]

    async def grant(self, tg_id: int, role: str) -> None:
        """Give them a role."""
        await self.row(tables.roles, person_id=self.people[tg_id], role=role, granted_at=0)

    async def service(
        self,
        duration: int = 60,
        *,
        before: int = 0,
        after: int = 0,
        capacity: int = 1,
        price: int = 1000,
        rooms: Any = (),
    ) -> int:
        """A service; its id."""
        service_id = await self.row(
            tables.services,
            name=f"S{next(_slugs)}",
            duration_min=duration,
            buffer_before_min=before,
            buffer_after_min=after,
            capacity=capacity,
            price=price,
        )
        for room in rooms:
            await self.row(tables.service_rooms, service_id=service_id, room_id=room)
        return service_id

    async def room(self, count: int = 1) -> int:
        """A room; its id."""
        return await self.row(tables.rooms, name=f"R{next(_slugs)}", count=count)

    async def specialist(
        self, *services: int, hours: str | None = "09:00-17:00", tg_id: int | None = None, **own: Mapping[int, int]
    ) -> int:
        """A specialist with the same hours every day; `duration`/`price` map services to what is their own."""
        person_id = None
        if tg_id is not None:
            person_id = await self.person(tg_id)
            await self.grant(tg_id, "specialist")
        number = next(_slugs)
        one = await self.row(tables.specialists, name=f"X{number}", person_id=person_id, position=number)
        for service in services:
            await self.row(
                tables.specialist_services,
                specialist_id=one,
                service_id=service,
                duration_min=own.get("duration", {}).get(service),
                price=own.get("price", {}).get(service),
            )
        for shift in hours.split() if hours else ():
            start, end = parse_shift(shift)
            for weekday in range(7):
                await self.row(tables.weekly_hours, specialist_id=one, weekday=weekday, start_min=start, end_min=end)
        return one

    async def occupy(
        self, specialist: int, service: int, start: int, end: int, before: int = 0, after: int = 0, capacity: int = 1
    ) -> int:
        """A confirmed booking that is simply there (instants, buffers in seconds); its id."""
        put = Put(specialist, service, start, end, before, after, capacity)
        return await self.backend.db.write(self.id, lambda conn: put.into(conn, self.id, self.people[OTHER]))

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        who: int | None = CLIENT,
        key: str | None = None,
        **query: Any,
    ) -> Reply:
        """One request as that person; `from_` and `service_id` (a list) are query parameters."""
        headers = {
            "authorization": f"Bearer {KEY}",
            "x-tenant": self.slug,
            "x-client-type": "internal",
            "content-type": "application/json",
        }
        if who is not None:
            headers["x-tg-id"] = str(who)
        if key is not None:
            headers["idempotency-key"] = key
        if query:
            path += "?" + urlencode({name.rstrip("_"): value for name, value in query.items()}, doseq=True)
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        if not raw:
            del headers["content-type"]
        headers["content-length"] = str(len(raw))
        pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
        answer = await request(self.backend.app, method, path, headers=pairs, parts=[raw], client="127.0.0.1")
        return Reply(answer.status, answer.headers, answer.body)

    async def slots(
        self, *services: int, day: str, to: str | None = None, who: int = CLIENT, **query: Any
    ) -> list[Any]:
        """The free starts of a date."""
        reply = await self.call(
            "GET", "/v1/slots", who=who, service_id=list(services), from_=day, to=to or day, **query
        )
        assert reply.status == 200, reply
        return list(reply.body["slots"])

    async def raw_slots(self, service: int, first: str, last: str) -> bytes:
        """The bytes of an answer, with as little work around it as can be."""
        headers = [
            (b"authorization", f"Bearer {KEY}".encode()),
            (b"x-tenant", self.slug.encode()),
            (b"x-client-type", b"internal"),
            (b"x-tg-id", str(CLIENT).encode()),
        ]
        path = f"/v1/slots?service_id={service}&from={first}&to={last}"
        answer = await request(self.backend.app, "GET", path, headers=headers, client="127.0.0.1")
        assert answer.status == 200
        return answer.body

    async def book(self, *services: int, start: str, who: int = CLIENT, key: str | None = None, **more: Any) -> Reply:
        """Ask for a booking."""
        body = {"service_ids": list(services), "start": start, **more}
        return await self.call("POST", "/v1/bookings", body, who=who, key=key)

    async def booked(self, *services: int, start: str, **more: Any) -> Any:
        """A booking that must succeed."""
        reply = await self.book(*services, start=start, **more)
        assert reply.status == 201, reply
        return reply.body

    async def step(self, booking: Any, name: str, body: Any = None, who: int = CLIENT, key: str | None = None) -> Reply:
        """A step of a booking."""
        return await self.call("POST", f"/v1/bookings/{booking['id']}/{name}", body, who=who, key=key)


@asynccontextmanager
async def serving(database_url: str) -> AsyncIterator[Backend]:
    """The backend on a migrated database, from its start to its end."""
    # it stands still until a test moves it: a slow machine must not age a hold by itself
    clock = AdjustableClock(lambda: 0.0)
    settings = Settings(database_url=database_url, internal_key=KEY)
    with application(settings, clock) as app:
        async with app.lifespan():
            backend = Backend(app, clock)
            backend.set("2026-06-01T00:00:00+00:00")
            yield backend


def day_after(day: str, days: int = 1) -> str:
    """A date, so many days later."""
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()
