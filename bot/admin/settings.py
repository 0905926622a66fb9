"""What a business decides for itself: its basics, address, phone and the policies of booking; one tap for each."""

import msgspec
from aiogram.filters import StateFilter
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import Message

from backend.contract.tenancy import Policies, Tenant, UpdateTenant
from bot.admin.callbacks.business import (
    AskAddress,
    AskBusinessPhone,
    AskCurrency,
    AskName,
    AskZone,
    PolicyCard,
    PolicyList,
    PrivacySettings,
    SetBusinessLanguage,
    SetPolicy,
)
from bot.admin.menu import manage_row
from bot.admin.policies import FIELDS, reminders_text
from bot.admin.zone_change import zone_change_row
from bot.fsm import Draft, drop_draft, load_draft, pause_draft
from bot.request import Request
from bot.router import Router
from bot.ui.i18n import known_locales, words_for
from bot.ui.keyboards import Button, Screen, button_grid, button_to
from bot.ui.prompts import add_above, ask_for_text
from bot.ui.typed_currencies import currency_name

# Longer labels have a row of their own.
SHORT_LABEL = 12

router = Router(for_staff=True)


class SettingsForm(StatesGroup):
    """What is typed about the business."""

    policy = State()


class PolicyDraft(Draft):
    """The policy that a value is typed for, by its place in `FIELDS`."""

    field: int


@router.press(PolicyList)
async def show_settings(request: Request, _: PolicyList) -> Screen:
    """Show everything with its value; each is a button."""
    await pause_draft(request.state)
    return settings_screen(request, await request.api.get_tenant())


def settings_screen(request: Request, tenant: Tenant) -> Screen:
    """Return everything that the business decides, with its values."""
    t = request.t
    none = t.label("data-none")
    lines = [
        t.html("policies-title"),
        "",
        t.html("name-line", name=tenant.name),
        t.html("contacts-address", address=tenant.address or none),
        t.html("contacts-phone", phone=tenant.phone or none),
        t.html("zone-line", zone=request.times.zone_name()),
        t.html("currency-line", currency=currency_name(tenant.currency, request.locale)),
        t.html("language-line", language=words_for(tenant.locale).label("language-name")),
        *(f"{t.html(field.label)}: <b>{field.value_text(request, tenant.policies)}</b>" for field in FIELDS),
    ]
    if "file" in msgspec.structs.astuple(tenant.sources):
        lines.append(t.html("basics-fixed"))
    if other := request.context.tenant.file_currency:
        lines += ["", t.html("currency-other-file", file=other, currency=tenant.currency)]
    if late := tenant.policies.reminders_after_cut_off():
        lines += ["", t.html("reminders-late", reminders=reminders_text(request, tuple(late)))]
    buttons = [
        *_basics_buttons(request, tenant),
        button_to(t.label("button-address"), AskAddress()),
        button_to(t.label("button-phone"), AskBusinessPhone()),
        *(button_to(t.label(field.label), PolicyCard(field=place)) for place, field in enumerate(FIELDS)),
        button_to(t.label("button-privacy"), PrivacySettings()),
    ]
    rows = [zone_change_row(request, tenant), *button_grid(buttons, 2), manage_row(request)]
    return Screen("\n".join(lines), rows)


def _basics_buttons(request: Request, tenant: Tenant) -> list[Button]:
    """Return a button for each of the basics that neither the tenant's file says nor bookings keep as it is."""
    t, sources = request.t, tenant.sources
    other: str = next(locale for locale in known_locales() if locale != tenant.locale)
    found: list[Button] = []
    if sources.name != "file":
        found.append(button_to(t.label("todo-name"), AskName()))
    if sources.timezone != "file":
        found.append(button_to(t.label("todo-zone"), AskZone()))
    if sources.currency != "file" and not tenant.currency_locked:
        found.append(button_to(t.label("todo-currency"), AskCurrency()))
    if sources.locale != "file":
        found.append(button_to(words_for(other).label("button-bot-speaks"), SetBusinessLanguage(locale=other)))
    return found


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
    return settings_screen(request, tenant)._replace(toast=request.t.label("saved"))
