"""Booking on a client's behalf: service, time, for whom, Book. From a client's card the person is known at once."""

import asyncio

from backend.contract.bookings import NewBooking
from backend.contract.catalog import Service
from backend.contract.errors import Code
from backend.contract.people import Client
from backend.contract.schedule import Slot
from bot import cards
from bot.admin.clients_find import For
from bot.admin.clients_find import who as ask_whom
from bot.admin.clients_words import client_of, name_of
from bot.backend_client import BackendRefused
from bot.callbacks import route
from bot.client import times
from bot.client.times import Choice
from bot.keyboards import Row, Screen, go
from bot.specialist.day import staff_card
from bot.text import Html, escape, one_line
from bot.times import from_minutes
from bot.turn import Turn

A_PAGE = 8
# The place went meanwhile, or the rules changed: nearest times instead.
_GONE = {Code.SLOT_TAKEN, Code.TOO_SOON, Code.OUTSIDE_HOURS, Code.BEYOND_HORIZON, Code.NONEXISTENT_TIME}


@route("k.svc")
async def services(turn: Turn, client_id: int = 0, page: int = 0) -> Screen:
    """What is booked, eight a page."""
    found = [one for one in (await turn.api.services()).items if one.specialist_ids]
    page = min(page, max(len(found) - 1, 0) // A_PAGE)
    rows: list[Row] = [
        [go(cards.service_label(turn, one), "knear", client_id, one.id, 0)]
        for one in found[page * A_PAGE : (page + 1) * A_PAGE]
    ]
    turning: Row = []
    if page:
        turning.append(go("‹", "k.svc", client_id, page - 1))
    if len(found) > (page + 1) * A_PAGE:
        turning.append(go("›", "k.svc", client_id, page + 1))
    back = go(turn.t.label("button-back"), *(("a.cl", client_id) if client_id else ("a.bks",)))
    if not found:
        return Screen(turn.t.html("book-for-nothing"), [[back]])
    text = await _title(turn, client_id)
    return Screen(text, [*rows, turning, [back]])


async def _title(turn: Turn, client_id: int) -> Html:
    """`Booking for Maria. What is it?`, or without a name while nobody is chosen."""
    if not client_id:
        return turn.t.html("book-for-whom")
    client = await client_of(turn, client_id)
    return turn.t.html("book-for-client", name=name_of(turn, client.name))


async def _service(turn: Turn, service_id: int, specialist_id: int) -> Service | None:
    found = (await turn.api.services(specialist_id or None)).items
    return next(
        (one for one in found if one.id == service_id and (not specialist_id or specialist_id in one.specialist_ids)),
        None,
    )


async def _choice(turn: Turn, client_id: int, service_id: int, specialist_id: int) -> Choice | None:
    service = await _service(turn, service_id, specialist_id)
    if service is None:
        return None
    lines = [f"<b>{escape(one_line(service.name))}</b> · {escape(turn.times.span(service.duration_min))}"]
    if client_id:
        client = await client_of(turn, client_id)
        lines.insert(0, turn.t.html("book-for-name", name=name_of(turn, client.name)))
    if specialist_id:
        lines.append(escape(await _specialist(turn, service_id, specialist_id)))
    back = go(turn.t.label("button-back"), "k.svc", client_id, 0)
    title = Html("\n".join(line for line in lines if line))
    return Choice("k", service_id, specialist_id, [service_id], title, back, (client_id,))


async def _specialist(turn: Turn, service_id: int, specialist_id: int) -> str:
    people = (await turn.api.specialists(service_id)).items
    return next((one_line(one.name) for one in people if one.id == specialist_id), "")


@route("knear")
async def near(turn: Turn, client_id: int, service_id: int, specialist_id: int) -> Screen:
    """The soonest times."""
    choice = await _choice(turn, client_id, service_id, specialist_id)
    return await times.soonest(turn, choice) if choice else await services(turn, client_id)


@route("kwho")
async def specialists(turn: Turn, client_id: int, service_id: int, specialist_id: int) -> Screen:  # noqa: ARG001
    """Who does it."""
    choice = await _choice(turn, client_id, service_id, 0)
    return await times.specialists(turn, choice) if choice else await services(turn, client_id)


@route("kmon")
async def month(turn: Turn, client_id: int, service_id: int, specialist_id: int, index: int) -> Screen:
    """The month with its free days."""
    choice = await _choice(turn, client_id, service_id, specialist_id)
    return await times.month(turn, choice, index) if choice else await services(turn, client_id)


@route("kday")
async def day(turn: Turn, client_id: int, service_id: int, specialist_id: int, ordinal: int, page: int) -> Screen:
    """The times of one day."""
    choice = await _choice(turn, client_id, service_id, specialist_id)
    return await times.day_times(turn, choice, ordinal, page) if choice else await services(turn, client_id)


@route("kpick")
async def pick(turn: Turn, client_id: int, service_id: int, specialist_id: int, start: int) -> Screen:
    """This time: for whom? or, where that is known, is everything right?"""
    return await _picked(turn, client_id, For(service_id, specialist_id, start))


@route("kforce")
async def pick_forced(turn: Turn, client_id: int, service_id: int, specialist_id: int, start: int) -> Screen:
    """The same for a time off the grid, which only an admin may book."""
    return await _picked(turn, client_id, For(service_id, specialist_id, start, 1))


async def _picked(turn: Turn, client_id: int, wanted: For) -> Screen:
    if client_id:
        return await confirm_screen(turn, await client_of(turn, client_id), wanted)
    screen = await ask_whom(turn, wanted)
    when = turn.times.when(from_minutes(wanted.start))
    return screen._replace(text=f"{when}\n\n{screen.text}")


async def confirm_screen(turn: Turn, client: Client, wanted: For) -> Screen:
    """Everything at a glance; nothing is booked yet."""
    await turn.dialog.pause()
    service, name = await asyncio.gather(
        _service(turn, wanted.service, wanted.specialist), _specialist(turn, wanted.service, wanted.specialist)
    )
    if service is None:
        return await services(turn, client.id)
    start = from_minutes(wanted.start)
    card = [
        f"<b>{escape(one_line(service.name))}</b>",
        f"{turn.times.when(start)} ({escape(turn.times.zone_name(start))})",
        escape(name) or turn.t.html("any-specialist"),
        escape(cards.price(turn, service.price, service.currency)),
        escape(one_line(client.phone or "")),
    ]
    parts = [turn.t.html("book-for-ask", name=name_of(turn, client.name)), "\n".join(line for line in card if line)]
    if client.tg_id is None or client.unreachable:
        parts.append(turn.t.html("client-not-told"))
    args = (client.id, wanted.service, wanted.specialist, wanted.start)
    rows: list[Row] = [
        [go(turn.t.label("button-book"), "kokf" if wanted.force else "kok", *args, style="success")],
        [
            go(turn.t.label("button-change-time"), "knear", *args[:3]),
            wanted.button(turn.t.label("button-somebody-else"), 0),
        ],
        [go(turn.t.label("button-cancel"), "a.bks")],
    ]
    return Screen("\n\n".join(parts), rows)


@route("kok", books=True)
async def book(turn: Turn, client_id: int, service_id: int, specialist_id: int, start: int) -> Screen:
    """Booked for them, and they are told."""
    return await _book(turn, client_id, For(service_id, specialist_id, start))


@route("kokf", books=True)
async def book_forced(turn: Turn, client_id: int, service_id: int, specialist_id: int, start: int) -> Screen:
    """The same off the grid or outside the hours; never over another visit."""
    return await _book(turn, client_id, For(service_id, specialist_id, start, 1))


async def _book(turn: Turn, client_id: int, wanted: For) -> Screen:
    body = NewBooking(
        service_ids=[wanted.service],
        start=from_minutes(wanted.start),
        specialist_id=wanted.specialist or None,
        client_id=client_id,
        force=bool(wanted.force),
    )
    try:
        booking = await turn.api.book(body, key=turn.key("book-for"))
    except BackendRefused as refusal:
        if refusal.code not in _GONE:
            raise
        return await _instead(turn, refusal, client_id, wanted)
    screen = staff_card(turn, booking)
    return screen._replace(text=f"{turn.t.html('book-for-done')}\n\n{screen.text}", toast=turn.t.label("saved"))


async def _instead(turn: Turn, refusal: BackendRefused, client_id: int, wanted: For) -> Screen:
    choice = await _choice(turn, client_id, wanted.service, wanted.specialist)
    if choice is None:
        return await services(turn, client_id)
    alternatives = refusal.problem.alternatives
    if refusal.code is not Code.SLOT_TAKEN or not alternatives:
        return await times.soonest(turn, choice, turn.t.html("refused-time"))
    slots = [Slot(start=one.start, local=one.local, specialist_ids=one.specialist_ids) for one in alternatives[:3]]
    return times.times_screen(turn, choice, slots, turn.t.html("refused-slot-taken"))
