"""Booking a visit: a service, a time (which holds it), Confirm."""

import asyncio
from decimal import Decimal

from backend.client.api import BackendRefused
from backend.contract.bookings import Booking, NewBooking
from backend.contract.catalog import Service, Specialist
from backend.contract.errors import Code
from backend.contract.schedule import Slot
from bot.client import phone, times
from bot.client.done import done_screen
from bot.client.home import client_home
from bot.client.times import Choice
from bot.dialogs import step
from bot.request import Turn
from bot.ui import cards
from bot.ui.callbacks import Ids, route
from bot.ui.keyboards import Row, Screen, go
from bot.ui.text import DOT, Html, clean, escape, one_line
from bot.ui.times import from_minutes, minutes, parse

# The time went while somebody was choosing it: nearest ones instead. The others mean that the screen was old.
_OLD_TIME = {Code.TOO_SOON, Code.OUTSIDE_HOURS, Code.BEYOND_HORIZON, Code.NONEXISTENT_TIME}
COMMENT_MAX = 500


async def on_sale(turn: Turn, services: Ids, specialist_id: int) -> tuple[list[Service], Specialist | None] | None:
    """These services on the specialist's terms, and the specialist (None: any); None when that is not on sale."""
    if not specialist_id:
        by_id = {one.id: one for one in (await turn.api.services()).items}
        return ([by_id[one] for one in services], None) if by_id.keys() >= set(services) else None
    found, people = await asyncio.gather(turn.api.services(specialist_id), turn.api.specialists(services[0]))
    by_id = {one.id: one for one in found.items if specialist_id in one.specialist_ids}
    person = next((one for one in people.items if one.id == specialist_id), None)
    if not by_id.keys() >= set(services) or person is None:
        return None
    return [by_id[one] for one in services], person


async def choice_for(turn: Turn, services: Ids, specialist_id: int) -> Choice | None:
    """What is being booked, with price and minutes; None when it is not on sale (any more)."""
    found = await on_sale(turn, services, specialist_id)
    if found is None:
        return None
    back = go(turn.t.label("button-back"), "c.near", services, 0) if specialist_id else go(
        turn.t.label("button-back"), "c.home"
    )  # fmt: skip
    return Choice("c.", services, specialist_id, list(services), visit_title(turn, *found), back)


def visit_title(turn: Turn, services: list[Service], person: Specialist | None) -> Html:
    """`Haircut + Colour · Anna · 4 500 ₽ · 2 h 15 min`: prices and minutes of the visit add up."""
    who = f"{DOT}{escape(one_line(person.name))}" if person else ""
    total = sum((Decimal(one.price) for one in services), Decimal())
    varies = person is None and any(one.price_from for one in services)
    tail = [cards.price(turn, str(total), services[0].currency, at_least=varies)]
    tail.append(turn.times.span(sum(one.duration_min for one in services)))
    names = " + ".join(one_line(one.name) for one in services)
    title = f"<b>{escape(names)}</b>{who}{DOT}{escape(DOT.join(part for part in tail if part))}"
    if len(services) == 1 and services[0].description and person is None:
        title += f"\n{escape(clean(services[0].description, 600))}"
    return Html(title)


@route("c.near")
async def near(turn: Turn, services: Ids, specialist_id: int) -> Screen:
    """The soonest times of a visit of these services."""
    choice = await choice_for(turn, services, specialist_id)
    return await times.soonest(turn, choice) if choice else await _not_on_sale(turn)


@route("c.who")
async def who(turn: Turn, services: Ids, specialist_id: int) -> Screen:
    """Who does it."""
    choice = await choice_for(turn, services, 0)
    if choice is None:
        return await _not_on_sale(turn)
    back = go(turn.t.label("button-back"), "c.near", services, specialist_id)
    return await times.specialists(turn, choice._replace(back=back))


@route("c.mon")
async def month(turn: Turn, services: Ids, specialist_id: int, index: int) -> Screen:
    """The month with its free days."""
    choice = await choice_for(turn, services, specialist_id)
    if choice is None:
        return await _not_on_sale(turn)
    back = go(turn.t.label("button-back"), "c.near", services, specialist_id)
    return await times.month(turn, choice._replace(back=back), index)


@route("c.day")
async def day(turn: Turn, services: Ids, specialist_id: int, ordinal: int, page: int) -> Screen:
    """The times of one day."""
    choice = await choice_for(turn, services, specialist_id)
    if choice is None:
        return await _not_on_sale(turn)
    back = go(turn.t.label("button-back"), "c.near", services, specialist_id)
    return await times.day_times(turn, choice._replace(back=back), ordinal, page)


@route("c.pick", books=True)
async def pick(turn: Turn, services: Ids, specialist_id: int, start: int) -> Screen:
    """Holds the time and asks for the confirmation; a time just taken shows the nearest instead."""
    outgrown = await _outgrown(turn, services)
    booking = NewBooking(
        service_ids=list(services),
        start=from_minutes(start),
        specialist_id=specialist_id or None,
        hold=True,
        replaces=None if outgrown is None else outgrown.id,
    )
    try:
        held = await turn.api.book(booking, key=turn.key("hold"))
    except BackendRefused as refusal:
        if refusal.code is not Code.SLOT_TAKEN and refusal.code not in _OLD_TIME:
            raise
        return await _instead(turn, refusal, services, specialist_id)
    return await confirm_screen(turn, held, await take_comment(turn, outgrown, held))


async def _outgrown(turn: Turn, services: Ids) -> Booking | None:
    """The hold that was to become this longer visit and did not fit where it is: it gives way to the new place."""
    if len(services) == 1:
        return None
    found = await turn.api.bookings(status=("held",), client_id=turn.person.id, limit=10)
    return next((one for one in found.items if is_held(turn, one) and set(one.service_ids) < set(services)), None)


async def take_comment(turn: Turn, old: Booking | None, new: Booking) -> str:
    """What was typed for a hold goes on with the one that replaces it, or with another time for the same services."""
    kept = await turn.dialog.read()
    same = kept.get("services") == new.service_ids or (old is not None and kept.get("booking") == old.id)
    comment = str(kept.get("comment", "")) if same else ""
    if comment:
        await turn.dialog.keep({"booking": new.id, "comment": comment})
    return comment


@route("c.rep", books=True)
async def repeat(turn: Turn, services: Ids, specialist_id: int) -> Screen:
    """The same again: the soonest time of that service and specialist is held at once, one tap from confirmed."""
    choice = await choice_for(turn, services, specialist_id)
    if choice is None:
        return await _not_on_sale(turn)
    found = await times.soonest_slots(turn, choice, 1)
    if not found:
        return await times.soonest(turn, choice)
    return await pick(turn, services, specialist_id, minutes(found[0].start))


async def _instead(turn: Turn, refusal: BackendRefused, services: Ids, specialist_id: int) -> Screen:
    choice = await choice_for(turn, services, specialist_id)
    if choice is None:
        return await _not_on_sale(turn)
    alternatives = refusal.problem.alternatives
    if refusal.code is not Code.SLOT_TAKEN or not alternatives:
        return await times.soonest(turn, choice, turn.t.html("refused-time"))
    slots = [Slot(start=one.start, local=one.local, specialist_ids=one.specialist_ids) for one in alternatives[:3]]
    return times.times_screen(turn, choice, slots, turn.t.html("refused-slot-taken"))


async def confirm_screen(turn: Turn, held: Booking, comment: str) -> Screen:
    """The card of a held visit. `comment` is what has been typed for it so far."""
    offered = (await turn.api.services()).items
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
    if len(held.items) > 1:
        rows[2].insert(0, go(turn.t.label("button-change-services"), "c.add", held.id))
    elif any(one.specialist_ids and one.id != held.service_ids[0] for one in offered):
        rows[2].insert(0, go(turn.t.label("button-add-service"), "c.add", held.id))
    return Screen("\n".join(lines), rows)


@route("c.draft")
async def draft(turn: Turn, booking_id: int) -> Screen:
    """Back to a visit that is held."""
    booking = await turn.api.booking(booking_id)
    if not is_held(turn, booking):
        return await no_longer_held(turn, booking)
    kept = await turn.dialog.read()
    comment = str(kept.get("comment", "")) if kept.get("booking") == booking_id else ""
    if kept.get("step"):
        await phone.put_away(turn, kept)
        await turn.dialog.keep({"booking": booking_id, "comment": comment} if comment else {})
    return await confirm_screen(turn, booking, comment)


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
    if not is_held(turn, booking):
        await turn.dialog.end()
        return await no_longer_held(turn, booking)
    await turn.dialog.keep({"booking": booking_id, "comment": comment})
    return await confirm_screen(turn, booking, comment)


@route("c.ok", books=True)
async def confirm(turn: Turn, booking_id: int, noted_: int, skip_phone: int) -> Screen | None:
    """Confirm. A hold that has ended meanwhile leads back to the times."""
    comment: str | None = None
    if noted_ or skip_phone:
        kept = await turn.dialog.read()
        comment = str(kept.get("comment", "")) or None if kept.get("booking") == booking_id else None
        await phone.put_away(turn, kept)
    tenant = await turn.api.tenant()
    if tenant.policies.ask_phone and not turn.person.phone and not skip_phone:
        return await phone.ask(turn, booking_id, comment, required=tenant.policies.phone_required)
    try:
        # the Done screen says it: the same once more below it would be one message too many
        booking = await turn.api.confirm(booking_id, comment, notify=False, key=turn.key("confirm"))
    except BackendRefused as refusal:
        if refusal.code not in (Code.ILLEGAL_STEP, Code.SLOT_TAKEN):
            raise
        return await no_longer_held(turn, await turn.api.booking(booking_id))
    if noted_ or skip_phone:
        await turn.dialog.end()
    return done_screen(turn, booking, tenant)


@route("c.other", books=True)
async def other_time(turn: Turn, booking_id: int) -> Screen:
    """Change time: the held place is given back, so that its neighbours are free to choose; the comment is kept."""
    kept = await turn.dialog.read()
    booking = await _give_back(turn, booking_id)
    if kept.get("booking") == booking_id and kept.get("comment"):
        await turn.dialog.keep({"services": booking.service_ids, "comment": kept["comment"]})
    return await near(turn, tuple(booking.service_ids), 0)


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


def is_held(turn: Turn, booking: Booking) -> bool:
    until = booking.hold_until
    return booking.status == "held" and until is not None and parse(until).timestamp() > turn.now


async def no_longer_held(turn: Turn, booking: Booking) -> Screen:
    """Confirmed already (a second tap), or lapsed: then the times again."""
    if booking.status in cards.LIVE:
        return done_screen(turn, booking, await turn.api.tenant())
    choice = await choice_for(turn, tuple(booking.service_ids), 0)
    if choice is None:
        return await _not_on_sale(turn)
    return await times.soonest(turn, choice, turn.t.html("hold-ended"))


async def _not_on_sale(turn: Turn) -> Screen:
    screen = await client_home(turn)
    return screen._replace(text=f"{turn.t.html('not-on-sale')}\n\n{screen.text}")
