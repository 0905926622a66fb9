"""What a business is called, where it is, what it takes and how it is reached: typed or tapped, one after another at first."""

from aiogram.filters import StateFilter
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import Message

from backend.client.api import BackendRefused
from backend.contract.errors import Code
from backend.contract.people import LOCALES
from backend.contract.tenancy import Tenant, UpdateTenant
from backend.kit.phones import MAX_PHONES, split_phones
from bot.admin.callbacks.business import (
    AskAddress,
    AskBusinessPhone,
    AskCurrency,
    AskName,
    AskZone,
    FirstSteps,
    PolicyList,
    SetBusinessLanguage,
    SetCurrency,
    SetZone,
)
from bot.admin.callbacks.catalog import AddService
from bot.admin.new_service import ask_new_service
from bot.admin.opening import NameForm, first_steps_screen, is_open, list_steps
from bot.admin.settings import settings_screen
from bot.fsm import drop_draft
from bot.request import Request
from bot.router import Router
from bot.ui.i18n import known_locales
from bot.ui.keyboards import Button, Row, Screen, button_grid, button_to
from bot.ui.prompts import add_above, ask_for_text
from bot.ui.text import Html, clean_text, one_line, visible_name
from bot.ui.times import Times
from bot.ui.typed_currencies import currency_name, read_currency, suggested_currencies
from bot.ui.typed_zones import read_zone, suggested_zones

ADDRESS_MAX = 300
NAME_MAX = 64

router = Router(for_staff=True)


class BasicsForm(StatesGroup):
    """What is typed about the business."""

    name = State()
    zone = State()
    currency = State()
    address = State()
    phone = State()


@router.press(AskName)
async def ask_name(request: Request, _: AskName) -> Screen:
    """Ask what the business is called."""
    return await _ask(request, BasicsForm.name, request.t.html("ask-name"), request.tenant.name)


@router.message(StateFilter(BasicsForm.name, NameForm.name))
async def take_name(message: Message, request: Request) -> Screen:
    """Save the name. The language of a new business is that of who names it."""
    name = visible_name(message.text or "", NAME_MAX + 1)
    if not name or len(name) > NAME_MAX:
        return add_above(request.t.html("name-not-read", most=NAME_MAX), await ask_name(request, AskName()))
    change = UpdateTenant(name=name)
    if (await request.api.get_tenant()).sources.locale == "default" and request.locale in known_locales():
        change.locale = request.person.locale
    return await _save(request, change, AskName())


@router.press(AskZone)
async def ask_zone(request: Request, _: AskZone) -> Screen:
    """Ask where the business is: cities to tap, any other to type."""
    return await _ask_zone(request, suggested_zones(request.locale))


async def _ask_zone(request: Request, zones: tuple[str, ...], note: str = "ask-zone") -> Screen:
    buttons = [button_to(_zone_label(request, zone), SetZone(zone=zone.replace("/", "--"))) for zone in zones]
    return await _ask(request, BasicsForm.zone, request.t.html(note), rows=button_grid(buttons, 2))


def _zone_label(request: Request, zone: str) -> str:
    return Times(zone, request.locale, request.now).zone_name()


@router.press(SetZone)
async def set_zone(request: Request, callback: SetZone) -> Screen:
    """Set the zone that has been tapped."""
    return await _set_zone(request, callback.zone.replace("--", "/"))


async def _set_zone(request: Request, zone: str) -> Screen:
    """Set the zone; ask again where the backend does not know it."""
    saved = await _try_save(request, UpdateTenant(timezone=zone), AskZone())
    return saved or await ask_zone(request, AskZone())


@router.message(StateFilter(BasicsForm.zone))
async def take_zone(message: Message, request: Request) -> Screen:
    """Set the zone of a city that has been typed; what may be several, or is a guess, is asked back."""
    reading = read_zone(message.text or "", request.now)
    if reading.certain:
        return await _set_zone(request, reading.zones[0])
    if reading.zones:
        return await _ask_zone(request, reading.zones, "ask-zone-which")
    return add_above(request.t.html("not-read"), await ask_zone(request, AskZone()))


@router.press(AskCurrency)
async def ask_currency(request: Request, _: AskCurrency) -> Screen:
    """Ask in which currency prices are: the country's own first."""
    return await _ask_currency(request, suggested_currencies(request.tenant.timezone))


async def _ask_currency(request: Request, codes: tuple[str, ...], note: str = "ask-currency") -> Screen:
    rows: list[Row] = [[button_to(currency_name(code, request.locale), SetCurrency(code=code))] for code in codes]
    return await _ask(request, BasicsForm.currency, request.t.html(note), rows=rows)


@router.press(SetCurrency)
async def set_currency(request: Request, callback: SetCurrency) -> Screen:
    """Set the currency that has been tapped."""
    return await _set_currency(request, callback.code.upper())


async def _set_currency(request: Request, code: str) -> Screen:
    """Set the currency; ask again where the backend does not know it."""
    saved = await _try_save(request, UpdateTenant(currency=code), AskCurrency())
    return saved or await ask_currency(request, AskCurrency())


@router.message(StateFilter(BasicsForm.currency))
async def take_currency(message: Message, request: Request) -> Screen:
    """Set the currency that has been typed; a symbol of several countries is asked back."""
    codes = read_currency(message.text or "", request.tenant.timezone)
    if len(codes) == 1:
        return await _set_currency(request, codes[0])
    if codes:
        return await _ask_currency(request, codes, "ask-currency-which")
    return add_above(request.t.html("not-read"), await ask_currency(request, AskCurrency()))


@router.press(SetBusinessLanguage)
async def set_language(request: Request, callback: SetBusinessLanguage) -> Screen:
    """Set the language of the business; people whose language is known are spoken to in theirs."""
    locale = next((known for known in LOCALES if known == callback.locale), request.tenant.locale)
    return await _save(request, UpdateTenant(locale=locale), SetBusinessLanguage(locale=locale))


@router.press(AskAddress)
async def ask_address(request: Request, _: AskAddress) -> Screen:
    """Ask where the business is; clients get a map of it."""
    tenant = await request.api.get_tenant()
    question = request.t.html("ask-address", zone=request.times.zone_name())
    return await _ask(request, BasicsForm.address, question, tenant.address)


@router.message(StateFilter(BasicsForm.address))
async def take_address(message: Message, request: Request) -> Screen:
    """Save the address."""
    address = one_line(clean_text(message.text or ""), ADDRESS_MAX)
    screen = await _try_save(request, UpdateTenant(address=address), AskAddress()) if address else None
    return screen or add_above(request.t.html("not-read"), await ask_address(request, AskAddress()))


@router.press(AskBusinessPhone)
async def ask_business_phone(request: Request, _: AskBusinessPhone) -> Screen:
    """Ask which number clients may call."""
    tenant = await request.api.get_tenant()
    return await _ask(request, BasicsForm.phone, request.t.html("ask-phone"), tenant.phone)


@router.message(StateFilter(BasicsForm.phone))
async def take_business_phone(message: Message, request: Request) -> Screen:
    """Save the phone, or several with a comma or a new line between; what is too long is refused, never cut."""
    phones = [one_line(phone, len(phone)) for phone in split_phones(clean_text(message.text or ""))]
    fits = phones and len(phones) <= MAX_PHONES
    screen = await _try_save(request, UpdateTenant(phones=phones), AskBusinessPhone()) if fits else None
    return screen or add_above(
        request.t.html("phones-not-read", most=MAX_PHONES), await ask_business_phone(request, AskBusinessPhone())
    )


Step = AskName | AskZone | AskCurrency | AskAddress | AskBusinessPhone | SetBusinessLanguage


async def _ask(request: Request, step: State, question: Html, value: str = "", rows: list[Row] | None = None) -> Screen:
    """Ask for what is `value` now; the first steps lead on from there as well."""
    if known := one_line(value, ADDRESS_MAX):
        question = Html(f"{question}\n{request.t.html('now-is', value=known)}")
    settings = button_to(request.t.label("button-policies"), PolicyList())
    return await ask_for_text(request, step, question, _later_button(request), [*(rows or []), [settings]])


def _later_button(request: Request) -> Button:
    return button_to(request.t.label("button-first-steps"), FirstSteps())


async def _try_save(request: Request, change: UpdateTenant, step: Step) -> Screen | None:
    """Save and return what comes next; None where it is refused as invalid."""
    try:
        return await _save(request, change, step)
    except BackendRefused as refusal:
        if refusal.code is not Code.INVALID:
            raise
        return None


async def _save(request: Request, change: UpdateTenant, step: Step) -> Screen:
    """Save, and return the next of the first steps while some are left, or else the settings."""
    try:
        tenant = await request.api.update_tenant(change, key=request.idempotency_key("tenant"))
    except BackendRefused as refusal:
        if refusal.code is not Code.ILLEGAL_STEP:
            raise
        # the file says it since, or somebody has booked
        screen = settings_screen(request, await request.api.get_tenant())
        return add_above(request.t.html("basics-locked"), screen)
    await drop_draft(request.state)
    request.refresh_tenant(tenant)
    screen = settings_screen(request, tenant) if is_open(tenant) else await _next_screen(request, tenant, step)
    return add_above(request.t.html("saved"), screen)


async def _next_screen(request: Request, tenant: Tenant, step: Step) -> Screen:
    """Return the question of the next step where it can be typed, so that nothing need be pressed; else the first steps."""
    steps = list_steps(tenant)
    place = next((place for place, each in enumerate(steps) if type(each.callback) is type(step)), len(steps))
    following = next((each.callback for each in steps[place + 1 :] if not each.done), None)
    match following:
        case AskZone():
            return await ask_zone(request, following)
        case AskCurrency():
            return await ask_currency(request, following)
        case AskAddress():
            return await ask_address(request, following)
        case AskBusinessPhone():
            return await ask_business_phone(request, following)
        case AddService():
            return await ask_new_service(request, following)
    return await first_steps_screen(request, tenant)
