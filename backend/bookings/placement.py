"""Finding the place of a visit by the rules, and the refusal of the rule that has none. Reads only."""

from typing import Any, NamedTuple

from sqlalchemy import Connection

from backend.errors import BeyondHorizon, Invalid, OutsideHours, Refused, SlotTaken, TooSoon
from backend.schedule import assignment, reasons
from backend.schedule.queries import fairness
from backend.schedule.queries.facts import CalendarWindow, load_facts
from backend.schedule.queries.services import RequestedServices
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


class Place(NamedTuple):
    """What is wanted where: `without` is the booking whose own place does not count (it is moving)."""

    ask: SlotQuery
    visit: RequestedServices
    start: int
    force: bool
    without: int | None = None


def place(conn: Connection, wanted: Place) -> list[PlacedStep]:
    """Who does what when, if the rules allow it. Raises the refusal of the rule that does not."""
    ask, visit, start = wanted.ask, wanted.visit, wanted.start
    if start % 60:
        raise Invalid("A visit begins on a whole minute.", field="start")
    limits = ask.limits().lift() if wanted.force else ask.limits()
    named, everybody = ask.specialist_id, visit.specialist_ids
    who = everybody if named is None or not offers_all(visit.steps, named) else [named]
    zone = ask.zone
    facts = load_facts(
        conn,
        ask.tenant.id,
        zone,
        visit,
        CalendarWindow({*who}, start, start, ask.now, ignored_booking_id=wanted.without),
    )
    available = Availability(facts, visit.steps, limits, start, start)
    if named is None and len(everybody) > 1:
        day = zone.day(start)
        able = [one for one in everybody if len(visit.steps) > 1 or available.free_starts(one)]
        counts = fairness.count_bookings_that_day(conn, ask.tenant.id, able, zone.midnight(day), zone.midnight(day + 1))
        fewest = min((counts.get(one, 0) for one in able), default=0)
        tied = able if len(visit.steps) > 1 else [one for one in able if counts.get(one, 0) == fewest]
        latest = fairness.find_last_booked(conn, ask.tenant.id, tied) if len(tied) > 1 else {}
        who = assignment.sort_by_fairness(able, counts, latest)
    if able_parts := assignment.assign_specialists(available, who, named) if who else None:
        return place_steps(visit.steps, able_parts)
    raise _refusal(conn, wanted, available)


def _refusal(conn: Connection, wanted: Place, available: Availability) -> Refused:
    ask, visit, start = wanted.ask, wanted.visit, wanted.start
    candidates = visit.specialist_ids if ask.specialist_id is None else [ask.specialist_id]
    closed = reasons.choose_reason([one for who in candidates for one in reasons.list_reasons(available, who, start)])
    if closed is None or (closed.rule == "not_offered" and _together(visit, ask.specialist_id)):
        # only several together could do it, and they cannot: tell what keeps the first of them
        alone = Availability(available.facts, visit.steps[:1], available.limits, start, start)
        firsts = [one for one in candidates if one in visit.steps[0].durations]
        closed = reasons.choose_reason([one for who in firsts for one in reasons.list_reasons(alone, who, start)])
    if closed is not None and closed.rule == "not_offered":
        return Invalid(reasons.SENTENCES[closed.rule], field="specialist_id")
    refusal = SlotTaken if closed is None and candidates else OutsideHours if closed is None else _REFUSALS[closed.rule]
    if refusal is SlotTaken:
        return SlotTaken(alternatives=find_nearest(conn, ask, visit, start, wanted.without))
    return refusal(None if closed is None else reasons.SENTENCES[closed.rule], field="start")


def _together(visit: RequestedServices, named: int | None) -> bool:
    """Whether several specialists together offer what no single one (or not the named one) does."""
    begins = visit.steps[0].durations
    return all(step.durations for step in visit.steps) and (named is None or named in begins)


def occupied(tenant_id: int, item: PlacedStep, visit: RequestedServices, hold_until: int | None) -> dict[str, Any]:
    """The columns of an item that say who is occupied when."""
    step = visit.steps[item.position]
    return {
        "tenant_id": tenant_id,
        "specialist_id": item.specialist_id,
        "starts_at": item.start,
        "ends_at": item.end,
        "occ_start": item.occ_start,
        "occ_end": item.occ_end,
        "duration_min": (item.end - item.start) // 60,
        "buffer_before_min": step.buffer_before // 60,
        "buffer_after_min": step.buffer_after // 60,
        "capacity": step.capacity,
        "active": True,
        "hold_until": hold_until,
    }
