"""Tags of clients: rows of their own, gone with the last client who has the tag."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, and_, delete, func, insert, literal, select

from backend.bookings.queries.own_clients import StaffReader, own_client_ids
from backend.db import dialect
from backend.db.rows import columns_of, fetch_all
from backend.db.tables import client_tags, people

_P, _T = people.c, client_tags.c
# Lists of a business's tags have so many at most, the most used.
MOST = 200


class TagRow(NamedTuple):
    """A tag of one client."""

    person_id: int
    tag_key: str
    tag: str


class TagCount(NamedTuple):
    """A tag, as one of the clients has it, and how many have it."""

    tag_key: str
    tag: str
    clients: int


class NewTag(NamedTuple):
    """A tag as it was typed, and its key."""

    tag_key: str
    tag: str


def load_tags(conn: Connection, tenant_id: int, person_ids: Sequence[int]) -> dict[int, list[TagRow]]:
    """Return the tags of those of the people who have any, by name."""
    statement = select(*columns_of(TagRow, client_tags)).where(
        _T.tenant_id == tenant_id, _T.person_id.in_(list(person_ids))
    )
    tags: dict[int, list[TagRow]] = {}
    for row in fetch_all(conn, TagRow, statement) if person_ids else ():
        tags.setdefault(row.person_id, []).append(row)
    for rows in tags.values():
        rows.sort(key=lambda row: row.tag.casefold())
    return tags


def count_tags(conn: Connection, tenant_id: int, reader: StaffReader | None = None) -> list[TagCount]:
    """Return the tags of the clients whom the reader sees (None: of all), the most used first, at most `MOST`."""
    clients = func.count().label("clients")
    statement = (
        select(_T.tag_key, func.min(_T.tag).label("tag"), clients)
        .join(people, and_(_P.tenant_id == _T.tenant_id, _P.id == _T.person_id))
        .where(_T.tenant_id == tenant_id, _P.joined_into.is_(None))
        .group_by(_T.tag_key)
        .order_by(clients.desc(), func.min(_T.tag), _T.tag_key)
        .limit(MOST)
    )
    if reader is not None:
        statement = statement.where(_T.person_id.in_(own_client_ids(tenant_id, reader)))
    return fetch_all(conn, TagCount, statement)


def lock_client(conn: Connection, tenant_id: int, person_id: int) -> None:
    """Lock the client: others who change the tags wait for the end of the transaction."""
    conn.execute(select(_P.id).where(_P.tenant_id == tenant_id, _P.id == person_id).with_for_update())


def find_spellings(conn: Connection, tenant_id: int, keys: Iterable[str]) -> dict[str, str]:
    """Return how those of the tags that there are are written, by key."""
    statement = (
        select(_T.tag_key, func.min(_T.tag))
        .where(_T.tenant_id == tenant_id, _T.tag_key.in_(list(keys)))
        .group_by(_T.tag_key)
    )
    return {row[0]: row[1] for row in conn.execute(statement)}


def insert_tags(conn: Connection, tenant_id: int, person_id: int, tags: Iterable[NewTag]) -> None:
    """Give a client tags that they do not have."""
    rows = [{"tenant_id": tenant_id, "person_id": person_id, **tag._asdict()} for tag in tags]
    if rows:
        conn.execute(insert(client_tags), rows)


def delete_tag(conn: Connection, tenant_id: int, person_id: int, key: str) -> bool:
    """Take a tag from a client and return whether they had it."""
    statement = delete(client_tags).where(_T.tenant_id == tenant_id, _T.person_id == person_id, _T.tag_key == key)
    return conn.execute(statement).rowcount > 0


def copy_tags(conn: Connection, tenant_id: int, from_id: int, to_id: int) -> None:
    """Give one client the tags of another, besides their own."""
    theirs = select(_T.tenant_id, literal(to_id), _T.tag_key, _T.tag).where(
        _T.tenant_id == tenant_id, _T.person_id == from_id
    )
    conn.execute(
        dialect.upsert_into(conn, client_tags)
        .from_select(["tenant_id", "person_id", "tag_key", "tag"], theirs)
        .on_conflict_do_nothing(index_elements=["tenant_id", "person_id", "tag_key"])
    )
