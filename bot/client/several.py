"""Several services in one visit: one more, or one less, while the time is held; no tap more for who wants but one.

The hold gives way to the one of the new length in one step. Where that does not fit, it stays, and the nearest times
that fit are offered; picking one of them lets it go (see `book.pick`).
"""

from backend.client.api import BackendRefused
from backend.contract.bookings import Booking, NewBooking
from backend.contract.catalog import Service
from backend.contract.errors import Code
from backend.contract.schedule import Slot
from bot.client import book, times
from bot.old_way import old_go, old_paged, old_route
from bot.request import Request
from bot.ui import cards
from bot.ui.callbacks import Ids, ids_fit
from bot.ui.keyboards import Row, Screen

A_PAGE = 8
# The longer visit has no place at that time: taken by somebody, or the day ends.
_NO_ROOM = {Code.SLOT_TAKEN, Code.OUTSIDE_HOURS, Code.TOO_SOON, Code.BEYOND_HORIZON, Code.NONEXISTENT_TIME}


@old_route("c.add")
async def more(request: Request, booking_id: int, page: int = 0) -> Screen:
    """What can be added, with the price and the minutes of the specialist of the visit; and what can be left out."""
    booking = await request.api.get_booking(booking_id)
    if not book.is_held(request, booking):
        return await book.no_longer_held(request, booking)
    chosen = tuple(booking.service_ids)
    others = [one for one in await _offered(request, booking) if one.id not in chosen and ids_fit((*chosen, one.id))]
    shown, turning = old_paged(others, page, A_PAGE, lambda label, to: old_go(label, "c.add", booking_id, to))
    rows: list[Row] = [
        [old_go(cards.service_label(request, one), "c.set", booking_id, (*chosen, one.id))] for one in shown
    ]
    rows.append(turning)
    if len(chosen) > 1:
        for place, item in enumerate(booking.items):
            rest = (*chosen[:place], *chosen[place + 1 :])
            rows.append(
                [old_go(request.t.label("button-without", service=item.service_name), "c.set", booking_id, rest)]
            )
    lines = [
        str(cards.booking_text(request, booking)),
        "",
        request.t.html("add-service" if others else "add-service-none"),
    ]
    return Screen("\n".join(lines), [*rows, [old_go(request.t.label("button-back"), "c.draft", booking_id)]])


async def _offered(request: Request, booking: Booking) -> list[Service]:
    """What is on sale, on the terms of the visit's specialist where they do it."""
    everything = (await request.api.list_services()).items
    specialist = cards.sole_specialist(booking)
    own = {one.id: one for one in (await request.api.list_services(specialist)).items} if specialist else {}
    return [own.get(one.id, one) if specialist in one.specialist_ids else one
            for one in everything if one.specialist_ids]  # fmt: skip


@old_route("c.set", books=True)
async def change(request: Request, booking_id: int, services: Ids) -> Screen:
    """The visit with these services, at the same time and of the same specialist where they do them all."""
    booking = await request.api.get_booking(booking_id)
    if not book.is_held(request, booking):
        return await book.no_longer_held(request, booking)
    same = cards.sole_specialist(booking)
    able = {one.id for one in (await request.api.list_services()).items if same in one.specialist_ids}
    who = same if able.issuperset(services) else 0
    wanted = NewBooking(
        service_ids=list(services),
        start=booking.start,
        specialist_id=who or None,
        hold=True,
        comment=booking.comment,
        replaces=booking_id,
    )
    try:
        held = await request.api.create_booking(wanted, key=request.idempotency_key("set"))
    except BackendRefused as refusal:
        if refusal.code is Code.ILLEGAL_STEP:
            return await book.no_longer_held(request, await request.api.get_booking(booking_id))
        if refusal.code not in _NO_ROOM:
            raise
        return await _elsewhere(request, booking, services, who, refusal)
    return await book.confirm_screen(request, held, await book.take_comment(request, booking, held))


async def _elsewhere(request: Request, booking: Booking, services: Ids, who: int, refusal: BackendRefused) -> Screen:
    """The three nearest times for the whole visit; Back is the visit as it was, still held."""
    choice = await book.choice_for(request, services, who)
    if choice is None:
        return await book.confirm_screen(request, booking, "")
    choice = choice._replace(back=old_go(request.t.label("button-back"), "c.draft", booking.id))
    note = request.t.html("does-not-fit", when=request.times.own(booking.start))
    known = [Slot(start=one.start, local=one.local, specialist_ids=one.specialist_ids)
             for one in refusal.problem.alternatives or ()]  # fmt: skip
    found = known[: times.NEAREST] or await times.nearest(request, choice, booking.start)
    return times.times_screen(request, choice, found, note) if found else await times.soonest(request, choice, note)
