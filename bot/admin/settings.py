"""What a business decides for itself: address, phone and the policies of booking; one tap for each."""

from aiogram.filters import StateFilter
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import Message

from backend.client.api import BackendRefused
from backend.contract.errors import Code
from backend.contract.tenancy import Policies, Tenant, UpdateTenant
from backend.kit.phones import MAX_PHONES, split_phones
from bot.admin.callbacks.business import AskAddress, AskBusinessPhone, PolicyCard, PolicyList, SetPolicy
from bot.admin.menu import manage_row
from bot.admin.opening import first_steps_screen, is_open
from bot.admin.policies import FIELDS, reminders_text
from bot.admin.zone_change import zone_change_row
from bot.fsm import Draft, drop_draft, load_draft, pause_draft
from bot.request import Request
from bot.router import Router
from bot.ui.callbacks import Home
from bot.ui.keyboards import Row, Screen, button_grid, button_to
from bot.ui.prompts import add_above, ask_for_text
from bot.ui.text import Html, clean_text, one_line

ADDRESS_MAX = 300
# Longer labels have a row of their own.
SHORT_LABEL = 12

router = Router(for_staff=True)


class SettingsForm(StatesGroup):
    """What is typed about the business."""

    policy = State()
    address = State()
    phone = State()


class PolicyDraft(Draft):
    """The policy that a value is typed for, by its place in `FIELDS`."""

    field: int


@router.press(PolicyList)
async def show_settings(request: Request, _: PolicyList) -> Screen:
    """Show everything with its value; each is a button."""
    await pause_draft(request.state)
    return _settings_screen(request, await request.api.get_tenant())


def _settings_screen(request: Request, tenant: Tenant) -> Screen:
    t = request.t
    none = t.label("data-none")
    lines = [
        t.html("policies-title"),
        "",
        t.html("contacts-address", address=tenant.address or none),
        t.html("contacts-phone", phone=tenant.phone or none),
        t.html("zone-line", zone=request.times.zone_name()),
        *(f"{t.html(field.label)}: <b>{field.value_text(request, tenant.policies)}</b>" for field in FIELDS),
    ]
    if late := tenant.policies.reminders_after_cut_off():
        lines += ["", t.html("reminders-late", reminders=reminders_text(request, tuple(late)))]
    buttons = [
        button_to(t.label("button-address"), AskAddress()),
        button_to(t.label("button-phone"), AskBusinessPhone()),
        *(button_to(t.label(field.label), PolicyCard(field=place)) for place, field in enumerate(FIELDS)),
    ]
    rows = [zone_change_row(request, tenant), *button_grid(buttons, 2), manage_row(request)]
    return Screen("\n".join(lines), rows)


@router.press(PolicyCard)
async def show_policy(request: Request, callback: PolicyCard) -> Screen:
    """Show one policy."""
    policies = (await request.api.get_tenant()).policies
    return await _policy_screen(request, min(callback.field, len(FIELDS) - 1), policies)


async def _policy_screen(request: Request, place: int, policies: Policies) -> Screen:
    """Return what a policy means, with presets to tap; of most a value can be typed as well."""
    field, t = FIELDS[place], request.t
    labels = field.preset_labels(request)
    presets = [button_to(label, SetPolicy(field=place, preset=number)) for number, label in enumerate(labels)]
    rows = button_grid(presets, 3 if max(map(len, labels)) < SHORT_LABEL else 1)
    question = f"{t.html(field.question)}\n{t.html('now-is', value=field.value_text(request, policies))}"
    back = button_to(t.label("button-back"), PolicyList())
    if field.read is None:
        return Screen(question, [*rows, [back]])
    question = f"{question}\n{t.html(field.example)}"
    return await ask_for_text(request, SettingsForm.policy, question, back, rows, draft=PolicyDraft(field=place))


@router.message(StateFilter(SettingsForm.policy))
async def take_policy(message: Message, request: Request) -> Screen:
    """Set the value that has been typed; what cannot be read, or is out of bounds, is asked again."""
    place = (await load_draft(request.state, PolicyDraft)).field
    policies = (await request.api.get_tenant()).policies
    changed = FIELDS[place].put_typed(policies, message.text or "")
    if changed is None:
        return add_above(request.t.html("not-read"), await _policy_screen(request, place, policies))
    return await _save_policies(request, changed)


@router.press(SetPolicy)
async def set_policy(request: Request, callback: SetPolicy) -> Screen:
    """Set the preset that has been tapped."""
    field = FIELDS[min(callback.field, len(FIELDS) - 1)]
    policies = (await request.api.get_tenant()).policies
    return await _save_policies(request, field.put_preset(policies, callback.preset))


async def _save_policies(request: Request, policies: Policies) -> Screen:
    tenant = await request.api.update_tenant(UpdateTenant(policies=policies), key=request.idempotency_key("policy"))
    await drop_draft(request.state)
    return _settings_screen(request, tenant)._replace(toast=request.t.label("saved"))


@router.press(AskAddress)
async def ask_address(request: Request, _: AskAddress) -> Screen:
    """Ask where the business is; clients get a map of it."""
    tenant = await request.api.get_tenant()
    question = request.t.html("ask-address", zone=request.times.zone_name())
    return await _ask_contact(request, SettingsForm.address, question, tenant.address)


@router.press(AskBusinessPhone)
async def ask_business_phone(request: Request, _: AskBusinessPhone) -> Screen:
    """Ask which number clients may call."""
    tenant = await request.api.get_tenant()
    return await _ask_contact(request, SettingsForm.phone, request.t.html("ask-phone"), tenant.phone)


async def _ask_contact(request: Request, step: State, question: Html, value: str) -> Screen:
    """Ask for the address or the phone, which is `value` now."""
    if known := one_line(value, ADDRESS_MAX):
        question = Html(f"{question}\n{request.t.html('now-is', value=known)}")
    rows: list[Row] = [[button_to(request.t.label("button-policies"), PolicyList())]]
    return await ask_for_text(request, step, question, button_to(request.t.label("button-home"), Home()), rows)


@router.message(StateFilter(SettingsForm.address))
async def take_address(message: Message, request: Request) -> Screen:
    """Save the address."""
    address = one_line(clean_text(message.text or ""), ADDRESS_MAX)
    screen = await _save_contact(request, UpdateTenant(address=address)) if address else None
    return screen or add_above(request.t.html("not-read"), await ask_address(request, AskAddress()))


@router.message(StateFilter(SettingsForm.phone))
async def take_business_phone(message: Message, request: Request) -> Screen:
    """Save the phone, or several with a comma or a new line between; what is too long is refused, never cut."""
    phones = [one_line(phone, len(phone)) for phone in split_phones(clean_text(message.text or ""))]
    fits = phones and len(phones) <= MAX_PHONES
    screen = await _save_contact(request, UpdateTenant(phones=phones)) if fits else None
    return screen or add_above(
        request.t.html("phones-not-read", most=MAX_PHONES), await ask_business_phone(request, AskBusinessPhone())
    )


async def _save_contact(request: Request, change: UpdateTenant) -> Screen | None:
    """Save, and return the first steps while some are left, or else the settings; None where it is refused as invalid."""
    try:
        tenant = await request.api.update_tenant(change, key=request.idempotency_key("tenant"))
    except BackendRefused as refusal:
        if refusal.code is not Code.INVALID:
            raise
        return None
    await drop_draft(request.state)
    screen = _settings_screen(request, tenant) if is_open(tenant) else first_steps_screen(request, tenant)
    return add_above(request.t.html("saved"), screen)
