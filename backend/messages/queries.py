"""Words of clients and their answers: rows of `client_messages`, and the names of who wrote them."""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, func, insert, select, update

from backend.contract.bookings import Status
from backend.contract.messages import Media, MessageStatus
from backend.db.compiled import CompiledQuery
from backend.db.rows import columns_of, fetch_all, fetch_first
from backend.db.tables import bookings, client_messages, outbox, people, specialists
from backend.outbox.queries import renew_matching

_M = client_messages.c


class MessageRow(NamedTuple):
    """A row of `client_messages`; see `db/tables.py`."""

    id: int
    booking_id: int
    client_id: int
    status: MessageStatus
    text: str
    media: Media | None
    file_id: str | None
    answer: str
    answered_by: int | None
    created_at: int


class _Name(NamedTuple):
    id: int
    name: str
    calendar: str | None


_MESSAGE = select(*columns_of(MessageRow, client_messages))


class _Id(NamedTuple):
    id: int


# Each first screen of a client asks for it, so it is compiled once.
_HAS_UNSENT = CompiledQuery(
    _Id,
    select(_M.id)
    .where(
        _M.tenant_id == bindparam("tenant"),
        _M.client_id == bindparam("client"),
        _M.status == "unsent",
        _M.created_at > bindparam("since"),
    )
    .limit(1),
)


def _own(tenant_id: int, client_id: int, status: MessageStatus) -> ColumnElement[bool]:
    return and_(_M.tenant_id == tenant_id, _M.client_id == client_id, _M.status == status)


def lock_client(conn: Connection, tenant_id: int, client_id: int) -> bool:
    """Let one transaction at a time send words of a client; return whether the client is blocked."""
    statement = select(people.c.blocked).where(people.c.tenant_id == tenant_id, people.c.id == client_id)
    return bool(conn.execute(statement.with_for_update()).scalar())


def find_booking_ahead(conn: Connection, tenant_id: int, client_id: int, now: int) -> int | None:
    """Return the client's next booking that is not over yet, or None."""
    standing: tuple[Status, ...] = ("pending", "confirmed", "arrived")
    return conn.execute(
        select(bookings.c.id)
        .where(
            bookings.c.tenant_id == tenant_id,
            bookings.c.client_id == client_id,
            bookings.c.ends_at > now,
            bookings.c.status.in_(standing),
        )
        .order_by(bookings.c.starts_at, bookings.c.id)
        .limit(1)
    ).scalar()


def insert_message(conn: Connection, tenant_id: int, **values: object) -> MessageRow:
    """Insert words that wait to be sent, and return them."""
    statement = insert(client_messages).values(tenant_id=tenant_id, status="unsent", **values).returning(_M.id)
    message_id = int(conn.execute(statement).scalar_one())
    return load_messages(conn, tenant_id, [message_id])[message_id]


def update_message(conn: Connection, tenant_id: int, message_id: int, **values: object) -> None:
    """Change columns of one message."""
    conn.execute(update(client_messages).where(_M.tenant_id == tenant_id, _M.id == message_id).values(**values))


def load_unsent(conn: Connection, tenant_id: int, client_id: int, since: int) -> list[MessageRow]:
    """Return the client's words that wait to be sent and were written since then, the oldest first."""
    own = _own(tenant_id, client_id, "unsent")
    return fetch_all(conn, MessageRow, _MESSAGE.where(own, _M.created_at > since).order_by(_M.id))


def has_unsent(conn: Connection, tenant_id: int, client_id: int, since: int) -> bool:
    """Return whether words of the client wait to be sent that were written since then."""
    return bool(_HAS_UNSENT.first(conn, tenant=tenant_id, client=client_id, since=since))


def count_sent(conn: Connection, tenant_id: int, client_id: int, since: int) -> int:
    """Return how many the client has sent since then."""
    sent = and_(_M.tenant_id == tenant_id, _M.client_id == client_id, _M.sent_at > since)
    return conn.execute(select(func.count()).select_from(client_messages).where(sent)).scalar() or 0


def find_message(conn: Connection, tenant_id: int, message_id: int) -> MessageRow | None:
    """Return words that were sent, or None."""
    sent = and_(_M.tenant_id == tenant_id, _M.id == message_id, _M.status != "unsent")
    return fetch_first(conn, MessageRow, _MESSAGE.where(sent))


def load_messages(conn: Connection, tenant_id: int, ids: Collection[int]) -> dict[int, MessageRow]:
    """Return messages by id."""
    if not ids:
        return {}
    rows = fetch_all(conn, MessageRow, _MESSAGE.where(_M.tenant_id == tenant_id, _M.id.in_(ids)))
    return {row.id: row for row in rows}


def list_messages_of(conn: Connection, tenant_id: int, client_id: int) -> list[MessageRow]:
    """Return everything that a client has written and that is kept."""
    own = and_(_M.tenant_id == tenant_id, _M.client_id == client_id)
    return fetch_all(conn, MessageRow, _MESSAGE.where(own).order_by(_M.id))


def answer_first(conn: Connection, tenant_id: int, message_id: int, answered_by: int, text: str, now: int) -> bool:
    """Write the answer; False where somebody has been faster."""
    waiting = and_(_M.tenant_id == tenant_id, _M.id == message_id, _M.status == "sent")
    values = {"status": "answered", "answer": text, "answered_by": answered_by, "answered_at": now}
    return conn.execute(update(client_messages).where(waiting).values(values)).rowcount == 1


def delete_unsent(conn: Connection, tenant_id: int, client_id: int) -> None:
    """Forget what the client has not sent."""
    conn.execute(delete(client_messages).where(_own(tenant_id, client_id, "unsent")))


def delete_old_unsent(conn: Connection, before: int) -> int:
    """Forget what nobody has sent since then, in all businesses, and return how many there were."""
    # one that is about to be sent has no notice yet, so that nothing refers to it
    return conn.execute(delete(client_messages).where(_M.status == "unsent", _M.created_at <= before)).rowcount


def clear_messages_of(conn: Connection, tenant_id: int, person_id: int) -> None:
    """Forget what a person has written, and what was answered."""
    delete_unsent(conn, tenant_id, person_id)
    conn.execute(
        update(client_messages)
        .where(_M.tenant_id == tenant_id, _M.client_id == person_id)
        .values(text="", answer="", file_id=None)
    )
    conn.execute(
        update(client_messages).where(_M.tenant_id == tenant_id, _M.answered_by == person_id).values(answer="")
    )


def load_names(conn: Connection, tenant_id: int, ids: Collection[int]) -> dict[int, str]:
    """Return people's names by id: a specialist's own where they have a calendar."""
    if not ids:
        return {}
    own_calendar = and_(specialists.c.tenant_id == people.c.tenant_id, specialists.c.person_id == people.c.id)
    statement = (
        select(people.c.id, people.c.name, specialists.c.name.label("calendar"))
        .outerjoin(specialists, and_(own_calendar, specialists.c.archived_at.is_(None)))
        .where(people.c.tenant_id == tenant_id, people.c.id.in_(ids))
    )
    return {row.id: row.calendar or row.name for row in fetch_all(conn, _Name, statement)}


def renew_words(conn: Connection, tenant_id: int, client_message_id: int, now: int) -> None:
    """Let the messages that bring a client's words say what has become of them."""
    is_about = and_(outbox.c.tenant_id == tenant_id, outbox.c.client_message_id == client_message_id)
    renew_matching(conn, and_(is_about, outbox.c.kind == "words"), now)
