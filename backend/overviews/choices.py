"""What somebody chooses a time for, with the free times: of services, or of a booking that is to be moved."""

from collections.abc import Sequence
from typing import NamedTuple

from backend import clock
from backend.bookings.queries.held_places import held_places
from backend.bookings.queries.loading import find_hold, load_items
from backend.bookings.reschedule_slots import RescheduleQuery, list_other_days, list_other_slots
from backend.bookings.service import create_booking
from backend.bookings.view import get_booking
from backend.catalog.service import list_services, list_specialists, load_specialist
from backend.contract.bookings import NewBooking
from backend.contract.catalog import Service
from backend.contract.overviews import (
    Choice,
    DayChoice,
    GapOffers,
    HoldSoonest,
    ServiceChoice,
    SlotChoice,
    SoonestHold,
    SoonestOffer,
    SpecialistOffers,
)
from backend.contract.schedule import Days, Slot
from backend.errors import Invalid, NotFound
from backend.overviews.agenda import own_calendar
from backend.people.clients import load_client_to_book
from backend.schedule.service import MAX_DAYS, SlotQuery, list_days, list_slots
from backend.schedule.zones import load_zone
from backend.transactions import UnitOfWork

MAX_SERVICES = 10


class ChoiceQuery(NamedTuple):
    """For what a time is chosen: services or, of a booking that moves, its id; for which client (None: the actor)."""

    service_ids: Sequence[int]
    booking_id: int | None
    specialist_id: int | None
    client_id: int | None


def choose_slot(
    unit: UnitOfWork, query: ChoiceQuery, days: tuple[int, int], limit: int | None, *, spread: bool = False
) -> SlotChoice:
    """Return the choice with the free starts on the days; without any, with the first later date that has one.

    `spread`: where there are more than the limit, some of each part of the day are chosen. Raises Invalid, NotFound."""
    choice = _load_choice(unit, query)
    if query.booking_id is not None:
        reschedule = _reschedule_query(query.booking_id, query.specialist_id)
        slots = list_other_slots(unit, reschedule, days, limit, spread=spread).slots
    else:
        slots = list_slots(unit.conn, _slot_query(unit, query), days, limit, spread=spread).slots
    first = None if slots else _list_days(unit, query, (days[1], days[1])).first
    return SlotChoice(choice=choice, slots=slots, first=first)


def choose_day(unit: UnitOfWork, query: ChoiceQuery, days: tuple[int, int]) -> DayChoice:
    """Return the choice with those of the days that have a free start, and the first one. Raises as `choose_slot`."""
    choice = _load_choice(unit, query)
    found = _list_days(unit, query, days)
    return DayChoice(choice=choice, days=found.days, first=found.first)


def choose_services(unit: UnitOfWork, query: ChoiceQuery) -> ServiceChoice:
    """Return what has been chosen so far, nothing as yet without services or a booking, and the services on sale.

    These are on the terms of the booking's or the chosen specialist, where it is one. Raises NotFound."""
    if query.service_ids or query.booking_id is not None:
        choice = _load_choice(unit, query)
    else:
        client = None if query.client_id is None else load_client_to_book(unit, query.client_id)
        choice = Choice(services=[], specialists=[], client=client, booking=None)
    offered = list_services(unit.conn, unit.tenant)
    if choice.booking is not None:
        offered = _on_terms_of(unit, offered, {item.specialist_id for item in choice.booking.items})
    elif query.specialist_id is not None:
        offered = _on_terms_of(unit, offered, {query.specialist_id})
    return ServiceChoice(choice=choice, offered=offered)


def _on_terms_of(unit: UnitOfWork, services: list[Service], specialist_ids: set[int]) -> list[Service]:
    """Return the services on the terms of the one specialist where they do them, as they are where there are several."""
    if len(specialist_ids) != 1:
        return services
    (specialist_id,) = specialist_ids
    try:
        listed = list_services(unit.conn, unit.tenant, specialist_id=specialist_id)
    except NotFound:  # they have left meanwhile
        return services
    own = {service.id: service for service in listed if specialist_id in service.specialist_ids}
    return [own.get(service.id, service) for service in services]


def load_specialist_offers(
    unit: UnitOfWork, specialist_id: int, days: tuple[int, int], page: slice
) -> SpecialistOffers:
    """Return a page of what the specialist does, each with the first start ahead on the days. Raises NotFound."""
    specialist = load_specialist(unit.conn, unit.tenant, specialist_id, staff=unit.actor.is_staff)
    services = list_services(unit.conn, unit.tenant, specialist_id=specialist_id)
    offers = []
    for service in services[page]:
        query = ChoiceQuery((service.id,), None, specialist_id, None)
        offers.append(SoonestOffer(service, _find_soonest(unit, query, days)))
    return SpecialistOffers(specialist, offers, len(services))


def _find_soonest(unit: UnitOfWork, query: ChoiceQuery, days: tuple[int, int]) -> Slot | None:
    return next(iter(list_slots(unit.conn, _slot_query(unit, query), days, 1).slots), None)


def load_gap_offers(unit: UnitOfWork, specialist_id: int, since: int, until: int) -> GapOffers:
    """Return what the specialist does that fits between two instants, in epoch seconds. Raises Forbidden, NotFound."""
    if not unit.actor.is_admin:
        own_calendar(unit, specialist_id)
    specialist = load_specialist(unit.conn, unit.tenant, specialist_id, staff=True)
    services = list_services(unit.conn, unit.tenant, specialist_id=specialist_id)
    fitting = [service for service in services if service.duration_min * 60 <= until - since]
    slots: list[Slot] = []
    if len(fitting) == 1:
        zone = load_zone(unit.tenant.timezone)
        query = _slot_query(unit, ChoiceQuery((fitting[0].id,), None, specialist_id, None))
        slots = list_slots(unit.conn, query, (zone.day(since), zone.day(until)), None).slots
        slots = [slot for slot in slots if since <= clock.parse_instant(slot.start, "start") < until]
    return GapOffers(specialist, fitting, slots)


def hold_soonest(unit: UnitOfWork, body: HoldSoonest) -> SoonestHold:
    """Hold the soonest free start of the next weeks. Raises NotFound for services that are not on sale, and as a booking.

    None are on sale that the specialist who is asked for does not do."""
    _load_services(unit, body.service_ids, body.specialist_id, on_sale=True)
    today = load_zone(unit.tenant.timezone).day(unit.now)
    query = ChoiceQuery(body.service_ids, None, body.specialist_id, None)
    slot = _find_soonest(unit, query, (today, today + MAX_DAYS - 1))
    booking = None
    if slot is not None:
        wanted = NewBooking(
            service_ids=body.service_ids,
            start=slot.start,
            specialist_id=body.specialist_id,
            hold=True,
        )
        booking = create_booking(unit, wanted, clock.parse_instant(slot.start, "start"))
    return SoonestHold(booking, list_services(unit.conn, unit.tenant))


def _load_choice(unit: UnitOfWork, query: ChoiceQuery) -> Choice:
    booking = None
    service_ids = query.service_ids
    if query.booking_id is not None:
        booking = get_booking(unit, query.booking_id)
        service_ids = booking.service_ids
    elif not 1 <= len(service_ids) <= MAX_SERVICES:
        raise Invalid(f"A booking has from 1 to {MAX_SERVICES} services.", field="service_id")
    services = _load_services(unit, service_ids, query.specialist_id, on_sale=booking is None)
    # of services that are not on sale any more nobody can be asked for
    on_sale_ids = tuple(service.id for service in services)
    specialists = list_specialists(unit.conn, unit.tenant, service_ids=on_sale_ids) if services else []
    client = None if query.client_id is None else load_client_to_book(unit, query.client_id)
    choice = Choice(services=services, specialists=specialists, client=client, booking=booking)
    if query.booking_id is None and query.client_id is None:
        choice.held_id = _find_own_hold(unit, service_ids)
    if choice.held_id is not None:
        choice.held_places, choice.places = held_places(unit.conn, unit.tenant_id, choice.held_id, service_ids)
    return choice


def _find_own_hold(unit: UnitOfWork, service_ids: Sequence[int]) -> int | None:
    """Return the actor's hold of these services, or None."""
    hold_id = find_hold(unit.conn, unit.tenant_id, unit.actor.person_id, unit.now)
    if hold_id is None:
        return None
    held = [item.service_id for item in load_items(unit.conn, unit.tenant_id, [hold_id])]
    return hold_id if held == list(service_ids) else None


def _load_services(
    unit: UnitOfWork, service_ids: Sequence[int], specialist_id: int | None, *, on_sale: bool
) -> list[Service]:
    """Return the services in the order given, on the specialist's terms; those of a booking as far as they are on sale.

    Raises NotFound where one that is to be booked is not."""
    try:
        listed = list_services(unit.conn, unit.tenant, specialist_id=specialist_id)
    except NotFound:
        if on_sale:
            raise
        listed = []
    by_id = {service.id: service for service in listed}
    if on_sale and not by_id.keys() >= set(service_ids):
        raise NotFound()
    return [by_id[service_id] for service_id in service_ids if service_id in by_id]


def _list_days(unit: UnitOfWork, query: ChoiceQuery, days: tuple[int, int]) -> Days:
    if query.booking_id is not None:
        return list_other_days(unit, _reschedule_query(query.booking_id, query.specialist_id), days)
    return list_days(unit.conn, _slot_query(unit, query), days)


def _reschedule_query(booking_id: int, specialist_id: int | None) -> RescheduleQuery:
    return RescheduleQuery(booking_id, specialist_id, any_specialist=specialist_id is None)


def _slot_query(unit: UnitOfWork, query: ChoiceQuery) -> SlotQuery:
    client_limits = not unit.actor.is_staff
    own_hold_id = find_hold(unit.conn, unit.tenant_id, query.client_id or unit.actor.person_id, unit.now)
    places = 1 if own_hold_id is None else held_places(unit.conn, unit.tenant_id, own_hold_id, query.service_ids).kept
    return SlotQuery(unit.tenant, query.service_ids, query.specialist_id, unit.now, client_limits, own_hold_id, places)
