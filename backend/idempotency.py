"""Writes that are repeated: one effect, and the same bytes for the same request, however often it comes.

Handlers reach it by `Transactions.write`.
"""

import re
from collections.abc import Callable
from hashlib import sha256
from typing import Any, NamedTuple, TypeVar

import msgspec
from litestar import Response
from sqlalchemy import Connection, Select, bindparam, delete, select

from backend.auth.actor import SHARED_SCOPE, Actor
from backend.bodies import StrictRequest
from backend.db import dialect
from backend.db.compiled import CompiledQuery, CompiledStatement, insert_row
from backend.db.engine import Database
from backend.db.rows import columns_of, fetch_all
from backend.db.tables import idempotency
from backend.errors import IdemMismatch, Invalid, Refused
from backend.kit.problems import MEDIA_TYPE

# A key is good for 24 hours; an hour more lets clocks differ.
KEPT_S = 25 * 3600
BATCH = 1_000
UNGUESSABLE = "An Idempotency-Key of a public client has at least 16 random characters (a UUID, say)."
_KEY = re.compile(r"\A[\x21-\x7e]{1,255}\Z")
_encode = msgspec.json.Encoder().encode
T = TypeVar("T", bound=msgspec.Struct)
_C = idempotency.c
_IS_KEY = (
    _C.tenant_id == bindparam("tenant_id"),
    _C.scope == bindparam("whose"),
    _C.key == bindparam("named"),
)


class _StoredAnswer(NamedTuple):
    request_hash: bytes
    status: int
    body: bytes
    created_at: int


class _Key(NamedTuple):
    tenant_id: int
    scope: str
    key: str


_FIND = CompiledQuery(_StoredAnswer, select(*columns_of(_StoredAnswer, idempotency)).where(*_IS_KEY))
_DELETE = CompiledStatement(delete(idempotency).where(*_IS_KEY))


class Answered(Response[T]):
    """The answer of a write: a handler that returns it takes an `Idempotency-Key`, and the OpenAPI document says so."""


class _Answer(msgspec.Struct, frozen=True):
    status: int
    body: bytes
    result: str = ""  # as metrics count it: `replayed`, or the code of a refusal
    headers: dict[str, str] = {}


async def run(
    request: StrictRequest,
    actor: Actor,
    db: Database,
    now: int,
    fn: Callable[[Connection], T],
    status: int,
    scope: str | None,
) -> Answered[T]:
    """Run `fn` in a write transaction of the actor's tenant and answer with what it returns.

    With an `Idempotency-Key`, the answer is stored in the same transaction, also a refusal (4xx) that `fn` decides;
    the part of `fn` that refused is undone. The same request then gets the same bytes with `Idempotent-Replayed`;
    another request under that key raises IdemMismatch. Keys are the actor's own unless `scope` names another owner (one
    hold, say). Anonymous callers share theirs: a key must be hard to guess, or one of them could get the answer of
    another.
    """
    name = request.headers.get("idempotency-key")
    if name is None:
        return _response(request, _Answer(status, _encode(await db.write(actor.tenant.id, fn))))
    if not _KEY.match(name):
        raise Invalid("An Idempotency-Key has 1 to 255 visible ASCII characters.", field="Idempotency-Key")
    key = _Key(actor.tenant.id, scope or actor.scope, name)
    if key.scope == SHARED_SCOPE and not _is_hard_to_guess(name):
        raise Invalid(UNGUESSABLE, field="Idempotency-Key")
    digest = sha256(f"{request.method} {request.url.path}?{request.url.query}\n".encode())
    digest.update(await request.body())
    request_hash = digest.digest()

    def run_once(conn: Connection) -> _Answer:
        stored = _find_answer(conn, key, now)
        if stored is not None:
            if stored.request_hash != request_hash:
                raise IdemMismatch()
            return _Answer(stored.status, stored.body, "replayed")
        answer = _decide(conn, fn, status)
        _store_answer(conn, key, request_hash, answer, now)
        return answer

    return _response(request, await db.write(key.tenant_id, run_once))


def answer_with(request: StrictRequest, answer: msgspec.Struct, status: int) -> Answered[Any]:
    """Return the answer of a write that has left nothing behind, so that no key remembers it."""
    return _response(request, _Answer(status, _encode(answer)))


def _is_hard_to_guess(key: str) -> bool:
    return len(key) >= 16 and len(set(key)) >= 8


def _decide(conn: Connection, fn: Callable[[Connection], msgspec.Struct], status: int) -> _Answer:
    try:
        with dialect.open_savepoint(conn, "effect"):
            return _Answer(status, _encode(fn(conn)))
    except Refused as refused:
        if refused.status >= 500:
            raise
        return _Answer(refused.status, refused.body(), str(refused.code), refused.headers())


def _find_answer(conn: Connection, key: _Key, now: int) -> _StoredAnswer | None:
    stored = _FIND.first(conn, tenant_id=key.tenant_id, whose=key.scope, named=key.key)
    if stored is None or stored.created_at > now - KEPT_S:
        return stored
    # the answer has expired: the key is free again
    _DELETE.run(conn, tenant_id=key.tenant_id, whose=key.scope, named=key.key)
    return None


def _store_answer(conn: Connection, key: _Key, request_hash: bytes, answer: _Answer, now: int) -> None:
    values = {"request_hash": request_hash, "status": answer.status, "body": answer.body, "created_at": now}
    insert_row(conn, idempotency, key._asdict() | values)


async def delete_expired_answers(db: Database, now: int) -> None:
    """Delete the stored answers whose time is over: a chore of the application, a batch at a time."""
    if await db.read(lambda conn: conn.execute(_expired(now, 1)).first()) is None:
        return
    while await db.write(None, lambda conn: _delete_expired(conn, now)):
        continue


def _delete_expired(conn: Connection, now: int) -> int:
    """Delete a batch of expired answers and return how many there were."""
    keys = fetch_all(conn, _Key, _expired(now, BATCH))
    for key in keys:
        _DELETE.run(conn, tenant_id=key.tenant_id, whose=key.scope, named=key.key)
    return len(keys)


def _expired(now: int, limit: int) -> Select[int, str, str]:
    return select(_C.tenant_id, _C.scope, _C.key).where(_C.created_at <= now - KEPT_S).limit(limit)


def _response(request: StrictRequest, answer: _Answer) -> Answered[Any]:
    extra = dict(answer.headers)
    request.scope["state"]["result"] = answer.result
    if answer.result == "replayed":
        extra["Idempotent-Replayed"] = "true"
    return Answered(
        answer.body,
        status_code=answer.status,
        media_type=MEDIA_TYPE if answer.status >= 400 else "application/json",
        headers=extra,
    )
