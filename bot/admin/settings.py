"""What a business decides for itself: address, phone and the policies of booking; one tap for each."""

import msgspec

from backend.client.api import BackendRefused
from backend.contract.errors import Code
from backend.contract.tenancy import Policies, Tenant, UpdateTenant
from bot.admin import settings_fields as fields
from bot.admin.home import admin_home, manage_row
from bot.dialogs import step
from bot.request import Turn
from bot.ui.callbacks import route
from bot.ui.keyboards import Row, Screen, go, grid
from bot.ui.prompts import above, ask
from bot.ui.text import clean, one_line

_TEXTS = ("address", "phone")


@route("a.pol")
async def policies(turn: Turn) -> Screen:
    """Everything with its value; each is a button."""
    await turn.dialog.pause()
    return _screen(turn, await turn.api.tenant())


def _screen(turn: Turn, tenant: Tenant) -> Screen:
    none = turn.t.label("data-none")
    lines = [turn.t.html("policies-title"), ""]
    lines.append(turn.t.html("contacts-address", address=tenant.address or none))
    lines.append(turn.t.html("contacts-phone", phone=tenant.phone or none))
    lines.append(turn.t.html("zone-line", zone=turn.times.zone_name()))
    lines += [f"{turn.t.html(one.label)}: <b>{one.said(turn, tenant.policies)}</b>" for one in fields.FIELDS]
    buttons = [
        go(turn.t.label("button-address"), "a.addr"),
        go(turn.t.label("button-phone"), "a.phone"),
        *(go(turn.t.label(one.label), "a.pof", place) for place, one in enumerate(fields.FIELDS)),
    ]
    return Screen("\n".join(lines), [*grid(buttons, 2), manage_row(turn)])


@route("a.pof")
async def policy(turn: Turn, place: int) -> Screen:
    """One policy: what it means, presets to tap, or a value to type."""
    place = min(place, len(fields.FIELDS) - 1)
    field = fields.FIELDS[place]
    now = (await turn.api.tenant()).policies
    back = go(turn.t.label("button-back"), "a.pol")
    presets = [
        go(field.preset(turn, value), "a.pov", place, number) for number, value in enumerate(field.presets)
    ]  # fmt: skip
    rows = grid(presets, 3 if max((len(one.label) for one in presets), default=0) < 12 else 1)
    question = f"{turn.t.html(field.question)}\n{turn.t.html('now-is', value=field.said(turn, now))}"
    if field.read is None:
        return Screen(question, [*rows, [back]])
    return await ask(turn, "a.pof", f"{question}\n{turn.t.html(field.example)}", back, rows, field=place)


@step("a.pof")
async def policy_typed(turn: Turn, text: str, draft: dict[str, object]) -> Screen:
    """A value has been typed; what cannot be read, or is out of bounds, is asked again."""
    place = int(str(draft["field"]))
    field = fields.FIELDS[place]
    value = None if field.read is None else field.read(text)
    if value is None:
        return above(turn.t.html("not-read"), await policy(turn, place))
    return await _set(turn, place, value)


@route("a.pov")
async def policy_tapped(turn: Turn, place: int, number: int) -> Screen:
    """A preset has been tapped."""
    place = min(place, len(fields.FIELDS) - 1)
    presets = fields.FIELDS[place].presets
    return await _set(turn, place, presets[min(number, len(presets) - 1)])


async def _set(turn: Turn, place: int, value: object) -> Screen:
    field = fields.FIELDS[place]
    now = (await turn.api.tenant()).policies
    try:
        changed = msgspec.convert({**msgspec.to_builtins(now), **field.values(value)}, Policies)
    except msgspec.ValidationError:
        return above(turn.t.html("not-read"), await policy(turn, place))
    body = UpdateTenant(policies=changed)
    tenant = await turn.api.update_tenant(body, key=turn.key("policy"))
    await turn.dialog.end()
    return _screen(turn, tenant)._replace(toast=turn.t.label("saved"))


@route("a.addr")
async def ask_address(turn: Turn) -> Screen:
    """Where is it? Clients get a map from it."""
    return await _ask_text(turn, 0)


@route("a.phone")
async def ask_phone(turn: Turn) -> Screen:
    """Which number may clients call?"""
    return await _ask_text(turn, 1)


async def _ask_text(turn: Turn, place: int) -> Screen:
    tenant = await turn.api.tenant()
    question = turn.t.html("ask-phone" if place else "ask-address", zone=turn.times.zone_name())
    said = one_line(getattr(tenant, _TEXTS[place]), 300)
    if said:
        question = type(question)(f"{question}\n{turn.t.html('now-is', value=said)}")
    rows: list[Row] = [[go(turn.t.label("button-policies"), "a.pol")]]
    return await ask(turn, "a.text", question, go(turn.t.label("button-home"), "home"), rows, field=place)


@step("a.text")
async def text_typed(turn: Turn, text: str, draft: dict[str, object]) -> Screen:
    """The address or the phone has been typed: on with the first steps, or back to the settings."""
    place = int(str(draft["field"]))
    value = one_line(clean(text), 32 if place else 300)
    if not value:
        return above(turn.t.html("not-read"), await _ask_text(turn, place))
    body = UpdateTenant(phone=value) if place else UpdateTenant(address=value)
    try:
        tenant = await turn.api.update_tenant(body, key=turn.key("tenant"))
    except BackendRefused as refusal:
        if refusal.code is not Code.INVALID:
            raise
        return above(turn.t.html("not-read"), await _ask_text(turn, place))
    await turn.dialog.end()
    from bot.admin.checklist import STEPS, done_steps

    first_run = done_steps(tenant) < len(STEPS)
    screen = await admin_home(turn) if first_run else _screen(turn, tenant)
    return above(turn.t.html("saved"), screen)
