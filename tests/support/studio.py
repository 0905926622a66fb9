"""A studio with a class of eight places, and the people who want them."""

from typing import Any

from tests.support.backend_api import Api
from tests.support.business import Business, open_business

DAY = "2026-06-02"


def at(clock: str) -> str:
    """Return a clock time of the day as an instant."""
    return f"{DAY}T{clock}:00+02:00"


async def open_studio(backend: Api, **policies: Any) -> tuple[Business, int, int]:
    """Open a studio with a class of eight at 15.00 and a haircut by the same teacher; return it and both services' ids."""
    shop = await open_business(backend, slot_step_min=30, **policies)
    card = await shop.admin.call(
        "POST", "/v1/services", json={"name": "Yoga", "price": "15.00", "duration_min": 60, "capacity": 8}
    )
    haircut = await shop.add_service(60)
    teacher = await shop.add_specialist(card.body["id"], haircut, hours="09:00-21:00")
    shop.specialists["Maya"] = teacher
    return shop, card.body["id"], haircut


async def crowd(shop: Business, count: int) -> list[int]:
    """Add so many clients; return their Telegram ids."""
    people = list(range(5000, 5000 + count))
    await shop.add_people(people)
    return people


async def places_left(shop: Business, service: int, **params: Any) -> dict[str, int | None]:
    """Return the free places of each start of the day."""
    slots = await shop.client.slots(service, day=DAY, **params)
    return {slot["local"][11:16]: slot["places_left"] for slot in slots}
