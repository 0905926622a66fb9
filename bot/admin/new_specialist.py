"""A new specialist: the name typed, then what they do and when; or the admin themselves, in one press."""

from collections.abc import Sequence

from aiogram.filters import StateFilter
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import Message

from backend.client.api import BackendRefused
from backend.contract.catalog import NewSpecialist, Offer, Service, Specialist
from backend.contract.errors import Code
from backend.contract.schedule import Hours
from bot.admin.callbacks.staff import AddSpecialist, StaffList, WorkAlone
from bot.admin.offers import offers_screen
from bot.fsm import drop_draft
from bot.request import Request
from bot.router import Router
from bot.specialist.callbacks import WeekHours
from bot.specialist.week_hours import week_hours_screen
from bot.ui.keyboards import Row, Screen, button_to
from bot.ui.prompts import add_above, ask_for_text
from bot.ui.text import visible_name

# The backend takes so many services at once.
MOST_OFFERS = 200

router = Router(for_staff=True)


class NewSpecialistForm(StatesGroup):
    """What is typed about a new specialist."""

    name = State()


@router.press(AddSpecialist)
async def ask_new_specialist(request: Request, _: AddSpecialist) -> Screen:
    """Ask what the new specialist is called."""
    return await _ask_new_name(request)


async def _ask_new_name(request: Request) -> Screen:
    back = button_to(request.t.label("button-back"), StaffList())
    rows: list[Row] = []
    if request.person.specialist_id is None:
        rows.append([button_to(request.t.label("button-work-alone"), WorkAlone())])
    return await ask_for_text(request, NewSpecialistForm.name, request.t.html("new-specialist"), back, rows)


@router.message(StateFilter(NewSpecialistForm.name))
async def take_new_specialist_name(message: Message, request: Request) -> Screen:
    """Add a specialist who does everything as yet; what they really do is asked next, then when."""
    name = visible_name(message.text or "")
    if not name:
        return add_above(request.t.html("not-read"), await _ask_new_name(request))
    services = (await request.api.list_services()).items
    specialist = await _create_specialist(request, name, services)
    if specialist is None:
        return add_above(request.t.html("name-taken"), await _ask_new_name(request))
    hours = button_to(request.t.label("button-next-hours"), WeekHours(specialist_id=specialist.id), style="primary")
    return offers_screen(request, specialist, services, hours)


async def _create_specialist(request: Request, name: str, services: Sequence[Service]) -> Specialist | None:
    """Add a specialist who does these services; None where somebody has that name already."""
    offers = [Offer(service_id=service.id) for service in services[:MOST_OFFERS]]
    new = NewSpecialist(name=name, services=offers)
    try:
        specialist = await request.api.create_specialist(new, key=request.idempotency_key("specialist"))
    except BackendRefused as refusal:
        if refusal.code is not Code.NAME_TAKEN:
            raise
        return None
    await drop_draft(request.state)
    return specialist


@router.press(WorkAlone)
async def work_alone(request: Request, _: WorkAlone) -> Screen:
    """Make the admin the specialist who does everything, by the name that Telegram knows, and ask for the hours."""
    services = (await request.api.list_services()).items
    name = visible_name(request.person.name or "") or request.tenant.name
    specialist = await _create_specialist(request, name, services)
    if specialist is None:
        return add_above(request.t.html("name-taken"), await _ask_new_name(request))
    person = await request.api.bind_own_account(specialist.id, key=request.idempotency_key("own-account"))
    await request.refresh_person(person)
    screen = await week_hours_screen(request, specialist.id, specialist.name, Hours())
    return add_above(request.t.html("works-alone", name=specialist.name), screen)
