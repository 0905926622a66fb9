"""What is being booked: services on one specialist's terms, and how the sum of them reads."""

import asyncio
from decimal import Decimal

from backend.contract.catalog import Service, Specialist
from bot.request import Request
from bot.ui import cards
from bot.ui.callbacks import Ids
from bot.ui.text import DOT, Html, clean_text, escape, one_line


async def load_offer(
    request: Request, services: Ids, specialist_id: int
) -> tuple[list[Service], Specialist | None] | None:
    """Return these services on the specialist's terms, and the specialist (None: any). None when that is not on sale."""
    if not specialist_id:
        by_id = {one.id: one for one in (await request.api.list_services()).items}
        return ([by_id[one] for one in services], None) if by_id.keys() >= set(services) else None
    found, people = await asyncio.gather(
        request.api.list_services(specialist_id), request.api.list_specialists(services[0])
    )
    by_id = {one.id: one for one in found.items if specialist_id in one.specialist_ids}
    person = next((one for one in people.items if one.id == specialist_id), None)
    if not by_id.keys() >= set(services) or person is None:
        return None
    return [by_id[one] for one in services], person


def offer_title(request: Request, services: list[Service], person: Specialist | None) -> Html:
    """Return `Haircut + Colour · Anna · 4 500 ₽ · 2 h 15 min`: prices and minutes add up."""
    who = f"{DOT}{escape(one_line(person.name))}" if person else ""
    total = sum((Decimal(one.price) for one in services), Decimal())
    varies = person is None and any(one.price_from for one in services)
    tail = [cards.price_text(request, str(total), services[0].currency, at_least=varies)]
    tail.append(request.times.span(sum(one.duration_min for one in services)))
    names = " + ".join(one_line(one.name) for one in services)
    title = f"<b>{escape(names)}</b>{who}{DOT}{escape(DOT.join(part for part in tail if part))}"
    if len(services) == 1 and services[0].description and person is None:
        title += f"\n{escape(clean_text(services[0].description, 600))}"
    return Html(title)
