"""What staff call their clients (`VIP`): given and taken by admins, seen by everybody who works with the client."""

from backend.audit.service import record
from backend.bookings.access import reader_of
from backend.contract.people import MAX_TAGS, AddTags, ClientTags, Tag, Tags
from backend.errors import LimitReached, NotFound
from backend.people import rules
from backend.people.clients import load_client
from backend.people.queries import tags
from backend.people.queries.tags import NewTag, TagCount
from backend.transactions import UnitOfWork


def list_tags(unit: UnitOfWork) -> Tags:
    """Return the tags of the clients whom the actor sees, the most used first."""
    return Tags(items=_render(tags.count_tags(unit.conn, unit.tenant_id, reader_of(unit.actor))))


def load_client_tags(unit: UnitOfWork, client_id: int) -> ClientTags:
    """Return a client and the business's tags. Raises NotFound."""
    client = load_client(unit, client_id)
    return ClientTags(client=client, tags=_render(tags.count_tags(unit.conn, unit.tenant_id)))


def _render(rows: list[TagCount]) -> list[Tag]:
    return [Tag(key=row.tag_key, name=row.tag, clients=row.clients) for row in rows]


def add_tags(unit: UnitOfWork, client_id: int, body: AddTags) -> ClientTags:
    """Give a client tags. One that others have is written as theirs. Raises Invalid, NotFound, LimitReached."""
    conn, tenant_id = unit.conn, unit.tenant_id
    wanted = tags.find_spellings(conn, tenant_id, body.keys)
    if len(wanted) < len(set(body.keys)):
        raise NotFound()
    for name in body.names:
        tag = rules.check_tag(name)
        wanted.setdefault(rules.tag_key(tag), tag)
    tags.lock_client(conn, tenant_id, client_id)
    known = {tag.key for tag in load_client(unit, client_id).tags}
    new = [key for key in wanted if key not in known]
    if len(known) + len(new) > max(MAX_TAGS, len(known)):
        raise LimitReached(f"A client has at most {MAX_TAGS} tags.", field="names")
    spelt = tags.find_spellings(conn, tenant_id, new)
    tags.insert_tags(conn, tenant_id, client_id, [NewTag(key, spelt.get(key, wanted[key])) for key in new])
    if new:
        record(unit, "client.changed", f"person:{client_id}", {"fields": ["tags"]})
    return load_client_tags(unit, client_id)


def remove_tag(unit: UnitOfWork, client_id: int, key: str) -> ClientTags:
    """Take a tag from a client; one that they do not have is no error. Raises NotFound."""
    load_client(unit, client_id)
    if tags.delete_tag(unit.conn, unit.tenant_id, client_id, key):
        record(unit, "client.changed", f"person:{client_id}", {"fields": ["tags"]})
    return load_client_tags(unit, client_id)
