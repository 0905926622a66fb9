"""Clients as staff look for them, and what their bookings amount to."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    case,
    exists,
    func,
    insert,
    literal,
    not_,
    or_,
    select,
    true,
    tuple_,
)

from backend.bookings.queries.loading import BookingRow, is_done_by
from backend.bookings.queries.own_clients import NO_BOOKING, StaffReader, own_client_ids
from backend.db.rows import columns_of, fetch_all
from backend.db.tables import ACTIVE, bookings, client_tags, people, roles
from backend.kit.phones import clean_phone, list_partial_forms, list_written_forms, phone_digits
from backend.kit.text import fold_for_search

_B, _P, _T = bookings.c, people.c, client_tags.c


class ClientRow(NamedTuple):
    """A client as a list has them. `rank` is 0 where the name begins with what was looked for, else 1."""

    id: int
    tg_id: int | None
    name: str
    name_search: str
    username: str | None
    phone: str | None
    note: str
    team_note: str
    blocked: bool
    unreachable_at: int | None
    rank: int


class ClientCounts(NamedTuple):
    """A client's bookings that took place, those to which they did not come, and the start of the last that did."""

    client_id: int
    took_place: int
    no_shows: int
    last_start: int | None


class ClientSearch(NamedTuple):
    """Which clients are looked for: by a part of the name, phone, username or a tag, all where `text` is empty.

    A `reader` sees their own clients; one who is told no contacts finds them by the whole number or username alone, so that
    none is found out piece by piece. `number_ids` are the people whose whole number was typed: every reader finds them.
    `after` is the (rank, name_search, id) of the last row that has been read. `region` is where a number without its country
    is looked for. With `tag_key` only those who have this tag; the text also means the tags of `found_tags`."""

    text: str = ""
    reader: StaffReader | None = None
    after: tuple[int, str, int] | None = None
    region: str | None = None
    tag_key: str | None = None
    found_tags: Sequence[str] = ()
    number_ids: Sequence[int] = ()


_NO_RANK: ColumnElement[int] = literal(0)
_COLUMNS = [_P[name] for name in ClientRow._fields if name != "rank"]


def find_client(conn: Connection, tenant_id: int, person_id: int) -> ClientRow | None:
    """Return a client who has not been erased, or None."""
    statement = _select_clients(tenant_id, _NO_RANK).where(_P.id == person_id)
    return next(iter(fetch_all(conn, ClientRow, statement)), None)


def find_clients(conn: Connection, tenant_id: int, ids: Collection[int]) -> list[ClientRow]:
    """Return those of the people who are clients, by name."""
    statement = _select_clients(tenant_id, _NO_RANK).where(_P.id.in_(list(ids)), _is_client(tenant_id))
    return fetch_all(conn, ClientRow, statement.order_by(_P.name_search, _P.id))


def find_any_clients(conn: Connection, tenant_id: int, ids: Collection[int]) -> list[ClientRow]:
    """Return those of the clients who have not been erased, walk-ins that have become another client among them."""
    statement = select(*_COLUMNS, _NO_RANK.label("rank")).where(
        _P.tenant_id == tenant_id, _P.erased_at.is_(None), _P.id.in_(list(ids))
    )
    return fetch_all(conn, ClientRow, statement)


def search_clients(conn: Connection, tenant_id: int, search: ClientSearch, limit: int) -> list[ClientRow]:
    """Return clients in order of their rank and name."""
    text = fold_for_search(search.text.strip())
    rank = _NO_RANK
    if text:
        rank = case((_P.name_search.startswith(text, autoescape=True), 0), else_=1)
    wanted = [_matches(search, text)] if text else []
    if search.reader is not None:
        wanted.append(_P.id.in_(own_client_ids(tenant_id, search.reader)))
    found = and_(true(), *wanted)
    if search.number_ids:
        found = or_(found, _P.id.in_(list(search.number_ids)))
    statement = _select_clients(tenant_id, rank).where(found, _is_client(tenant_id))
    if search.tag_key is not None:
        statement = statement.where(_P.id.in_(with_tags(tenant_id, [search.tag_key])))
    if search.after is not None:
        after = tuple_(*map(literal, search.after))
        statement = statement.where(tuple_(rank, _P.name_search, _P.id) > after)
    return fetch_all(conn, ClientRow, statement.order_by(rank, _P.name_search, _P.id).limit(limit))


def _select_clients(tenant_id: int, rank: ColumnElement[int]) -> Select[*tuple[object, ...]]:
    return select(*_COLUMNS, rank.label("rank")).where(
        _P.tenant_id == tenant_id, _P.erased_at.is_(None), _P.joined_into.is_(None)
    )


def _is_client(tenant_id: int) -> ColumnElement[bool]:
    """Return the condition that the person is a client: all but staff who have never booked."""
    is_staff = exists().where(roles.c.tenant_id == tenant_id, roles.c.person_id == _P.id)
    has_booked = exists().where(_B.tenant_id == tenant_id, _B.client_id == _P.id, _B.status.not_in(NO_BOOKING))
    return or_(not_(is_staff), has_booked)


def _matches(search: ClientSearch, text: str) -> ColumnElement[bool]:
    """Return the condition on name, phone, username or tags; `text` is what is searched as the search column has it."""
    conditions = [_P.name_search.contains(text, autoescape=True)]
    if search.reader is None or search.reader.sees_contacts:
        conditions += _matches_contacts(search, text)
    elif text.startswith("@"):
        conditions.append(func.lower(_P.username) == text[1:])
    if search.found_tags:
        conditions.append(_P.id.in_(with_tags(_P.tenant_id, search.found_tags)))
    return or_(*conditions)


def _matches_contacts(search: ClientSearch, text: str) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    number = clean_phone(search.text)
    if len(phone_digits(number)) >= 3 and not any(character.isalpha() for character in number):
        forms = sorted(list_partial_forms(number, search.region))
        conditions += [_P.phone_digits.contains(form, autoescape=True) for form in forms]
        conditions.append(_P.phone_digits.in_(sorted(list_written_forms(number, search.region))))
    if username := text.removeprefix("@"):
        conditions.append(func.lower(_P.username).contains(username, autoescape=True))
    return conditions


def with_tags(tenant_id: int | ColumnElement[int], keys: Sequence[str]) -> Select[int]:
    """Return the selection of the ids of the people who have one of these tags."""
    return select(_T.person_id).where(_T.tenant_id == tenant_id, _T.tag_key.in_(list(keys)))


def count_bookings(
    conn: Connection, tenant_id: int, person_ids: Sequence[int], now: int, specialist_id: int | None = None
) -> dict[int, ClientCounts]:
    """Return the counts of those of the people who have bookings, all of them or those with one specialist."""
    if not person_ids:
        return {}
    took_place = and_(_B.status.in_(("confirmed", "arrived", "completed")), _B.starts_at <= now)
    statement = (
        select(
            _B.client_id,
            func.sum(case((took_place, 1), else_=0)).label("took_place"),
            func.sum(case((_B.status == "no_show", 1), else_=0)).label("no_shows"),
            func.max(case((took_place, _B.starts_at))).label("last_start"),
        )
        .where(_B.tenant_id == tenant_id, _B.client_id.in_(person_ids))
        .group_by(_B.client_id)
    )
    if specialist_id is not None:
        statement = statement.where(is_done_by(literal(specialist_id)))
    return {row.client_id: row for row in fetch_all(conn, ClientCounts, statement)}


def has_bookings_ahead(conn: Connection, tenant_id: int, person_id: int, now: int) -> bool:
    """Return whether a booking of theirs has not ended yet."""
    ahead = (
        select(literal(1))
        .where(
            _B.tenant_id == tenant_id,
            _B.client_id == person_id,
            _B.ends_at > now,
            _B.status.in_(ACTIVE),
            or_(_B.status != "held", _B.hold_until > now),
        )
        .limit(1)
    )
    return conn.execute(ahead).first() is not None


def list_bookings_of(conn: Connection, tenant_id: int, person_id: int) -> list[BookingRow]:
    """Return every booking of the person, the earliest first."""
    statement = select(*columns_of(BookingRow, bookings)).where(_B.tenant_id == tenant_id, _B.client_id == person_id)
    return fetch_all(conn, BookingRow, statement.order_by(_B.starts_at, _B.id))


class EnteredClient(NamedTuple):
    """A client whom staff enter, cleaned. `added_by` is the person who does."""

    name: str
    phone: str | None
    note: str
    team_note: str
    added_by: int


def insert_client(conn: Connection, tenant_id: int, client: EnteredClient, now: int) -> int:
    """Insert a client who is not in Telegram and return their id."""
    statement = insert(people).values(
        tenant_id=tenant_id,
        name_search=fold_for_search(client.name),
        name_set=True,
        phone_digits=phone_digits(client.phone or ""),
        created_at=now,
        **client._asdict(),
    )
    return int(conn.execute(statement.returning(_P.id)).scalar_one())
