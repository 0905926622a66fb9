"""Recording what a person did, in the transaction in which they did it."""

from collections.abc import Mapping

from backend.audit import queries
from backend.transactions import UnitOfWork


def record(unit: UnitOfWork, action: str, subject: str, detail: Mapping[str, object] | None = None) -> None:
    """Add a line to the tenant's log: `action` is `<kind>.<what happened>`, `subject` is `<kind>:<id>`.

    `detail` names what changed. It never holds names of people, texts or secrets.
    """
    queries.append(
        unit.conn,
        unit.tenant_id,
        actor="anonymous" if unit.actor.person is None else f"person:{unit.actor.person.id}",
        action=action,
        object=subject,
        detail=detail or {},
        request_id=unit.actor.request_id,
        now=unit.now,
    )
