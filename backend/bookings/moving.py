"""Moving a booking: another place in one step, the old one kept until the new one is taken.

Everything here runs inside one write transaction of the tenant.
"""

from collections.abc import Sequence
from typing import Literal

import msgspec

from backend.auth.actor import decode_policies
from backend.bookings import rules
from backend.bookings.access import LoadedBooking, load_visible
from backend.bookings.client_bookings import ClientBookings
from backend.bookings.endings import free_lapsed_places
from backend.bookings.history import record_change
from backend.bookings.move_requests import WantedPlace, ask_for_move, open_request, settle_open, settle_request
from backend.bookings.placement import (
    PlaceRequest,
    find_place,
    load_services_as_booked,
    lower_price,
    place_columns,
    stay_with_specialists,
)
from backend.bookings.queries.loading import ItemRow
from backend.bookings.queries.move_requests import MoveRequestRow
from backend.bookings.queries.tasks import close_task, hand_message_over
from backend.bookings.queries.writing import BookingChanges, release_places, replace_item, update_booking
from backend.bookings.service import promise_answer
from backend.bookings.view import render_booking, render_items
from backend.clock import format_utc, format_wall, load_zone
from backend.contract.bookings import Booking, Move, TaskState
from backend.contract.notices import Kind
from backend.errors import Forbidden, IllegalStep, Invalid, TooLate
from backend.kit.text import clean_lines
from backend.outbox.requests import renew_request_notices
from backend.outbox.service import announce_change, announce_shown_change
from backend.schedule.queries.services import Price, RequestedServices, load_prices, require_specialist
from backend.schedule.service import SlotQuery
from backend.schedule.steps import PlacedStep
from backend.transactions import UnitOfWork


def move_booking(unit: UnitOfWork, booking_id: int, body: Move, start: int) -> Booking:
    """Give the booking another place in one step; it keeps the old one until the new one is taken.

    It keeps its price, durations and buffers. Raises as `create_booking` does, IllegalStep, TooLate for one that has begun.
    """
    conn, actor, tenant = unit.conn, unit.actor, unit.tenant
    free_lapsed_places(unit)
    booking = load_visible(unit, booking_id)
    _check_move(unit, booking, body)
    row, items = booking.row, booking.items
    settle_open(unit, row, "accepted" if booking.by_staff else "withdrawn")
    services = load_services_as_booked(conn, tenant.id, items, on_offer=row.task == "open" and not booking.by_staff)
    service_ids = [item.service_id for item in items]
    query = SlotQuery(
        tenant,
        service_ids,
        body.specialist_id,
        unit.now,
        client_limits=not booking.by_staff,
        at_short_notice=row.task is not None,
    )
    request = PlaceRequest(query, services, start, body.force, ignored_booking_id=booking_id)
    own_calendar_only = booking.by_staff and not actor.is_admin
    placed = _find_new_place(unit, request, body, items, own_calendar_only=own_calendar_only)
    if row.client_id is not None and row.status != "held" and not body.allow_overlap:
        theirs = ClientBookings(unit, row.client_id, start, ignored_booking_id=booking_id)
        theirs.check_overlap(start, placed[-1].end)
    waits = _waits_for_answer(unit, booking)
    if waits is not None:
        asking = ask_for_move(unit, row, items, WantedPlace(services, placed), "", held=waits == "held")
        return render_booking(unit, asking, render_items(items))
    return relocate_booking(unit, booking, services, placed, forced=body.force, message_id=body.message_id)


def relocate_booking(
    unit: UnitOfWork,
    booking: LoadedBooking,
    services: RequestedServices,
    placed: Sequence[PlacedStep],
    *,
    task: TaskState | None = None,
    forced: bool = False,
    message_id: int | None = None,
) -> Booking:
    """Put the booking into a place that was found for it, record it and tell people; its task, if it has one, is settled.

    Where the business could not keep it, its client pays the lower price, and a request is accepted with it. Raises SlotTaken
    where the database finds the place taken. `task` is what the booking has then.
    """
    conn, tenant = unit.conn, unit.tenant
    row, items = booking.row, booking.items
    booking_id = row.id
    changes = _changes_of_move(unit, booking, placed[0].start)
    kept_until = row.hold_until if row.status == "held" else changes.get("decide_by")
    release_places(conn, tenant.id, booking_id)
    close_task(conn, tenant.id, row, "placed" if task else "moved", unit.now)
    prices = _prices_then(unit, booking, placed)
    names = {**services.specialist_names, **{item.specialist_id: item.specialist_name for item in items}}
    moved_items = []
    for item, step, price in zip(items, placed, prices, strict=True):
        values = place_columns(tenant.id, services, step, kept_until)
        values |= {"price": price.amount, "price_from": price.at_least}
        replace_item(conn, tenant.id, item.id, values, services.steps[step.position].room_ids)
        moved_items.append(
            item._replace(
                specialist_id=step.specialist_id,
                specialist_name=names[step.specialist_id],
                starts_at=step.start,
                ends_at=step.end,
                price=price.amount,
                price_from=price.at_least,
            )
        )
    changes |= {
        "starts_at": placed[0].start,
        "ends_at": placed[-1].end,
        "local_start": format_wall(placed[0].start, load_zone(tenant.timezone)),
        "timezone": tenant.timezone,
        "price": sum(price.amount for price in prices),
        "coming_at": None,
        "late_min": None,
        "task": task,
    }
    moved = update_booking(conn, tenant.id, row, calendars_follow=True, **changes)
    detail = {
        "start": [format_utc(row.starts_at), format_utc(placed[0].start)],
        "specialist_id": [items[0].specialist_id, placed[0].specialist_id],
        "forced": forced,
    }
    record_change(unit, booking_id, "move", row.status, moved.status, detail)
    if message_id is not None:
        hand_message_over(conn, tenant.id, booking_id, message_id, unit.now)
    if row.status == "pending":
        renew_request_notices(unit, booking_id)
    if row.status != "held":
        kind: Kind = "approval_asked" if moved.status == "pending" else "moved"
        announce_shown_change(unit, moved, kind, message_id, previous_start=row.starts_at)
    return render_booking(unit, moved, render_items(moved_items))


def _waits_for_answer(unit: UnitOfWork, booking: LoadedBooking) -> Literal["held", "wish"] | None:
    """Return how a client's move waits for an answer: with its place held, or as a wish; None: it is done at once."""
    row = booking.row
    if booking.by_staff or row.status != "confirmed" or row.task is not None:
        return None
    cut_off_min = decode_policies(row.policies).cancel_until_min
    if unit.now > rules.free_until(row.starts_at, cut_off_min, row.created_at, has_task=False):
        return "wish"
    return "held" if unit.tenant.policies.approval else None


def ask_in_words(unit: UnitOfWork, booking_id: int, text: str) -> Booking:
    """Ask the staff for another time in words. Raises Forbidden, IllegalStep, TooLate, Invalid."""
    cleaned = clean_lines(text)
    if not cleaned.strip():
        raise Invalid("Say which time would suit.", field="text")
    booking = load_visible(unit, booking_id)
    row = booking.row
    if row.client_id != unit.actor.person_id:
        raise Forbidden("Only the client of a booking asks for another time.")
    if row.status != "confirmed":
        raise IllegalStep(f"A booking that is {rules.status_words(row.status)} cannot be moved.")
    if row.starts_at <= unit.now:
        raise TooLate("This booking has begun already.")
    settle_open(unit, row, "withdrawn")
    asking = ask_for_move(unit, row, booking.items, None, cleaned, held=False)
    return render_booking(unit, asking, render_items(booking.items))


def withdraw_wish(unit: UnitOfWork, booking_id: int) -> Booking:
    """Take a request for another time back: the booking stays as it is. Raises Forbidden, IllegalStep where none waits."""
    booking = load_visible(unit, booking_id)
    if booking.row.client_id != unit.actor.person_id:
        raise Forbidden("Only the client of a booking takes their request back.")
    settle_request(unit, _require_open(unit, booking), "withdrawn")
    record_change(unit, booking_id, "withdraw_move", booking.row.status, booking.row.status)
    return render_booking(unit, booking.row, render_items(booking.items))


def _require_open(unit: UnitOfWork, booking: LoadedBooking) -> MoveRequestRow:
    request = open_request(unit, booking.row)
    if request is None:
        raise IllegalStep("No request for another time waits for an answer.")
    return request


def accept_move(unit: UnitOfWork, booking: LoadedBooking) -> Booking:
    """Move the booking to the time that its client has asked for.

    Raises IllegalStep, also for one in words; SlotTaken, LimitReached where a wish cannot be fulfilled any more.
    """
    row, items = booking.row, booking.items
    request = _require_open(unit, booking)
    if request.starts_at is None:
        raise IllegalStep("This request names no time: move the booking to one that suits.")
    settle_request(unit, request, "accepted")
    specialist_ids = msgspec.json.decode(request.specialist_ids, type=list[int])
    services = load_services_as_booked(unit.conn, unit.tenant_id, items)
    steps = [
        step._replace(durations={specialist_id: item.duration_min * 60})
        for step, item, specialist_id in zip(services.steps, items, specialist_ids, strict=True)
    ]
    services = services._replace(steps=steps, specialist_ids=list(dict.fromkeys(specialist_ids)))
    service_ids = [item.service_id for item in items]
    query = SlotQuery(unit.tenant, service_ids, specialist_ids[0], unit.now, client_limits=False)
    held = request.hold_id is not None
    placed = find_place(unit.conn, PlaceRequest(query, services, request.starts_at, held, ignored_booking_id=row.id))
    if row.client_id is not None:
        theirs = ClientBookings(unit, row.client_id, request.starts_at, ignored_booking_id=row.id)
        theirs.check_overlap(request.starts_at, placed[-1].end)
    return relocate_booking(unit, booking, services, placed)


def decline_move(unit: UnitOfWork, booking: LoadedBooking, reason: str) -> Booking:
    """Keep the booking where it is; its client reads the reason. Raises IllegalStep where no request waits."""
    settle_request(unit, _require_open(unit, booking), "declined", clean_lines(reason))
    row = booking.row
    record_change(unit, row.id, "decline_move", row.status, row.status)
    announce_change(unit, row, "move_kept")
    return render_booking(unit, row, render_items(booking.items))


def _changes_of_move(unit: UnitOfWork, booking: LoadedBooking, start: int) -> BookingChanges:
    """Return what a move changes beside the place: a client's request waits anew, and staff who move it approve it."""
    row = booking.row
    if row.status == "pending" and row.task is not None and not booking.by_staff:
        # the business itself has offered it
        return {"status": "confirmed", "decide_by": None}
    if row.status == "pending" and booking.by_staff:
        return {"status": "confirmed", "decide_by": None, "decided_by": unit.actor.person_id}
    if row.status == "pending" or row.decide_by is not None:
        decide_by = promise_answer(unit, start)
        if row.status == "pending" and decide_by is None:
            return {"status": "confirmed", "decide_by": None}
        return {"decide_by": decide_by}
    return {}


def _prices_then(unit: UnitOfWork, booking: LoadedBooking, placed: Sequence[PlacedStep]) -> list[Price]:
    """Return the prices of the items in their new place: as booked, or lower where the business could not keep it."""
    items = booking.items
    if booking.row.task is None:
        return [Price(item.price, item.price_from) for item in items]
    today = load_prices(unit.conn, unit.tenant_id, [item.service_id for item in items])
    return [
        lower_price(item, today.get((item.service_id, step.specialist_id)))
        for item, step in zip(items, placed, strict=True)
    ]


def _check_move(unit: UnitOfWork, booking: LoadedBooking, body: Move) -> None:
    """Raise IllegalStep, TooLate, Forbidden or NotFound where the actor may not move the booking like this."""
    actor, row = unit.actor, booking.row
    if not rules.is_allowed("move", row.status):
        raise IllegalStep(f"A booking that is {rules.status_words(row.status)} cannot be moved.")
    if not booking.by_staff and row.starts_at <= unit.now:
        raise TooLate("This booking has begun already.")
    if body.force and not actor.is_admin:
        raise Forbidden("Only an admin may move outside the rules.", field="force")
    if body.allow_overlap and not booking.by_staff:
        raise Forbidden("Only the business may book a client twice at a time.", field="allow_overlap")
    if body.specialist_id is not None:
        require_specialist(unit.conn, unit.tenant_id, body.specialist_id)
        if booking.by_staff and not actor.is_admin and body.specialist_id != actor.specialist_id:
            raise Forbidden("A specialist may move bookings in their own calendar only.", field="specialist_id")


def _find_new_place(
    unit: UnitOfWork, request: PlaceRequest, body: Move, items: Sequence[ItemRow], *, own_calendar_only: bool
) -> list[PlacedStep]:
    """Return a place with the specialists of today, with the one who is named, or with anybody where that is wanted."""
    if body.specialist_id is not None or (body.any_specialist and not own_calendar_only):
        return find_place(unit.conn, request)
    stays = stay_with_specialists(request.services, items)
    query = request.query._replace(specialist_id=items[0].specialist_id)
    return find_place(unit.conn, request._replace(query=query, services=stays))
