"""A new service in one breath: its name typed, its length and price tapped (or typed as well)."""

from backend.client.api import BackendRefused
from backend.contract import catalog as wire
from backend.contract.errors import Code
from bot.admin import service_fields as fields
from bot.admin.menu import manage_row
from bot.admin.services import card_screen, who
from bot.old_way import old_ask, old_go, old_route, old_step
from bot.request import Request
from bot.ui import typed_values
from bot.ui.keyboards import Button, Row, Screen, button_grid
from bot.ui.prompts import add_above
from bot.ui.text import Html, one_line


@old_route("a.svn")
async def ask_name(request: Request) -> Screen:
    """What is it called?"""
    back = old_go(request.t.label("button-back"), "a.svs", 0)
    return await old_ask(request, "a.svn", request.t.html("new-service"), back)


@old_step("a.svn")
async def name_typed(request: Request, text: str, draft: dict[str, object]) -> Screen:  # noqa: ARG001  a step takes both
    """How long does it take?"""
    name = one_line(text)
    if not name:
        return add_above(request.t.html("not-read"), await ask_name(request))
    return await _ask_duration(request, name)


async def _ask_duration(request: Request, name: str) -> Screen:
    presets = [old_go(request.times.span(value), "a.svd", value) for value in fields.DURATIONS]
    return await _ask(request, "a.svd", "ask-duration", presets, name=name)


async def _ask(request: Request, name_: str, question: str, presets: list[Button], **draft: object) -> Screen:
    back = old_go(request.t.label("button-back"), "a.svs", 0)
    told: Html = request.t.html(question, name=str(draft["name"]))
    return await old_ask(request, name_, told, back, button_grid(presets, 3), **draft)


@old_step("a.svd")
async def duration_typed(request: Request, text: str, draft: dict[str, object]) -> Screen:
    """What does it cost?"""
    minutes = typed_values.read_minutes(text)
    if not minutes:
        return add_above(request.t.html("not-read"), await _ask_duration(request, str(draft["name"])))
    return await _ask_price(request, str(draft["name"]), minutes)


@old_route("a.svd")
async def duration_tapped(request: Request, minutes: int) -> Screen:
    """The length has been tapped; the name waits in the draft."""
    draft = await request.dialog.read()
    if "name" not in draft:
        return await ask_name(request)
    return await _ask_price(request, str(draft["name"]), min(max(minutes, 1), 1440))


async def _ask_price(request: Request, name: str, minutes: int) -> Screen:
    presets = [
        old_go(fields.said(request, "price", value), "a.svp", value) for value in fields.prices(request.tenant.currency)
    ]
    return await _ask(request, "a.svp", "ask-price", presets, name=name, minutes=minutes)


@old_step("a.svp")
async def price_typed(request: Request, text: str, draft: dict[str, object]) -> Screen:
    """The price has been typed: it is on sale."""
    price = typed_values.read_price(text)
    if price is None:
        return add_above(
            request.t.html("not-read"), await _ask_price(request, str(draft["name"]), int(str(draft["minutes"])))
        )
    return await _add(request, draft, price)


@old_route("a.svp")
async def price_tapped(request: Request, hundredths: int) -> Screen:
    """The price has been tapped."""
    draft = await request.dialog.read()
    if "name" not in draft or "minutes" not in draft:
        return await ask_name(request)
    return await _add(request, draft, fields.hundredths(hundredths))


async def _add(request: Request, draft: dict[str, object], price: str) -> Screen:
    """On sale; who does it comes next, where there is somebody."""
    body = wire.NewService(name=str(draft["name"]), duration_min=int(str(draft["minutes"])), price=price)
    try:
        service = await request.api.create_service(body, key=request.idempotency_key("service"))
    except BackendRefused as refusal:
        if refusal.code is not Code.NAME_TAKEN:
            raise
        return add_above(request.t.html("name-taken"), await ask_name(request))
    await request.dialog.end()
    saved = request.t.label("saved")
    if (await request.api.list_specialists()).items:
        return add_above(request.t.html("service-added", name=service.name), await who(request, service.id))._replace(
            toast=saved
        )
    screen = await card_screen(request, service)
    rows: list[Row] = [
        [old_go(request.t.label("button-next-staff"), "a.stn", style="primary")],
        [
            old_go(request.t.label("button-another-service"), "a.svn"),
            old_go(request.t.label("button-open"), "a.sv", service.id),
        ],
        manage_row(request),
    ]
    return add_above(request.t.html("service-added", name=service.name), screen._replace(rows=rows, toast=saved))
