"""A walk-in entered by staff and somebody who shares the same number in Telegram become one client.

By itself that happens with exactly one walk-in of the number, never joined before, with a booking in the last twelve months
and the same first name; everything else an admin decides. It can be undone for 30 days.
"""

from backend import clock
from backend.audit.service import record
from backend.auth.queries import load_person
from backend.bookings.queries.loading import load_bookings
from backend.contract.people import Client, ClientJoin, ClientJoins
from backend.errors import IllegalStep, NotFound
from backend.kit.text import fold_for_search
from backend.outbox.service import renew_reminders
from backend.people.clients import ask_admins, render_clients
from backend.people.queries import joins
from backend.people.queries.clients import find_any_clients
from backend.people.queries.joins import JoinRow, PersonOfNumber
from backend.people.queries.people import update_person
from backend.people.queries.tags import copy_tags
from backend.transactions import UnitOfWork

YEAR_S = 365 * 86_400


def join_by_number(unit: UnitOfWork, client_id: int, phone: str) -> None:
    """Join the walk-in of a number that somebody has just shown to be theirs, or propose it to the admins."""
    conn, tenant_id, region = unit.conn, unit.tenant_id, unit.tenant.phone_region
    client = joins.load_person_of_number(conn, tenant_id, client_id)
    walk_ins = joins.find_walk_ins(conn, tenant_id, phone, region)
    if client is None or not walk_ins:
        return
    proposed = [joins.propose_join(conn, tenant_id, walk_in.id, client_id, unit.now) for walk_in in walk_ins]
    if len(walk_ins) == 1 and _is_surely_the_same(unit, walk_ins[0], client):
        _join(unit, proposed[0])
        return
    for join in proposed:
        ask_admins(unit, join)


def _is_surely_the_same(unit: UnitOfWork, walk_in: PersonOfNumber, client: PersonOfNumber) -> bool:
    conn, tenant_id = unit.conn, unit.tenant_id
    return (
        _first_name(walk_in.name) == _first_name(client.name) != ""
        and not joins.was_ever_joined(conn, tenant_id, walk_in.id)
        and joins.has_booking_since(conn, tenant_id, walk_in.id, unit.now - YEAR_S)
    )


def _first_name(name: str) -> str:
    return next(iter(fold_for_search(name).split()), "")


def list_joins(unit: UnitOfWork) -> ClientJoins:
    """Return what is proposed and what can be undone."""
    return ClientJoins(items=_render(unit, joins.list_joins(unit.conn, unit.tenant_id, unit.now - joins.UNDO_S)))


def accept_join(unit: UnitOfWork, join_id: int) -> ClientJoin:
    """Make one client of both. Raises NotFound, IllegalStep where one of them has joined somebody else meanwhile."""
    join = _require_join(unit, join_id)
    if join.status == "joined":
        raise IllegalStep("They are one client already.")
    _join(unit, join)
    return _reload(unit, join_id)


def refuse_join(unit: UnitOfWork, join_id: int) -> ClientJoin:
    """Keep both apart. Raises NotFound, IllegalStep for one that has been joined."""
    join = _require_join(unit, join_id)
    if join.status != "proposed":
        raise IllegalStep("This is no proposal any more.")
    joins.set_join(unit.conn, unit.tenant_id, join_id, {"status": "refused"})
    record(unit, "client.kept_apart", f"person:{join.client_id}", {"walk_in": join.walk_in_id})
    return _reload(unit, join_id)


def undo_join(unit: UnitOfWork, join_id: int) -> ClientJoin:
    """Part both again; the walk-in gets back what it had, and the client keeps its tags.

    Raises NotFound, IllegalStep after 30 days."""
    conn, tenant_id = unit.conn, unit.tenant_id
    join = _require_join(unit, join_id)
    if join.status != "joined" or join.joined_at is None or join.joined_at + joins.UNDO_S < unit.now:
        raise IllegalStep("This can be undone for 30 days.")
    client, walk_in = _both(unit, join)
    moved = joins.move_bookings(
        conn, tenant_id, join.client_id, join.walk_in_id, joins.decode_booking_ids(join.booking_ids)
    )
    changes: dict[str, object] = {
        "note": _without_note(client.note, walk_in.note),
        "team_note": _without_note(client.team_note, walk_in.team_note),
    }
    if walk_in.blocked and not join.was_blocked:
        changes["blocked"] = False
    update_person(conn, tenant_id, client.id, changes)
    update_person(conn, tenant_id, walk_in.id, {"joined_into": None})
    joins.set_join(conn, tenant_id, join_id, {"status": "undone"})
    _remind_anew(unit, moved)
    record(unit, "client.parted", f"person:{client.id}", {"walk_in": walk_in.id})
    return _reload(unit, join_id)


def find_client_tg_id(unit: UnitOfWork, join_id: int) -> int | None:
    """Return the Telegram id of the client of a join."""
    join = joins.find_join(unit.conn, unit.tenant_id, join_id)
    client = None if join is None else load_person(unit.conn, unit.tenant_id, join.client_id)
    return None if client is None else client.tg_id


def _join(unit: UnitOfWork, join: JoinRow) -> None:
    """Make one client of both: bookings move; a block, notes and tags carry over. Raises IllegalStep."""
    conn, tenant_id = unit.conn, unit.tenant_id
    client, walk_in = _both(unit, join)
    if walk_in.joined_into is not None or client.joined_into is not None:
        raise IllegalStep("One of them has become another client meanwhile.")
    moved = joins.move_bookings(conn, tenant_id, walk_in.id, client.id)
    changes = {
        "note": _both_notes(client.note, walk_in.note),
        "team_note": _both_notes(client.team_note, walk_in.team_note),
        "blocked": client.blocked or walk_in.blocked,
    }
    update_person(conn, tenant_id, client.id, changes)
    copy_tags(conn, tenant_id, walk_in.id, client.id)
    update_person(conn, tenant_id, walk_in.id, {"joined_into": client.id})
    values = {
        "status": "joined",
        "joined_at": unit.now,
        "booking_ids": joins.encode_booking_ids(moved),
        "was_blocked": client.blocked,
    }
    joins.set_join(conn, tenant_id, join.id, values)
    _remind_anew(unit, moved)
    record(unit, "client.joined", f"person:{client.id}", {"walk_in": walk_in.id})


def _both_notes(first: str, second: str) -> str:
    return "\n".join(part for part in (first, second) if part)


def _without_note(both: str, second: str) -> str:
    return both.removesuffix(second).rstrip() if second else both


def _remind_anew(unit: UnitOfWork, booking_ids: list[int]) -> None:
    """Write the reminders of bookings ahead for the person who is their client now."""
    for row in load_bookings(unit.conn, unit.tenant_id, booking_ids):
        if row.starts_at > unit.now:
            renew_reminders(unit.conn, unit.tenant, row, unit.now)


def _both(unit: UnitOfWork, join: JoinRow) -> tuple[PersonOfNumber, PersonOfNumber]:
    """Return the client and the walk-in. Raises NotFound where one was erased."""
    client = joins.load_person_of_number(unit.conn, unit.tenant_id, join.client_id)
    walk_in = joins.load_person_of_number(unit.conn, unit.tenant_id, join.walk_in_id)
    if client is None or walk_in is None:
        raise NotFound()
    return client, walk_in


def _require_join(unit: UnitOfWork, join_id: int) -> JoinRow:
    join = joins.find_join(unit.conn, unit.tenant_id, join_id)
    if join is None or not _render(unit, [join]):
        raise NotFound()
    return join


def _reload(unit: UnitOfWork, join_id: int) -> ClientJoin:
    return _render(unit, [_require_join(unit, join_id)])[0]


def _render(unit: UnitOfWork, rows: list[JoinRow]) -> list[ClientJoin]:
    """Return those of the joins whose people are not erased."""
    ids = {person_id for row in rows for person_id in (row.walk_in_id, row.client_id)}
    shown: dict[int, Client] = {
        client.id: client for client in render_clients(unit, find_any_clients(unit.conn, unit.tenant_id, ids))
    }
    found = []
    for row in rows:
        if row.walk_in_id not in shown or row.client_id not in shown:
            continue
        until = None if row.joined_at is None or row.status != "joined" else row.joined_at + joins.UNDO_S
        undo_until = None if until is None or until < unit.now else clock.format_utc(until)
        found.append(
            ClientJoin(
                id=row.id,
                status=row.status,  # type: ignore[arg-type]  # the table's check
                walk_in=shown[row.walk_in_id],
                client=shown[row.client_id],
                undo_until=undo_until,
            )
        )
    return found
