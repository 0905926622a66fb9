"""What a business decides for itself: address, phone and the policies of booking; one tap for each."""

import msgspec

from backend.client.api import BackendRefused
from backend.contract.errors import Code
from backend.contract.tenancy import Policies, Tenant, UpdateTenant
from bot.admin import settings_fields as fields
from bot.admin.menu import manage_row
from bot.admin.opening import admin_home_screen as admin_home
from bot.old_way import old_ask, old_go, old_route, old_step
from bot.request import Request
from bot.ui.keyboards import Row, Screen, button_grid
from bot.ui.prompts import add_above
from bot.ui.text import clean_text, one_line

_TEXTS = ("address", "phone")


@old_route("a.pol")
async def policies(request: Request) -> Screen:
    """Everything with its value; each is a button."""
    await request.dialog.pause()
    return _screen(request, await request.api.get_tenant())


def _screen(request: Request, tenant: Tenant) -> Screen:
    none = request.t.label("data-none")
    lines = [request.t.html("policies-title"), ""]
    lines.append(request.t.html("contacts-address", address=tenant.address or none))
    lines.append(request.t.html("contacts-phone", phone=tenant.phone or none))
    lines.append(request.t.html("zone-line", zone=request.times.zone_name()))
    lines += [f"{request.t.html(one.label)}: <b>{one.said(request, tenant.policies)}</b>" for one in fields.FIELDS]
    buttons = [
        old_go(request.t.label("button-address"), "a.addr"),
        old_go(request.t.label("button-phone"), "a.phone"),
        *(old_go(request.t.label(one.label), "a.pof", place) for place, one in enumerate(fields.FIELDS)),
    ]
    return Screen("\n".join(lines), [*button_grid(buttons, 2), manage_row(request)])


@old_route("a.pof")
async def policy(request: Request, place: int) -> Screen:
    """One policy: what it means, presets to tap, or a value to type."""
    place = min(place, len(fields.FIELDS) - 1)
    field = fields.FIELDS[place]
    now = (await request.api.get_tenant()).policies
    back = old_go(request.t.label("button-back"), "a.pol")
    presets = [
        old_go(field.preset(request, value), "a.pov", place, number) for number, value in enumerate(field.presets)
    ]  # fmt: skip
    rows = button_grid(presets, 3 if max((len(one.label) for one in presets), default=0) < 12 else 1)
    question = f"{request.t.html(field.question)}\n{request.t.html('now-is', value=field.said(request, now))}"
    if field.read is None:
        return Screen(question, [*rows, [back]])
    return await old_ask(request, "a.pof", f"{question}\n{request.t.html(field.example)}", back, rows, field=place)


@old_step("a.pof")
async def policy_typed(request: Request, text: str, draft: dict[str, object]) -> Screen:
    """A value has been typed; what cannot be read, or is out of bounds, is asked again."""
    place = int(str(draft["field"]))
    field = fields.FIELDS[place]
    value = None if field.read is None else field.read(text)
    if value is None:
        return add_above(request.t.html("not-read"), await policy(request, place))
    return await _set(request, place, value)


@old_route("a.pov")
async def policy_tapped(request: Request, place: int, number: int) -> Screen:
    """A preset has been tapped."""
    place = min(place, len(fields.FIELDS) - 1)
    presets = fields.FIELDS[place].presets
    return await _set(request, place, presets[min(number, len(presets) - 1)])


async def _set(request: Request, place: int, value: object) -> Screen:
    field = fields.FIELDS[place]
    now = (await request.api.get_tenant()).policies
    try:
        changed = msgspec.convert({**msgspec.to_builtins(now), **field.values(value)}, Policies)
    except msgspec.ValidationError:
        return add_above(request.t.html("not-read"), await policy(request, place))
    body = UpdateTenant(policies=changed)
    tenant = await request.api.update_tenant(body, key=request.idempotency_key("policy"))
    await request.dialog.end()
    return _screen(request, tenant)._replace(toast=request.t.label("saved"))


@old_route("a.addr")
async def ask_address(request: Request) -> Screen:
    """Where is it? Clients get a map from it."""
    return await _ask_text(request, 0)


@old_route("a.phone")
async def ask_phone(request: Request) -> Screen:
    """Which number may clients call?"""
    return await _ask_text(request, 1)


async def _ask_text(request: Request, place: int) -> Screen:
    tenant = await request.api.get_tenant()
    question = request.t.html("ask-phone" if place else "ask-address", zone=request.times.zone_name())
    said = one_line(getattr(tenant, _TEXTS[place]), 300)
    if said:
        question = type(question)(f"{question}\n{request.t.html('now-is', value=said)}")
    rows: list[Row] = [[old_go(request.t.label("button-policies"), "a.pol")]]
    return await old_ask(request, "a.text", question, old_go(request.t.label("button-home"), "home"), rows, field=place)


@old_step("a.text")
async def text_typed(request: Request, text: str, draft: dict[str, object]) -> Screen:
    """The address or the phone has been typed: on with the first steps, or back to the settings."""
    place = int(str(draft["field"]))
    value = one_line(clean_text(text), 32 if place else 300)
    if not value:
        return add_above(request.t.html("not-read"), await _ask_text(request, place))
    body = UpdateTenant(phone=value) if place else UpdateTenant(address=value)
    try:
        tenant = await request.api.update_tenant(body, key=request.idempotency_key("tenant"))
    except BackendRefused as refusal:
        if refusal.code is not Code.INVALID:
            raise
        return add_above(request.t.html("not-read"), await _ask_text(request, place))
    await request.dialog.end()
    from bot.admin.opening import is_open

    first_run = not is_open(tenant)
    screen = await admin_home(request) if first_run else _screen(request, tenant)
    return add_above(request.t.html("saved"), screen)
