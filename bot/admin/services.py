"""Services: the list, the card with everything that can be said of one, taking one off sale."""

from collections.abc import Awaitable

from aiogram.filters import StateFilter
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import Message

from backend.client.api import BackendRefused
from backend.client.requests import Displacing
from backend.contract.catalog import ChangedService, UpdateService
from backend.contract.catalog import ServiceCard as ServiceDetails
from backend.contract.errors import Code
from bot.admin.callbacks.business import AuditLog
from bot.admin.callbacks.catalog import (
    AddService,
    AdminServices,
    ArchiveService,
    AskArchiveService,
    FindServiceCard,
    RoomList,
    ServiceCard,
    ServiceField,
    ServiceSpecialists,
    SetServiceField,
    ToggleServiceRoom,
)
from bot.admin.menu import manage_row
from bot.admin.opening import bot_link
from bot.admin.service_fields import FIELDS, ROOMS_PLACE, STARTS_PLACE
from bot.fsm import Draft, drop_draft, load_draft, pause_draft
from bot.request import Request
from bot.router import Router
from bot.specialist.affected_bookings import (
    PREVIEW,
    PREVIEW_KEY,
    Handling,
    add_handled,
    affected_lines,
    change_or_ask,
    choose_handling,
    handling_rows,
)
from bot.ui import cards
from bot.ui.keyboards import Button, Row, Screen, button_grid, button_to, page_of
from bot.ui.prompts import add_above, ask_for_text, more_lines
from bot.ui.service_search import MANY
from bot.ui.text import clean_text, escape, one_line

A_PAGE = 10
ROOMS_A_PAGE = 20
# of those who do a service
NAMES_SHOWN = 12

router = Router(for_staff=True)


class ServiceForm(StatesGroup):
    """What is typed about a service."""

    field = State()


class ServiceDraft(Draft):
    """The field that a value is typed for, by its place in `FIELDS`."""

    service_id: int
    field: int


@router.press(AdminServices)
async def show_services(request: Request, callback: AdminServices) -> Screen:
    """Show the services on sale."""
    return await _services_screen(request, callback.page)


async def _services_screen(request: Request, page: int = 0) -> Screen:
    """Return every service on sale, ten a page."""
    await pause_draft(request.state)
    services = (await request.api.list_services()).items
    shown, turning = page_of(services, page, A_PAGE, lambda to: AdminServices(page=to))
    rows: list[Row] = [
        [button_to(cards.service_label(request, service), ServiceCard(service_id=service.id))] for service in shown
    ]
    last = [button_to(request.t.label("button-add-service"), AddService(), style="primary")]
    if len(services) >= MANY:
        last.append(button_to(request.t.label("button-find-service"), FindServiceCard()))
    text = request.t.html("services-title" if services else "services-none")
    return Screen(text, [*rows, turning, last, manage_row(request)])


@router.press(ServiceCard)
async def show_service(request: Request, callback: ServiceCard) -> Screen:
    """Show one service."""
    return await _load_service_screen(request, callback.service_id)


async def _load_service_screen(request: Request, service_id: int) -> Screen:
    await pause_draft(request.state)
    return await service_screen(request, await request.api.get_service_card(service_id))


async def service_screen(request: Request, service: ServiceDetails) -> Screen:
    """Return what clients see of a service and what they do not, with a button for each field."""
    t = request.t
    does_it = set(service.specialist_ids)
    names = [one_line(specialist.name) for specialist in service.specialists if specialist.id in does_it]
    who = " ".join([", ".join(names[:NAMES_SHOWN]), *more_lines(request, len(names) - NAMES_SHOWN)])
    rows = button_grid(_field_buttons(request, service), 2)
    if service.specialists:
        specialists = ServiceSpecialists(service_id=service.id)
        rows.append([button_to(t.label("button-who-does"), specialists, style=None if who else "primary")])
    link = await bot_link(request, f"s_{service.id}")
    rows += [
        [
            Button(t.label("button-copy-link"), copy=link),
            button_to(t.label("button-audit"), AuditLog.only("service", service.id)),
        ],
        [
            button_to(t.label("button-archive"), AskArchiveService(service_id=service.id), style="danger"),
            button_to(t.label("button-back"), AdminServices()),
        ],
        manage_row(request),
    ]
    return Screen("\n".join(_service_lines(request, service, who)), rows)


def _service_lines(request: Request, service: ServiceDetails, who: str) -> list[str]:
    t, times = request.t, request.times
    cost = cards.price_text(request, service.price, service.currency, at_least=service.own_price_from)
    price = cost or t.label("price-none")
    lines = [
        f"<b>{escape(one_line(service.name))}</b>",
        t.html("service-terms", price=price, span=times.span(service.duration_min)),
    ]
    if service.category:
        lines.append(t.html("service-category", category=service.category))
    if service.description:
        lines.append(escape(clean_text(service.description, 600)))
    if service.buffer_before_min or service.buffer_after_min:
        before, after = times.span(service.buffer_before_min), times.span(service.buffer_after_min)
        lines.append(t.html("service-buffers", before=before, after=after))
    if service.capacity > 1:
        lines.append(t.html("service-capacity", count=service.capacity))
        lines.append(t.html("service-starts-together" if service.starts == "together" else "service-starts-any"))
    lines.append(t.html("service-who", who=who) if who else t.html("service-nobody"))
    return lines


def _field_buttons(request: Request, service: ServiceDetails) -> list[Button]:
    service_id = service.id
    labels = {place: field.button for place, field in FIELDS.items()} | {ROOMS_PLACE: "button-rooms"}
    return [
        button_to(request.t.label(label), ServiceField(service_id=service_id, field=place))
        for place, label in sorted(labels.items())
        if place != STARTS_PLACE or service.capacity > 1
    ]


@router.press(ServiceField)
async def show_service_field(request: Request, callback: ServiceField) -> Screen:
    """Show one field of a service, or its rooms."""
    if callback.field not in FIELDS:
        return _rooms_screen(request, await request.api.get_service_card(callback.service_id), callback.page)
    return await _ask_field(request, callback.service_id, callback.field)


async def _ask_field(request: Request, service_id: int, place: int) -> Screen:
    """Ask for another value of a field: presets to tap, or words to type."""
    service = await request.api.get_service(service_id)
    field = FIELDS[place]
    presets = [
        button_to(field.preset_label(request, value), SetServiceField(service_id=service_id, field=place, value=value))
        for value in field.presets(request)
    ]
    question = request.t.html(field.question, name=service.name)
    back = button_to(request.t.label("button-back"), ServiceCard(service_id=service_id))
    draft = ServiceDraft(service_id=service_id, field=place)
    return await ask_for_text(request, ServiceForm.field, question, back, button_grid(presets, 3), draft=draft)


@router.message(StateFilter(ServiceForm.field))
async def take_service_field(message: Message, request: Request) -> Screen:
    """Set the value that has been typed; what cannot be read is asked again with an example."""
    draft = await load_draft(request.state, ServiceDraft)
    field = FIELDS[draft.field]
    change = field.from_text(message.text or "")
    if change is None:
        screen = await _ask_field(request, draft.service_id, draft.field)
        return add_above(request.t.html("not-read"), screen)
    await drop_draft(request.state)
    return await _change_service(request, draft.service_id, draft.field, change)


@router.press(SetServiceField)
async def set_service_field(request: Request, callback: SetServiceField) -> Screen:
    """Set the value that has been tapped."""
    field = FIELDS.get(callback.field)
    if field is None or field.from_preset is None:
        return await _load_service_screen(request, callback.service_id)
    change = field.from_preset(callback.value)
    return await _change_service(request, callback.service_id, callback.field, change, callback.mode)


async def _change_service(
    request: Request, service_id: int, place: int, change: UpdateService, mode: int = Handling.ASK
) -> Screen:
    """Save a change of one field; of a term the bookings ahead that keep the old one are counted.

    Where fewer people shall fit than have booked, ask first what becomes of those who were last."""
    key = request.idempotency_key("service")

    def update(displacing: Displacing) -> Awaitable[ChangedService]:
        return request.api.update_service(service_id, change, displacing, key=key)

    def chosen(handling: Handling) -> SetServiceField:
        assert isinstance(change.capacity, int), "no other field leaves bookings without their place"
        return SetServiceField(service_id=service_id, field=place, value=change.capacity, mode=handling)

    try:
        changed = await change_or_ask(request, mode, update, chosen, ServiceField(service_id=service_id, field=place))
    except BackendRefused as refusal:
        if refusal.code not in (Code.INVALID, Code.NAME_TAKEN):
            raise
        sentence = "name-taken" if refusal.code is Code.NAME_TAKEN else "not-read"
        return add_above(request.t.html(sentence), await _load_service_screen(request, service_id))
    if isinstance(changed, Screen):
        return changed
    screen = (await service_screen(request, changed))._replace(toast=request.t.label("saved"))
    if changed.affected and FIELDS[place].is_term:
        return add_above(request.t.html("keep-old-terms", count=len(changed.affected)), screen)
    return add_handled(request, mode, changed, screen)


def _rooms_screen(request: Request, service: ServiceDetails, page: int = 0) -> Screen:
    """Return the rooms and equipment, those that the service takes ticked."""
    shown, turning = page_of(
        service.rooms, page, ROOMS_A_PAGE, lambda to: ServiceField(service_id=service.id, field=ROOMS_PLACE, page=to)
    )
    rows: list[Row] = [
        [
            button_to(
                cards.ticked_label(room.name, on=room.id in service.room_ids),
                ToggleServiceRoom(service_id=service.id, room_id=room.id, page=page),
            )
        ]
        for room in shown
    ]
    rows.append(turning)
    rows.append(
        [
            button_to(request.t.label("button-rooms"), RoomList()),
            button_to(request.t.label("button-back"), ServiceCard(service_id=service.id)),
        ]
    )
    return Screen(request.t.html("service-rooms" if service.rooms else "rooms-none", name=service.name), rows)


@router.press(ToggleServiceRoom)
async def toggle_service_room(request: Request, callback: ToggleServiceRoom) -> Screen:
    """Take a room with the service, or no longer."""
    service = await request.api.get_service(callback.service_id)
    room_ids = [room_id for room_id in service.room_ids if room_id != callback.room_id]
    if len(room_ids) == len(service.room_ids):
        room_ids.append(callback.room_id)
    change = UpdateService(room_ids=room_ids)
    changed = await request.api.update_service(service.id, change, key=request.idempotency_key("rooms"))
    return _rooms_screen(request, changed, callback.page)


@router.press(AskArchiveService)
async def ask_archive_service(request: Request, callback: AskArchiveService) -> Screen:
    """Ask before a service goes off sale."""
    return await _archive_screen(request, callback.service_id)


async def _archive_screen(request: Request, service_id: int) -> Screen:
    """Return the question, with the bookings ahead and what may become of them."""
    service = await request.api.get_service(service_id)
    removed = await request.api.remove_service(service_id, PREVIEW, key=PREVIEW_KEY)
    lines: list[str] = [request.t.html("archive-ask", name=service.name)]
    yes = ArchiveService(service_id=service_id)
    rows: list[Row] = [[button_to(request.t.label("button-yes-archive"), yes, style="danger")]]
    if removed.displaced:
        lines += ["", *affected_lines(request, removed.displaced)]
        rows = handling_rows(request, lambda handling: ArchiveService(service_id=service_id, mode=handling))
    rows.append([button_to(request.t.label("button-back"), ServiceCard(service_id=service_id))])
    return Screen("\n".join(lines), rows)


@router.press(ArchiveService)
async def archive_service(request: Request, callback: ArchiveService) -> Screen:
    """Take a service off sale and handle the bookings ahead; past ones still have it."""
    key, mode = request.idempotency_key("archive"), callback.mode
    removed = await request.api.remove_service(callback.service_id, choose_handling(mode), key=key)
    screen = add_handled(request, mode, removed, await _services_screen(request))
    return screen._replace(toast=request.t.label("saved"))
