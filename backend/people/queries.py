"""People and their roles in the database. The tenant comes first everywhere."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    Connection,
    Row,
    and_,
    bindparam,
    case,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    tuple_,
    update,
)

from backend.bookings.queries import BookingRow
from backend.contract.people import StaffNotices
from backend.db import dialect
from backend.db.compiled import CompiledQuery
from backend.db.rows import columns_of, fetch_all
from backend.db.tables import ACTIVE, booking_items, bookings, idempotency, people, roles, specialists
from backend.kit.text import fold_for_search, phone_digits

AnyRow = Row[*tuple[Any, ...]]
NAME_MAX = 64


class PersonRow(NamedTuple):
    """A row of `people`; see `db/tables.py` for what the columns mean."""

    id: int
    tg_id: int | None
    name: str
    name_set: bool
    username: str | None
    phone: str | None
    phone_verified_at: int | None
    locale: str | None
    language_code: str | None
    note: str
    blocked: bool
    staff_notices: StaffNotices
    news: bool
    unreachable_at: int | None
    created_at: int
    erased_at: int | None


_BY_TG_ID = CompiledQuery(
    PersonRow,
    select(*columns_of(PersonRow, people)).where(
        people.c.tenant_id == bindparam("tenant"), people.c.tg_id == bindparam("tg_id")
    ),
)


def by_tg_id(conn: Connection, tenant_id: int, tg_id: int) -> PersonRow | None:
    """The person behind a Telegram id, None where nobody is."""
    return _BY_TG_ID.first(conn, tenant=tenant_id, tg_id=tg_id)


def by_id(conn: Connection, tenant_id: int, person_id: int) -> AnyRow | None:
    """A person who has not been erased."""
    return conn.execute(
        select(people).where(people.c.tenant_id == tenant_id, people.c.id == person_id, people.c.erased_at.is_(None))
    ).first()


def identify(conn: Connection, tenant_id: int, tg_id: int, told: dict[str, Any], now: int) -> int:
    """Gets or makes the person; two at once make one. `told` has name, username, language_code as Telegram says.

    A name that somebody chose stays, and so does one where Telegram gives none. Whoever writes can be reached again."""
    values = told | {"name_search": fold_for_search(told["name"])}
    statement = dialect.upsert(conn, people).values(tenant_id=tenant_id, tg_id=tg_id, created_at=now, **values)
    new = statement.excluded
    keeps = or_(people.c.name_set, new.name == "")
    return int(
        conn.execute(
            statement.on_conflict_do_update(
                index_elements=["tenant_id", "tg_id"],
                set_={
                    "name": case((keeps, people.c.name), else_=new.name),
                    "name_search": case((keeps, people.c.name_search), else_=new.name_search),
                    "username": new.username,
                    "language_code": new.language_code,
                    "unreachable_at": None,
                },
            ).returning(people.c.id)
        ).scalar_one()
    )


def reached_again(conn: Connection, tenant_id: int, person_id: int) -> bool:
    """Whether somebody who could not be reached now can."""
    mine = (people.c.tenant_id == tenant_id, people.c.id == person_id, people.c.unreachable_at.is_not(None))
    return conn.execute(update(people).where(*mine).values(unreachable_at=None)).rowcount > 0


def change(conn: Connection, tenant_id: int, person_id: int, values: dict[str, Any]) -> None:
    """Updates a person; what is searched follows name and phone, and a name given here is kept from then on.

    A phone is verified only where `phone_verified_at` comes with it."""
    values = dict(values)
    if "name" in values:
        values |= {"name_search": fold_for_search(values["name"]), "name_set": True}
    if "phone" in values:
        values["phone_digits"] = phone_digits(values["phone"] or "")
        values.setdefault("phone_verified_at", None)
    if values:
        conn.execute(update(people).where(people.c.tenant_id == tenant_id, people.c.id == person_id).values(**values))


def add_client(conn: Connection, tenant_id: int, name: str, phone: str | None, note: str, now: int) -> int:
    """A client who is not in Telegram."""
    return int(
        conn.execute(
            insert(people)
            .values(
                tenant_id=tenant_id,
                name=name,
                name_search=fold_for_search(name),
                name_set=True,
                phone=phone,
                phone_digits=phone_digits(phone or ""),
                note=note,
                created_at=now,
            )
            .returning(people.c.id)
        ).scalar_one()
    )


def clients(
    conn: Connection,
    tenant_id: int,
    *,
    query: str = "",
    specialist_id: int | None = None,
    after: tuple[int, str, int] | None = None,
    limit: int = 50,
) -> list[AnyRow]:
    """Clients whose name or phone contains the query, names that begin with it first; each row with its `rank`.

    With a specialist, only those who have had or have a visit with them. `after` is the last row's (rank, name, id)."""
    text = fold_for_search(query.strip())
    rank: Any = literal(0)
    statement = select(people).where(people.c.tenant_id == tenant_id, people.c.erased_at.is_(None))
    if text:
        rank = case((people.c.name_search.startswith(text, autoescape=True), 0), else_=1)
        matches = [people.c.name_search.contains(text, autoescape=True)]
        numbers = phone_digits(query)
        if len(numbers) >= 3 and not any(c.isalpha() for c in query):
            # a number is the same with and without its prefix, +7 or 8
            bare = numbers[1:] if numbers[0] in "78" and len(numbers) > 4 else numbers
            matches.append(people.c.phone_digits.contains(bare[-10:], autoescape=True))
        if text.startswith("@"):
            matches.append(func.lower(people.c.username) == text[1:])
        statement = statement.where(or_(*matches))
    if specialist_id is not None:
        statement = statement.where(people.c.id.in_(_clients_of(tenant_id, specialist_id)))
    if after is not None:
        statement = statement.where(tuple_(rank, people.c.name_search, people.c.id) > tuple_(*map(literal, after)))
    statement = statement.add_columns(rank.label("rank")).order_by(rank, people.c.name_search, people.c.id)
    return list(conn.execute(statement.limit(limit)))


def _clients_of(tenant_id: int, specialist_id: int) -> Any:
    return (
        select(bookings.c.client_id)
        .join(
            booking_items,
            and_(booking_items.c.tenant_id == bookings.c.tenant_id, booking_items.c.booking_id == bookings.c.id),
        )
        .where(booking_items.c.tenant_id == tenant_id, booking_items.c.specialist_id == specialist_id)
    )


def is_client_of(conn: Connection, tenant_id: int, person_id: int, specialist_id: int) -> bool:
    """Whether this person has had or has a visit with the specialist."""
    visits = _clients_of(tenant_id, specialist_id).where(bookings.c.client_id == person_id)
    return conn.execute(visits.limit(1)).first() is not None


def visits(conn: Connection, tenant_id: int, person_ids: Sequence[int], now: int) -> dict[int, AnyRow]:
    """person -> visits that took place, no-shows, the last one's start."""
    took_place = and_(bookings.c.status.in_(("confirmed", "arrived", "completed")), bookings.c.starts_at <= now)
    statement = (
        select(
            bookings.c.client_id,
            func.sum(case((took_place, 1), else_=0)).label("visits"),
            func.sum(case((bookings.c.status == "no_show", 1), else_=0)).label("no_shows"),
            func.max(case((took_place, bookings.c.starts_at))).label("last_visit"),
        )
        .where(bookings.c.tenant_id == tenant_id, bookings.c.client_id.in_(person_ids))
        .group_by(bookings.c.client_id)
    )
    return {row.client_id: row for row in conn.execute(statement)} if person_ids else {}


def has_visits_ahead(conn: Connection, tenant_id: int, person_id: int, now: int) -> bool:
    """Whether a visit of theirs is still to come."""
    return (
        conn.execute(
            select(literal(1))
            .where(
                bookings.c.tenant_id == tenant_id,
                bookings.c.client_id == person_id,
                bookings.c.ends_at > now,
                bookings.c.status.in_(ACTIVE),
                or_(bookings.c.status != "held", bookings.c.hold_until > now),
            )
            .limit(1)
        ).first()
        is not None
    )


def bookings_of(conn: Connection, tenant_id: int, person_id: int) -> Sequence[BookingRow]:
    """Return every booking of theirs, the earliest first."""
    statement = select(*columns_of(BookingRow, bookings)).where(
        bookings.c.tenant_id == tenant_id, bookings.c.client_id == person_id
    )
    return fetch_all(conn, BookingRow, statement.order_by(bookings.c.starts_at, bookings.c.id))


def erase(conn: Connection, tenant_id: int, person_id: int, now: int) -> None:
    """Nothing tells any more who this was; their visits stay, without their words."""
    conn.execute(
        update(people)
        .where(people.c.tenant_id == tenant_id, people.c.id == person_id)
        .values(
            tg_id=None, name="", name_search="", name_set=False, username=None, phone=None, phone_digits="",
            phone_verified_at=None, locale=None, language_code=None, note="", erased_at=now,
        )
    )  # fmt: skip
    conn.execute(
        update(bookings)
        .where(bookings.c.tenant_id == tenant_id, bookings.c.client_id == person_id, bookings.c.comment != "")
        .values(comment="")
    )
    conn.execute(
        delete(idempotency).where(idempotency.c.tenant_id == tenant_id, idempotency.c.scope == f"p{person_id}")
    )


def staff(conn: Connection, tenant_id: int) -> Sequence[AnyRow]:
    """A row for each role: person_id, tg_id, name, role, specialist_id."""
    return conn.execute(
        select(people.c.id, people.c.tg_id, people.c.name, roles.c.role, specialists.c.id.label("specialist_id"))
        .join(people, and_(people.c.tenant_id == roles.c.tenant_id, people.c.id == roles.c.person_id))
        .outerjoin(
            specialists,
            and_(
                specialists.c.tenant_id == people.c.tenant_id,
                specialists.c.person_id == people.c.id,
                specialists.c.archived_at.is_(None),
            ),
        )
        .where(roles.c.tenant_id == tenant_id)
        .order_by(people.c.name_search, people.c.id, roles.c.role)
    ).all()


def roles_of(conn: Connection, tenant_id: int, person_id: int) -> set[str]:
    """The roles beyond client."""
    statement = select(roles.c.role).where(roles.c.tenant_id == tenant_id, roles.c.person_id == person_id)
    return set(conn.execute(statement).scalars())


def admins(conn: Connection, tenant_id: int) -> list[int]:
    """The admins' person ids."""
    statement = select(roles.c.person_id).where(roles.c.tenant_id == tenant_id, roles.c.role == "admin")
    return list(conn.execute(statement.order_by(roles.c.person_id)).scalars())


def grant(conn: Connection, tenant_id: int, person_id: int, role: str, by: int | None, now: int) -> None:
    """Gives a role; having it already is fine."""
    statement = dialect.upsert(conn, roles).values(
        tenant_id=tenant_id, person_id=person_id, role=role, granted_at=now, granted_by=by
    )
    conn.execute(statement.on_conflict_do_nothing(index_elements=["tenant_id", "person_id", "role"]))


def revoke(conn: Connection, tenant_id: int, person_id: int, role: str) -> bool:
    """Takes a role, the specialist's calendar with it; False where they did not have it."""
    taken = conn.execute(
        delete(roles)
        .where(roles.c.tenant_id == tenant_id, roles.c.person_id == person_id, roles.c.role == role)
        .returning(roles.c.role)
    ).first()
    if taken is not None and role == "specialist":
        conn.execute(
            update(specialists)
            .where(specialists.c.tenant_id == tenant_id, specialists.c.person_id == person_id)
            .values(person_id=None)
        )
    return taken is not None


def calendar(conn: Connection, tenant_id: int, specialist_id: int) -> AnyRow | None:
    """A specialist who is not archived: id, name, person_id."""
    return conn.execute(
        select(specialists.c.id, specialists.c.name, specialists.c.person_id).where(
            specialists.c.tenant_id == tenant_id, specialists.c.id == specialist_id, specialists.c.archived_at.is_(None)
        )
    ).first()


def calendar_of(conn: Connection, tenant_id: int, person_id: int) -> int | None:
    """The calendar bound to a person, archived or not."""
    statement = select(specialists.c.id).where(
        specialists.c.tenant_id == tenant_id, specialists.c.person_id == person_id
    )
    return conn.execute(statement).scalar()


def bind(conn: Connection, tenant_id: int, specialist_id: int, person_id: int) -> None:
    """The person may act for this calendar from now on."""
    conn.execute(
        update(specialists)
        .where(specialists.c.tenant_id == tenant_id, specialists.c.id == specialist_id)
        .values(person_id=person_id)
    )
