"""Clients as staff see them: the note is the admins' own, and specialists see those who have had a booking with them."""

from collections.abc import Sequence

from msgspec.structs import replace

from backend import clock
from backend.audit.service import record
from backend.auth.contexts import StaleContexts
from backend.contract.notices import SAME_PERSON
from backend.contract.people import Client, Clients, NewClient, UpdateClient
from backend.errors import NotFound
from backend.kit.text import clean_lines
from backend.outbox.service import tell_admins
from backend.people import rules
from backend.people.queries.clients import (
    ClientCounts,
    ClientRow,
    ClientSearch,
    count_bookings,
    find_client,
    insert_client,
    is_client_of,
    search_clients,
)
from backend.people.queries.joins import (
    UNDO_S,
    JoinRow,
    count_joined,
    count_proposed,
    find_clients_of_number,
    propose_join,
)
from backend.people.queries.people import set_name, set_phone, update_person
from backend.transactions import UnitOfWork


def list_clients(unit: UnitOfWork, text: str, after: tuple[int, str, int] | None, limit: int) -> Clients:
    """Return a page of the clients whose name or phone has the text; `after` is where the last page ended."""
    own_id = unit.actor.specialist_id
    if unit.actor.is_admin:
        own_id = None
    elif own_id is None:
        return Clients(items=[], next=None)
    search = ClientSearch(text, own_id, after, unit.tenant.phone_region)
    rows = search_clients(unit.conn, unit.tenant_id, search, limit + 1)
    page, more = rows[:limit], len(rows) > limit
    cursor = rules.encode_cursor(page[-1].rank, page[-1].name_search, page[-1].id) if more else None
    found = Clients(items=render_clients(unit, page), next=cursor)
    if unit.actor.is_admin:
        found.proposed = count_proposed(unit.conn, unit.tenant_id)
        found.undoable = count_joined(unit.conn, unit.tenant_id, unit.now - UNDO_S)
    return found


def load_client(unit: UnitOfWork, client_id: int) -> Client:
    """Return one client. Raises NotFound, also for a specialist who never had a booking of theirs."""
    row = find_client(unit.conn, unit.tenant_id, client_id)
    if row is None:
        raise NotFound()
    if not unit.actor.is_admin:
        own_id = unit.actor.specialist_id
        if own_id is None or not is_client_of(unit.conn, unit.tenant_id, client_id, own_id):
            raise NotFound()
    return render_clients(unit, [row])[0]


def load_client_to_book(unit: UnitOfWork, client_id: int) -> Client:
    """Return a client for whom staff book; one who is not the specialist's own by name alone. Raises NotFound."""
    row = find_client(unit.conn, unit.tenant_id, client_id)
    if row is None or not unit.actor.is_staff:
        raise NotFound()
    client = render_clients(unit, [row])[0]
    own_id = unit.actor.specialist_id
    if unit.actor.is_admin or (own_id is not None and is_client_of(unit.conn, unit.tenant_id, client_id, own_id)):
        return client
    return replace(client, phone=None, username=None, visits=0, no_shows=0, last_visit=None)


def add_client(unit: UnitOfWork, body: NewClient) -> Client:
    """Add a client who is not in Telegram. Raises Invalid."""
    name = rules.check_name(body.name)
    phone = None if body.phone is None else rules.check_phone(body.phone)
    client_id = insert_client(unit.conn, unit.tenant_id, name, phone, clean_lines(body.note), unit.now)
    _propose_joins(unit, client_id, phone)
    record(unit, "client.added", f"person:{client_id}")
    row = find_client(unit.conn, unit.tenant_id, client_id)
    assert row is not None, "it has just been inserted"
    return render_clients(unit, [row])[0]


def update_client(unit: UnitOfWork, client_id: int, body: UpdateClient, stale: StaleContexts) -> Client:
    """Change what the body has. Raises Invalid, NotFound."""
    client = load_client(unit, client_id)
    stale.add(client.tg_id)
    conn, tenant_id = unit.conn, unit.tenant_id
    if body.name is not None:
        set_name(conn, tenant_id, client_id, rules.check_name(body.name))
    if body.phone is not None:
        phone = rules.check_phone(body.phone)
        set_phone(conn, tenant_id, client_id, phone)
        if client.tg_id is None:
            _propose_joins(unit, client_id, phone)
    if body.note is not None:
        update_person(conn, tenant_id, client_id, {"note": clean_lines(body.note)})
    if body.blocked is not None:
        update_person(conn, tenant_id, client_id, {"blocked": body.blocked})
    fields = [name for name in sorted(body.__struct_fields__) if getattr(body, name) is not None]
    record(unit, "client.changed", f"person:{client_id}", {"fields": fields})
    return load_client(unit, client_id)


def _propose_joins(unit: UnitOfWork, walk_in_id: int, phone: str | None) -> None:
    """Propose to the admins that a walk-in is the person who has shown this number to be theirs in Telegram."""
    if phone is None:
        return
    for client in find_clients_of_number(unit.conn, unit.tenant_id, phone, unit.tenant.phone_region):
        ask_admins(unit, propose_join(unit.conn, unit.tenant_id, walk_in_id, client.id, unit.now))


def ask_admins(unit: UnitOfWork, join: JoinRow) -> None:
    """Ask the admins whether two clients are one, each of them once."""
    if join.status == "proposed":
        tell_admins(unit.conn, unit.tenant, f"{SAME_PERSON} {join.id}", unit.now, once=True)


def render_clients(unit: UnitOfWork, rows: Sequence[ClientRow]) -> list[Client]:
    """Return clients as staff may see them."""
    counts = count_bookings(unit.conn, unit.tenant_id, [row.id for row in rows], unit.now)
    return [_render_client(row, counts.get(row.id), with_note=unit.actor.is_admin) for row in rows]


def _render_client(row: ClientRow, counts: ClientCounts | None, *, with_note: bool) -> Client:
    last_start = None if counts is None else counts.last_start
    return Client(
        id=row.id,
        name=row.name,
        tg_id=row.tg_id,
        username=row.username,
        phone=row.phone,
        note=row.note if with_note else "",
        blocked=row.blocked,
        unreachable=row.unreachable_at is not None,
        visits=0 if counts is None else counts.took_place,
        no_shows=0 if counts is None else counts.no_shows,
        last_visit=None if last_start is None else clock.format_utc(last_start),
    )
