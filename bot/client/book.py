"""Booking a visit: a service, a time (which holds it), Confirm."""

from backend.client.api import BackendRefused
from backend.contract.bookings import Booking, NewBooking
from backend.contract.errors import Code
from backend.contract.schedule import Slot
from bot.client import phone, times
from bot.client.done import done_screen
from bot.client.home import client_home
from bot.client.offer import load_offer, offer_title
from bot.client.times import Choice
from bot.old_way import old_go, old_route, old_step
from bot.request import Request
from bot.ui import cards
from bot.ui.callbacks import Ids
from bot.ui.keyboards import Row, Screen
from bot.ui.text import clean_text
from bot.ui.times import epoch_minutes, from_epoch_minutes, parse

# The time went while somebody was choosing it: nearest ones instead. The others mean that the screen was old.
_OLD_TIME = {Code.TOO_SOON, Code.OUTSIDE_HOURS, Code.BEYOND_HORIZON, Code.NONEXISTENT_TIME}
COMMENT_MAX = 500


async def choice_for(request: Request, services: Ids, specialist_id: int) -> Choice | None:
    """What is being booked, with price and minutes; None when it is not on sale (any more)."""
    found = await load_offer(request, services, specialist_id)
    if found is None:
        return None
    back = old_go(request.t.label("button-back"), "c.near", services, 0) if specialist_id else old_go(
        request.t.label("button-back"), "c.home"
    )  # fmt: skip
    return Choice("c.", services, specialist_id, list(services), offer_title(request, *found), back)


@old_route("c.near")
async def near(request: Request, services: Ids, specialist_id: int) -> Screen:
    """The soonest times of a visit of these services."""
    choice = await choice_for(request, services, specialist_id)
    return await times.soonest(request, choice) if choice else await _not_on_sale(request)


@old_route("c.who")
async def who(request: Request, services: Ids, specialist_id: int) -> Screen:
    """Who does it."""
    choice = await choice_for(request, services, 0)
    if choice is None:
        return await _not_on_sale(request)
    back = old_go(request.t.label("button-back"), "c.near", services, specialist_id)
    return await times.specialists(request, choice._replace(back=back))


@old_route("c.mon")
async def month(request: Request, services: Ids, specialist_id: int, index: int) -> Screen:
    """The month with its free days."""
    choice = await choice_for(request, services, specialist_id)
    if choice is None:
        return await _not_on_sale(request)
    back = old_go(request.t.label("button-back"), "c.near", services, specialist_id)
    return await times.month(request, choice._replace(back=back), index)


@old_route("c.day")
async def day(request: Request, services: Ids, specialist_id: int, ordinal: int, page: int) -> Screen:
    """The times of one day."""
    choice = await choice_for(request, services, specialist_id)
    if choice is None:
        return await _not_on_sale(request)
    back = old_go(request.t.label("button-back"), "c.near", services, specialist_id)
    return await times.day_times(request, choice._replace(back=back), ordinal, page)


@old_route("c.pick", books=True)
async def pick(request: Request, services: Ids, specialist_id: int, start: int) -> Screen:
    """Holds the time and asks for the confirmation; a time just taken shows the nearest instead."""
    outgrown = await _outgrown(request, services)
    booking = NewBooking(
        service_ids=list(services),
        start=from_epoch_minutes(start),
        specialist_id=specialist_id or None,
        hold=True,
        replaces=None if outgrown is None else outgrown.id,
    )
    try:
        held = await request.api.create_booking(booking, key=request.idempotency_key("hold"))
    except BackendRefused as refusal:
        if refusal.code is not Code.SLOT_TAKEN and refusal.code not in _OLD_TIME:
            raise
        return await _instead(request, refusal, services, specialist_id)
    return await confirm_screen(request, held, await take_comment(request, outgrown, held))


async def _outgrown(request: Request, services: Ids) -> Booking | None:
    """The hold that was to become this longer visit and did not fit where it is: it gives way to the new place."""
    if len(services) == 1:
        return None
    found = await request.api.list_bookings(status=("held",), client_id=request.person.id, limit=10)
    return next((one for one in found.items if is_held(request, one) and set(one.service_ids) < set(services)), None)


async def take_comment(request: Request, old: Booking | None, new: Booking) -> str:
    """What was typed for a hold goes on with the one that replaces it, or with another time for the same services."""
    kept = await request.dialog.read()
    same = kept.get("services") == new.service_ids or (old is not None and kept.get("booking") == old.id)
    comment = str(kept.get("comment", "")) if same else ""
    if comment:
        await request.dialog.keep({"booking": new.id, "comment": comment})
    return comment


@old_route("c.rep", books=True)
async def repeat(request: Request, services: Ids, specialist_id: int) -> Screen:
    """The same again: the soonest time of that service and specialist is held at once, one tap from confirmed."""
    choice = await choice_for(request, services, specialist_id)
    if choice is None:
        return await _not_on_sale(request)
    found = await times.soonest_slots(request, choice, 1)
    if not found:
        return await times.soonest(request, choice)
    return await pick(request, services, specialist_id, epoch_minutes(found[0].start))


async def _instead(request: Request, refusal: BackendRefused, services: Ids, specialist_id: int) -> Screen:
    choice = await choice_for(request, services, specialist_id)
    if choice is None:
        return await _not_on_sale(request)
    alternatives = refusal.problem.alternatives
    if refusal.code is not Code.SLOT_TAKEN or not alternatives:
        return await times.soonest(request, choice, request.t.html("refused-time"))
    slots = [Slot(start=one.start, local=one.local, specialist_ids=one.specialist_ids) for one in alternatives[:3]]
    return times.times_screen(request, choice, slots, request.t.html("refused-slot-taken"))


async def confirm_screen(request: Request, held: Booking, comment: str) -> Screen:
    """The card of a held visit. `comment` is what has been typed for it so far."""
    offered = (await request.api.list_services()).items
    lines = [request.t.html("confirm-title"), "", cards.booking_text(request, held)]
    if comment:
        lines.append(request.t.html("comment-line", comment=comment))
    if held.hold_until:
        lines += ["", request.t.html("held-until", time=request.times.clock(held.hold_until))]
    noted = 1 if comment else 0
    rows: list[Row] = [
        [old_go(request.t.label("button-confirm"), "c.ok", held.id, noted, 0, style="success")],
        [
            old_go(request.t.label("button-change-time"), "c.other", held.id),
            old_go(request.t.label("button-comment-edit" if comment else "button-comment"), "c.note", held.id),
        ],
        [old_go(request.t.label("button-cancel"), "c.drop", held.id)],
    ]
    if len(held.items) > 1:
        rows[2].insert(0, old_go(request.t.label("button-change-services"), "c.add", held.id))
    elif any(one.specialist_ids and one.id != held.service_ids[0] for one in offered):
        rows[2].insert(0, old_go(request.t.label("button-add-service"), "c.add", held.id))
    return Screen("\n".join(lines), rows)


@old_route("c.draft")
async def draft(request: Request, booking_id: int) -> Screen:
    """Back to a visit that is held."""
    booking = await request.api.get_booking(booking_id)
    if not is_held(request, booking):
        return await no_longer_held(request, booking)
    kept = await request.dialog.read()
    comment = str(kept.get("comment", "")) if kept.get("booking") == booking_id else ""
    if kept.get("step"):
        await phone.put_away(request, kept)
        await request.dialog.keep({"booking": booking_id, "comment": comment} if comment else {})
    return await confirm_screen(request, booking, comment)


@old_route("c.note")
async def note(request: Request, booking_id: int) -> Screen:
    """Asks for a comment: the one thing that may be typed."""
    back: list[Row] = [[old_go(request.t.label("button-back"), "c.draft", booking_id)]]
    if not await request.dialog.begin("c.note", booking=booking_id):
        return Screen(request.t.html("start-over"), back)
    return Screen(request.t.html("comment-ask"), back)


@old_step("c.note")
async def noted(request: Request, text: str, kept: dict[str, object]) -> Screen:
    """The comment has been typed."""
    booking_id = int(str(kept["booking"]))
    comment = clean_text(text, COMMENT_MAX)
    if not comment:
        rows: list[Row] = [[old_go(request.t.label("button-back"), "c.draft", booking_id)]]
        return Screen(request.t.html("comment-ask"), rows)
    booking = await request.api.get_booking(booking_id)
    if not is_held(request, booking):
        await request.dialog.end()
        return await no_longer_held(request, booking)
    await request.dialog.keep({"booking": booking_id, "comment": comment})
    return await confirm_screen(request, booking, comment)


@old_route("c.ok", books=True)
async def confirm(request: Request, booking_id: int, noted_: int, skip_phone: int) -> Screen | None:
    """Confirm. A hold that has ended meanwhile leads back to the times."""
    comment: str | None = None
    if noted_ or skip_phone:
        kept = await request.dialog.read()
        comment = str(kept.get("comment", "")) or None if kept.get("booking") == booking_id else None
        await phone.put_away(request, kept)
    tenant = await request.api.get_tenant()
    if tenant.policies.ask_phone and not request.person.phone and not skip_phone:
        return await phone.ask(request, booking_id, comment, required=tenant.policies.phone_required)
    try:
        # the Done screen says it: the same once more below it would be one message too many
        booking = await request.api.confirm_booking(
            booking_id, comment, notify=False, key=request.idempotency_key("confirm")
        )
    except BackendRefused as refusal:
        if refusal.code not in (Code.ILLEGAL_STEP, Code.SLOT_TAKEN):
            raise
        return await no_longer_held(request, await request.api.get_booking(booking_id))
    if noted_ or skip_phone:
        await request.dialog.end()
    return done_screen(request, booking, tenant)


@old_route("c.other", books=True)
async def other_time(request: Request, booking_id: int) -> Screen:
    """Change time: the held place is given back, so that its neighbours are free to choose; the comment is kept."""
    kept = await request.dialog.read()
    booking = await _give_back(request, booking_id)
    if kept.get("booking") == booking_id and kept.get("comment"):
        await request.dialog.keep({"services": booking.service_ids, "comment": kept["comment"]})
    return await near(request, tuple(booking.service_ids), 0)


@old_route("c.drop", books=True)
async def drop(request: Request, booking_id: int) -> Screen:
    """Cancel on the confirm screen: nothing was booked."""
    await _give_back(request, booking_id)
    screen = await client_home(request)
    return screen._replace(toast=request.t.label("dropped"))


async def _give_back(request: Request, booking_id: int) -> Booking:
    await request.dialog.end()
    booking = await request.api.get_booking(booking_id)
    if booking.status != "held":
        return booking
    try:
        return await request.api.cancel_booking(booking_id, key=request.idempotency_key("drop"))
    except BackendRefused as refusal:
        if refusal.code is not Code.ILLEGAL_STEP:
            raise
        return booking


def is_held(request: Request, booking: Booking) -> bool:
    until = booking.hold_until
    return booking.status == "held" and until is not None and parse(until).timestamp() > request.now


async def no_longer_held(request: Request, booking: Booking) -> Screen:
    """Confirmed already (a second tap), or lapsed: then the times again."""
    if booking.status in cards.LIVE:
        return done_screen(request, booking, await request.api.get_tenant())
    choice = await choice_for(request, tuple(booking.service_ids), 0)
    if choice is None:
        return await _not_on_sale(request)
    return await times.soonest(request, choice, request.t.html("hold-ended"))


async def _not_on_sale(request: Request) -> Screen:
    screen = await client_home(request)
    return screen._replace(text=f"{request.t.html('not-on-sale')}\n\n{screen.text}")
