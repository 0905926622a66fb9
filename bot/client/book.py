"""Booking a visit: a service, a time (which holds it), Confirm."""

import asyncio

from backend.contract.bookings import Booking, NewBooking
from backend.contract.catalog import Specialist
from backend.contract.errors import Code
from backend.contract.schedule import Slot
from bot import cards
from bot.backend_client import BackendRefused
from bot.callbacks import route
from bot.client import phone, times
from bot.client.done import done_screen
from bot.client.home import client_home
from bot.client.times import Choice
from bot.dialogs import step
from bot.keyboards import Row, Screen, go
from bot.text import Html, clean, escape, one_line
from bot.times import from_minutes, minutes, parse
from bot.turn import Turn

# The time went while somebody was choosing it: nearest ones instead. The others mean that the screen was old.
_OLD_TIME = {Code.TOO_SOON, Code.OUTSIDE_HOURS, Code.BEYOND_HORIZON, Code.NONEXISTENT_TIME}
COMMENT_MAX = 500


async def choice_for(turn: Turn, service_id: int, specialist_id: int) -> Choice | None:
    """What is being booked, with price and minutes; None when it is not on sale (any more)."""
    services, people = await asyncio.gather(
        turn.api.services(specialist_id or None), _specialists(turn, service_id, specialist_id)
    )
    service = next((one for one in services.items if one.id == service_id), None)
    person = next((one for one in people if one.id == specialist_id), None)
    if service is None or (specialist_id and person is None):
        return None
    who = f" · {escape(one_line(person.name))}" if person else ""
    tail = [cards.price(turn, service.price, service.currency, at_least=service.price_from and not person)]
    tail.append(turn.times.span(service.duration_min))
    title = f"<b>{escape(one_line(service.name))}</b>{who} · {escape(' · '.join(part for part in tail if part))}"
    if service.description and not specialist_id:
        title += f"\n{escape(clean(service.description, 600))}"
    back = go(turn.t.label("button-back"), "c.near", service_id, 0) if specialist_id else go(
        turn.t.label("button-back"), "c.home"
    )  # fmt: skip
    return Choice("c.", service_id, specialist_id, [service_id], Html(title), back)


async def _specialists(turn: Turn, service_id: int, specialist_id: int) -> list[Specialist]:
    return (await turn.api.specialists(service_id)).items if specialist_id else []


@route("c.near")
async def near(turn: Turn, service_id: int, specialist_id: int) -> Screen:
    """The soonest times of a service."""
    choice = await choice_for(turn, service_id, specialist_id)
    return await times.soonest(turn, choice) if choice else await _not_on_sale(turn)


@route("c.who")
async def who(turn: Turn, service_id: int, specialist_id: int) -> Screen:
    """Who does it."""
    choice = await choice_for(turn, service_id, 0)
    if choice is None:
        return await _not_on_sale(turn)
    back = go(turn.t.label("button-back"), "c.near", service_id, specialist_id)
    return await times.specialists(turn, choice._replace(back=back))


@route("c.mon")
async def month(turn: Turn, service_id: int, specialist_id: int, index: int) -> Screen:
    """The month with its free days."""
    choice = await choice_for(turn, service_id, specialist_id)
    if choice is None:
        return await _not_on_sale(turn)
    back = go(turn.t.label("button-back"), "c.near", service_id, specialist_id)
    return await times.month(turn, choice._replace(back=back), index)


@route("c.day")
async def day(turn: Turn, service_id: int, specialist_id: int, ordinal: int, page: int) -> Screen:
    """The times of one day."""
    choice = await choice_for(turn, service_id, specialist_id)
    if choice is None:
        return await _not_on_sale(turn)
    back = go(turn.t.label("button-back"), "c.near", service_id, specialist_id)
    return await times.day_times(turn, choice._replace(back=back), ordinal, page)


@route("c.pick", books=True)
async def pick(turn: Turn, service_id: int, specialist_id: int, start: int) -> Screen:
    """Holds the time and asks for the confirmation; a time just taken shows the nearest instead."""
    booking = NewBooking(
        service_ids=[service_id], start=from_minutes(start), specialist_id=specialist_id or None, hold=True
    )
    try:
        held = await turn.api.book(booking, key=turn.key("hold"))
    except BackendRefused as refusal:
        if refusal.code is not Code.SLOT_TAKEN and refusal.code not in _OLD_TIME:
            raise
        return await _instead(turn, refusal, service_id, specialist_id)
    return confirm_screen(turn, held, "")


@route("c.rep", books=True)
async def repeat(turn: Turn, service_id: int, specialist_id: int) -> Screen:
    """The same again: the soonest time of that service and specialist is held at once, one tap from confirmed."""
    choice = await choice_for(turn, service_id, specialist_id)
    if choice is None:
        return await _not_on_sale(turn)
    found = await times.soonest_slots(turn, choice, 1)
    if not found:
        return await times.soonest(turn, choice)
    return await pick(turn, service_id, specialist_id, minutes(found[0].start))


async def _instead(turn: Turn, refusal: BackendRefused, service_id: int, specialist_id: int) -> Screen:
    choice = await choice_for(turn, service_id, specialist_id)
    if choice is None:
        return await _not_on_sale(turn)
    alternatives = refusal.problem.alternatives
    if refusal.code is not Code.SLOT_TAKEN or not alternatives:
        return await times.soonest(turn, choice, turn.t.html("refused-time"))
    slots = [Slot(start=one.start, local=one.local, specialist_ids=one.specialist_ids) for one in alternatives[:3]]
    return times.times_screen(turn, choice, slots, turn.t.html("refused-slot-taken"))


def confirm_screen(turn: Turn, held: Booking, comment: str) -> Screen:
    """The card of a held visit. `comment` is what has been typed for it so far."""
    lines = [turn.t.html("confirm-title"), "", cards.visit(turn, held)]
    if comment:
        lines.append(turn.t.html("comment-line", comment=comment))
    if held.hold_until:
        lines += ["", turn.t.html("held-until", time=turn.times.clock(held.hold_until))]
    noted = 1 if comment else 0
    rows: list[Row] = [
        [go(turn.t.label("button-confirm"), "c.ok", held.id, noted, 0, style="success")],
        [
            go(turn.t.label("button-change-time"), "c.other", held.id),
            go(turn.t.label("button-comment-edit" if comment else "button-comment"), "c.note", held.id),
        ],
        [go(turn.t.label("button-cancel"), "c.drop", held.id)],
    ]
    return Screen("\n".join(lines), rows)


@route("c.draft")
async def draft(turn: Turn, booking_id: int) -> Screen:
    """Back to a visit that is held."""
    booking = await turn.api.booking(booking_id)
    if not _is_held(turn, booking):
        return await _no_longer_held(turn, booking)
    kept = await turn.dialog.read()
    comment = str(kept.get("comment", "")) if kept.get("booking") == booking_id else ""
    if kept.get("step"):
        await turn.dialog.keep({"booking": booking_id, "comment": comment} if comment else {})
    return confirm_screen(turn, booking, comment)


@route("c.note")
async def note(turn: Turn, booking_id: int) -> Screen:
    """Asks for a comment: the one thing that may be typed."""
    back: list[Row] = [[go(turn.t.label("button-back"), "c.draft", booking_id)]]
    if not await turn.dialog.begin("c.note", booking=booking_id):
        return Screen(turn.t.html("start-over"), back)
    return Screen(turn.t.html("comment-ask"), back)


@step("c.note")
async def noted(turn: Turn, text: str, kept: dict[str, object]) -> Screen:
    """The comment has been typed."""
    booking_id = int(str(kept["booking"]))
    comment = clean(text, COMMENT_MAX)
    if not comment:
        rows: list[Row] = [[go(turn.t.label("button-back"), "c.draft", booking_id)]]
        return Screen(turn.t.html("comment-ask"), rows)
    booking = await turn.api.booking(booking_id)
    if not _is_held(turn, booking):
        await turn.dialog.end()
        return await _no_longer_held(turn, booking)
    await turn.dialog.keep({"booking": booking_id, "comment": comment})
    return confirm_screen(turn, booking, comment)


@route("c.ok", books=True)
async def confirm(turn: Turn, booking_id: int, noted_: int, skip_phone: int) -> Screen | None:
    """Confirm. A hold that has ended meanwhile leads back to the times."""
    comment: str | None = None
    if noted_:
        kept = await turn.dialog.read()
        comment = str(kept.get("comment", "")) if kept.get("booking") == booking_id else None
    tenant = await turn.api.tenant()
    if tenant.policies.ask_phone and not turn.person.phone and not skip_phone:
        return await phone.ask(turn, booking_id, comment, required=tenant.policies.phone_required)
    try:
        # the Done screen says it: the same once more below it would be one message too many
        booking = await turn.api.confirm(booking_id, comment, notify=False, key=turn.key("confirm"))
    except BackendRefused as refusal:
        if refusal.code not in (Code.ILLEGAL_STEP, Code.SLOT_TAKEN):
            raise
        return await _no_longer_held(turn, await turn.api.booking(booking_id))
    if noted_:
        await turn.dialog.end()
    return done_screen(turn, booking, tenant)


@route("c.other", books=True)
async def other_time(turn: Turn, booking_id: int) -> Screen:
    """Change time: the held place is given back, so that its neighbours are free to choose."""
    booking = await _give_back(turn, booking_id)
    return await near(turn, booking.service_ids[0], 0)


@route("c.drop", books=True)
async def drop(turn: Turn, booking_id: int) -> Screen:
    """Cancel on the confirm screen: nothing was booked."""
    await _give_back(turn, booking_id)
    screen = await client_home(turn)
    return screen._replace(toast=turn.t.label("dropped"))


async def _give_back(turn: Turn, booking_id: int) -> Booking:
    await turn.dialog.end()
    booking = await turn.api.booking(booking_id)
    if booking.status != "held":
        return booking
    try:
        return await turn.api.cancel(booking_id, key=turn.key("drop"))
    except BackendRefused as refusal:
        if refusal.code is not Code.ILLEGAL_STEP:
            raise
        return booking


def _is_held(turn: Turn, booking: Booking) -> bool:
    until = booking.hold_until
    return booking.status == "held" and until is not None and parse(until).timestamp() > turn.now


async def _no_longer_held(turn: Turn, booking: Booking) -> Screen:
    """Confirmed already (a second tap), or lapsed: then the times again."""
    if booking.status in cards.LIVE:
        return done_screen(turn, booking, await turn.api.tenant())
    choice = await choice_for(turn, booking.service_ids[0], 0)
    if choice is None:
        return await _not_on_sale(turn)
    return await times.soonest(turn, choice, turn.t.html("hold-ended"))


async def _not_on_sale(turn: Turn) -> Screen:
    screen = await client_home(turn)
    return screen._replace(text=f"{turn.t.html('not-on-sale')}\n\n{screen.text}")
