"""Clients as staff look for them, and what their bookings amount to."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    case,
    func,
    insert,
    literal,
    or_,
    select,
    tuple_,
)

from backend.bookings.queries.loading import BookingRow
from backend.db.rows import columns_of, fetch_all
from backend.db.tables import ACTIVE, booking_items, bookings, people
from backend.kit.phones import clean_phone, list_partial_forms, list_written_forms, phone_digits
from backend.kit.text import fold_for_search

_B, _I, _P = bookings.c, booking_items.c, people.c


class ClientRow(NamedTuple):
    """A client as a list has them. `rank` is 0 where the name begins with what was looked for, else 1."""

    id: int
    tg_id: int | None
    name: str
    name_search: str
    username: str | None
    phone: str | None
    note: str
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
    """Which clients are looked for: by words of the name or a part of the phone number, all where `text` is empty.

    With a specialist, only those who have or had a booking with them. `after` is the (rank, name_search, id) of the last
    row that has been read. `region` is where a number without its country is looked for."""

    text: str = ""
    specialist_id: int | None = None
    after: tuple[int, str, int] | None = None
    region: str | None = None


_NO_RANK: ColumnElement[int] = literal(0)
_COLUMNS = [_P[name] for name in ClientRow._fields if name != "rank"]


def find_client(conn: Connection, tenant_id: int, person_id: int) -> ClientRow | None:
    """Return a client who has not been erased, or None."""
    statement = _select_clients(tenant_id, _NO_RANK).where(_P.id == person_id)
    return next(iter(fetch_all(conn, ClientRow, statement)), None)


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
    statement = _select_clients(tenant_id, rank)
    if text:
        statement = statement.where(_matches(search, text))
    if search.specialist_id is not None:
        statement = statement.where(_P.id.in_(_clients_of(tenant_id, search.specialist_id)))
    if search.after is not None:
        after = tuple_(*map(literal, search.after))
        statement = statement.where(tuple_(rank, _P.name_search, _P.id) > after)
    return fetch_all(conn, ClientRow, statement.order_by(rank, _P.name_search, _P.id).limit(limit))


def _select_clients(tenant_id: int, rank: ColumnElement[int]) -> Select[*tuple[object, ...]]:
    return select(*_COLUMNS, rank.label("rank")).where(
        _P.tenant_id == tenant_id, _P.erased_at.is_(None), _P.joined_into.is_(None)
    )


def _matches(search: ClientSearch, text: str) -> ColumnElement[bool]:
    """Return the condition on name, phone or username; `text` is what is searched as the search column has it."""
    conditions = [_P.name_search.contains(text, autoescape=True)]
    number = clean_phone(search.text)
    if len(phone_digits(number)) >= 3 and not any(character.isalpha() for character in number):
        forms = sorted(list_partial_forms(number, search.region))
        conditions += [_P.phone_digits.contains(form, autoescape=True) for form in forms]
        conditions.append(_P.phone_digits.in_(sorted(list_written_forms(number, search.region))))
    if text.startswith("@"):
        conditions.append(func.lower(_P.username) == text[1:])
    return or_(*conditions)


def _clients_of(tenant_id: int, specialist_id: int) -> Select[int | None]:
    return (
        select(_B.client_id)
        .join(booking_items, and_(_I.tenant_id == _B.tenant_id, _I.booking_id == _B.id))
        .where(_I.tenant_id == tenant_id, _I.specialist_id == specialist_id)
    )


def is_client_of(conn: Connection, tenant_id: int, person_id: int, specialist_id: int) -> bool:
    """Return whether the person has or had a booking with the specialist."""
    bookings_with = _clients_of(tenant_id, specialist_id).where(_B.client_id == person_id)
    return conn.execute(bookings_with.limit(1)).first() is not None


def count_bookings(conn: Connection, tenant_id: int, person_ids: Sequence[int], now: int) -> dict[int, ClientCounts]:
    """Return the counts of those of the people who have bookings."""
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


def insert_client(conn: Connection, tenant_id: int, name: str, phone: str | None, note: str, now: int) -> int:
    """Insert a client who is not in Telegram and return their id."""
    statement = insert(people).values(
        tenant_id=tenant_id,
        name=name,
        name_search=fold_for_search(name),
        name_set=True,
        phone=phone,
        phone_digits=phone_digits(phone or ""),
        note=note,
        created_at=now,
    )
    return int(conn.execute(statement.returning(_P.id)).scalar_one())
