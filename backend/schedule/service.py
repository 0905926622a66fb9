"""Free times as callers ask for them: the list, the days, the reasons, the nearest instead of one that is taken."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from sqlalchemy import Connection

from backend import clock
from backend.auth.actor import TenantRow
from backend.contract.errors import Alternative
from backend.contract.schedule import Days, Reason, Reasons, Slot, Slots
from backend.db.offload import offload
from backend.errors import Invalid
from backend.schedule import assignment, reasons
from backend.schedule.facts import FAR
from backend.schedule.handoffs import TooManyHandoffs
from backend.schedule.queries.facts import CalendarWindow, load_facts
from backend.schedule.queries.services import RequestedServices, load_services, require_specialist
from backend.schedule.rules import Availability
from backend.schedule.search import BookingLimits
from backend.schedule.spread import spread_starts
from backend.schedule.steps import offers_all
from backend.schedule.zones import DAY_S, Zone, format_day, load_zone

MAX_DAYS = 62
MAX_SLOTS = 20_000
MAX_CLOSED_DAYS = 366
# How many days around a taken time others are looked for.
NEAR_DAYS = (4, 31)

FreeStarts = list[tuple[int, list[int]]]


class _Found(NamedTuple):
    """Free starts and what was known of the time around them; None where nothing was looked for."""

    starts: FreeStarts
    available: Availability | None = None

    def count_places_left(self, free: tuple[int, list[int]]) -> int | None:
        """Return how many places a booking from one of the starts may take; None where no service of it is a group."""
        if self.available is None or not self.available.in_groups:
            return None
        return assignment.count_places_left(self.available, *free)


class SlotQuery(NamedTuple):
    """What is asked of which business at which instant; `specialist_id` None: any specialist.

    `client_limits` tells that notice and horizon hold for the caller, a client. The place of `ignored_booking_id` counts
    as free: the caller's own hold, which ends as soon as they take another place. So many `places` of groups are wanted.
    `at_short_notice`: the notice does not hold, as the business itself cannot keep what was booked."""

    tenant: TenantRow
    service_ids: Sequence[int]
    specialist_id: int | None
    now: int
    client_limits: bool
    ignored_booking_id: int | None = None
    places: int = 1
    at_short_notice: bool = False

    @property
    def zone(self) -> Zone:
        """The business's zone."""
        return load_zone(self.tenant.timezone)

    def limits(self) -> BookingLimits:
        """Return the caller's limits as they are now."""
        limits = BookingLimits.from_policies(
            self.tenant.policies, self.zone, self.now, client_limits=self.client_limits
        )
        return replace(limits, earliest=self.now) if self.at_short_notice else limits


class MovingBooking(NamedTuple):
    """A booking that is to be moved: its services as they were booked, and its id, whose own place counts as free.

    `stays_at` is the start that would leave it where it is, so it is not offered; None where there is none."""

    services: RequestedServices
    booking_id: int
    stays_at: int | None


def parse_date_range(since: str, until: str, max_days: int = MAX_DAYS) -> tuple[int, int]:
    """Return two dates as ordinals of days. Raises Invalid where the range runs backwards or has too many days."""
    first, last = clock.parse_date(since, "from"), clock.parse_date(until, "to")
    days = (last - first).days + 1
    if days < 1:
        raise Invalid("`to` must not lie before `from`.", field="to")
    if days > max_days:
        raise Invalid(f"A range may have at most {max_days} days.", field="to")
    return first.toordinal(), last.toordinal()


def parse_closed_days(first: str, last: str | None) -> tuple[int, int]:
    """Return the first and the last of the dates to close as ordinals; one date where there is no last. Raises Invalid."""
    begin = clock.parse_date(first, "date")
    end = begin if last is None else clock.parse_date(last, "last")
    if end < begin:
        raise Invalid("The last day must not be before the first.", field="last")
    if (end - begin).days >= MAX_CLOSED_DAYS:
        raise Invalid(f"At most {MAX_CLOSED_DAYS} days can be closed at once.", field="last")
    return begin.toordinal(), end.toordinal()


def check_slot_limit(limit: int | None) -> int | None:
    """Return the number of free starts that are asked for, None for all. Raises Invalid."""
    if limit is not None and not 1 <= limit <= MAX_SLOTS:
        raise Invalid(f"`limit` must be from 1 to {MAX_SLOTS}.", field="limit")
    return limit


def list_slots(
    conn: Connection,
    query: SlotQuery,
    days: tuple[int, int],
    limit: int | None,
    moving: MovingBooking | None = None,
    *,
    spread: bool = False,
) -> Slots:
    """Return the free starts whose own local date is in the range of days: the soonest up to the limit, or `spread` ones.

    Raises NotFound, TooManyHandoffs."""
    zone = query.zone
    found = _list_starts(conn, query, zone.midnight(days[0]), zone.midnight(days[1] + 1) - 1, moving)
    starts = found.starts[:limit] if limit is None or not spread else spread_starts(zone, found.starts, limit)
    return offload(
        conn,
        lambda: Slots(
            slots=[Slot(*zone.format_minute(free[0]), free[1], found.count_places_left(free)) for free in starts]
        ),
    )


def list_days(conn: Connection, query: SlotQuery, within: tuple[int, int], moving: MovingBooking | None = None) -> Days:
    """Return the dates with a free start, and the first one from the beginning of the range on, also beyond its end.

    Raises NotFound, TooManyHandoffs."""
    zone = query.zone
    starts = _list_starts(conn, query, zone.midnight(within[0]), zone.midnight(within[1] + 1) - 1, moving).starts
    days = _local_days(zone, starts)
    first = days[0] if days else None
    since = within[1] + 1
    horizon = zone.day(query.now) + max(query.tenant.policies.horizon_days, MAX_DAYS)
    while first is None and since <= horizon:
        until = min(since + MAX_DAYS, horizon + 1)
        later = _list_starts(conn, query, zone.midnight(since), zone.midnight(until) - 1, moving).starts
        first = zone.day(later[0][0]) if later else None
        since = until
    return Days(days=list(map(format_day, days)), first=None if first is None else format_day(first))


def _list_starts(conn: Connection, query: SlotQuery, first: int, last: int, moving: MovingBooking | None) -> _Found:
    """Return free starts in `[first, last]` with the specialists who may be named. Raises NotFound."""
    services = (
        load_services(conn, query.tenant.id, query.service_ids, query.places) if moving is None else moving.services
    )
    if query.specialist_id is not None and query.specialist_id not in services.specialist_ids:
        require_specialist(conn, query.tenant.id, query.specialist_id)
        return _Found([])
    if moving is None:
        return _search(conn, query, services, first, last, query.ignored_booking_id)
    found = _search(conn, query, services, first, last, moving.booking_id)
    return found._replace(starts=[free for free in found.starts if free[0] != moving.stays_at])


def _search(
    conn: Connection,
    query: SlotQuery,
    services: RequestedServices,
    first: int,
    last: int,
    ignored_booking_id: int | None = None,
) -> _Found:
    limits, named_id = query.limits(), query.specialist_id
    first, last = max(first, limits.earliest), min(last, limits.latest - 1)
    if first > last:
        return _Found([])
    specialist_ids = services.specialist_ids
    if named_id is not None and offers_all(services.steps, named_id):
        specialist_ids = [named_id]
    window = CalendarWindow(specialist_ids, first, last, query.now, False, ignored_booking_id)
    facts = load_facts(conn, query.tenant.id, query.zone, services, window)
    available = Availability(facts, services.steps, limits, first, last)
    starts = offload(conn, lambda: assignment.list_free_starts(available, specialist_ids, named_id))
    return _Found(starts, available)


def _local_days(zone: Zone, starts: FreeStarts) -> list[int]:
    """Return the local dates of the starts, each once; a date is looked up once for all its starts."""
    days: dict[int, None] = {}
    until = -FAR
    for start, _ in starts:
        if start >= until:
            day = zone.day(start)
            days[day] = None
            until = zone.midnight(day + 1)
    return list(days)


def explain_start(conn: Connection, query: SlotQuery, start: int) -> Reasons:
    """Return why a start is not free, over one or all specialists. Raises NotFound."""
    services = load_services(conn, query.tenant.id, query.service_ids, query.places)
    named_id = query.specialist_id
    if named_id is not None:
        require_specialist(conn, query.tenant.id, named_id)
    asked_ids = services.specialist_ids if named_id is None else [named_id]
    window = CalendarWindow({*services.specialist_ids, *asked_ids}, start, start, query.now)
    facts = load_facts(conn, query.tenant.id, query.zone, services, window)
    available = Availability(facts, services.steps, query.limits(), start, start)
    if assignment.assign_specialists(available, services.specialist_ids, named_id):
        return Reasons(free=True, reasons=[])
    return Reasons(
        free=False,
        reasons=[
            Reason(reason.specialist_id, reason.rule, reasons.SENTENCES[reason.rule], reason.booking_id)
            for specialist_id in asked_ids
            for reason in reasons.list_reasons(available, specialist_id, start)
        ],
    )


def find_nearest(
    conn: Connection,
    query: SlotQuery,
    services: RequestedServices,
    start: int,
    ignored_booking_id: int | None = None,
    count: int = 3,
) -> list[Alternative]:
    """Return the free starts nearest to one that is taken, in order of time; of anybody where the named one has none.

    There are none where finding them would be too much work: the caller is told all the same that the time is taken."""
    found = _Found([])
    free: FreeStarts = []
    for specialist_id in dict.fromkeys((query.specialist_id, None)):
        asked = query._replace(specialist_id=specialist_id)
        for days in NEAR_DAYS:
            since, until = start - days * DAY_S, start + days * DAY_S
            try:
                found = _search(conn, asked, services, since, until, ignored_booking_id)
            except TooManyHandoffs:
                return []
            free = [other for other in found.starts if other[0] != start or specialist_id is None]
            if len(free) >= count:
                break
        if free:
            break
    nearest = sorted(sorted(free, key=lambda other: abs(other[0] - start))[:count])
    return [
        Alternative(*query.zone.format_minute(at), free_ids, found.count_places_left((at, free_ids)))
        for at, free_ids in nearest
    ]
