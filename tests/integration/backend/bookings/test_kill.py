"""A backend that is killed (`kill -9`) while many book: nothing acknowledged is lost, nothing is done twice, no parts."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp

from backend.db import tables
from tests.support.backend_api import serving_api
from tests.support.business import Business, open_business
from tests.support.killed_backend import killed_backend
from tests.support.servers import INTERNAL_KEY

ORDERS, CALLERS, ENOUGH = 150, 12, 40


async def test_each_key_has_one_effect_across_kill_9(database_url: str) -> None:
    async with serving_api(database_url) as before:
        shop = await open_business(before, "UTC", slot_step_min=30)
        service = await shop.add_service(30)
        specialists = [await shop.add_specialist(service, hours="00:00-24:00") for _ in range(3)]
        for tg_id in (5000, 5001, 5002):
            await shop.add_person(tg_id)
    # over midnight, too, both reminders are ahead
    day = (datetime.now(UTC) + timedelta(days=3)).replace(hour=0, minute=0, second=0, microsecond=0)
    orders = [
        {"service_ids": [service], "specialist_id": specialists[number % 3],
         "start": (day + timedelta(minutes=30 * (number // 3))).strftime("%Y-%m-%dT%H:%M:%SZ")}
        for number in range(ORDERS)
    ]  # fmt: skip
    answers: dict[int, bytes] = {}

    async with aiohttp.ClientSession() as http, killed_backend(database_url, http) as backend:

        async def order(number: int) -> tuple[int, bytes, bool]:
            headers = {"Authorization": f"Bearer {INTERNAL_KEY}", "X-Tenant": shop.slug, "X-Client-Type": "internal"}
            # one client is in one place at a time: an order's client is their own
            headers |= {"X-Tg-Id": str(5000 + number % 3), "Idempotency-Key": f"order-{number}"}
            async with http.post(f"{backend.url}/v1/bookings", json=orders[number], headers=headers) as answer:
                return answer.status, await answer.read(), "idempotent-replayed" in answer.headers

        line, many = iter(range(ORDERS)), asyncio.Event()

        async def caller() -> None:
            for number in line:
                while number not in answers:
                    try:
                        status, raw, _ = await order(number)
                    except aiohttp.ClientError:
                        await asyncio.sleep(0.02)  # it is dead: the same again, until it is back
                        continue
                    assert status == 201, raw
                    answers[number] = raw
                    if len(answers) >= ENOUGH:
                        many.set()

        callers = [asyncio.ensure_future(caller()) for _ in range(CALLERS)]
        await asyncio.wait_for(many.wait(), 60)
        await backend.kill()
        acknowledged = dict(answers)
        await backend.start(http)
        await asyncio.gather(*callers)
        assert ENOUGH <= len(acknowledged) < ORDERS
        again = await asyncio.gather(*(order(number) for number in range(ORDERS)))

    assert [(status, raw, replayed) for status, raw, replayed in again] == [
        (201, answers[number], True) for number in range(ORDERS)
    ]
    async with serving_api(database_url) as after:
        shop = Business(after, shop.seeded)
        for table, each in ((tables.bookings, 1), (tables.booking_items, 1), (tables.booking_history, 1)):
            rows = await shop.rows(table)
            assert Counter(_booking(row) for row in rows) == dict.fromkeys((_id(raw) for raw in answers.values()), each)
        # the client's confirmation, the admin's notice and two reminders, of each booking once
        messages = Counter((row.booking_id, row.kind, row.lead_min, row.person_id)
                           for row in await shop.rows(tables.outbox))  # fmt: skip
        assert set(messages.values()) == {1}
        assert len(messages) == 4 * ORDERS


def _booking(row: Any) -> int:
    return int(getattr(row, "booking_id", row.id))


def _id(raw: bytes) -> int:
    return int(raw.split(b'"id":')[1].split(b",")[0])
