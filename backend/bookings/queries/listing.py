"""A page of visits, filtered: one statement for each combination of filters, compiled once."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Connection, Integer, and_, bindparam, case, or_, select

from backend.bookings.queries import Seen, done_by
from backend.contract.bookings import Status
from backend.db.hot import Hot
from backend.db.tables import bookings

_B = bookings.c


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


def page(conn: Connection, tenant_id: int, who: Seen, filters: Filters, now: int) -> Sequence[Any]:
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
    statement = _page(frozenset(used), filters.descending)
    return statement.all(conn, tenant=tenant_id, most=filters.limit, **used)


@lru_cache(maxsize=256)
def _page(used: frozenset[str], descending: bool) -> Hot:
    before = _B.starts_at < bindparam("start") if descending else _B.starts_at > bindparam("start")
    below = _B.id < bindparam("number") if descending else _B.id > bindparam("number")
    true = case((and_(_B.status == "held", _B.hold_until <= bindparam("now")), "expired"), else_=_B.status)
    own = _B.client_id == bindparam("person")
    theirs = done_by(bindparam("calendar", type_=BigInteger))
    conditions = {
        "person": or_(own, theirs) if "calendar" in used else own,
        "since": _B.starts_at >= bindparam("since"),
        "until": _B.starts_at < bindparam("until"),
        "client": _B.client_id == bindparam("client"),
        "specialist": done_by(bindparam("specialist", type_=BigInteger)),
        "statuses": true.in_(bindparam("statuses", expanding=True)),
        "start": or_(before, and_(_B.starts_at == bindparam("start"), below)),
    }
    wanted = [condition for name, condition in conditions.items() if name in used]
    order = (_B.starts_at.desc(), _B.id.desc()) if descending else (_B.starts_at, _B.id)
    found = select(bookings).where(_B.tenant_id == bindparam("tenant"), *wanted).order_by(*order)
    return Hot(found.limit(bindparam("most", type_=Integer)))
