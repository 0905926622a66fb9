"""Free times as callers ask for them: the list, the days, the reasons, the nearest instead of one that is taken.

Synchronous functions on a connection; `client_limits` tells whether notice and horizon hold for the caller (clients).
"""

from collections.abc import Sequence
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
from backend.schedule.handoffs import TooManyWays
from backend.schedule.queries import facts as queries
from backend.schedule.queries.facts import RequestedServices
from backend.schedule.rules import Availability, BookingLimits, terms
from backend.schedule.zones import DAY_S, Zone, text_of, zone

MAX_DAYS = 62
MAX_SLOTS = 20_000
# How far around a taken time others are looked for.
NEAR_DAYS = (4, 31)


class SlotQuery(NamedTuple):
    """What is asked of which business by whom; `named` is the wanted specialist."""

    tenant: TenantRow
    service_ids: Sequence[int]
    named: int | None
    now: int
    client_limits: bool

    @property
    def zone(self) -> Zone:
        """The business's zone."""
        return zone(self.tenant.timezone)

    def terms(self) -> BookingLimits:
        """The caller's terms as they are now."""
        policies = self.tenant.policies
        return terms(
            self.zone,
            self.now,
            step_min=policies.slot_step_min,
            within=policies.buffers_within_hours,
            notice_min=policies.min_notice_min,
            horizon_days=policies.horizon_days,
            client_limits=self.client_limits,
        )


class Instead(NamedTuple):
    """A visit that is to be moved: what it is, whose own place does not count, and the start at which it is already."""

    visit: RequestedServices
    booking_id: int
    stays: int | None


def date_range(since: str, until: str) -> tuple[int, int]:
    """The days from one `YYYY-MM-DD` to another as ordinals. Raises Invalid where it runs backwards or over 62 days."""
    first, last = clock.parse_date(since, "from"), clock.parse_date(until, "to")
    days = (last - first).days + 1
    if days < 1:
        raise Invalid("`to` must not lie before `from`.", field="to")
    if days > MAX_DAYS:
        raise Invalid(f"A range may have at most {MAX_DAYS} days.", field="to")
    return first.toordinal(), last.toordinal()


def slot_limit(limit: int | None) -> int | None:
    """How many free starts are asked for; None: all. Raises Invalid."""
    if limit is not None and not 1 <= limit <= MAX_SLOTS:
        raise Invalid(f"`limit` must be from 1 to {MAX_SLOTS}.", field="limit")
    return limit


def starts(
    conn: Connection, ask: SlotQuery, first: int, last: int, instead: Instead | None = None
) -> list[tuple[int, list[int]]]:
    """Free starts in `[first, last]` (instants) with the specialists who may be named. Raises NotFound."""
    visit = queries.wanted(conn, ask.tenant.id, ask.service_ids) if instead is None else instead.visit
    if ask.named is not None and ask.named not in visit.specialists:
        queries.known_specialist(conn, ask.tenant.id, ask.named)
        return []
    if instead is None:
        return _starts(conn, ask, visit, first, last)
    found = _starts(conn, ask, visit, first, last, instead.booking_id)
    return [one for one in found if one[0] != instead.stays]


def _starts(
    conn: Connection, ask: SlotQuery, visit: RequestedServices, first: int, last: int, without: int | None = None
) -> list[tuple[int, list[int]]]:
    limits = ask.terms()
    first, last = max(first, limits.earliest), min(last, limits.latest - 1)
    if first > last:
        return []
    alone = ask.named is not None and assignment.does_all(visit.stages, ask.named)
    who = [ask.named] if alone and ask.named is not None else visit.specialists
    facts = queries.facts(
        conn, ask.tenant.id, ask.zone, visit, who, first, last, ask.now, by_what=False, without=without
    )
    available = Availability(facts, visit.stages, limits, first, last)
    return offload(conn, lambda: assignment.free_starts(available, who, ask.named))


def slots(
    conn: Connection, ask: SlotQuery, days: tuple[int, int], limit: int | None, instead: Instead | None = None
) -> Slots:
    """Free starts whose own local date is in the range."""
    where = ask.zone
    found = starts(conn, ask, where.midnight(days[0]), where.midnight(days[1] + 1) - 1, instead)
    return offload(conn, lambda: Slots(slots=[Slot(*where.shown(start), who) for start, who in found[:limit]]))


def days(conn: Connection, ask: SlotQuery, within: tuple[int, int], instead: Instead | None = None) -> Days:
    """Dates with a free start; `first` is the first one from the beginning of the range on, also beyond its end."""
    where = ask.zone
    found = starts(conn, ask, where.midnight(within[0]), where.midnight(within[1] + 1) - 1, instead)
    free = _dates(where, found)
    first = free[0] if free else None
    since = within[1] + 1
    horizon = where.day(ask.now) + max(ask.tenant.policies.horizon_days, MAX_DAYS)
    while first is None and since <= horizon:
        until = min(since + MAX_DAYS, horizon + 1)
        later = starts(conn, ask, where.midnight(since), where.midnight(until) - 1, instead)
        first = where.day(later[0][0]) if later else None
        since = until
    return Days(
        days=[text_of(day) for day in free],
        first=None if first is None else text_of(first),
    )


def _dates(where: Zone, found: Sequence[tuple[int, list[int]]]) -> list[int]:
    """The local dates of free starts, each once; a date is looked up once for all its starts."""
    out: dict[int, None] = {}
    until = -FAR
    for start, _ in found:
        if start >= until:
            day = where.day(start)
            out[day] = None
            until = where.midnight(day + 1)
    return list(out)


def explain_start(conn: Connection, ask: SlotQuery, start: int) -> Reasons:
    """Why a start is not free, over one or all specialists."""
    visit = queries.wanted(conn, ask.tenant.id, ask.service_ids)
    if ask.named is not None:
        queries.known_specialist(conn, ask.tenant.id, ask.named)
    who = visit.specialists if ask.named is None else [ask.named]
    facts = queries.facts(conn, ask.tenant.id, ask.zone, visit, {*visit.specialists, *who}, start, start, ask.now)
    available = Availability(facts, visit.stages, ask.terms(), start, start)
    if assignment.assign(available, visit.specialists, ask.named):
        return Reasons(free=True, reasons=[])
    found = [closed for one in who for closed in reasons.reasons(available, one, start)]
    return Reasons(
        free=False,
        reasons=[Reason(one, rule, reasons.SENTENCES[rule], booking) for one, rule, booking in found],
    )


def nearest(
    conn: Connection, ask: SlotQuery, visit: RequestedServices, start: int, without: int | None = None, count: int = 3
) -> list[Alternative]:
    """The free starts nearest to one that is taken, in order of time; of anybody where the named one has none.

    None where they would be too much work: that the time is taken is said all the same."""
    found: list[tuple[int, list[int]]] = []
    for named in dict.fromkeys((ask.named, None)):
        for reach in NEAR_DAYS:
            since, until = start - reach * DAY_S, start + reach * DAY_S
            try:
                around = _starts(conn, ask._replace(named=named), visit, since, until, without)
            except TooManyWays:
                return []
            found = [one for one in around if one[0] != start or named is None]
            if len(found) >= count:
                break
        if found:
            break
    chosen = sorted(sorted(found, key=lambda one: abs(one[0] - start))[:count])
    return [Alternative(*ask.zone.shown(at), who) for at, who in chosen]
