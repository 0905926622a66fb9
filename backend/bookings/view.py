"""How a visit is shown: the same struct to everybody, with what is staff's own left out for the others."""

from collections.abc import Collection, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection

from backend.auth import Actor, TenantRow
from backend.bookings import queries, rules
from backend.clock import format_local, format_utc, zone
from backend.contract.bookings import Booking, History, HistoryEntry, Item
from backend.contract.tenancy import Policies
from backend.errors import NotFound
from backend.words import money


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
    conn: Connection, tenant: TenantRow, rows: Sequence[queries.AnyRow], now: int, actor: Actor | None
) -> list[Booking]:
    """Rows of `bookings` as they are shown to the actor; None: the system itself, which sees everything."""
    if not rows:
        return []
    items = _items(conn, tenant.id, [row.id for row in rows])
    clients = _clients(conn, tenant.id, {row.client_id for row in rows if row.client_id is not None})
    return [_booking(row, items[row.id], clients.get(row.client_id), now, actor) for row in rows]


def _booking(row: Any, items: list[Item], client: Any, now: int, actor: Actor | None) -> Booking:
    staff = actor is None or actor.is_admin or any(item.specialist_id == actor.specialist_id for item in items)
    # a visitor's hold that nobody has taken over yet has no client
    told = client if staff else None
    status = rules.status_now(row.status, row.hold_until, now)
    policies = msgspec.json.decode(row.policies, type=Policies, strict=False)
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
        price=money(row.price),
        currency=row.currency,
        client_id=row.client_id,
        items=items,
        comment=row.comment,
        hold_until=format_utc(row.hold_until) if status == "held" else None,
        can_cancel_until=None if cut_off is None else format_utc(cut_off),
        undo_until=None if undo is None or undo < now else format_utc(undo),
        coming=row.coming_at is not None,
        sequence=row.sequence,
        created_at=format_utc(row.created_at),
        client_name="" if told is None else told.name,
        client_phone=None if told is None else told.phone,
        client_tg_id=None if told is None else told.tg_id,
    )


def _items(conn: Connection, tenant_id: int, ids: Sequence[int]) -> dict[int, list[Item]]:
    found: dict[int, list[Item]] = {one: [] for one in ids}
    for row in queries.shown_items(conn, tenant_id, ids):
        found[row.booking_id].append(
            Item(
                service_id=row.service_id,
                service_name=row.service_name,
                specialist_id=row.specialist_id,
                specialist_name=row.specialist_name,
                start=format_utc(row.starts_at),
                end=format_utc(row.ends_at),
                duration_min=row.duration_min,
                price=money(row.price),
            )
        )
    return found


def _clients(conn: Connection, tenant_id: int, ids: Collection[int]) -> dict[int, Any]:
    return {row.id: row for row in queries.shown_clients(conn, tenant_id, ids)}


def history(conn: Connection, actor: Actor, booking_id: int, now: int) -> History:
    """What became of a visit, oldest first. Raises NotFound."""
    show(conn, actor, booking_id, now)
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
            )
            for row in queries.history(conn, actor.tenant.id, booking_id)
        ]
    )
