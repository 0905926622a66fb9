"""Who does a service: one tap on, one off, or everybody."""

from backend.contract.catalog import Offer, UpdateSpecialist
from bot.admin.callbacks.catalog import EverySpecialist, ServiceCard, ServiceSpecialists, ToggleServiceSpecialist
from bot.admin.services import service_screen
from bot.fsm import pause_draft
from bot.request import Request
from bot.router import Router
from bot.ui import cards
from bot.ui.keyboards import Row, Screen, button_to
from bot.ui.prompts import add_above

SHOWN = 40

router = Router(for_staff=True)


@router.press(ServiceSpecialists)
async def show_service_specialists(request: Request, callback: ServiceSpecialists) -> Screen:
    """Show who does a service."""
    return await service_specialists_screen(request, callback.service_id)


async def service_specialists_screen(request: Request, service_id: int) -> Screen:
    """Return all specialists, those who do the service ticked."""
    service = await request.api.get_service(service_id)
    specialists = (await request.api.list_specialists()).items
    rows: list[Row] = [
        [
            button_to(
                cards.ticked_label(specialist.name, on=specialist.id in service.specialist_ids),
                ToggleServiceSpecialist(service_id=service_id, specialist_id=specialist.id),
            )
        ]
        for specialist in specialists[:SHOWN]
    ]
    if len(specialists) > 1 and len(service.specialist_ids) < len(specialists):
        rows.append([button_to(request.t.label("button-everyone"), EverySpecialist(service_id=service_id))])
    rows.append([button_to(request.t.label("button-done"), ServiceCard(service_id=service_id), style="primary")])
    return Screen(request.t.html("service-who-ask", name=service.name), rows)


@router.press(EverySpecialist)
async def add_every_specialist(request: Request, callback: EverySpecialist) -> Screen:
    """Let everybody do a service."""
    service_id = callback.service_id
    for specialist in (await request.api.list_specialists()).items:
        if service_id in {offer.service_id for offer in specialist.services}:
            continue
        change = UpdateSpecialist(services=[*specialist.services, Offer(service_id=service_id)])
        key = request.idempotency_key(f"offers-{specialist.id}")
        await request.api.update_specialist(specialist.id, change, key=key)
    await pause_draft(request.state)
    return await service_screen(request, await request.api.get_service(service_id))


@router.press(ToggleServiceSpecialist)
async def toggle_service_specialist(request: Request, callback: ToggleServiceSpecialist) -> Screen:
    """Let a specialist do a service, or no longer."""
    specialist = await request.api.get_specialist(callback.specialist_id)
    offers = [offer for offer in specialist.services if offer.service_id != callback.service_id]
    if len(offers) == len(specialist.services):
        offers.append(Offer(service_id=callback.service_id))
    change = UpdateSpecialist(services=offers)
    changed = await request.api.update_specialist(specialist.id, change, key=request.idempotency_key("offers"))
    screen = await service_specialists_screen(request, callback.service_id)
    if changed.affected:
        return add_above(request.t.html("keep-old-terms", count=len(changed.affected)), screen)
    return screen
