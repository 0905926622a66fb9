"""Who does a service: one tap on, one off, or everybody."""

from backend.client.requests import KEEP, Displacing
from backend.contract.catalog import ChangedService, UpdateService
from backend.contract.catalog import ServiceCard as ServiceDetails
from bot.admin.callbacks.catalog import EverySpecialist, ServiceCard, ServiceSpecialists, ToggleServiceSpecialist
from bot.admin.services import service_screen
from bot.fsm import pause_draft
from bot.request import Request
from bot.router import Router
from bot.specialist.affected_bookings import Handling, add_handled, change_or_ask
from bot.ui import cards
from bot.ui.keyboards import Row, Screen, button_to, page_of

A_PAGE = 20

router = Router(for_staff=True)


@router.press(ServiceSpecialists)
async def show_service_specialists(request: Request, callback: ServiceSpecialists) -> Screen:
    """Show who does a service."""
    return service_specialists_screen(request, await request.api.get_service_card(callback.service_id), callback.page)


def service_specialists_screen(request: Request, service: ServiceDetails, page: int = 0) -> Screen:
    """Return all specialists page by page, those who do the service ticked."""
    shown, turning = page_of(
        service.specialists, page, A_PAGE, lambda to: ServiceSpecialists(service_id=service.id, page=to)
    )
    rows: list[Row] = [
        [
            button_to(
                cards.ticked_label(specialist.name, on=specialist.id in service.specialist_ids),
                ToggleServiceSpecialist(service_id=service.id, specialist_id=specialist.id, page=page),
            )
        ]
        for specialist in shown
    ]
    rows.append(turning)
    if len(service.specialists) > 1 and len(service.specialist_ids) < len(service.specialists):
        rows.append([button_to(request.t.label("button-everyone"), EverySpecialist(service_id=service.id))])
    rows.append([button_to(request.t.label("button-done"), ServiceCard(service_id=service.id), style="primary")])
    return Screen(request.t.html("service-who-ask", name=service.name), rows)


@router.press(EverySpecialist)
async def add_every_specialist(request: Request, callback: EverySpecialist) -> Screen:
    """Let everybody do a service."""
    service = await request.api.get_service_card(callback.service_id)
    everybody = [specialist.id for specialist in service.specialists]
    changed = await _set_specialists(request, service.id, everybody)
    await pause_draft(request.state)
    return await service_screen(request, changed)


@router.press(ToggleServiceSpecialist)
async def toggle_service_specialist(request: Request, callback: ToggleServiceSpecialist) -> Screen:
    """Let a specialist do a service, or no longer; where bookings ahead are theirs, ask first what becomes of them."""
    service = await request.api.get_service_card(callback.service_id)
    ids, page, mode = (service.id, callback.specialist_id), callback.page, callback.mode
    specialist_ids = [each for each in service.specialist_ids if each != callback.specialist_id]
    if len(specialist_ids) == len(service.specialist_ids) and mode == Handling.ASK:
        specialist_ids.append(callback.specialist_id)
    changed = await change_or_ask(
        request,
        mode,
        lambda displacing: _set_specialists(request, service.id, specialist_ids, displacing),
        lambda handling: ToggleServiceSpecialist(*ids, page=page, mode=handling),
        ServiceSpecialists(service_id=service.id, page=page),
    )
    if isinstance(changed, Screen):
        return changed
    return add_handled(request, mode, changed, service_specialists_screen(request, changed, page))


async def _set_specialists(
    request: Request, service_id: int, specialist_ids: list[int], displacing: Displacing = KEEP
) -> ChangedService:
    change = UpdateService(specialist_ids=specialist_ids)
    return await request.api.update_service(service_id, change, displacing, key=request.idempotency_key("offers"))
