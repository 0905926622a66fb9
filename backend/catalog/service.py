"""What a change of the catalogue must respect: names once, nothing from another tenant, nothing that visits need."""

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import Connection, Table

from backend import clock
from backend.auth.actor import TenantRow
from backend.catalog import queries
from backend.catalog.queries import lists
from backend.contract.catalog import Offer, Service, Specialist
from backend.contract.schedule import Affected
from backend.errors import InUse, Invalid, NameTaken, NotFound
from backend.kit.text import format_money, has_invisible_characters, parse_money


def named(conn: Connection, table: Table, tenant_id: int, name: str, but: int | None = None) -> str:
    """The name as it is kept. Raises Invalid, or NameTaken where another has it."""
    if has_invisible_characters(name) or not name.strip():
        raise Invalid("A name must not be empty or have invisible characters.", field="name")
    name = name.strip()
    if queries.name_taken(conn, table, tenant_id, name, but):
        raise NameTaken(field="name")
    return name


def theirs(conn: Connection, table: Table, tenant_id: int, ids: Collection[int], field: str) -> list[int]:
    """The ids, each once and in order. Raises Invalid where one is not this tenant's."""
    if len(queries.known(conn, table, tenant_id, ids)) < len(set(ids)):
        raise Invalid("One of these ids is not known here.", field=field)
    if len(set(ids)) < len(ids):
        raise Invalid("One of these ids is given twice.", field=field)
    return list(ids)


def services(
    conn: Connection, tenant: TenantRow, only: int | None = None, specialist_id: int | None = None
) -> list[Service]:
    """Services on sale; with a specialist, those that they do, at their price and duration.

    Raises NotFound for a specialist that is not there."""
    if specialist_id is not None and not lists.active_specialists(conn, tenant.id, specialist_id):
        raise NotFound()
    taken = lists.rooms_of_services(conn, tenant.id, only)
    doing: dict[int, list[lists.Offered]] = {}
    for offer in lists.offers(conn, tenant.id, service_id=only):
        doing.setdefault(offer.service_id, []).append(offer)
    found = []
    for row in lists.active_services(conn, tenant.id, only):
        price, duration_min, own, varies = row.price, row.duration_min, False, False
        doers = []
        for offer in doing.get(row.id, ()):
            doers.append(offer.specialist_id)
            varies = varies or (offer.price is not None and offer.price != row.price)
            if offer.specialist_id == specialist_id:
                own = True
                price = price if offer.price is None else offer.price
                duration_min = duration_min if offer.duration_min is None else offer.duration_min
        if specialist_id is not None and not own:
            continue
        found.append(
            Service(
                id=row.id,
                name=row.name,
                description=row.description,
                price=format_money(price),
                price_from=varies and not own,
                currency=tenant.currency,
                duration_min=duration_min,
                buffer_before_min=row.buffer_before_min,
                buffer_after_min=row.buffer_after_min,
                capacity=row.capacity,
                room_ids=taken.get(row.id, []),
                specialist_ids=doers,
            )
        )
    return found


def service(conn: Connection, tenant: TenantRow, service_id: int) -> Service:
    """One service. Raises NotFound."""
    found = services(conn, tenant, service_id)
    if not found:
        raise NotFound()
    return found[0]


def specialists(
    conn: Connection, tenant: TenantRow, only: int | None = None, service_id: int | None = None, staff: bool = False
) -> list[Specialist]:
    """Specialists; with a service, those who do it, with their price and duration for it.

    `has_account` is told to staff only. Raises NotFound for a service that is not there."""
    base = None
    if service_id is not None:
        base = next(iter(lists.active_services(conn, tenant.id, service_id)), None)
        if base is None:
            raise NotFound()
    doing: dict[int, list[Offer]] = {}
    terms: dict[int, lists.Offered] = {}
    for offer in lists.offers(conn, tenant.id, specialist_id=only):
        price = None if offer.price is None else format_money(offer.price)
        doing.setdefault(offer.specialist_id, []).append(
            Offer(service_id=offer.service_id, price=price, duration_min=offer.duration_min)
        )
        if offer.service_id == service_id:
            terms[offer.specialist_id] = offer
    found = []
    for row in lists.active_specialists(conn, tenant.id, only):
        if base is not None and row.id not in terms:
            continue
        one = Specialist(
            id=row.id,
            name=row.name,
            description=row.description,
            has_account=staff and row.person_id is not None,
            services=doing.get(row.id, []),
        )
        if base is not None:
            own = terms[row.id]
            one.price = format_money(base.price if own.price is None else own.price)
            one.currency = tenant.currency
            one.duration_min = base.duration_min if own.duration_min is None else own.duration_min
        found.append(one)
    return found


def specialist(conn: Connection, tenant: TenantRow, specialist_id: int, staff: bool = False) -> Specialist:
    """One specialist. Raises NotFound."""
    found = specialists(conn, tenant, specialist_id, staff=staff)
    if not found:
        raise NotFound()
    return found[0]


def offer_rows(offers: Iterable[Offer]) -> list[dict[str, Any]]:
    """Offers as the table keeps them."""
    return [
        {
            "service_id": one.service_id,
            "price": None if one.price is None else parse_money(one.price),
            "duration_min": one.duration_min,
        }
        for one in offers
    ]


def affected(rows: Iterable[queries.AnyRow], tenant: TenantRow) -> list[Affected]:
    """Visits (a row for each of their services) as a change lists them."""
    tz = clock.zone(tenant.timezone)
    found: dict[int, Affected] = {}
    for row in rows:
        if row.id not in found:
            found[row.id] = Affected(
                booking_id=row.id,
                start=clock.format_utc(row.starts_at),
                local=clock.format_local(row.starts_at, tz),
                client_name=row.client_name,
                service_names=[],
            )
        found[row.id].service_names.append(row.service_name)
    return list(found.values())


def refuse_if_needed(rows: Iterable[queries.AnyRow]) -> None:
    """Raises InUse where visits ahead depend on what is to go."""
    count = len({row.id for row in rows})
    if count:
        raise InUse(f"Upcoming visits depend on this: {count}. Move or cancel them first.")


def remove_room(conn: Connection, tenant_id: int, room_id: int, now: int) -> None:
    """Raises NotFound, or InUse while a service takes it or visits ahead hold one."""
    if queries.room(conn, tenant_id, room_id) is None:
        raise NotFound()
    wanted, held = queries.room_in_use(conn, tenant_id, room_id, now)
    if wanted or held:
        raise InUse(f"Services that take it: {wanted}; upcoming visits that hold it: {held}.")
    queries.forget_room_links(conn, tenant_id, room_id)
    queries.delete_room(conn, tenant_id, room_id)
