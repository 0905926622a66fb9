"""The audit log as it is read and added to."""

from typing import Annotated, Any

from msgspec import Meta

from backend.contract import Answer, Request
from backend.contract.times import Instant

Short = Annotated[str, Meta(min_length=1, max_length=128)]


class AuditEntry(Answer):
    """One line: `actor` is `person:<id>`, `gateway`, `operator`, `system` or `anonymous`; `object` is `<kind>:<id>`.

    `actor_name` is the person's name now; None for all others, and for who was erased it is empty. Changes stand in
    `detail` as pairs: before and after."""

    seq: int
    at: Instant
    actor: str
    action: str
    object: str
    detail: dict[str, Any]  # of any JSON; `object` is a field here
    request_id: str
    actor_name: str | None = None


class AuditPage(Answer):
    """`GET /v1/audit?limit=&cursor=&about=` (admins), the newest first. `about` is `<kind>:<id>`, who or what it concerns.

    A person is concerned by what they did, what was done to them and to the bookings that they have as a client; a specialist
    by what their account did, by changes of theirs and by all bookings in their calendar, also those that were moved away.

    `names` are those of everything in the lines, by `<kind>:<id>` (of a booking: its client's), `starts` when bookings begin."""

    items: list[AuditEntry]
    next: str | None
    names: dict[str, str] = {}
    starts: dict[str, Instant] = {}


class NewAuditEntry(Request):
    """A decision of the gateway. `detail` never holds message texts, names or secrets; `at` is RFC 3339 (now if missing)."""

    actor: Short
    action: Short
    object: Short
    detail: dict[str, str | int | bool | None] = {}
    request_id: Annotated[str, Meta(max_length=64)] = ""
    at: Annotated[Instant, Meta(max_length=40)] | None = None


class NewAuditEntries(Request):
    """`POST /v1/audit` (key only, for the tenant of X-Tenant): a batch, in its order."""

    items: Annotated[list[NewAuditEntry], Meta(min_length=1, max_length=500)]


class AuditAccepted(Answer):
    """How many lines were appended."""

    count: int
