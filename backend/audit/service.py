"""Recording what a person did, in the transaction in which they did it."""

from collections.abc import Mapping

from backend.audit.queries.chain import Entry, append_entries
from backend.transactions import UnitOfWork


def record(unit: UnitOfWork, action: str, subject: str, detail: Mapping[str, object] | None = None) -> None:
    """Add a line to the tenant's log: `action` is `<kind>.<what happened>`, `subject` is `<kind>:<id>`.

    `detail` names what changed. It never holds names of people, texts or secrets.
    """
    actor = unit.actor
    who = "anonymous" if actor.person is None else f"person:{actor.person.id}"
    append_entries(unit.conn, unit.tenant_id, [Entry(unit.now, who, action, subject, detail or {}, actor.request_id)])
