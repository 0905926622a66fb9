"""Noting what a person did, in the transaction in which they did it."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from backend.audit import queries
from backend.auth.actor import Actor


def record(
    conn: Connection,
    actor: Actor,
    action: str,
    object: str,  # noqa: A002 - the column's own name
    now: int,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """One line of the tenant's log: `action` is `<kind>.<what happened>`, `object` is `<kind>:<id>`.

    `detail` names what changed, never names of people, texts or secrets."""
    queries.append(
        conn,
        actor.tenant.id,
        actor="anonymous" if actor.person is None else f"person:{actor.person.id}",
        action=action,
        object=object,
        detail=detail or {},
        request_id=actor.request_id,
        now=now,
    )
