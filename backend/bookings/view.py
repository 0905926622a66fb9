"""How a visit is shown: the same struct to everybody, with what is staff's own left out for the others."""

from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy import Connection

from backend.auth.actor import Actor, TenantRow, decode_policies
from backend.bookings import queries, rules
from backend.clock import format_local, format_utc, zone
from backend.contract.bookings import Booking, History, HistoryEntry, Item
from backend.errors import NotFound
from backend.kit.text import format_money


def seen_by(actor: Actor) -> queries.Seen:
    """Whose visits the actor sees."""
    return queries.Seen(actor.is_admin, actor.person_id, actor.specialist_id)


def show(conn: Connection, actor: Actor, booking_id: int, now: int) -> Booking:
    """One visit. Raises NotFound, also where it is somebody else's."""
    row = queries.seen(conn, actor.tenant.id, booking_id, seen_by(actor))
    if row is None:
        raise NotFound()
    return render(conn, actor.tenant, [row], now, actor)[0]


def render(
    conn: Connection, tenant: TenantRow, rows: Sequence[queries.BookingRow], now: int, actor: Actor | None
) -> list[Booking]:
    """Rows of `bookings` as they are shown to the actor; None: the system itself, which sees everything."""
    if not rows:
        return []
    items = _items(conn, tenant.id, [row.id for row in rows])
    clients = _clients(conn, tenant.id, [row for row in rows if _as_staff(actor, items[row.id])])
    return [_booking(row, items[row.id], clients.get(row.client_id or 0), now) for row in rows]


def shown(
    conn: Connection, tenant: TenantRow, row: queries.BookingRow, items: list[Item], now: int, actor: Actor
) -> Booking:
    """A visit whose items are known, as it is shown to the actor."""
    clients = _clients(conn, tenant.id, [row] if _as_staff(actor, items) else [])
    return _booking(row, items, clients.get(row.client_id or 0), now)


def _as_staff(actor: Actor | None, items: Sequence[Item]) -> bool:
    """Whether the actor sees what is staff's own of a visit."""
    return actor is None or actor.is_admin or any(item.specialist_id == actor.specialist_id for item in items)


def _booking(row: queries.BookingRow, items: list[Item], client: queries.ShownClient | None, now: int) -> Booking:
    """`client` is told to staff only; a visitor's hold that nobody has taken over yet has none."""
    status = rules.status_now(row.status, row.hold_until, now)
    policies = decode_policies(row.policies)
    cut_off = rules.cancel_until(row.starts_at, policies.cancel_until_min) if rules.may("cancel", status) else None
    undo = rules.undo_until(row.cancelled_at) if status == "cancelled" else None
    return Booking(
        id=row.id,
        status=status,
        start=format_utc(row.starts_at),
        end=format_utc(row.ends_at),
        local_start=format_local(row.starts_at, zone(row.timezone)),
        timezone=row.timezone,
        specialist_id=items[0].specialist_id,
        service_ids=[item.service_id for item in items],
        price=format_money(row.price),
        currency=row.currency,
        client_id=row.client_id,
        items=items,
        comment=row.comment,
        hold_until=None if status != "held" or row.hold_until is None else format_utc(row.hold_until),
        can_cancel_until=None if cut_off is None else format_utc(cut_off),
        undo_until=None if undo is None or undo < now else format_utc(undo),
        coming=row.coming_at is not None,
        sequence=row.sequence,
        created_at=format_utc(row.created_at),
        client_name="" if client is None else client.name,
        client_phone=None if client is None else client.phone,
        client_tg_id=None if client is None else client.tg_id,
    )


def item(
    *, service: tuple[int, str], specialist: tuple[int, str], starts_at: int, ends_at: int, minutes: int, price: int
) -> Item:
    """One service of a visit; service and specialist are (number, name)."""
    return Item(
        service_id=service[0],
        service_name=service[1],
        specialist_id=specialist[0],
        specialist_name=specialist[1],
        start=format_utc(starts_at),
        end=format_utc(ends_at),
        duration_min=minutes,
        price=format_money(price),
    )


def _items(conn: Connection, tenant_id: int, ids: Sequence[int]) -> dict[int, list[Item]]:
    found: dict[int, list[Item]] = {one: [] for one in ids}
    for row in queries.shown_items(conn, tenant_id, ids):
        found[row.booking_id].append(
            item(
                service=(row.service_id, row.service_name),
                specialist=(row.specialist_id, row.specialist_name),
                starts_at=row.starts_at,
                ends_at=row.ends_at,
                minutes=row.duration_min,
                price=row.price,
            )
        )
    return found


def _clients(conn: Connection, tenant_id: int, visits: Iterable[queries.BookingRow]) -> dict[int, queries.ShownClient]:
    ids = {row.client_id for row in visits if row.client_id is not None}
    return {row.id: row for row in queries.shown_clients(conn, tenant_id, ids)}


def history(conn: Connection, actor: Actor, booking_id: int, now: int) -> History:
    """What became of a visit, oldest first. Raises NotFound."""
    show(conn, actor, booking_id, now)
    rows = queries.history(conn, actor.tenant.id, booking_id)
    who = {row.actor_id for row in rows if row.actor_id is not None}
    names = {row.id: row.name for row in queries.shown_clients(conn, actor.tenant.id, who)}
    return History(
        items=[
            HistoryEntry(
                at=format_utc(row.at),
                actor_id=row.actor_id,
                actor_role=row.actor_role,
                action=row.action,
                from_status=row.from_status,
                to_status=row.to_status,
                detail=msgspec.json.decode(row.detail, type=dict[str, object]),
                actor_name="" if row.actor_id is None else names.get(row.actor_id, ""),
            )
            for row in rows
        ]
    )
