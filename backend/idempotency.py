"""Writes: one transaction, and the same bytes for the same request however often it comes.

Used as `from backend import idempotency as commands` … `return await commands.run(request, actor, db, fn)`.
"""

import re
from collections.abc import Callable
from hashlib import sha256
from typing import Any, NamedTuple, TypeVar

import msgspec
from litestar import Request
from sqlalchemy import Connection, Select, bindparam, delete, select

from backend.auth.actor import SHARED_SCOPE, Actor
from backend.bodies import Response
from backend.db import dialect
from backend.db.compiled import CompiledQuery, CompiledStatement, insert_row
from backend.db.engine import Database
from backend.db.tables import idempotency
from backend.errors import IdemMismatch, Invalid
from backend.problems import MEDIA_TYPE, headers, problem_bytes

KEPT_S = 25 * 3600  # a key is good for 24 hours; an hour more lets clocks differ
UNGUESSABLE = "An Idempotency-Key of a public client has at least 16 random characters (a UUID, say)."
_KEY = re.compile(r"\A[\x21-\x7e]{1,255}\Z")
_encode = msgspec.json.Encoder().encode
T = TypeVar("T", bound=msgspec.Struct)
_THIS = (
    idempotency.c.tenant_id == bindparam("tenant"),
    idempotency.c.scope == bindparam("whose"),
    idempotency.c.key == bindparam("named"),
)


class _Stored(NamedTuple):
    request_hash: bytes
    status: int
    body: bytes
    created_at: int


_FIND = CompiledQuery(
    _Stored,
    select(idempotency.c.request_hash, idempotency.c.status, idempotency.c.body, idempotency.c.created_at).where(
        *_THIS
    ),
)
_DROP = CompiledStatement(delete(idempotency).where(*_THIS))


class Answered(Response[T]):
    """What `run` answers with: a handler that returns it takes an `Idempotency-Key`, and the OpenAPI document says so."""


class _Answer(msgspec.Struct, frozen=True):
    status: int
    body: bytes
    replayed: bool = False
    headers: dict[str, str] = {}


async def run(
    request: Request[Any, Any, Any],
    actor: Actor,
    db: Database,
    fn: Callable[[Connection], T],
    status: int = 201,
    scope: str | None = None,
) -> Answered[T]:
    """Run `fn` in a write transaction of the actor's tenant and answer with what it returns.

    With an `Idempotency-Key`, the answer is stored in the same transaction, also a refusal (4xx) that `fn` decides;
    the part of `fn` that refused is undone. The same request then gets the same bytes with `Idempotent-Replayed`;
    another request under that key raises IdemMismatch. Keys are the person's own; `scope` makes them somebody else's
    (those of one hold, say). Anonymous callers share theirs: a key must be hard to guess, or one of them could have the
    answer of another.
    """
    key = request.headers.get("idempotency-key")
    if key is None:
        value = await db.write(actor.tenant.id, fn)
        return _response(_Answer(status, _encode(value)))
    if not _KEY.match(key):
        raise Invalid("An Idempotency-Key has 1 to 255 visible ASCII characters.", field="Idempotency-Key")
    scope = scope or actor.scope
    if scope == SHARED_SCOPE and not _hard_to_guess(key):
        raise Invalid(UNGUESSABLE, field="Idempotency-Key")
    digest = sha256(f"{request.method} {request.url.path}?{request.url.query}\n".encode())
    digest.update(await request.body())
    fingerprint = digest.digest()
    now = int(request.app.state.clock())
    tenant_id = actor.tenant.id

    def once(conn: Connection) -> _Answer:
        stored = _find(conn, tenant_id, scope, key, now - KEPT_S)
        if stored is not None:
            if stored.request_hash != fingerprint:
                raise IdemMismatch()
            return _Answer(stored.status, stored.body, replayed=True)
        answer = _decide(conn, fn, status)
        _keep(conn, tenant_id, scope, key, fingerprint, answer, now)
        return answer

    return _response(await db.write(tenant_id, once))


def _hard_to_guess(key: str) -> bool:
    return len(key) >= 16 and len(set(key)) >= 8


def _decide(conn: Connection, fn: Callable[[Connection], msgspec.Struct], status: int) -> _Answer:
    try:
        with dialect.savepoint(conn, "effect"):
            return _Answer(status, _encode(fn(conn)))
    except Exception as exc:
        refused = dialect.translate(exc)
        if refused is None or refused.status >= 500:
            raise
        return _Answer(refused.status, problem_bytes(refused), headers=headers(refused))


def _find(conn: Connection, tenant_id: int, scope: str, key: str, since: int) -> _Stored | None:
    stored = _FIND.first(conn, tenant=tenant_id, whose=scope, named=key)
    if stored is None or stored.created_at > since:
        return stored
    # older than it may be used: the key is free again
    _DROP.run(conn, tenant=tenant_id, whose=scope, named=key)
    return None


def _keep(
    conn: Connection, tenant_id: int, scope: str, key: str, fingerprint: bytes, answer: _Answer, now: int
) -> None:
    own = {"tenant_id": tenant_id, "scope": scope, "key": key, "request_hash": fingerprint, "created_at": now}
    insert_row(conn, idempotency, own | {"status": answer.status, "body": answer.body})


def forget_old(conn: Connection, now: int, limit: int = 1000) -> int:
    """Remove stored answers whose time is over, at most `limit` of them; how many were removed."""
    rows = conn.execute(_old(now, limit)).all()
    for tenant_id, scope, key in rows:
        conn.execute(
            delete(idempotency).where(
                idempotency.c.tenant_id == tenant_id, idempotency.c.scope == scope, idempotency.c.key == key
            )
        )
    return len(rows)


async def forget(db: Database, now: int) -> None:
    """A chore of the application: stored answers do not pile up."""
    if await db.read(lambda conn: conn.execute(_old(now, 1)).first()) is None:
        return
    while await db.write(None, lambda conn: forget_old(conn, now)):
        continue


def _old(now: int, limit: int) -> Select[int, str, str]:
    return (
        select(idempotency.c.tenant_id, idempotency.c.scope, idempotency.c.key)
        .where(idempotency.c.created_at <= now - KEPT_S)
        .limit(limit)
    )


def _response(answer: _Answer) -> Answered[Any]:
    extra = dict(answer.headers)
    if answer.replayed:
        extra["Idempotent-Replayed"] = "true"
    return Answered(
        answer.body,
        status_code=answer.status,
        media_type=MEDIA_TYPE if answer.status >= 400 else "application/json",
        headers=extra,
    )
