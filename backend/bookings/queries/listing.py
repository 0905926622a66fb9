"""Pages of bookings, filtered: one statement for each combination of filters, compiled once."""

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Connection,
    Integer,
    Select,
    and_,
    bindparam,
    not_,
    or_,
    select,
    union,
)

from backend.bookings.queries.loading import BookingRow, Viewer, has_service, is_done_by
from backend.contract.bookings import Status
from backend.db.compiled import CompiledQuery, CompiledScalar
from backend.db.rows import columns_of
from backend.db.tables import booking_items, bookings

_B, _I = bookings.c, booking_items.c
_OTHER = bookings.alias("other").c
# The last item of a booking begins at most so much after the booking: ten services of a day each.
LONGEST_S = 10 * 86_400
FAR = 2**53


class Filters(NamedTuple):
    """A listing. `since`/`until` are instants of the start; `after` is the place (start, id) where a page begins."""

    since: int | None
    until: int | None
    statuses: Sequence[Status]
    specialist_id: int | None
    client_id: int | None
    descending: bool
    limit: int
    after: tuple[int, int] | None
    service_id: int | None = None


def load_page(conn: Connection, tenant_id: int, viewer: Viewer, filters: Filters, now: int) -> list[BookingRow]:
    """Return a page of the bookings that the viewer sees, in the order of their starts.

    A hold that has run out or was given up never was a booking: it is in no list, whatever states are asked for.
    """
    start, number = filters.after or (None, None)
    values: dict[str, object] = {
        "person": None if viewer.sees_all else viewer.person_id,
        "calendar": None if viewer.sees_all else viewer.specialist_id,
        "since": filters.since,
        "until": filters.until,
        "client": filters.client_id,
        "specialist": filters.specialist_id,
        "service": filters.service_id,
        "statuses": list(filters.statuses) or None,
        "now": now,
        "start": start,
        "number": number,
    }
    used = {name: value for name, value in values.items() if value is not None}
    calendar = _leading_calendar(used.keys())
    if calendar is None:
        statement = _page_query(frozenset(used), filters.descending, None)
        return statement.all(conn, tenant=tenant_id, most=filters.limit, **used)
    return _load_page_of_calendar(conn, filters, calendar, {"tenant": tenant_id, "most": filters.limit} | used)


def _leading_calendar(used: Collection[str]) -> str | None:
    """Return the parameter whose calendar leads to the bookings; None where the client's own or no calendar do."""
    if "client" in used or ("person" in used and "calendar" not in used):
        return None
    return "specialist" if "specialist" in used else "calendar" if "calendar" in used else None


def _load_page_of_calendar(
    conn: Connection, filters: Filters, calendar: str, values: dict[str, object]
) -> list[BookingRow]:
    """Return a page of the bookings that a specialist does a part of, found by their own items.

    Items are in the order of their own starts, which may lie after the booking's. So a stretch of time is chosen that
    holds about a page of items, and all bookings that begin in it are looked at; a longer one where filters leave too
    few.
    """
    low = -FAR if filters.since is None else filters.since
    high = FAR if filters.until is None else filters.until - 1
    if filters.after is not None and filters.descending:
        high = min(high, filters.after[0])
    elif filters.after is not None:
        low = max(low, filters.after[0])
    statement = _page_query(frozenset(values.keys() - {"tenant", "most"}), filters.descending, calendar)
    count = 2 * filters.limit
    while True:
        ends = [
            end.first(conn, low=low, high=high, skip=count, **{name: values[name] for name in names})
            for end, names in _end_queries(calendar, filters.descending)
        ]
        known = [end for end in ends if end is not None]
        nearest, farthest = (max(known, default=low), high) if filters.descending else (low, min(known, default=high))
        rows = statement.all(conn, **values, low=nearest, high=farthest, reach=farthest + LONGEST_S)
        if len(rows) == filters.limit or not known:
            return rows
        count *= 8


def _end_queries(calendar: str, descending: bool) -> list[tuple[CompiledScalar[int], list[str]]]:
    """Return the queries for where so many bookings have been passed, each with the parameters that it needs."""
    queries = [(_end_query(calendar, descending), ["tenant", calendar])]
    if calendar == "calendar":
        queries.append((_end_query("person", descending), ["tenant", "person"]))
    return queries


@lru_cache(maxsize=6)
def _end_query(whose: str, descending: bool) -> CompiledScalar[int]:
    if whose == "person":
        starts, is_theirs = _B.starts_at, and_(_B.tenant_id == bindparam("tenant"), _B.client_id == bindparam("person"))
    else:
        starts = _I.starts_at
        is_theirs = and_(_I.tenant_id == bindparam("tenant"), _I.specialist_id == bindparam(whose))
    within = starts.between(bindparam("low"), bindparam("high"))
    order = starts.desc() if descending else starts
    return CompiledScalar(
        select(starts).where(is_theirs, within).order_by(order).limit(1).offset(bindparam("skip", type_=Integer))
    )


@lru_cache(maxsize=256)
def _page_query(used: frozenset[str], descending: bool, calendar: str | None) -> CompiledQuery[BookingRow]:
    # the sum keeps the databases off the business's bookings in their order, where a calendar leads to a few of them
    starts: ColumnElement[int] = _B.starts_at if calendar is None else _B.starts_at + 0
    before = starts < bindparam("start") if descending else starts > bindparam("start")
    below = _B.id < bindparam("number") if descending else _B.id > bindparam("number")
    # lapsed, and not written as expired yet
    has_lapsed = and_(_B.status == "held", _B.hold_until <= bindparam("now"))
    is_client = _B.client_id == bindparam("person")
    conditions: dict[str, ColumnElement[bool]] = {
        "person": or_(is_client, is_done_by(bindparam("calendar", type_=BigInteger)))
        if "calendar" in used
        else is_client,
        "since": starts >= bindparam("since"),
        "until": starts < bindparam("until"),
        "client": _B.client_id == bindparam("client"),
        "specialist": is_done_by(bindparam("specialist", type_=BigInteger)),
        "service": has_service(bindparam("service", type_=BigInteger)),
        "statuses": _B.status.in_(bindparam("statuses", expanding=True)),
        "now": and_(_B.status != "expired", not_(has_lapsed)),
        "start": or_(before, and_(starts == bindparam("start"), below)),
    }
    if calendar is not None:
        conditions["specialist" if calendar == "specialist" else "person"] = and_(
            _B.id.in_(_ids_in(calendar)), starts.between(bindparam("low"), bindparam("high"))
        )
    wanted = [condition for name, condition in conditions.items() if name in used]
    order = (starts.desc(), _B.id.desc()) if descending else (starts, _B.id)
    statement = (
        select(*columns_of(BookingRow, bookings)).where(_B.tenant_id == bindparam("tenant"), *wanted).order_by(*order)
    )
    return CompiledQuery(BookingRow, statement.limit(bindparam("most", type_=Integer)))


def _ids_in(calendar: str) -> Select[int] | CompoundSelect[int]:
    """Return the ids of the bookings in a calendar, and of those in which its owner is the client."""
    in_calendar = select(_I.booking_id).where(
        _I.tenant_id == bindparam("tenant"),
        _I.specialist_id == bindparam(calendar),
        _I.starts_at.between(bindparam("low"), bindparam("reach")),
    )
    if calendar == "specialist":
        return in_calendar
    is_client = _OTHER.tenant_id == bindparam("tenant"), _OTHER.client_id == bindparam("person")
    as_client = select(_OTHER.id).where(*is_client, _OTHER.starts_at.between(bindparam("low"), bindparam("high")))
    return union(in_calendar, as_client)
