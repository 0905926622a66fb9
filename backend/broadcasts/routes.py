"""`/v1/broadcasts`: a message to every client, drafted, tried out, sent, stopped and resumed (admins)."""

from collections.abc import Callable
from typing import Annotated, Any

from litestar import Request, get, patch, post
from litestar.params import JSONBody, PathParameter, QueryParameter
from sqlalchemy import Connection

from backend import idempotency as commands
from backend.auth.access import Access
from backend.auth.actor import Actor
from backend.broadcasts import queries, service
from backend.contract import broadcasts as wire
from backend.db.engine import Database

Id = Annotated[int, PathParameter(ge=1, lt=2**53)]
Command = Request[Any, Any, Any]
Answered = commands.Answered[wire.Broadcast]


@post("/v1/broadcasts", access=Access.ADMIN)
async def draft(data: JSONBody[wire.NewBroadcast], actor: Actor, request: Command, db: Database, now: int) -> Answered:
    """A draft, and how many it would reach."""
    return await commands.run(request, actor, db, lambda conn: service.draft(conn, actor, data, now))


@get("/v1/broadcasts", access=Access.ADMIN)
async def listing(
    actor: Actor, db: Database, limit: Annotated[int, QueryParameter(ge=1, le=50)] = 10
) -> wire.Broadcasts:
    """Those that have been sent, the newest first."""

    def read(conn: Connection) -> wire.Broadcasts:
        rows = queries.sent(conn, actor.tenant.id, limit)
        return wire.Broadcasts(items=[service.shown(conn, actor.tenant.id, row) for row in rows])

    return await db.read(read)


@get("/v1/broadcasts/{broadcast_id:int}", access=Access.ADMIN)
async def show(actor: Actor, db: Database, broadcast_id: Id) -> wire.Broadcast:
    """How far it is."""
    return await db.read(lambda conn: service.show(conn, actor.tenant.id, broadcast_id))


@patch("/v1/broadcasts/{broadcast_id:int}", access=Access.ADMIN)
async def rewrite(
    data: JSONBody[wire.UpdateBroadcast], actor: Actor, request: Command, db: Database, broadcast_id: Id
) -> Answered:
    """Another text for a draft."""
    return await _do(request, actor, db, lambda conn: service.rewrite(conn, actor, broadcast_id, data))


@post("/v1/broadcasts/{broadcast_id:int}/test", access=Access.ADMIN, status_code=200)
async def test(actor: Actor, request: Command, db: Database, now: int, broadcast_id: Id) -> Answered:
    """To oneself."""
    return await _do(request, actor, db, lambda conn: service.try_out(conn, actor, broadcast_id, now))


@post("/v1/broadcasts/{broadcast_id:int}/send", access=Access.ADMIN, status_code=200)
async def send(actor: Actor, request: Command, db: Database, now: int, broadcast_id: Id) -> Answered:
    """To everybody, or to those who are left after a stop."""
    return await _do(request, actor, db, lambda conn: service.send(conn, actor, broadcast_id, now))


@post("/v1/broadcasts/{broadcast_id:int}/stop", access=Access.ADMIN, status_code=200)
async def stop(actor: Actor, request: Command, db: Database, now: int, broadcast_id: Id) -> Answered:
    """To nobody more."""
    return await _do(request, actor, db, lambda conn: service.stop(conn, actor, broadcast_id, now))


async def _do(request: Command, actor: Actor, db: Database, step: Callable[[Connection], wire.Broadcast]) -> Answered:
    return await commands.run(request, actor, db, step, status=200)


handlers = [draft, listing, show, rewrite, test, send, stop]
