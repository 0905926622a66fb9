"""A backend that is killed (`kill -9`) between a change and its messages: after the restart each is told once, none lost."""

from collections import Counter
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import pytest
from sqlalchemy import Connection, Table, select

from backend.contract.notices import KINDS
from backend.db import tables
from backend.db.connect import open_database
from backend.db.engine import Database
from tests.support.backend_api import serving_api
from tests.support.backend_killed_inside import BEFORE_MESSAGE, KILL_PLACES, ORDER
from tests.support.business import open_salon
from tests.support.business_rows import ADMIN, CLIENT, NOW, OTHER, SPECIALIST, Seeded, add_specialist
from tests.support.displaced_bookings import DAY, HOUR, START, day_of, utc
from tests.support.killed_backend import KilledBackend, killed_backend
from tests.support.servers import INTERNAL_KEY

# what a change and its messages are written to
WRITTEN = (
    tables.bookings, tables.booking_items, tables.booking_history, tables.tasks, tables.move_requests, tables.time_off,
    tables.client_messages, tables.outbox, tables.audit, tables.idempotency,
)  # fmt: skip
Messages = Mapping[tuple[str, str], int]
STAFF_MOVED = {("moved", "specialist"): 1, ("moved", "admin"): 1}
APPROVED = {("approved", "client"): 1, ("approved", "specialist"): 1}
STANDS = {("time_stands", "client"): 1}
WISH = {("move_requested", "specialist"): 1, ("move_requested", "admin"): 1}
WORDS = {"text": "I am allergic to latex", "send": True}
REMINDERS = {("reminder", "client"): 2}


class Change(NamedTuple):
    """A change: who asks for it, how, and which messages (kind, role) it writes. `{table}` in a path is its newest row."""

    who: int
    path: str
    body: Any
    told: Messages
    method: str = "POST"


class Shop(NamedTuple):
    """The business, and its bookings by a name."""

    seeded: Seeded
    bookings: dict[str, int]


async def open_shop(url: str) -> Shop:
    async with serving_api(url) as api:
        barber = await open_salon(api, "barber")
        group = await barber.add_service(60, capacity=8)
        grace = int(await api.db.write(barber.id, lambda conn: add_specialist(conn, barber.seeded, "Grace")))
        asked = NOW + 2 * HOUR
        bookings = {
            "moved": await barber.add_booking(START),
            "cancelled": await barber.add_booking(START + HOUR, who=OTHER),
            "placed": await barber.add_booking(START + 2 * HOUR),
            "stands": await barber.add_booking(START + DAY),
            "approved": await barber.add_booking(START + 2 * DAY, status="pending", decide_by=asked, hold_until=asked),
            "declined": await barber.add_booking(START + 3 * DAY, status="pending", decide_by=asked, hold_until=asked),
            "missed": await barber.add_booking(NOW + 3 * HOUR),
            "late": await barber.add_booking(NOW + 2 * HOUR),
            "wish": await barber.add_booking(NOW + 6 * HOUR),
            "changed": await barber.add_booking(START + 4 * DAY),
            "class": await barber.add_booking(
                START + 5 * DAY, 60, service_id=group, specialist_id=grace, capacity=8, places=1
            ),
        }
    return Shop(barber.seeded, bookings)


def day_off(anna: int, start: int) -> tuple[str, Any]:
    body = {"start": f"{day_of(start)}T00:00", "end": f"{day_of(start + DAY)}T00:00"}
    return f"/v1/specialists/{anna}/time-off?bookings=need_new_times", body


def list_changes(shop: Shop) -> list[Change]:
    """Return the changes in the order in which they are made."""
    anna, ids = shop.seeded.specialists["Anna"], shop.bookings
    booking = {name: f"/v1/bookings/{number}" for name, number in ids.items()}
    to_all = {("cancelled", "specialist"): 1, ("cancelled", "admin"): 1}
    return [
        # the news of what follows joins the message that waits for it
        Change(SPECIALIST, *day_off(anna, START), {("move_asked", "client"): 3, ("text", "admin"): 1}),
        Change(CLIENT, f"{booking['moved']}/new-time", {"start": utc(START)}, {("moved", "admin"): 1, **REMINDERS}),
        Change(OTHER, f"{booking['cancelled']}/cancel", None, to_all),
        Change(ADMIN, "/v1/tasks/placements", {}, {("moved", "client"): 1, **REMINDERS}),
        Change(SPECIALIST, *day_off(anna, START + DAY), {("move_asked", "client"): 1}),
        Change(
            SPECIALIST,
            f"/v1/specialists/{anna}/time-off/{{time_off}}",
            None,
            {("time_stands", "client"): 1} | REMINDERS,
            "DELETE",
        ),
        Change(ADMIN, f"{booking['approved']}/approve", None, APPROVED | REMINDERS),
        Change(SPECIALIST, f"{booking['declined']}/decline", {"reason": "full"}, {("declined", "client"): 1}),
        Change(CLIENT, f"{booking['missed']}/cancel", None, to_all),
        Change(CLIENT, f"{booking['late']}/late", {"minutes": 20}, {("late", "specialist"): 1}),
        Change(CLIENT, f"{booking['wish']}/move", {"start": utc(NOW + 8 * HOUR)}, WISH | {("reminder", "client"): 1}),
        Change(ADMIN, f"{booking['wish']}/decline", {}, {("move_kept", "client"): 1}),
        Change(CLIENT, f"{booking['changed']}/move", {"start": utc(START + 4 * DAY + HOUR)}, STAFF_MOVED | REMINDERS),
        Change(CLIENT, "/v1/messages", WORDS | {"booking_id": ids["late"]}, {("words", "specialist"): 1}),
        Change(ADMIN, "/v1/messages/{client_messages}/answer", {"text": "No latex here"}, {("answer", "client"): 1}),
        Change(CLIENT, f"{booking['class']}/places", {"places": 2}, {("places", "admin"): 1} | REMINDERS),
    ]


def _read_table(conn: Connection, table: Table) -> list[Any]:
    return sorted(map(tuple, conn.execute(select(table))))


async def read_rows(db: Database) -> dict[str, list[Any]]:
    """Return everything that changes write, through a connection of its own."""
    return {table.name: await db.read(partial(_read_table, table=table)) for table in WRITTEN}


async def count_messages(db: Database) -> Counter[tuple[int | None, str, str, int, int | None]]:
    """Return how often each message has been written that was not taken back."""
    rows = await db.read(lambda conn: list(conn.execute(select(tables.outbox))))
    return Counter(
        (row.booking_id, row.kind, row.role, row.person_id, row.lead_min) for row in rows if row.status != "dropped"
    )


async def send(
    http: aiohttp.ClientSession, backend: KilledBackend, change: Change, key: str
) -> tuple[int, bytes, bool]:
    headers = {"Authorization": f"Bearer {INTERNAL_KEY}", "X-Tenant": "barber", "X-Client-Type": "internal"}
    headers |= {"X-Tg-Id": str(change.who), "Idempotency-Key": key}
    async with http.request(change.method, backend.url + change.path, json=change.body, headers=headers) as answer:
        return answer.status, await answer.read(), "idempotent-replayed" in answer.headers


async def deliver(http: aiohttp.ClientSession, backend: KilledBackend) -> None:
    """Send what is due, as a gateway does."""
    headers = {"Authorization": f"Bearer {INTERNAL_KEY}", "X-Client-Type": "internal"}
    url, known = f"{backend.url}/v1/notices/claim", {"kind": sorted(KINDS)}
    async with http.post(url, params=known, json={"tenants": ["barber"]}, headers=headers) as answer:
        notices = (await answer.json())["items"]
    for notice in notices:
        sent = {"epoch": notice["epoch"], "outcome": "sent", "message_id": notice["message_id"] or notice["id"]}
        async with http.post(f"{backend.url}/v1/notices/{notice['id']}/report", json=sent, headers=headers) as answer:
            assert answer.status == 200


@pytest.mark.soak
@pytest.mark.timeout(900)
async def test_a_change_and_its_messages_are_one_across_kill_9(database_url: str, tmp_path: Path) -> None:
    """Killed before its message nothing of a change is there, killed before the answer all of it; it is told once."""
    shop = await open_shop(database_url)
    db = await open_database(database_url)
    order = tmp_path / "kill"
    module, env = "tests.support.backend_killed_inside", {ORDER: str(order)}
    async with aiohttp.ClientSession() as http, killed_backend(database_url, http, module=module, env=env) as backend:
        for number, asked in enumerate(list_changes(shop)):
            before, told_before = await read_rows(db), await count_messages(db)
            # a sequence goes on where the transaction did not
            newest = {name: rows[-1][0] for name, rows in before.items() if rows}
            change = asked._replace(path=asked.path.format(**newest))
            for place in KILL_PLACES:
                order.write_text(place)
                with pytest.raises(aiohttp.ClientError):
                    await send(http, backend, change, f"change-{number}")
                await backend.wait_for_death()
                assert (await read_rows(db) == before) is (place == BEFORE_MESSAGE), (change.path, place)
                await backend.start(http)
            status, raw, replayed = await send(http, backend, change, f"change-{number}")
            assert (status < 300, replayed) == (True, True), raw
            told = await count_messages(db) - told_before
            assert set(told.values()) == {1}, change.path
            kinds = Counter((kind, role) for _, kind, role, _, _ in told)
            assert kinds == change.told, change.path
            await deliver(http, backend)
    await db.close()
