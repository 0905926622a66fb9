"""A new service in one breath: its name typed, its length and price tapped (or typed as well)."""

from backend.client.api import BackendRefused
from backend.contract import catalog as wire
from backend.contract.errors import Code
from bot.admin import service_fields as fields
from bot.admin.home import manage_row
from bot.admin.services import card_screen, who
from bot.dialogs import step
from bot.request import Turn
from bot.ui import typed_values
from bot.ui.callbacks import route
from bot.ui.keyboards import Button, Row, Screen, go, grid
from bot.ui.prompts import above, ask
from bot.ui.text import Html, one_line


@route("a.svn")
async def ask_name(turn: Turn) -> Screen:
    """What is it called?"""
    back = go(turn.t.label("button-back"), "a.svs", 0)
    return await ask(turn, "a.svn", turn.t.html("new-service"), back)


@step("a.svn")
async def name_typed(turn: Turn, text: str, draft: dict[str, object]) -> Screen:  # noqa: ARG001  a step takes both
    """How long does it take?"""
    name = one_line(text)
    if not name:
        return above(turn.t.html("not-read"), await ask_name(turn))
    return await _ask_duration(turn, name)


async def _ask_duration(turn: Turn, name: str) -> Screen:
    presets = [go(turn.times.span(value), "a.svd", value) for value in fields.DURATIONS]
    return await _ask(turn, "a.svd", "ask-duration", presets, name=name)


async def _ask(turn: Turn, name_: str, question: str, presets: list[Button], **draft: object) -> Screen:
    back = go(turn.t.label("button-back"), "a.svs", 0)
    told: Html = turn.t.html(question, name=str(draft["name"]))
    return await ask(turn, name_, told, back, grid(presets, 3), **draft)


@step("a.svd")
async def duration_typed(turn: Turn, text: str, draft: dict[str, object]) -> Screen:
    """What does it cost?"""
    minutes = typed_values.minutes(text)
    if not minutes:
        return above(turn.t.html("not-read"), await _ask_duration(turn, str(draft["name"])))
    return await _ask_price(turn, str(draft["name"]), minutes)


@route("a.svd")
async def duration_tapped(turn: Turn, minutes: int) -> Screen:
    """The length has been tapped; the name waits in the draft."""
    draft = await turn.dialog.read()
    if "name" not in draft:
        return await ask_name(turn)
    return await _ask_price(turn, str(draft["name"]), min(max(minutes, 1), 1440))


async def _ask_price(turn: Turn, name: str, minutes: int) -> Screen:
    presets = [go(fields.said(turn, "price", value), "a.svp", value) for value in fields.prices(turn.tenant.currency)]
    return await _ask(turn, "a.svp", "ask-price", presets, name=name, minutes=minutes)


@step("a.svp")
async def price_typed(turn: Turn, text: str, draft: dict[str, object]) -> Screen:
    """The price has been typed: it is on sale."""
    price = typed_values.price(text)
    if price is None:
        return above(turn.t.html("not-read"), await _ask_price(turn, str(draft["name"]), int(str(draft["minutes"]))))
    return await _add(turn, draft, price)


@route("a.svp")
async def price_tapped(turn: Turn, hundredths: int) -> Screen:
    """The price has been tapped."""
    draft = await turn.dialog.read()
    if "name" not in draft or "minutes" not in draft:
        return await ask_name(turn)
    return await _add(turn, draft, fields.hundredths(hundredths))


async def _add(turn: Turn, draft: dict[str, object], price: str) -> Screen:
    """On sale; who does it comes next, where there is somebody."""
    body = wire.NewService(name=str(draft["name"]), duration_min=int(str(draft["minutes"])), price=price)
    try:
        service = await turn.api.call("POST", "/v1/services", wire.Service, body=body, key=turn.key("service"))
    except BackendRefused as refusal:
        if refusal.code is not Code.NAME_TAKEN:
            raise
        return above(turn.t.html("name-taken"), await ask_name(turn))
    await turn.dialog.end()
    saved = turn.t.label("saved")
    if (await turn.api.specialists()).items:
        return above(turn.t.html("service-added", name=service.name), await who(turn, service.id))._replace(toast=saved)
    screen = await card_screen(turn, service)
    rows: list[Row] = [
        [go(turn.t.label("button-next-staff"), "a.stn", style="primary")],
        [go(turn.t.label("button-another-service"), "a.svn"), go(turn.t.label("button-open"), "a.sv", service.id)],
        manage_row(turn),
    ]
    return above(turn.t.html("service-added", name=service.name), screen._replace(rows=rows, toast=saved))
