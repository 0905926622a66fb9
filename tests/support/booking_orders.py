"""Bookings that callers ask for until they are answered, while the backend is killed and started again."""

import asyncio
from datetime import UTC, datetime, timedelta

import aiohttp

from tests.support.backend_api import serving_api
from tests.support.business import Business, open_business
from tests.support.business_rows import CLIENT
from tests.support.killed_backend import KilledBackend
from tests.support.servers import INTERNAL_KEY

ORDERS, CALLERS, KILLS = 60, 6, 3
Answers = dict[int, bytes]


class Orders:
    """Bookings to be made, each with its key, by callers who ask again until they are answered."""

    def __init__(self, shop: Business, service: int, specialists: list[int]) -> None:
        # over midnight, too, both reminders are ahead
        day = (datetime.now(UTC) + timedelta(days=3)).replace(hour=0, minute=0, second=0, microsecond=0)
        self.shop = shop
        self._bodies = [
            {"service_ids": [service], "specialist_id": specialists[number % 3],
             "start": (day + timedelta(minutes=30 * number)).strftime("%Y-%m-%dT%H:%M:%SZ")}
            for number in range(ORDERS)
        ]  # fmt: skip

    async def send(self, http: aiohttp.ClientSession, backend: KilledBackend, number: int) -> tuple[int, bytes, bool]:
        """Ask for a booking; return status, answer, and whether it was a repeated one."""
        headers = {"Authorization": f"Bearer {INTERNAL_KEY}", "X-Tenant": self.shop.slug, "X-Client-Type": "internal"}
        headers |= {"X-Tg-Id": str(CLIENT), "Idempotency-Key": f"order-{number}"}
        async with http.post(f"{backend.url}/v1/bookings", json=self._bodies[number], headers=headers) as answer:
            return answer.status, await answer.read(), "idempotent-replayed" in answer.headers

    async def send_all_through_kills(self, http: aiohttp.ClientSession, backend: KilledBackend) -> Answers:
        """Book everything while the backend is killed and started again, several times."""
        answers: Answers = {}
        left = iter(range(ORDERS))
        reached = [asyncio.Event() for _ in range(KILLS)]

        async def caller() -> None:
            for number in left:
                while number not in answers:
                    try:
                        status, raw, _ = await self.send(http, backend, number)
                    except aiohttp.ClientError:
                        await asyncio.sleep(0.02)  # it is dead: the same again, until it is back
                        continue
                    assert status == 201, raw
                    answers[number] = raw
                    for place, event in enumerate(reached, 1):
                        if len(answers) >= place * ORDERS // (KILLS + 1):
                            event.set()

        callers = [asyncio.ensure_future(caller()) for _ in range(CALLERS)]
        for event in reached:
            await asyncio.wait_for(event.wait(), 60)
            await backend.kill()
            await backend.start(http)
        await asyncio.gather(*callers)
        return answers


async def open_orders(url: str) -> Orders:
    """Open a business to book in, made by this program."""
    async with serving_api(url) as api:
        shop = await open_business(api, "UTC", slot_step_min=30)
        service = await shop.add_service(30)
        return Orders(shop, service, [await shop.add_specialist(service, hours="00:00-24:00") for _ in range(3)])
