"""The times that a client is offered whose booking cannot take place as booked, and taking one of them."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from backend.auth.actor import Actor, TenantRow
from backend.bookings.access import load_visible
from backend.bookings.client_bookings import ClientBookings
from backend.bookings.moving import move_booking
from backend.bookings.placement import PlaceRequest, find_place, load_services_as_booked, lower_price
from backend.bookings.queries.loading import BookingRow, ItemRow, load_bookings, load_items
from backend.bookings.view import render_booking, render_items
from backend.clock import parse_instant
from backend.contract.bookings import Booking, Move
from backend.contract.tasks import NewTime, NewTimes, TakeNewTime
from backend.errors import IllegalStep, NotFound, Refused
from backend.kit.text import format_money
from backend.schedule.queries.services import RequestedServices, load_prices
from backend.schedule.service import SlotQuery, find_nearest
from backend.tasks.queries import TaskRow, find_task
from backend.transactions import UnitOfWork

OTHERS = 3
# So many near times are looked at: some may lie where the client has another booking.
LOOKED_AT = 24


class DisplacedBooking(NamedTuple):
    """A booking that needs a new time, its items and its task."""

    row: BookingRow
    items: Sequence[ItemRow]
    task: TaskRow


def list_new_times(unit: UnitOfWork, booking_id: int) -> NewTimes:
    """Return what is offered instead of the booking. Raises NotFound, also where it needs no new time (any more)."""
    booking = load_visible(unit, booking_id)
    task = find_task(unit.conn, unit.tenant_id, booking_id) if booking.row.task == "open" else None
    if task is None:
        raise NotFound()
    found = find_new_times(unit, DisplacedBooking(booking.row, booking.items, task))
    found.booking = render_booking(unit, booking.row, render_items(booking.items))
    return found


def take_new_time(unit: UnitOfWork, booking_id: int, wanted: TakeNewTime, start: int) -> Booking:
    """Move the booking to a new time. Raises IllegalStep where it needs none any more, and as `move_booking` does."""
    if load_visible(unit, booking_id).row.task != "open":
        raise IllegalStep("This booking does not need a new time any more.")
    move = Move(
        start=wanted.start,
        specialist_id=wanted.specialist_id,
        any_specialist=wanted.specialist_id is None,
        message_id=wanted.message_id,
    )
    return move_booking(unit, booking_id, move, start)


def find_offered(conn: Connection, tenant: TenantRow, booking_id: int, now: int) -> NewTimes | None:
    """Return what is offered instead of the booking, as the system sees it; None where it needs no new time."""
    task = find_task(conn, tenant.id, booking_id)
    if task is None:
        return None
    (row,) = load_bookings(conn, tenant.id, [booking_id])
    items = load_items(conn, tenant.id, [booking_id])
    return find_new_times(
        UnitOfWork(conn, Actor(tenant, None, "internal", ""), now), DisplacedBooking(row, items, task)
    )


def find_new_times(unit: UnitOfWork, displaced: DisplacedBooking) -> NewTimes:
    """Return the same instant with another specialist, where one is free, and the nearest times over all.

    It does not matter who the actor is."""
    task = displaced.task
    finder = _Finder(unit, displaced)
    return NewTimes(
        booking_id=displaced.row.id,
        cause=task.cause,
        name=task.specialist_name or "",
        same_time=finder.find_same_time(),
        others=finder.find_others(),
    )


def others_only(services: RequestedServices, items: Iterable[ItemRow], specialist_id: int | None) -> RequestedServices:
    """Return the services of a booking as others do them: without the specialist who is away, else without its own."""
    away = {item.specialist_id for item in items} if specialist_id is None else {specialist_id}
    steps = [
        step._replace(durations={who: length for who, length in step.durations.items() if who not in away})
        for step in services.steps
    ]
    return services._replace(steps=steps, specialist_ids=[who for who in services.specialist_ids if who not in away])


class _Finder:
    """Looks for the new times of one booking."""

    def __init__(self, unit: UnitOfWork, displaced: DisplacedBooking) -> None:
        self._conn, (self._row, self._items, self._task) = unit.conn, displaced
        tenant, service_ids = unit.tenant, [item.service_id for item in displaced.items]
        self._query = SlotQuery(tenant, service_ids, None, unit.now, client_limits=True, at_short_notice=True)
        self._services = load_services_as_booked(unit.conn, tenant.id, displaced.items, on_offer=True)
        self._prices = load_prices(unit.conn, tenant.id, service_ids)
        client_id, since = self._row.client_id, self._row.starts_at
        assert client_id is not None, "what nobody has taken over has no task"
        self._client = ClientBookings(unit, client_id, since, ignored_booking_id=self._row.id)

    def find_same_time(self) -> NewTime | None:
        """Return the same instant with the fairest of the others who are free, or None."""
        row = self._row
        if row.starts_at <= self._query.now or not self._client.is_free(row.starts_at, row.ends_at):
            return None
        others = others_only(self._services, self._items, self._task.specialist_id)
        request = PlaceRequest(self._query, others, row.starts_at, force=False, ignored_booking_id=row.id)
        try:
            placed = find_place(self._conn, request)
        except Refused:
            return None
        return self._offer(row.starts_at, [step.specialist_id for step in placed])

    def find_others(self) -> list[NewTime]:
        """Return the nearest other times, in order; with the booking's own specialist where they are free then."""
        row, own_id = self._row, self._items[0].specialist_id
        length = row.ends_at - row.starts_at
        found = find_nearest(self._conn, self._query, self._services, row.starts_at, row.id, LOOKED_AT)
        free = {parse_instant(slot.start): slot.specialist_ids for slot in found}
        starts = [at for at in free if at != row.starts_at and self._client.is_free(at, at + length)]
        nearest = sorted(sorted(starts, key=lambda at: abs(at - row.starts_at))[:OTHERS])
        return [self._offer_with(at, own_id if own_id in free[at] else next(iter(free[at]), None)) for at in nearest]

    def _offer_with(self, start: int, named_id: int | None) -> NewTime:
        """Return a time with those who do the services if this specialist is named, who may do only the first of them."""
        if len(self._items) == 1 and named_id is not None:
            return self._offer(start, [named_id])
        query = self._query._replace(specialist_id=named_id)
        request = PlaceRequest(query, self._services, start, force=False, ignored_booking_id=self._row.id)
        return self._offer(start, [step.specialist_id for step in find_place(self._conn, request)])

    def _offer(self, start: int, specialist_ids: Sequence[int]) -> NewTime:
        """Return a time with those who do the services, in order."""
        prices = [
            lower_price(item, self._prices.get((item.service_id, who)))
            for item, who in zip(self._items, specialist_ids, strict=True)
        ]
        names = dict.fromkeys(self._services.specialist_names[who] for who in specialist_ids)
        utc, local = self._query.zone.format_minute(start)
        return NewTime(
            start=utc,
            local=local,
            specialist_id=specialist_ids[0] if len(set(specialist_ids)) == 1 else None,
            specialist_name=", ".join(names),
            price=format_money(sum(price.amount for price in prices)),
            price_from=any(price.at_least for price in prices),
            currency=self._row.currency,
        )
