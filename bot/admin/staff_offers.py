"""What a specialist does: services on and off, with a price and a length of their own."""

from backend.contract import catalog as wire
from bot.admin import service_fields as fields
from bot.admin.services import ticked
from bot.admin.staff import specialist
from bot.old_way import old_ask, old_go, old_route, old_step
from bot.request import Request
from bot.ui import cards, typed_values
from bot.ui.keyboards import Button, Row, Screen, button_grid
from bot.ui.prompts import add_above
from bot.ui.text import one_line

SHOWN = 40


@old_route("a.sto")
async def offers(request: Request, specialist_id: int) -> Screen:
    """What they do, one tap on, one off."""
    await request.dialog.pause()
    one = await specialist(request, specialist_id)
    services = (await request.api.list_services()).items
    return offers_screen(
        request, one, services, old_go(request.t.label("button-done"), "a.st", one.id, style="primary")
    )


def offers_screen(request: Request, one: wire.Specialist, services: list[wire.Service], next_: Button) -> Screen:
    """Every service; those that they do lead to terms of their own."""
    mine = {offer.service_id: offer for offer in one.services}
    rows: list[Row] = []
    for service in services[:SHOWN]:
        row = [old_go(ticked(service.name, on=service.id in mine), "a.stt", one.id, service.id)]
        if service.id in mine:
            row.append(old_go(_terms(request, service, mine[service.id]), "a.stp", one.id, service.id))
        rows.append(row)
    if not services:
        rows.append([old_go(request.t.label("button-add-service"), "a.svn")])
    return Screen(request.t.html("offers-ask" if services else "offers-none", name=one.name), [*rows, [next_]])


def _terms(request: Request, service: wire.Service, offer: wire.Offer) -> str:
    cost = cards.price_text(request, offer.price or service.price, service.currency)
    span = request.times.span(offer.duration_min or service.duration_min)
    return " · ".join(part for part in (cost, span) if part)


async def _save(request: Request, one: wire.Specialist, kept: list[wire.Offer]) -> wire.ChangedSpecialist:
    change = wire.UpdateSpecialist(services=kept)
    return await request.api.update_specialist(one.id, change, key=request.idempotency_key("offers"))


async def _told(request: Request, changed: wire.ChangedSpecialist, screen: Screen) -> Screen:
    """Visits ahead keep the terms that they were booked with: said where there are some."""
    if not changed.affected:
        return screen
    return add_above(request.t.html("keep-old-terms", count=len(changed.affected)), screen)


@old_route("a.stt")
async def toggle(request: Request, specialist_id: int, service_id: int) -> Screen:
    """Does it, or does not any more."""
    one = await specialist(request, specialist_id)
    kept = [offer for offer in one.services if offer.service_id != service_id]
    if len(kept) == len(one.services):
        kept.append(wire.Offer(service_id=service_id))
    return await _told(request, await _save(request, one, kept), await offers(request, specialist_id))


@old_route("a.stp")
async def terms(request: Request, specialist_id: int, service_id: int) -> Screen:
    """The price and the length of one service by one specialist."""
    await request.dialog.pause()
    one = await specialist(request, specialist_id)
    service = await request.api.get_service(service_id)
    offer = next((each for each in one.services if each.service_id == service_id), wire.Offer(service_id=service_id))
    text = request.t.html("own-terms", name=one.name, service=service.name, terms=_terms(request, service, offer))
    rows: list[Row] = [
        [
            old_go(request.t.label("button-price"), "a.stq", specialist_id, service_id, 0),
            old_go(request.t.label("button-duration"), "a.stq", specialist_id, service_id, 1),
        ],
        [old_go(request.t.label("button-usual-terms"), "a.stv", specialist_id, service_id, 2, 0)],
        [old_go(request.t.label("button-back"), "a.sto", specialist_id)],
    ]
    return Screen(text, rows)


@old_route("a.stq")
async def ask_terms(request: Request, specialist_id: int, service_id: int, place: int) -> Screen:
    """Another price (0) or another length (1): tapped or typed."""
    name = fields.NAMES[min(place, 1)]
    one = await specialist(request, specialist_id)
    presets = [
        old_go(fields.said(request, name, value), "a.stv", specialist_id, service_id, min(place, 1), value)
        for value in fields.presets(request, name)
    ]
    back = old_go(request.t.label("button-back"), "a.stp", specialist_id, service_id)
    question = request.t.html(fields.QUESTIONS[name], name=one_line(one.name))
    ids = {"specialist": specialist_id, "service": service_id, "field": min(place, 1)}
    return await old_ask(request, "a.stq", question, back, button_grid(presets, 3), **ids)


@old_step("a.stq")
async def terms_typed(request: Request, text: str, draft: dict[str, object]) -> Screen:
    """The price or the length has been typed."""
    specialist_id, service_id, place = (int(str(draft[name])) for name in ("specialist", "service", "field"))
    value = typed_values.read_minutes(text) if place else typed_values.read_price(text)
    if not value:
        return add_above(request.t.html("not-read"), await ask_terms(request, specialist_id, service_id, place))
    await request.dialog.end()
    return await _set(request, specialist_id, service_id, place, value)


@old_route("a.stv")
async def terms_tapped(request: Request, specialist_id: int, service_id: int, place: int, value: int) -> Screen:
    """The price (0) or the length (1) has been tapped; 2 takes back both."""
    chosen = fields.hundredths(value) if place == 0 else min(max(value, 1), 1440)
    return await _set(request, specialist_id, service_id, place, chosen)


async def _set(request: Request, specialist_id: int, service_id: int, place: int, value: int | str) -> Screen:
    one = await specialist(request, specialist_id)
    was = next((each for each in one.services if each.service_id == service_id), wire.Offer(service_id=service_id))
    price, minutes = was.price, was.duration_min
    if place == 0:
        price = str(value)
    elif place == 1:
        minutes = int(value)
    else:
        price = minutes = None
    offer = wire.Offer(service_id=service_id, price=price, duration_min=minutes)
    kept = [offer if each.service_id == service_id else each for each in one.services]
    changed = await _save(request, one, kept if was in one.services else [*kept, offer])
    screen = await terms(request, specialist_id, service_id)
    return (await _told(request, changed, screen))._replace(toast=request.t.label("saved"))
