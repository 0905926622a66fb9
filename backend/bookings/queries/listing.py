"""A page of visits, filtered: one statement for each combination of filters, compiled once."""

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Connection, Integer, and_, bindparam, case, or_, select, union

from backend.bookings.queries import BookingRow, Seen, done_by
from backend.contract.bookings import Status
from backend.db.compiled import CompiledQuery, CompiledScalar
from backend.db.rows import columns_of
from backend.db.tables import booking_items, bookings

_B, _I = bookings.c, booking_items.c
_OTHER = bookings.alias("other").c
# The last item of a visit begins at most so much after the visit: ten services of a day each.
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


def page(conn: Connection, tenant_id: int, who: Seen, filters: Filters, now: int) -> Sequence[BookingRow]:
    """A page of visits in the order of their starts."""
    start, number = filters.after or (None, None)
    values = {
        "person": None if who.everybody else who.person_id,
        "calendar": None if who.everybody else who.specialist_id,
        "since": filters.since,
        "until": filters.until,
        "client": filters.client_id,
        "specialist": filters.specialist_id,
        "statuses": list(filters.statuses) or None,
        "now": now if filters.statuses else None,
        "start": start,
        "number": number,
    }
    used = {name: value for name, value in values.items() if value is not None}
    through = _through(used.keys())
    if through is None:
        statement = _page(frozenset(used), filters.descending, None)
        return statement.all(conn, tenant=tenant_id, most=filters.limit, **used)
    return _page_of_calendar(conn, filters, through, {"tenant": tenant_id, "most": filters.limit} | used)


def _through(used: Collection[str]) -> str | None:
    """Whose calendar leads to the visits; None where a client's own visits or nobody's calendar do."""
    if "client" in used or ("person" in used and "calendar" not in used):
        return None
    return "specialist" if "specialist" in used else "calendar" if "calendar" in used else None


def _page_of_calendar(conn: Connection, filters: Filters, through: str, values: dict[str, Any]) -> Sequence[BookingRow]:
    """A page of the visits that a specialist does a part of: by way of their own items, never the whole business's.

    Items are in the order of their own starts, which may lie after the visit's. So a stretch of time is chosen that
    holds about a page of items, and all visits that begin in it are looked at; a longer one, where filters leave too few.
    """
    low = -FAR if filters.since is None else filters.since
    high = FAR if filters.until is None else filters.until - 1
    if filters.after is not None and filters.descending:
        high = min(high, filters.after[0])
    elif filters.after is not None:
        low = max(low, filters.after[0])
    statement = _page(frozenset(values.keys() - {"tenant", "most"}), filters.descending, through)
    count = 2 * filters.limit
    while True:
        near = {"low": low, "high": high, "skip": count}
        ends = [
            end.first(conn, **near, **{name: values[name] for name in names}) for end, names in _ends(through, filters)
        ]
        known = [end for end in ends if end is not None]
        if filters.descending:
            near["low"] = max(known, default=low)
        else:
            near["high"] = min(known, default=high)
        del near["skip"]
        rows = statement.all(conn, **values, **near, reach=near["high"] + LONGEST_S)
        if len(rows) == filters.limit or not known:
            return rows
        count *= 8


def _ends(through: str, filters: Filters) -> list[tuple[CompiledScalar[int], list[str]]]:
    """What tells where so many visits have been passed, each with the values that it needs."""
    found = [(_end(through, filters.descending), ["tenant", through])]
    return found if through == "specialist" else [*found, (_end("person", filters.descending), ["tenant", "person"])]


@lru_cache(maxsize=6)
def _end(whose: str, descending: bool) -> CompiledScalar[int]:
    if whose == "person":
        starts, mine = _B.starts_at, and_(_B.tenant_id == bindparam("tenant"), _B.client_id == bindparam("person"))
    else:
        starts, mine = _I.starts_at, and_(_I.tenant_id == bindparam("tenant"), _I.specialist_id == bindparam(whose))
    within = starts.between(bindparam("low"), bindparam("high"))
    order = starts.desc() if descending else starts
    return CompiledScalar(
        select(starts).where(mine, within).order_by(order).limit(1).offset(bindparam("skip", type_=Integer))
    )


@lru_cache(maxsize=256)
def _page(used: frozenset[str], descending: bool, through: str | None) -> CompiledQuery[BookingRow]:
    # the sum keeps the databases off the business's visits in their order, where the calendar leads to a few of them
    starts: Any = _B.starts_at if through is None else _B.starts_at + 0
    before = starts < bindparam("start") if descending else starts > bindparam("start")
    below = _B.id < bindparam("number") if descending else _B.id > bindparam("number")
    true = case((and_(_B.status == "held", _B.hold_until <= bindparam("now")), "expired"), else_=_B.status)
    own = _B.client_id == bindparam("person")
    theirs = done_by(bindparam("calendar", type_=BigInteger))
    conditions = {
        "person": or_(own, theirs) if "calendar" in used else own,
        "since": starts >= bindparam("since"),
        "until": starts < bindparam("until"),
        "client": _B.client_id == bindparam("client"),
        "specialist": done_by(bindparam("specialist", type_=BigInteger)),
        "statuses": true.in_(bindparam("statuses", expanding=True)),
        "start": or_(before, and_(starts == bindparam("start"), below)),
    }
    if through is not None:
        conditions["specialist" if through == "specialist" else "person"] = and_(
            _B.id.in_(_led_to(through)), starts.between(bindparam("low"), bindparam("high"))
        )
    wanted = [condition for name, condition in conditions.items() if name in used]
    order = (starts.desc(), _B.id.desc()) if descending else (starts, _B.id)
    found = (
        select(*columns_of(BookingRow, bookings)).where(_B.tenant_id == bindparam("tenant"), *wanted).order_by(*order)
    )
    return CompiledQuery(BookingRow, found.limit(bindparam("most", type_=Integer)))


def _led_to(through: str) -> Any:
    """The visits that a calendar leads to, and for whoever it belongs to those in which they are the client."""
    theirs = select(_I.booking_id).where(
        _I.tenant_id == bindparam("tenant"),
        _I.specialist_id == bindparam(through),
        _I.starts_at.between(bindparam("low"), bindparam("reach")),
    )
    if through == "specialist":
        return theirs
    mine = _OTHER.tenant_id == bindparam("tenant"), _OTHER.client_id == bindparam("person")
    return union(theirs, select(_OTHER.id).where(*mine, _OTHER.starts_at.between(bindparam("low"), bindparam("high"))))
