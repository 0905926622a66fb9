"""Booking on a client's behalf: services, time, for whom, Book. From a client's card the person is known at once.

`subject` in the buttons is the client (0: not yet known) and then the services."""

from typing import NamedTuple

from backend.client.api import BackendRefused
from backend.contract.bookings import NewBooking
from backend.contract.errors import Code
from backend.contract.people import Client
from bot.admin.callbacks.bookings import BookForDays, BookForDayTimes, BookForPick, BookForSpecialists, BookForTimes
from bot.admin.clients_find import For
from bot.admin.clients_find import who as ask_whom
from bot.admin.clients_words import client_of, name_of
from bot.client import times
from bot.client.offer import load_offer, offer_title
from bot.client.times import Choice
from bot.old_way import old_go, old_paged, old_route
from bot.request import Request
from bot.specialist.card import staff_card_screen
from bot.ui import cards
from bot.ui.callbacks import Ids, ids_fit
from bot.ui.keyboards import Row, Screen
from bot.ui.text import Html, escape, one_line
from bot.ui.times import from_epoch_minutes

A_PAGE = 8
# While nobody is chosen, so much of a button is kept free for whoever it will be.
WIDEST_CLIENT = 36**6 - 1
# The place went meanwhile, or the rules changed: nearest times instead.
_GONE = {Code.SLOT_TAKEN, Code.TOO_SOON, Code.OUTSIDE_HOURS, Code.BEYOND_HORIZON, Code.NONEXISTENT_TIME}


@old_route("k.svc")
async def what(request: Request, client_id: int = 0, page: int = 0) -> Screen:
    """What is booked, eight a page."""
    found = [one for one in (await request.api.list_services()).items if one.specialist_ids]
    shown, turning = old_paged(found, page, A_PAGE, lambda label, to: old_go(label, "k.svc", client_id, to))
    rows: list[Row] = [[old_go(cards.service_label(request, one), "knear", (client_id, one.id), 0)] for one in shown]
    back = old_go(request.t.label("button-back"), *(("a.cl", client_id) if client_id else ("a.bks",)))
    if not found:
        return Screen(request.t.html("book-for-nothing"), [[back]])
    text = await _title(request, client_id)
    return Screen(text, [*rows, turning, [back]])


async def _title(request: Request, client_id: int) -> Html:
    """`Booking for Maria. What is it?`, or without a name while nobody is chosen."""
    if not client_id:
        return request.t.html("book-for-whom")
    client = await client_of(request, client_id)
    return request.t.html("book-for-client", name=name_of(request, client.name))


class BookForButtons(NamedTuple):
    """The buttons of choosing a time for a client's booking."""

    subject: Ids

    def soonest(self, specialist_id: int) -> BookForTimes:
        return BookForTimes(subject=self.subject, specialist_id=specialist_id)

    def specialists(self, specialist_id: int) -> BookForSpecialists:
        return BookForSpecialists(subject=self.subject, specialist_id=specialist_id)

    def month(self, specialist_id: int, month: int) -> BookForDays:
        return BookForDays(subject=self.subject, specialist_id=specialist_id, month=month)

    def day(self, specialist_id: int, day: int, page: int) -> BookForDayTimes:
        return BookForDayTimes(subject=self.subject, specialist_id=specialist_id, day=day, page=page)

    def pick(self, specialist_id: int, start: int) -> BookForPick:
        return BookForPick(subject=self.subject, specialist_id=specialist_id, start=start)


async def _choice(request: Request, subject: Ids, specialist_id: int) -> Choice | None:
    client_id, *services = subject
    found = await load_offer(request, tuple(services), specialist_id) if services else None
    if found is None:
        return None
    title = offer_title(request, found)
    if client_id:
        client = await client_of(request, client_id)
        title = Html(f"{request.t.html('book-for-name', name=name_of(request, client.name))}\n{title}")
    back = old_go(request.t.label("button-back"), "k.svc", client_id, 0)
    return Choice(BookForButtons(subject), specialist_id, services, title, back)


@old_route("knear")
async def near(request: Request, subject: Ids, specialist_id: int) -> Screen:
    """The soonest times; and one service more, or less, in the same visit."""
    choice = await _choice(request, subject, specialist_id)
    if choice is None:
        return await what(request, subject[0])
    screen = await times.soonest_screen(request, choice)
    label = request.t.label("button-add-service" if len(choice.service_ids) == 1 else "button-change-services")
    other = old_go(label, "k.add", subject, specialist_id, 0)
    return screen._replace(rows=[*screen.rows[:-1], [other], screen.rows[-1]])


@old_route("k.add")
async def more(request: Request, subject: Ids, specialist_id: int, page: int) -> Screen:
    """What can be added to the visit, and what can be left out. The specialist stays where they do that as well."""
    choice = await _choice(request, subject, specialist_id)
    if choice is None:
        return await what(request, subject[0])
    offered = {one.id: one for one in (await request.api.list_services()).items if one.specialist_ids}
    whole = (subject[0] or WIDEST_CLIENT, *subject[1:])
    others = [one for one in offered.values() if one.id not in choice.service_ids and ids_fit((*whole, one.id))]
    shown, turning = old_paged(
        others, page, A_PAGE, lambda label, to: old_go(label, "k.add", subject, specialist_id, to)
    )
    rows: list[Row] = []
    for one in shown:
        who = specialist_id if specialist_id in one.specialist_ids else 0
        rows.append([old_go(cards.service_label(request, one), "knear", (*subject, one.id), who)])
    rows.append(turning)
    for place in range(1, len(subject) if len(subject) > 2 else 0):
        label = request.t.label("button-without", service=offered[subject[place]].name)
        rows.append([old_go(label, "knear", (*subject[:place], *subject[place + 1 :]), specialist_id)])
    text = f"{choice.title}\n\n{request.t.html('add-service' if others else 'add-service-none')}"
    back = old_go(request.t.label("button-back"), "knear", subject, specialist_id)
    return Screen(text, [*rows, [back]])


@old_route("kwho")
async def specialists(request: Request, subject: Ids, specialist_id: int) -> Screen:  # noqa: ARG001
    """Who does it."""
    choice = await _choice(request, subject, 0)
    return await times.specialists_screen(request, choice) if choice else await what(request, subject[0])


@old_route("kmon")
async def month(request: Request, subject: Ids, specialist_id: int, index: int) -> Screen:
    """The month with its free days."""
    choice = await _choice(request, subject, specialist_id)
    return await times.month_screen(request, choice, index) if choice else await what(request, subject[0])


@old_route("kday")
async def day(request: Request, subject: Ids, specialist_id: int, ordinal: int, page: int) -> Screen:
    """The times of one day."""
    choice = await _choice(request, subject, specialist_id)
    return await times.day_screen(request, choice, ordinal, page) if choice else await what(request, subject[0])


@old_route("kpick")
async def pick(request: Request, subject: Ids, specialist_id: int, start: int) -> Screen:
    """This time: for whom? or, where that is known, is everything right?"""
    return await _picked(request, subject[0], For(subject[1:], specialist_id, start))


@old_route("kforce")
async def pick_forced(request: Request, subject: Ids, specialist_id: int, start: int) -> Screen:
    """The same for a time off the grid, which only an admin may book."""
    return await _picked(request, subject[0], For(subject[1:], specialist_id, start, 1))


async def _picked(request: Request, client_id: int, wanted: For) -> Screen:
    if client_id:
        return await confirm_screen(request, await client_of(request, client_id), wanted)
    screen = await ask_whom(request, wanted)
    when = request.times.when(from_epoch_minutes(wanted.start))
    return screen._replace(text=f"{when}\n\n{screen.text}")


async def confirm_screen(request: Request, client: Client, wanted: For) -> Screen:
    """Everything at a glance; nothing is booked yet."""
    await request.dialog.pause()
    found = await load_offer(request, wanted.services, wanted.specialist) if wanted.services else None
    if found is None:
        return await what(request, client.id)
    start = from_epoch_minutes(wanted.start)
    card = [
        offer_title(request, found),
        f"{request.times.when(start)} ({escape(request.times.zone_name(start))})",
        "" if found[1] else request.t.html("any-specialist"),
        escape(one_line(client.phone or "")),
    ]
    parts = [
        request.t.html("book-for-ask", name=name_of(request, client.name)),
        "\n".join(line for line in card if line),
    ]
    if client.tg_id is None or client.unreachable:
        parts.append(request.t.html("client-not-told"))
    args = ((client.id, *wanted.services), wanted.specialist, wanted.start)
    rows: list[Row] = [
        [old_go(request.t.label("button-book"), "kokf" if wanted.force else "kok", *args, style="success")],
        [
            old_go(request.t.label("button-change-time"), "knear", *args[:2]),
            wanted.button(request.t.label("button-somebody-else"), 0),
        ],
        [old_go(request.t.label("button-cancel"), "a.bks")],
    ]
    return Screen("\n\n".join(parts), rows)


@old_route("kok", books=True)
async def book(request: Request, subject: Ids, specialist_id: int, start: int) -> Screen:
    """Booked for them, and they are told."""
    return await _book(request, subject[0], For(subject[1:], specialist_id, start))


@old_route("kokf", books=True)
async def book_forced(request: Request, subject: Ids, specialist_id: int, start: int) -> Screen:
    """The same off the grid or outside the hours; never over another visit."""
    return await _book(request, subject[0], For(subject[1:], specialist_id, start, 1))


async def _book(request: Request, client_id: int, wanted: For) -> Screen:
    body = NewBooking(
        service_ids=list(wanted.services),
        start=from_epoch_minutes(wanted.start),
        specialist_id=wanted.specialist or None,
        client_id=client_id,
        force=bool(wanted.force),
    )
    try:
        booking = await request.api.create_booking(body, key=request.idempotency_key("book-for"))
    except BackendRefused as refusal:
        if refusal.code not in _GONE:
            raise
        return await _instead(request, refusal, client_id, wanted)
    screen = staff_card_screen(request, booking)
    return screen._replace(text=f"{request.t.html('book-for-done')}\n\n{screen.text}", toast=request.t.label("saved"))


async def _instead(request: Request, refusal: BackendRefused, client_id: int, wanted: For) -> Screen:
    choice = await _choice(request, (client_id, *wanted.services), wanted.specialist)
    if choice is None:
        return await what(request, client_id)
    return await times.other_times_screen(request, choice, refusal)
