"""What visitors may hold together, so that the calendar stays open for the people whom the business knows.

Called inside the write transaction that takes the place: of the visitors of one business, one is judged at a time.
"""

from collections.abc import Sequence

from sqlalchemy import Connection

from backend.bookings.placement import PlaceRequest, find_place
from backend.errors import Invalid, LimitReached, OutsideHours, Refused, SlotTaken
from backend.holds import queries, rules
from backend.schedule.intervals import merge_stretches, subtract_stretches
from backend.schedule.queries.facts import CalendarWindow, load_facts
from backend.schedule.rules import Availability
from backend.schedule.service import find_nearest
from backend.schedule.steps import PlacedStep, offers_all


def find_visitor_place(conn: Connection, request: PlaceRequest) -> list[PlacedStep]:
    """Return a place that the rules and the visitors' limits allow; where nobody was named, with any specialist.

    Raises what `find_place` raises, SlotTaken and LimitReached.
    """
    placed = find_place(conn, request)
    refusal = _judge(conn, request, placed)
    if refusal is None:
        return placed
    query, services = request.query, request.services
    if query.specialist_id is None:
        tried = {step.specialist_id for step in placed}
        for specialist_id in services.specialist_ids:
            if specialist_id in tried or not offers_all(services.steps, specialist_id):
                continue
            named = request._replace(query=query._replace(specialist_id=specialist_id))
            try:
                placed = find_place(conn, named)
            except (SlotTaken, OutsideHours, Invalid):
                continue
            if _judge(conn, named, placed) is None:
                return placed
    raise refusal


def _judge(conn: Connection, request: PlaceRequest, placed: Sequence[PlacedStep]) -> Refused | None:
    """Return why visitors may not hold this place now, None where one may."""
    query, services = request.query, request.services
    for step in placed:
        service = services.steps[step.position]
        since = query.now - rules.REPEATED_WITHIN_S
        if queries.count_unused_holds(conn, query.tenant.id, step, since) >= rules.REPEATS * service.capacity:
            return SlotTaken(
                "Visitors have held this time again and again without confirming it. Book it in Telegram.",
                alternatives=find_nearest(conn, query, services, request.start),
            )
    for specialist_id in sorted({step.specialist_id for step in placed}):
        if not _has_share(conn, request, specialist_id, placed):
            return LimitReached(
                "Many times of this day are being held at the moment. Try again in a few minutes, or book in Telegram."
            )
    return None


def _has_share(conn: Connection, request: PlaceRequest, specialist_id: int, placed: Sequence[PlacedStep]) -> bool:
    """Return whether the place fits into the visitors' share of what the specialist has free on its day."""
    query, zone = request.query, request.query.zone
    day = zone.day(request.start)
    first, last = max(zone.midnight(day), query.now), zone.midnight(day + 1)
    held = queries.load_open_stretches(conn, query.tenant.id, specialist_id, first, last, query.now)
    if not held:
        return True
    window = CalendarWindow([specialist_id], first, last - 1, query.now, with_bookings=False)
    facts = load_facts(conn, query.tenant.id, zone, request.services, window)
    available = Availability(facts, request.services.steps, query.limits().lift(), first, last - 1)
    opened = [(max(start, first), min(end, last)) for start, end in available.open_time(specialist_id)]
    occupied = facts.occupied.get(specialist_id)
    busy = [] if occupied is None else list(zip(occupied.starts, occupied.ends, strict=True))
    # what visitors hold is not taken yet
    booked = subtract_stretches(merge_stretches(busy), merge_stretches(part[:2] for part in held))
    free = subtract_stretches(merge_stretches(part for part in opened if part[0] < part[1]), booked)
    steps = request.services.steps
    wanted = [
        rules.HeldPart(step.occ_start, step.occ_end, steps[step.position].places, steps[step.position].capacity)
        for step in placed
        if step.specialist_id == specialist_id
    ]
    return rules.fits_share(held, wanted, sum(end - start for start, end in free))
