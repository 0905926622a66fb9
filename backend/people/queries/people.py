"""Who somebody is: found, known again at Telegram's word, changed, forgotten."""

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, case, delete, or_, select, update

from backend.contract.people import StaffNotices
from backend.db import dialect
from backend.db.compiled import CompiledQuery
from backend.db.rows import columns_of, fetch_first
from backend.db.tables import bookings, client_tags, idempotency, known_clients, move_requests, people
from backend.kit.phones import phone_digits
from backend.kit.text import fold_for_search

_P = people.c


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


class TelegramUser(NamedTuple):
    """What Telegram says of a person, cleaned; the name may be empty."""

    tg_id: int
    name: str
    username: str | None
    language_code: str | None


_BY_TG_ID = CompiledQuery(
    PersonRow,
    select(*columns_of(PersonRow, people)).where(_P.tenant_id == bindparam("tenant"), _P.tg_id == bindparam("tg_id")),
)


def find_by_tg_id(conn: Connection, tenant_id: int, tg_id: int) -> PersonRow | None:
    """Return the person behind a Telegram id, or None."""
    return _BY_TG_ID.first(conn, tenant=tenant_id, tg_id=tg_id)


def find_person(conn: Connection, tenant_id: int, person_id: int) -> PersonRow | None:
    """Return a person who has not been erased, or None."""
    statement = select(*columns_of(PersonRow, people)).where(
        _P.tenant_id == tenant_id, _P.id == person_id, _P.erased_at.is_(None)
    )
    return fetch_first(conn, PersonRow, statement)


def upsert_person(conn: Connection, tenant_id: int, user: TelegramUser, now: int) -> int:
    """Get or create the person and return their id; two callers at once make one.

    A name that the person chose stays, and so does any where Telegram gives none. Somebody who writes can be reached."""
    statement = dialect.upsert_into(conn, people).values(
        tenant_id=tenant_id, created_at=now, name_search=fold_for_search(user.name), **user._asdict()
    )
    new = statement.excluded
    keeps_name = or_(_P.name_set, new.name == "")
    return int(
        conn.execute(
            statement.on_conflict_do_update(
                index_elements=["tenant_id", "tg_id"],
                set_={
                    "name": case((keeps_name, _P.name), else_=new.name),
                    "name_search": case((keeps_name, _P.name_search), else_=new.name_search),
                    "username": new.username,
                    "language_code": new.language_code,
                    "unreachable_at": None,
                },
            ).returning(_P.id)
        ).scalar_one()
    )


def mark_reachable(conn: Connection, tenant_id: int, person_id: int) -> bool:
    """Record that messages reach the person, and return whether they did not before."""
    statement = update(people).where(_P.tenant_id == tenant_id, _P.id == person_id, _P.unreachable_at.is_not(None))
    return conn.execute(statement.values(unreachable_at=None)).rowcount > 0


def update_person(conn: Connection, tenant_id: int, person_id: int, values: Mapping[str, object]) -> None:
    """Change columns of a person except name and phone."""
    if values:
        conn.execute(update(people).where(_P.tenant_id == tenant_id, _P.id == person_id).values(dict(values)))


def set_name(conn: Connection, tenant_id: int, person_id: int, name: str) -> None:
    """Set a name that Telegram's does not replace any more."""
    values = {"name": name, "name_search": fold_for_search(name), "name_set": True}
    update_person(conn, tenant_id, person_id, values)


def set_note(conn: Connection, tenant_id: int, person_id: int, note: Mapping[str, str], *, read: str | None) -> bool:
    """Set a note, named by its column; return False where it is not any more what was read (None: whatever it is)."""
    ((column, text),) = note.items()
    statement = update(people).where(_P.tenant_id == tenant_id, _P.id == person_id)
    if read is not None:
        statement = statement.where(_P[column] == read)
    return conn.execute(statement.values({column: text})).rowcount > 0


def set_phone(
    conn: Connection, tenant_id: int, person_id: int, phone: str | None, verified_at: int | None = None
) -> None:
    """Set or remove the phone number; `verified_at` is None where nobody has shown that it is theirs."""
    values = {"phone": phone, "phone_digits": phone_digits(phone or ""), "phone_verified_at": verified_at}
    update_person(conn, tenant_id, person_id, values)


def erase_person(conn: Connection, tenant_id: int, person_id: int, now: int) -> None:
    """Remove everything that tells who a person was, and their words; their bookings stay."""
    conn.execute(
        update(people)
        .where(_P.tenant_id == tenant_id, _P.id == person_id)
        .values(
            tg_id=None, name="", name_search="", name_set=False, username=None, phone=None, phone_digits="",
            phone_verified_at=None, locale=None, language_code=None, note="", team_note="", erased_at=now,
        )
    )  # fmt: skip
    conn.execute(
        delete(known_clients).where(known_clients.c.tenant_id == tenant_id, known_clients.c.client_id == person_id)
    )
    conn.execute(delete(client_tags).where(client_tags.c.tenant_id == tenant_id, client_tags.c.person_id == person_id))
    conn.execute(
        update(bookings)
        .where(
            bookings.c.tenant_id == tenant_id,
            bookings.c.client_id == person_id,
            or_(bookings.c.comment != "", bookings.c.end_note != ""),
        )
        .values(comment="", end_note="")
    )
    theirs = select(bookings.c.id).where(bookings.c.tenant_id == tenant_id, bookings.c.client_id == person_id)
    conn.execute(
        update(move_requests)
        .where(move_requests.c.tenant_id == tenant_id, move_requests.c.booking_id.in_(theirs))
        .values(text="", note="")
    )
    conn.execute(
        delete(idempotency).where(idempotency.c.tenant_id == tenant_id, idempotency.c.scope == f"p{person_id}")
    )
