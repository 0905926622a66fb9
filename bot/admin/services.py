"""Services: the list, the card with everything that can be said of one, taking one off sale."""

from datetime import timedelta

import msgspec

from backend.client.api import BackendRefused
from backend.contract import catalog as wire
from backend.contract.bookings import Booking
from backend.contract.errors import Code
from bot.admin import service_fields as fields
from bot.admin.menu import manage_row
from bot.admin.opening import bot_link as link_to
from bot.old_way import old_ask, old_go, old_route, old_step
from bot.request import Request
from bot.ui import cards
from bot.ui.keyboards import Button, Row, Screen, button_grid
from bot.ui.prompts import add_above
from bot.ui.text import clean_text, escape, one_line

A_PAGE = 10
LISTED = 10


@old_route("a.svs")
async def listed(request: Request, page: int = 0) -> Screen:
    """Every service on sale, ten a page."""
    await request.dialog.pause()
    found = (await request.api.list_services()).items
    page = min(page, max(len(found) - 1, 0) // A_PAGE)
    rows: list[Row] = [
        [old_go(cards.service_label(request, one), "a.sv", one.id)]
        for one in found[page * A_PAGE : (page + 1) * A_PAGE]
    ]
    turning: Row = [old_go("‹", "a.svs", page - 1)] if page else []
    if len(found) > (page + 1) * A_PAGE:
        turning.append(old_go("›", "a.svs", page + 1))
    add = old_go(request.t.label("button-add-service"), "a.svn", style="primary")
    text = request.t.html("services-title" if found else "services-none")
    return Screen(text, [*rows, turning, [add], manage_row(request)])


@old_route("a.sv")
async def card(request: Request, service_id: int) -> Screen:
    """One service."""
    await request.dialog.pause()
    return await card_screen(request, await one(request, service_id))


async def one(request: Request, service_id: int) -> wire.Service:
    """The service. Refused where it is not on sale (any more)."""
    return await request.api.get_service(service_id)


async def card_screen(request: Request, service: wire.Service) -> Screen:
    """What clients see of it, what they do not, and a button for each."""
    people = {person.id: person.name for person in (await request.api.list_specialists()).items}
    who = ", ".join(one_line(people[each]) for each in service.specialist_ids if each in people)
    cost = cards.price_text(request, service.price, service.currency) or request.t.label("price-none")
    lines = [
        f"<b>{escape(one_line(service.name))}</b>",
        request.t.html("service-terms", price=cost, span=request.times.span(service.duration_min)),
    ]
    if service.description:
        lines.append(escape(clean_text(service.description, 600)))
    if service.buffer_before_min or service.buffer_after_min:
        before, after = request.times.span(service.buffer_before_min), request.times.span(service.buffer_after_min)
        lines.append(request.t.html("service-buffers", before=before, after=after))
    if service.capacity > 1:
        lines.append(request.t.html("service-capacity", count=service.capacity))
    lines.append(request.t.html("service-who", who=who) if who else request.t.html("service-nobody"))
    buttons = [old_go(request.t.label(key), "a.svf", service.id, place) for place, key in enumerate(fields.BUTTONS)]
    rows = button_grid(buttons, 2)
    if people:
        who_button = old_go(request.t.label("button-who-does"), "a.svw", service.id)
        rows.append([who_button if who else who_button._replace(style="primary")])
    link = await link_to(request, f"s_{service.id}")
    rows.append([Button(request.t.label("button-copy-link"), copy=link)])
    archive = old_go(request.t.label("button-archive"), "a.svx", service.id, style="danger")
    rows += [[archive, old_go(request.t.label("button-back"), "a.svs", 0)], manage_row(request)]
    return Screen("\n".join(lines), rows)


@old_route("a.svf")
async def field(request: Request, service_id: int, place: int) -> Screen:
    """One thing about a service: presets to tap, or words to type."""
    service = await one(request, service_id)
    name = fields.NAMES[min(place, len(fields.NAMES) - 1)]
    if name == "room_ids":
        return await _rooms(request, service)
    back = old_go(request.t.label("button-back"), "a.sv", service_id)
    presets = [
        old_go(fields.said(request, name, value), "a.svv", service_id, place, value)
        for value in fields.presets(request, name)
    ]
    question = request.t.html(fields.QUESTIONS[name], name=service.name)
    return await old_ask(request, "a.svf", question, back, button_grid(presets, 3), service=service_id, field=place)


@old_step("a.svf")
async def field_typed(request: Request, text: str, draft: dict[str, object]) -> Screen:
    """The new value has been typed; what cannot be read is asked again with an example."""
    service_id, place = int(str(draft["service"])), int(str(draft["field"]))
    name = fields.NAMES[place]
    value = fields.read(name, text)
    if value is None:
        return add_above(request.t.html("not-read"), await field(request, service_id, place))
    await request.dialog.end()
    return await _change(request, service_id, {name: value})


@old_route("a.svv")
async def field_tapped(request: Request, service_id: int, place: int, value: int) -> Screen:
    """The new value has been tapped."""
    name = fields.NAMES[min(place, len(fields.NAMES) - 1)]
    if name not in fields.COUNTED:
        return await card(request, service_id)
    return await _change(request, service_id, {name: fields.from_preset(name, value)})


async def _change(request: Request, service_id: int, values: dict[str, object]) -> Screen:
    """Saved; the visits ahead that keep the old terms are counted."""
    change = msgspec.convert(values, wire.UpdateService)
    try:
        changed = await request.api.update_service(service_id, change, key=request.idempotency_key("service"))
    except BackendRefused as refusal:
        if refusal.code not in (Code.INVALID, Code.NAME_TAKEN):
            raise
        key = "name-taken" if refusal.code is Code.NAME_TAKEN else "not-read"
        return add_above(request.t.html(key), await card(request, service_id))
    screen = (await card_screen(request, changed))._replace(toast=request.t.label("saved"))
    if changed.affected and set(values) & {"price", "duration_min"}:
        return add_above(request.t.html("keep-old-terms", count=len(changed.affected)), screen)
    return screen


async def _rooms(request: Request, service: wire.Service) -> Screen:
    """Which rooms or equipment it takes."""
    rooms = (await request.api.list_rooms()).items
    rows: list[Row] = [
        [old_go(ticked(room.name, on=room.id in service.room_ids), "a.svr", service.id, room.id)] for room in rooms[:40]
    ]
    rows.append(
        [old_go(request.t.label("button-rooms"), "a.rms"), old_go(request.t.label("button-back"), "a.sv", service.id)]
    )
    return Screen(request.t.html("service-rooms" if rooms else "rooms-none", name=service.name), rows)


def ticked(name: str, *, on: bool) -> str:
    """A choice that is on or off."""
    return f"{'✓' if on else '▫'} {one_line(name, 50)}"


@old_route("a.svr")
async def toggle_room(request: Request, service_id: int, room_id: int) -> Screen:
    """Takes the room, or does not any more."""
    kept = [*(await one(request, service_id)).room_ids]
    rooms = [each for each in kept if each != room_id] if room_id in kept else [*kept, room_id]
    change = wire.UpdateService(room_ids=rooms)
    changed = await request.api.update_service(service_id, change, key=request.idempotency_key("rooms"))
    return await _rooms(request, changed)


@old_route("a.svw")
async def who(request: Request, service_id: int) -> Screen:
    """Who does it: one tap on, one off."""
    service = await one(request, service_id)
    people = (await request.api.list_specialists()).items
    rows: list[Row] = [
        [old_go(ticked(person.name, on=person.id in service.specialist_ids), "a.svt", service_id, person.id)]
        for person in people[:40]
    ]
    if len(people) > 1 and len(service.specialist_ids) < len(people):
        rows.append([old_go(request.t.label("button-everyone"), "a.sve", service_id)])
    done = old_go(request.t.label("button-done"), "a.sv", service_id, style="primary")
    return Screen(request.t.html("service-who-ask", name=service.name), [*rows, [done]])


@old_route("a.sve")
async def everyone(request: Request, service_id: int) -> Screen:
    """Everybody does it."""
    for person in (await request.api.list_specialists()).items:
        if service_id in {each.service_id for each in person.services}:
            continue
        change = wire.UpdateSpecialist(services=[*person.services, wire.Offer(service_id=service_id)])
        await request.api.update_specialist(person.id, change, key=request.idempotency_key(f"offers-{person.id}"))
    return await card(request, service_id)


@old_route("a.svt")
async def toggle_who(request: Request, service_id: int, specialist_id: int) -> Screen:
    """Does it, or does not any more."""
    person = await request.api.get_specialist(specialist_id)
    offers = [each for each in person.services if each.service_id != service_id]
    if len(offers) == len(person.services):
        offers.append(wire.Offer(service_id=service_id))
    change = wire.UpdateSpecialist(services=offers)
    changed = await request.api.update_specialist(specialist_id, change, key=request.idempotency_key("offers"))
    screen = await who(request, service_id)
    if changed.affected:
        return add_above(request.t.html("keep-old-terms", count=len(changed.affected)), screen)
    return screen


@old_route("a.svx")
async def ask_archive(request: Request, service_id: int) -> Screen:
    """Before it goes off sale: the visits ahead that have it stand in the way, and are shown."""
    service = await one(request, service_id)
    ahead = [each for each in await _upcoming(request) if service_id in each.service_ids]
    if ahead:
        text = request.t.html("archive-in-use", name=service.name, count=len(ahead))
        rows: list[Row] = [[old_go(cards.booking_label(request, each), "s.card", each.id)] for each in ahead[:LISTED]]
        return Screen(text, [*rows, [old_go(request.t.label("button-back"), "a.sv", service_id)]])
    rows = [
        [old_go(request.t.label("button-yes-archive"), "a.svy", service_id, style="danger")],
        [old_go(request.t.label("button-keep"), "a.sv", service_id)],
    ]
    return Screen(request.t.html("archive-ask", name=service.name), rows)


async def _upcoming(request: Request) -> list[Booking]:
    """The nearest visits ahead of the whole business."""
    today = (request.times.today - timedelta(days=1)).isoformat()
    found = await request.api.list_bookings(
        from_=today, status=("held", "pending", "confirmed"), order="asc", limit=100
    )
    return found.items


@old_route("a.svy")
async def archive(request: Request, service_id: int) -> Screen:
    """Off sale; past visits still speak of it."""
    try:
        await request.api.remove_service(service_id, key=request.idempotency_key("archive"))
    except BackendRefused as refusal:
        if refusal.code is not Code.IN_USE:
            raise
        return await ask_archive(request, service_id)
    return (await listed(request))._replace(toast=request.t.label("saved"))
