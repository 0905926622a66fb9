"""Services and specialists as they are shown: with prices, durations and who does what."""

from collections.abc import Sequence

from sqlalchemy import Connection

from backend.auth.actor import TenantRow
from backend.catalog.queries import entries, lists
from backend.contract.catalog import Offer, Service, ServiceName, Specialist
from backend.errors import NotFound
from backend.kit.text import format_money


def list_services(
    conn: Connection, tenant: TenantRow, service_id: int | None = None, specialist_id: int | None = None
) -> list[Service]:
    """Return the services on sale, or the one of that id; with a specialist, those that they do, on their terms.

    Raises NotFound for a specialist that is not there."""
    if specialist_id is not None and not lists.load_specialist_rows(conn, tenant.id, specialist_id):
        raise NotFound()
    room_ids = lists.load_room_ids(conn, tenant.id, service_id)
    offers: dict[int, list[lists.OfferRow]] = {}
    for offer in lists.load_offer_rows(conn, tenant.id, service_id=service_id):
        offers.setdefault(offer.service_id, []).append(offer)
    services = []
    for row in lists.load_service_rows(conn, tenant.id, service_id):
        offered = offers.get(row.id, [])
        price, duration_min, own, varies = row.price, row.duration_min, False, False
        at_least = bool(row.price_from)
        for offer in offered:
            varies = varies or (offer.price is not None and (offer.price != row.price or bool(offer.price_from)))
            if offer.specialist_id == specialist_id:
                own = True
                if offer.price is not None:
                    price, at_least = offer.price, bool(offer.price_from)
                duration_min = duration_min if offer.duration_min is None else offer.duration_min
        if specialist_id is not None and not own:
            continue
        services.append(
            Service(
                id=row.id,
                name=row.name,
                category=row.category,
                description=row.description,
                price=format_money(price),
                price_from=at_least or (varies and not own),
                own_price_from=bool(row.price_from),
                currency=tenant.currency,
                duration_min=duration_min,
                buffer_before_min=row.buffer_before_min,
                buffer_after_min=row.buffer_after_min,
                capacity=row.capacity,
                starts=row.starts if row.capacity > 1 else None,
                room_ids=room_ids.get(row.id, []),
                specialist_ids=[offer.specialist_id for offer in offered],
            )
        )
    return services


def list_undecided_groups(conn: Connection, tenant_id: int) -> list[ServiceName]:
    """Return the groups whose admins have not said yet how their clients start."""
    return [ServiceName(row.id, row.name) for row in entries.list_undecided_groups(conn, tenant_id)]


def load_service(conn: Connection, tenant: TenantRow, service_id: int) -> Service:
    """Return one service. Raises NotFound."""
    services = list_services(conn, tenant, service_id)
    if not services:
        raise NotFound()
    return services[0]


def list_specialists(
    conn: Connection,
    tenant: TenantRow,
    specialist_id: int | None = None,
    service_ids: Sequence[int] = (),
    staff: bool = False,
) -> list[Specialist]:
    """Return the specialists, or the one of that id; with services, those who do the first, with their terms for them all.

    Who does not do all of them has no terms. Only `staff` learn which have an account. Raises NotFound for a service that
    is not there."""
    services: list[lists.ServiceRow] = []
    if service_ids:
        only_id = service_ids[0] if len(service_ids) == 1 else None
        rows = {row.id: row for row in lists.load_service_rows(conn, tenant.id, only_id)}
        if not rows.keys() >= set(service_ids):
            raise NotFound()
        services = [rows[service_id] for service_id in service_ids]
    offers: dict[int, list[Offer]] = {}
    terms: dict[tuple[int, int], lists.OfferRow] = {}
    for row in lists.load_offer_rows(conn, tenant.id, specialist_id=specialist_id):
        price = None if row.price is None else format_money(row.price)
        offer = Offer(
            service_id=row.service_id, price=price, price_from=bool(row.price_from), duration_min=row.duration_min
        )
        offers.setdefault(row.specialist_id, []).append(offer)
        terms[row.specialist_id, row.service_id] = row
    specialists = []
    for person in lists.load_specialist_rows(conn, tenant.id, specialist_id):
        if services and (person.id, services[0].id) not in terms:
            continue
        specialist = Specialist(
            id=person.id,
            name=person.name,
            description=person.description,
            has_account=staff and person.person_id is not None,
            services=offers.get(person.id, []),
        )
        if services and all((person.id, service.id) in terms for service in services):
            _add_terms(specialist, [(service, terms[person.id, service.id]) for service in services], tenant.currency)
        specialists.append(specialist)
    return specialists


def _add_terms(specialist: Specialist, offered: list[tuple[lists.ServiceRow, lists.OfferRow]], currency: str) -> None:
    """Add what the services cost with the specialist, and how long they take."""
    specialist.price = format_money(sum(row.price if own.price is None else own.price for row, own in offered))
    specialist.price_from = any(row.price_from if own.price is None else own.price_from for row, own in offered)
    specialist.currency = currency
    specialist.duration_min = sum(
        row.duration_min if own.duration_min is None else own.duration_min for row, own in offered
    )


def load_specialist(conn: Connection, tenant: TenantRow, specialist_id: int, staff: bool = False) -> Specialist:
    """Return one specialist. Raises NotFound."""
    specialists = list_specialists(conn, tenant, specialist_id, staff=staff)
    if not specialists:
        raise NotFound()
    return specialists[0]
