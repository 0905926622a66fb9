"""Clients as staff see them. Admins see all; specialists their own, and by a whole phone number anybody's name."""

from collections.abc import Sequence
from typing import NamedTuple

from backend import clock
from backend.audit.service import record
from backend.auth.actor import Actor
from backend.auth.contexts import StaleContexts
from backend.bookings.access import reader_of
from backend.bookings.queries.own_clients import find_own_ids, may_book_for, remember_known
from backend.contract.notices import SAME_PERSON
from backend.contract.people import Client, Clients, FindClient, NewClient, Tag, UpdateClient
from backend.errors import Forbidden, IllegalStep, Invalid, NotFound
from backend.kit.phones import tappable_phone
from backend.kit.text import clean_lines, fold_for_search
from backend.outbox.service import tell_admins
from backend.people import rules
from backend.people.queries.clients import (
    ClientCounts,
    ClientRow,
    ClientSearch,
    EnteredClient,
    count_bookings,
    find_client,
    find_clients,
    insert_client,
    search_clients,
)
from backend.people.queries.joins import (
    UNDO_S,
    JoinRow,
    count_joined,
    count_proposed,
    find_clients_of_number,
    find_ids_of_number,
    propose_join,
)
from backend.people.queries.people import set_name, set_note, set_phone, update_person
from backend.people.queries.tags import TagCount, TagRow, count_tags, load_tags
from backend.transactions import UnitOfWork

_CHANGEABLE = ("blocked", "name", "note", "phone", "team_note")


class ClientListQuery(NamedTuple):
    """Which clients are listed: those that match the text, of a tag; `after` is where the last page ended."""

    text: str
    tag_key: str | None
    after: tuple[int, str, int] | None
    limit: int


def list_clients(unit: UnitOfWork, query: ClientListQuery) -> Clients:
    """Return a page of the clients who match."""
    conn, tenant_id, limit = unit.conn, unit.tenant_id, query.limit
    tags = count_tags(conn, tenant_id, reader_of(unit.actor)) if query.text.strip() or query.tag_key else []
    rows = search_clients(conn, tenant_id, _search(unit, query, tags), limit + 1)
    page, more = rows[:limit], len(rows) > limit
    cursor = rules.encode_cursor(page[-1].rank, page[-1].name_search, page[-1].id) if more else None
    tag = next((row for row in tags if row.tag_key == query.tag_key), None)
    found = Clients(
        items=render_clients(unit, page),
        next=cursor,
        tag=None if tag is None else Tag(key=tag.tag_key, name=tag.tag, clients=tag.clients),
    )
    if unit.actor.is_admin:
        found.proposed = count_proposed(conn, tenant_id)
        found.undoable = count_joined(conn, tenant_id, unit.now - UNDO_S)
    return found


def _search(unit: UnitOfWork, query: ClientListQuery, tags: Sequence[TagCount]) -> ClientSearch:
    region = unit.tenant.phone_region
    number = rules.whole_number(query.text)
    word = fold_for_search(query.text).strip("# \t")
    return ClientSearch(
        text=query.text,
        reader=reader_of(unit.actor),
        after=query.after,
        region=region,
        tag_key=query.tag_key,
        found_tags=[row.tag_key for row in tags if word and word in fold_for_search(row.tag)],
        number_ids=() if number is None else find_ids_of_number(unit.conn, unit.tenant_id, number, region),
    )


def load_client(unit: UnitOfWork, client_id: int) -> Client:
    """Return one client. Raises NotFound, also for a specialist whose client they are not."""
    row = find_client(unit.conn, unit.tenant_id, client_id)
    client = None if row is None else render_clients(unit, [row])[0]
    if client is None or not client.is_own:
        raise NotFound()
    return client


def load_client_to_book(unit: UnitOfWork, client_id: int) -> Client:
    """Return a client for whom the actor may book. Raises NotFound, also for a specialist who does not know them."""
    row = find_client(unit.conn, unit.tenant_id, client_id)
    reader = reader_of(unit.actor)
    if row is None or not unit.actor.is_staff:
        raise NotFound()
    if reader is not None and not may_book_for(unit.conn, unit.tenant_id, client_id, reader):
        raise NotFound()
    return render_clients(unit, [row])[0]


def find_by_number(unit: UnitOfWork, body: FindClient) -> Clients:
    """Return everybody who has this whole number; the actor may book for them from now on. Raises Invalid."""
    number = rules.whole_number(body.phone)
    if number is None:
        raise Invalid("This is not a whole phone number.", field="phone")
    ids = find_ids_of_number(unit.conn, unit.tenant_id, number, unit.tenant.phone_region)
    rows = find_clients(unit.conn, unit.tenant_id, ids)
    if not unit.actor.is_admin:
        remember_known(unit.conn, unit.tenant_id, unit.actor.person_id, [row.id for row in rows])
    return Clients(items=render_clients(unit, rows), next=None)


def add_client(unit: UnitOfWork, body: NewClient) -> Client:
    """Add a client who is not in Telegram. Raises Invalid, and Forbidden for a specialist's note for the admins."""
    if body.note and not unit.actor.is_admin:
        raise Forbidden("This note is for admins: a note for the team is `team_note`.", field="note")
    client = EnteredClient(
        name=rules.check_name(body.name),
        phone=None if body.phone is None else rules.check_phone(body.phone),
        note=clean_lines(body.note),
        team_note=clean_lines(body.team_note),
        added_by=unit.actor.person_id,
    )
    client_id = insert_client(unit.conn, unit.tenant_id, client, unit.now)
    _propose_joins(unit, client_id, client.phone)
    record(unit, "client.added", f"person:{client_id}")
    return load_client(unit, client_id)


def update_client(unit: UnitOfWork, client_id: int, body: UpdateClient, stale: StaleContexts) -> Client:
    """Change what the body has. Raises Invalid, NotFound, Forbidden, IllegalStep where the note is another by now."""
    fields = [name for name in _CHANGEABLE if getattr(body, name) is not None]
    if not unit.actor.is_admin and set(fields) - {"team_note"}:
        raise Forbidden("A specialist changes the note for the team alone.")
    client = load_client(unit, client_id)
    stale.add(client.tg_id)
    conn, tenant_id = unit.conn, unit.tenant_id
    if body.name is not None:
        set_name(conn, tenant_id, client_id, rules.check_name(body.name))
    if body.phone is not None:
        phone = rules.check_phone(body.phone)
        set_phone(conn, tenant_id, client_id, phone)
        if not client.in_telegram:
            _propose_joins(unit, client_id, phone)
    _set_notes(unit, client_id, body)
    if body.blocked is not None:
        update_person(conn, tenant_id, client_id, {"blocked": body.blocked})
    record(unit, "client.changed", f"person:{client_id}", {"fields": fields})
    return load_client(unit, client_id)


def _set_notes(unit: UnitOfWork, client_id: int, body: UpdateClient) -> None:
    """Change the notes that the body has; not one that somebody has changed since the writer read it."""
    for kind, note in (("note", body.note), ("team_note", body.team_note)):
        if note is None:
            continue
        if not set_note(unit.conn, unit.tenant_id, client_id, {kind: clean_lines(note)}, read=body.read_note):
            raise IllegalStep("Somebody has changed this note meanwhile.", field="read_note")


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
    """Return clients as the actor may see them: a specialist has the name alone of those who are not their own."""
    conn, tenant_id, ids = unit.conn, unit.tenant_id, [row.id for row in rows]
    reader = reader_of(unit.actor)
    own_ids = set(ids) if reader is None else find_own_ids(conn, tenant_id, ids, reader)
    counts = count_bookings(conn, tenant_id, ids, unit.now, None if reader is None else reader.specialist_id)
    tags = load_tags(conn, tenant_id, ids)
    return [
        _render_client(row, counts.get(row.id), tags.get(row.id, ()), unit.actor)
        if row.id in own_ids
        else _name_alone(row)
        for row in rows
    ]


def _render_client(row: ClientRow, counts: ClientCounts | None, tags: Sequence[TagRow], actor: Actor) -> Client:
    last_start = None if counts is None else counts.last_start
    return Client(
        id=row.id,
        name=row.name,
        tg_id=row.tg_id if actor.sees_contacts else None,
        username=row.username if actor.sees_contacts else None,
        phone=tappable_phone(row.phone, actor.tenant.phone_region) if row.phone and actor.sees_contacts else None,
        note=row.note if actor.is_admin else "",
        blocked=row.blocked,
        unreachable=row.unreachable_at is not None,
        bookings=0 if counts is None else counts.took_place,
        no_shows=0 if counts is None else counts.no_shows,
        last_booking=None if last_start is None else clock.format_utc(last_start),
        team_note=row.team_note,
        tags=[Tag(key=tag.tag_key, name=tag.tag) for tag in tags],
        in_telegram=row.tg_id is not None,
    )


def _name_alone(row: ClientRow) -> Client:
    return Client(
        id=row.id,
        name=row.name,
        tg_id=None,
        username=None,
        phone=None,
        note="",
        blocked=False,
        unreachable=False,
        bookings=0,
        no_shows=0,
        last_booking=None,
        is_own=False,
    )
