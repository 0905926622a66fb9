"""A new service: its name typed, its length and price tapped or typed as well."""

from aiogram.filters import StateFilter
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import Message

from backend.client.api import BackendRefused
from backend.contract.catalog import NewService
from backend.contract.errors import Code
from bot.admin.callbacks.catalog import AddService, AdminServices, ServiceCard, SetNewDuration, SetNewPrice
from bot.admin.callbacks.staff import AddSpecialist, WorkAlone
from bot.admin.menu import manage_row
from bot.admin.service_fields import (
    DURATION,
    DURATIONS,
    PRICE,
    clamp_minutes,
    format_price,
    preset_prices,
    price_label,
)
from bot.admin.service_staff import service_specialists_screen
from bot.admin.services import service_screen
from bot.fsm import Draft, drop_draft, find_draft, load_draft
from bot.request import Request
from bot.router import Router
from bot.ui import typed_values
from bot.ui.keyboards import Button, Row, Screen, button_grid, button_to
from bot.ui.prompts import add_above, ask_for_text
from bot.ui.text import visible_name
from bot.ui.typed_values import PriceTerms

router = Router(for_staff=True)


class NewServiceForm(StatesGroup):
    """What is typed about a new service."""

    name = State()
    duration = State()
    price = State()


class NewServiceDraft(Draft):
    """What is known of the new service. `minutes` is 0 until the length is known."""

    name: str
    minutes: int = 0


@router.press(AddService)
async def ask_new_service(request: Request, _: AddService) -> Screen:
    """Ask what the service is called."""
    return await _ask_name(request)


async def _ask_name(request: Request) -> Screen:
    return await ask_for_text(request, NewServiceForm.name, request.t.html("new-service"), _back_button(request))


@router.message(StateFilter(NewServiceForm.name))
async def take_new_service_name(message: Message, request: Request) -> Screen:
    """Take the name and ask how long it lasts."""
    name = visible_name(message.text or "")
    if not name:
        return add_above(request.t.html("not-read"), await _ask_name(request))
    return await _ask_duration(request, NewServiceDraft(name=name))


async def _ask_duration(request: Request, draft: NewServiceDraft) -> Screen:
    presets = [button_to(request.times.span(minutes), SetNewDuration(minutes=minutes)) for minutes in DURATIONS]
    question = request.t.html(DURATION.question, name=draft.name)
    rows = button_grid(presets, 3)
    return await ask_for_text(request, NewServiceForm.duration, question, _back_button(request), rows, draft=draft)


@router.message(StateFilter(NewServiceForm.duration))
async def take_new_duration(message: Message, request: Request) -> Screen:
    """Take the length that has been typed and ask for the price."""
    draft = await load_draft(request.state, NewServiceDraft)
    minutes = typed_values.read_minutes(message.text or "")
    if not minutes:
        return add_above(request.t.html("not-read"), await _ask_duration(request, draft))
    return await _ask_price(request, NewServiceDraft(name=draft.name, minutes=minutes))


@router.press(SetNewDuration)
async def set_new_duration(request: Request, callback: SetNewDuration) -> Screen:
    """Take the length that has been tapped and ask for the price."""
    draft = await find_draft(request.state, NewServiceDraft)
    if draft is None:
        return await _ask_name(request)
    return await _ask_price(request, NewServiceDraft(name=draft.name, minutes=clamp_minutes(callback.minutes)))


async def _ask_price(request: Request, draft: NewServiceDraft) -> Screen:
    presets = [
        button_to(price_label(request, price), SetNewPrice(hundredths=price)) for price in preset_prices(request)
    ]
    question = request.t.html(PRICE.question, name=draft.name)
    rows = button_grid(presets, 3)
    return await ask_for_text(request, NewServiceForm.price, question, _back_button(request), rows, draft=draft)


def _back_button(request: Request) -> Button:
    return button_to(request.t.label("button-back"), AdminServices())


@router.message(StateFilter(NewServiceForm.price))
async def take_new_price(message: Message, request: Request) -> Screen:
    """Take the price that has been typed and put the service on sale."""
    draft = await load_draft(request.state, NewServiceDraft)
    terms = typed_values.read_price_terms(message.text or "")
    if terms is None:
        return add_above(request.t.html("not-read"), await _ask_price(request, draft))
    return await _create_service(request, draft, terms)


@router.press(SetNewPrice)
async def set_new_price(request: Request, callback: SetNewPrice) -> Screen:
    """Take the price that has been tapped and put the service on sale."""
    draft = await find_draft(request.state, NewServiceDraft)
    if draft is None or not draft.minutes:
        return await _ask_name(request)
    return await _create_service(request, draft, PriceTerms(format_price(callback.hundredths), at_least=False))


async def _create_service(request: Request, draft: NewServiceDraft, price: PriceTerms) -> Screen:
    """Put the service on sale. Who does it is asked next, or for the first specialist where there is none yet."""
    new = NewService(name=draft.name, duration_min=draft.minutes, price=price.amount, price_from=price.at_least)
    try:
        service = await request.api.create_service(new, key=request.idempotency_key("service"))
    except BackendRefused as refusal:
        if refusal.code is not Code.NAME_TAKEN:
            raise
        return add_above(request.t.html("name-taken"), await _ask_name(request))
    await drop_draft(request.state)
    if service.specialists:
        screen = service_specialists_screen(request, service)
    else:
        rows: list[Row] = [
            [button_to(request.t.label("button-work-alone"), WorkAlone(), style="primary")],
            [button_to(request.t.label("button-next-staff"), AddSpecialist())],
            [
                button_to(request.t.label("button-another-service"), AddService()),
                button_to(request.t.label("button-open"), ServiceCard(service_id=service.id)),
            ],
            manage_row(request),
        ]
        screen = (await service_screen(request, service))._replace(rows=rows)
    added = add_above(request.t.html("service-added", name=service.name), screen)
    return added._replace(toast=request.t.label("saved"))
