"""The life of a broadcast: draft, sending, stopped, sending again, done."""

from typing import Any

import msgspec
from sqlalchemy import Connection

from backend import clock
from backend.audit.service import record
from backend.auth.actor import Actor
from backend.broadcasts import queries, rules
from backend.contract.broadcasts import Broadcast, Entity, NewBroadcast, UpdateBroadcast
from backend.errors import IllegalStep, Invalid, NotFound
from backend.transactions import UnitOfWork


def given(text: str, entities: list[Entity]) -> dict[str, str]:
    """Text and formatting as they are kept and sent. Raises Invalid where nothing can be seen of the text, Telegram
    would cut it, or an entity lies outside of it."""
    try:
        kept, formatted = rules.cleaned(text, entities)
    except ValueError as error:
        raise Invalid(str(error), field="entities") from None
    if not kept:
        raise Invalid("There is nothing to send.", field="text")
    if rules.units(kept) > rules.MAX_UNITS:
        raise Invalid(f"A message has at most {rules.MAX_UNITS} characters.", field="text")
    return {"text": kept, "entities": msgspec.json.encode(formatted).decode()}


def draft(conn: Connection, actor: Actor, said: NewBroadcast, now: int) -> Broadcast:
    """Something to be sent. Raises Invalid."""
    broadcast_id = queries.add(conn, actor.tenant.id, actor.person_id, now, **given(said.text, said.entities))
    return show(conn, actor.tenant.id, broadcast_id)


def rewrite(conn: Connection, actor: Actor, broadcast_id: int, said: UpdateBroadcast) -> Broadcast:
    """Another text. Raises NotFound, Invalid, IllegalStep once it is being sent."""
    kept = given(said.text, said.entities)
    _in(conn, actor, broadcast_id, "draft")
    queries.change(conn, actor.tenant.id, broadcast_id, **kept)
    return show(conn, actor.tenant.id, broadcast_id)


def try_out(conn: Connection, actor: Actor, broadcast_id: int, now: int) -> Broadcast:
    """To the one who asks, and to nobody else. Raises NotFound."""
    row = _row(conn, actor.tenant.id, broadcast_id)
    queries.try_out(conn, row, actor.person_id, now)
    return show(conn, actor.tenant.id, broadcast_id)


def send(conn: Connection, actor: Actor, broadcast_id: int, now: int) -> Broadcast:
    """Begins, or goes on after a stop with those who are left. Raises NotFound, IllegalStep once it is done.

    The audience is fixed by the first send: whoever comes later is not among them."""
    tenant_id = actor.tenant.id
    settle(conn, tenant_id, broadcast_id, now)
    row = _in(conn, actor, broadcast_id, "draft", "stopped", "sending")
    if row.status == "sending":
        return show(conn, tenant_id, broadcast_id)
    if row.status == "draft":
        total = queries.fill(conn, tenant_id, broadcast_id, now)
        queries.change(conn, tenant_id, broadcast_id, status="sending", total=total, started_at=now)
    else:
        queries.revive(conn, tenant_id, broadcast_id, now)
        queries.change(conn, tenant_id, broadcast_id, status="sending", done_at=None)
    queries.watch(conn, tenant_id, broadcast_id, actor.person_id, now)
    found = show(conn, tenant_id, broadcast_id)
    record(
        UnitOfWork(conn, actor, now),
        "broadcast.sent",
        f"broadcast:{broadcast_id}",
        {"total": found.total, "left": found.left},
    )
    return found


def stop(conn: Connection, actor: Actor, broadcast_id: int, now: int) -> Broadcast:
    """Nobody more gets it, until it is sent again. Raises NotFound, IllegalStep where it is not being sent."""
    tenant_id = actor.tenant.id
    settle(conn, tenant_id, broadcast_id, now)
    row = _in(conn, actor, broadcast_id, "sending", "stopped")
    if row.status == "sending":
        queries.halt(conn, tenant_id, broadcast_id, now)
        queries.change(conn, tenant_id, broadcast_id, status="stopped")
        queries.watch(conn, tenant_id, broadcast_id, actor.person_id, now)
        record(UnitOfWork(conn, actor, now), "broadcast.stopped", f"broadcast:{broadcast_id}")
    return show(conn, tenant_id, broadcast_id)


def show(conn: Connection, tenant_id: int, broadcast_id: int) -> Broadcast:
    """How far it is. Raises NotFound."""
    return shown(conn, tenant_id, _row(conn, tenant_id, broadcast_id))


def shown(conn: Connection, tenant_id: int, row: Any) -> Broadcast:
    """A row as it is shown. Nobody left to reach means done, also before that has been noted."""
    draft_ = row.status == "draft"
    counts = {} if draft_ else queries.counts(conn, tenant_id, row.id)
    left = rules.left(row.status, counts)
    return Broadcast(
        id=row.id,
        text=row.text,
        entities=rules.entities_of(row.entities),
        status="done" if row.status == "sending" and not left else row.status,
        total=queries.audience(conn, tenant_id) if draft_ else row.total,
        sent=counts.get("sent", 0),
        left=left,
        missed=rules.missed(row.status, counts),
        unsure=counts.get("unsure", 0),
        created_at=clock.format_utc(row.created_at),
        started_at=None if row.started_at is None else clock.format_utc(row.started_at),
        done_at=None if row.done_at is None else clock.format_utc(row.done_at),
    )


def settle(conn: Connection, tenant_id: int, broadcast_id: int, now: int) -> bool:
    """Notes that it is done where nobody is left. Whether what is shown of it does not change any more."""
    row = queries.one(conn, tenant_id, broadcast_id)
    if row is None or row.status == "done":
        return True
    if queries.is_open(conn, tenant_id, broadcast_id):
        return False
    if row.status == "sending":
        queries.change(conn, tenant_id, broadcast_id, status="done", done_at=now)
    return True


def _row(conn: Connection, tenant_id: int, broadcast_id: int) -> Any:
    row = queries.one(conn, tenant_id, broadcast_id)
    if row is None:
        raise NotFound()
    return row


def _in(conn: Connection, actor: Actor, broadcast_id: int, *statuses: str) -> Any:
    row = _row(conn, actor.tenant.id, broadcast_id)
    if row.status not in statuses:
        raise IllegalStep("The broadcast is not in a state that allows this.")
    return row
