"""`/v1/people`, `/v1/clients`: who somebody is, what they say of themselves, and clients as staff see them."""

from typing import Annotated

from litestar import delete, get, patch, post
from litestar.params import JSONBody, PathParameter, QueryParameter

from backend.auth.access import Access
from backend.auth.actor import Actor
from backend.auth.contexts import StaleContexts
from backend.contract import Done
from backend.contract.people import (
    TAG_KEY,
    AddTags,
    Client,
    ClientJoin,
    ClientJoins,
    Clients,
    ClientTags,
    FindClient,
    Identify,
    MyData,
    NewClient,
    Person,
    Tags,
    UpdateClient,
    UpdateMe,
)
from backend.contract.tenancy import Privacy
from backend.db.engine import Database
from backend.errors import NotFound
from backend.idempotency import Answered
from backend.kit.redis import SharedRedis
from backend.people import clients, joins, retention, rules, service, staff_routes, tags
from backend.transactions import Transactions

Id = Annotated[int, PathParameter(ge=1, lt=2**53)]
PAGE = 50


@post("/v1/people/identify", access=Access.OPERATOR, status_code=200)
async def identify_person(data: JSONBody[Identify], tenant_slug: str, db: Database, now: int) -> Person:
    """Get or create the person behind a Telegram id. What Telegram says is stored where it is new, else nothing is."""
    user = service.clean_identity(data)
    tenant_id, person = await db.read(lambda conn: service.find_unchanged(conn, tenant_slug, user), brief=True)
    if person is None:
        person = await db.write(tenant_id, lambda conn: service.identify_person(conn, tenant_id, user, now))
    return person


@get("/v1/people/me", access=Access.CLIENT)
async def get_me(actor: Actor) -> Person:
    """Return who the caller is here."""
    if actor.person is None:  # access CLIENT excludes it
        raise NotFound()
    return actor.person


@patch("/v1/people/me", access=Access.CLIENT)
async def update_me(data: JSONBody[UpdateMe], transactions: Transactions, redis: SharedRedis) -> Answered[Person]:
    """Change language, name, phone or notices. Telegram's name does not replace one given here; an empty phone removes it.

    The phone counts as verified: the bot takes it from the person's own contact only."""
    answer = await transactions.write(lambda unit: service.update_me(unit, data), 200)
    await _drop_own_context(transactions.actor, redis)
    return answer


@get("/v1/people/me/export", access=Access.CLIENT)
async def export_me(transactions: Transactions) -> MyData:
    """Return everything that is kept about the caller."""
    return await transactions.read(service.export_me)


@delete("/v1/people/me", access=Access.CLIENT, status_code=200)
async def erase_me(transactions: Transactions, redis: SharedRedis) -> Answered[Done]:
    """Forget the caller. Refused (`in_use`) while a booking is to come, `last_admin` for the last admin."""
    answer = await transactions.write(service.erase_me, 200)
    await _drop_own_context(transactions.actor, redis)
    return answer


async def _drop_own_context(actor: Actor, redis: SharedRedis) -> None:
    stale = StaleContexts(redis, actor.tenant.slug)
    stale.add(None if actor.person is None else actor.person.tg_id)
    await stale.drop()


@get("/v1/clients", access=Access.STAFF)
async def list_clients(
    transactions: Transactions,
    text: Annotated[str, QueryParameter(name="query", max_length=64)] = "",
    tag: Annotated[str | None, QueryParameter(pattern=TAG_KEY)] = None,
    cursor: Annotated[str | None, QueryParameter(max_length=1000)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=200)] = PAGE,
) -> Clients:
    """Return clients by name, phone, username or tag; specialists see their own."""
    after = None if cursor is None else rules.decode_cursor(cursor)
    query = clients.ClientListQuery(text, tag, after, limit)
    return await transactions.read(lambda unit: clients.list_clients(unit, query))


@get("/v1/privacy", access=Access.ADMIN)
async def get_privacy(transactions: Transactions) -> Privacy:
    """Return what clients agree to and when they are unlinked, and how many each choice of months would unlink now."""
    return await transactions.read(retention.load_privacy)


@get("/v1/clients/{client_id:int}", access=Access.STAFF)
async def get_client(transactions: Transactions, client_id: Id) -> Client:
    """Return one client."""
    return await transactions.read(lambda unit: clients.load_client(unit, client_id))


@post("/v1/clients", access=Access.STAFF)
async def add_client(data: JSONBody[NewClient], transactions: Transactions) -> Answered[Client]:
    """Add a client who is not in Telegram."""
    return await transactions.write(lambda unit: clients.add_client(unit, data))


@post("/v1/clients/find", access=Access.STAFF, status_code=200)
async def find_client(data: JSONBody[FindClient], transactions: Transactions) -> Answered[Clients]:
    """Return everybody who has a whole number, written in whatever form; a specialist may book for them from now on."""
    return await transactions.write(lambda unit: clients.find_by_number(unit, data), 200)


@patch("/v1/clients/{client_id:int}", access=Access.STAFF)
async def update_client(
    data: JSONBody[UpdateClient], transactions: Transactions, redis: SharedRedis, client_id: Id
) -> Answered[Client]:
    """Change name, phone, notes or whether they are blocked; absent fields stay. Specialists change the team's note."""
    stale = StaleContexts(redis, transactions.actor.tenant.slug)
    answer = await transactions.write(lambda unit: clients.update_client(unit, client_id, data, stale), 200)
    await stale.drop()
    return answer


@get("/v1/tags", access=Access.STAFF)
async def list_tags(transactions: Transactions) -> Tags:
    """Return the tags of the clients whom the caller sees, the most used first."""
    return await transactions.read(tags.list_tags)


@get("/v1/clients/{client_id:int}/tags", access=Access.ADMIN)
async def get_client_tags(transactions: Transactions, client_id: Id) -> ClientTags:
    """Return a client with their tags, and the tags that there are."""
    return await transactions.read(lambda unit: tags.load_client_tags(unit, client_id))


@post("/v1/clients/{client_id:int}/tags", access=Access.ADMIN, status_code=200)
async def add_client_tags(data: JSONBody[AddTags], transactions: Transactions, client_id: Id) -> Answered[ClientTags]:
    """Give a client tags, besides those that they have."""
    return await transactions.write(lambda unit: tags.add_tags(unit, client_id, data), 200)


@delete("/v1/clients/{client_id:int}/tags/{key:str}", access=Access.ADMIN, status_code=200)
async def remove_client_tag(
    transactions: Transactions, client_id: Id, key: Annotated[str, PathParameter(max_length=64)]
) -> Answered[ClientTags]:
    """Take a tag from a client."""
    return await transactions.write(lambda unit: tags.remove_tag(unit, client_id, key), 200)


@get("/v1/client-joins", access=Access.ADMIN)
async def list_client_joins(transactions: Transactions) -> ClientJoins:
    """Return the walk-ins that may be somebody in Telegram, and those that became one client in the last 30 days."""
    return await transactions.read(joins.list_joins)


@post("/v1/client-joins/{join_id:int}/accept", access=Access.ADMIN, status_code=200)
async def accept_client_join(transactions: Transactions, redis: SharedRedis, join_id: Id) -> Answered[ClientJoin]:
    """Make one client of both."""
    answer = await transactions.write(lambda unit: joins.accept_join(unit, join_id), 200)
    await _drop_all_contexts(transactions, redis, join_id)
    return answer


@post("/v1/client-joins/{join_id:int}/refuse", access=Access.ADMIN, status_code=200)
async def refuse_client_join(transactions: Transactions, join_id: Id) -> Answered[ClientJoin]:
    """Keep both apart."""
    return await transactions.write(lambda unit: joins.refuse_join(unit, join_id), 200)


@post("/v1/client-joins/{join_id:int}/undo", access=Access.ADMIN, status_code=200)
async def undo_client_join(transactions: Transactions, redis: SharedRedis, join_id: Id) -> Answered[ClientJoin]:
    """Part both again, within 30 days."""
    answer = await transactions.write(lambda unit: joins.undo_join(unit, join_id), 200)
    await _drop_all_contexts(transactions, redis, join_id)
    return answer


async def _drop_all_contexts(transactions: Transactions, redis: SharedRedis, join_id: int) -> None:
    """Drop what is cached of the client, whose block may have changed."""
    stale = StaleContexts(redis, transactions.actor.tenant.slug)
    await transactions.read(lambda unit: stale.add(joins.find_client_tg_id(unit, join_id)))
    await stale.drop()


handlers = [
    identify_person, get_me, update_me, export_me, erase_me,
    list_clients, get_privacy, get_client, add_client, find_client, update_client,
    list_tags, get_client_tags, add_client_tags, remove_client_tag,
    list_client_joins, accept_client_join, refuse_client_join, undo_client_join,
    *staff_routes.handlers,
]  # fmt: skip
background = [retention.unlink_old_clients]
