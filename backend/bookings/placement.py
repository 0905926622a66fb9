"""Finding the place of a booking by the rules, and the refusal of the rule that leaves none. Reads only."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from backend.bookings.queries.loading import ItemRow, load_item_rooms
from backend.errors import BeyondHorizon, Invalid, OutsideHours, Refused, SlotTaken, TooSoon
from backend.schedule import assignment, reasons
from backend.schedule.queries.facts import CalendarWindow, load_facts
from backend.schedule.queries.fairness import count_bookings_that_day, find_last_booked
from backend.schedule.queries.services import Price, RequestedServices, load_booked_services
from backend.schedule.rules import Availability
from backend.schedule.service import SlotQuery, find_nearest
from backend.schedule.steps import PlacedStep, offers_all, place_steps

_REFUSALS: dict[str, type[Refused]] = {
    "too_soon": TooSoon,
    "beyond_horizon": BeyondHorizon,
    "closed": OutsideHours,
    "time_off": OutsideHours,
    "outside_hours": OutsideHours,
    "off_grid": OutsideHours,
    "busy": SlotTaken,
    "group_full": SlotTaken,
    "room_full": SlotTaken,
}


class PlaceRequest(NamedTuple):
    """The services that are wanted from the instant `start` on. `force` lifts the rules that an admin may break.

    `ignored_booking_id` is the booking whose own place counts as free: it is moving.
    """

    query: SlotQuery
    services: RequestedServices
    start: int
    force: bool
    ignored_booking_id: int | None = None


def find_place(conn: Connection, request: PlaceRequest) -> list[PlacedStep]:
    """Return who does which service when, if the rules allow it. Raises the refusal of the rule that does not."""
    query, services, start = request.query, request.services, request.start
    if start % 60:
        raise Invalid("A booking begins on a whole minute.", field="start")
    limits = query.limits().lift() if request.force else query.limits()
    named_id, specialist_ids = query.specialist_id, services.specialist_ids
    if named_id is not None and offers_all(services.steps, named_id):
        specialist_ids = [named_id]
    window = CalendarWindow({*specialist_ids}, start, start, query.now, ignored_booking_id=request.ignored_booking_id)
    facts = load_facts(conn, query.tenant.id, query.zone, services, window)
    available = Availability(facts, services.steps, limits, start, start)
    if named_id is None and len(specialist_ids) > 1:
        specialist_ids = _by_fairness(conn, request, available)
    assigned = assignment.assign_specialists(available, specialist_ids, named_id) if specialist_ids else None
    if not assigned:
        raise _refusal(conn, request, available)
    return place_steps(services.steps, assigned)


def _by_fairness(conn: Connection, request: PlaceRequest, available: Availability) -> list[int]:
    """Return the specialists who may be able to do the booking, in the order in which they should be asked."""
    query, services = request.query, request.services
    tenant_id, zone, day = query.tenant.id, query.zone, query.zone.day(request.start)
    if len(services.steps) > 1:
        # a specialist who cannot do the whole of it may do a part
        able = services.specialist_ids
    else:
        able = [each for each in services.specialist_ids if available.free_starts(each)]
    counts = count_bookings_that_day(conn, tenant_id, able, zone.midnight(day), zone.midnight(day + 1))
    with_class = [each for each in able if available.joins_class(each, request.start)]
    tied = able
    if len(services.steps) == 1:
        asked_first = with_class or able
        fewest = min((counts.get(each, 0) for each in asked_first), default=0)
        tied = [each for each in asked_first if counts.get(each, 0) == fewest]
    latest = find_last_booked(conn, tenant_id, tied) if len(tied) > 1 else {}
    return assignment.sort_by_fairness(able, counts, latest, with_class)


def _refusal(conn: Connection, request: PlaceRequest, available: Availability) -> Refused:
    """Return the refusal of the rule that leaves no place."""
    query, services, start = request.query, request.services, request.start
    named_id = query.specialist_id
    candidates = services.specialist_ids if named_id is None else [named_id]
    reason = _choose_reason(available, candidates, start)
    if reason is None or (reason.rule == "not_offered" and _offered_together(services, named_id)):
        # only several together could do it, and they cannot: tell what keeps the first of them
        first_step = Availability(available.facts, services.steps[:1], available.limits, start, start)
        able_to_begin = [each for each in candidates if each in services.steps[0].durations]
        reason = _choose_reason(first_step, able_to_begin, start)
    if reason is None:
        # each of several is free by themselves; with no candidate at all nobody works there
        refusal: type[Refused] = SlotTaken if candidates else OutsideHours
    elif reason.rule == "not_offered":
        return Invalid(reasons.SENTENCES[reason.rule], field="specialist_id")
    else:
        refusal = _REFUSALS[reason.rule]
    if refusal is SlotTaken:
        nearest = find_nearest(conn, query, services, start, request.ignored_booking_id)
        return SlotTaken(alternatives=nearest)
    return refusal(None if reason is None else reasons.SENTENCES[reason.rule], field="start")


def _choose_reason(available: Availability, specialist_ids: Sequence[int], start: int) -> reasons.Unavailability | None:
    return reasons.choose_reason(
        [reason for each in specialist_ids for reason in reasons.list_reasons(available, each, start)]
    )


def _offered_together(services: RequestedServices, named_id: int | None) -> bool:
    """Return whether several specialists together offer what no single one (or not the named one) does."""
    able_to_begin = services.steps[0].durations
    return all(step.durations for step in services.steps) and (named_id is None or named_id in able_to_begin)


def load_services_as_booked(
    conn: Connection, tenant_id: int, items: Sequence[ItemRow], *, on_offer: bool = False
) -> RequestedServices:
    """Return the services of a booking with the durations, buffers and rooms that it was made with.

    `on_offer`: done by those who do them today alone; else also by the specialists it was booked with."""
    room_ids = load_item_rooms(conn, tenant_id, [item.id for item in items])
    return load_booked_services(conn, tenant_id, items, room_ids, on_offer=on_offer)


def lower_price(item: ItemRow, today: Price | None) -> Price:
    """Return what a client pays whose booking the business itself has to move: the lower of the booked price and today's.

    `today` is that of one place. A price that was fixed does not become one that is agreed on later."""
    booked = Price(item.price, item.price_from)
    if today is None or (today.at_least and not booked.at_least):
        return booked
    whole = today._replace(amount=today.amount * item.places)
    return whole if whole.amount < booked.amount else booked


def stay_with_specialists(services: RequestedServices, items: Sequence[ItemRow]) -> RequestedServices:
    """Return the services of a booking as only those who do them today do them, for as long as they do now."""
    steps = [
        step._replace(durations={item.specialist_id: item.duration_min * 60})
        for step, item in zip(services.steps, items, strict=True)
    ]
    specialist_ids = list(dict.fromkeys(item.specialist_id for item in items))
    return services._replace(steps=steps, specialist_ids=specialist_ids)


def place_columns(
    tenant_id: int, services: RequestedServices, placed: PlacedStep, hold_until: int | None
) -> dict[str, object]:
    """Return the columns of an item that say who is occupied when."""
    step = services.steps[placed.position]
    return {
        "tenant_id": tenant_id,
        "specialist_id": placed.specialist_id,
        "starts_at": placed.start,
        "ends_at": placed.end,
        "occ_start": placed.occ_start,
        "occ_end": placed.occ_end,
        "duration_min": (placed.end - placed.start) // 60,
        "buffer_before_min": step.buffer_before // 60,
        "buffer_after_min": step.buffer_after // 60,
        "capacity": step.capacity,
        "places": step.places,
        "active": True,
        "hold_until": hold_until,
    }
