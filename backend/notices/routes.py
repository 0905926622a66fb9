"""`/v1/notices`: the gateway takes due messages under a lease and reports on each."""

from typing import Annotated

from litestar import post
from litestar.params import JSONBody, PathParameter, QueryParameter
from sqlalchemy import Connection

from backend.auth.access import Access
from backend.contract import Done
from backend.contract.notices import FIRST_KINDS, KINDS, Begin, ClaimNotices, Notice, Notices, Report
from backend.db.engine import Database
from backend.errors import IllegalStep
from backend.notices.sending import (
    begin_sending,
    claim_notices,
    find_claimable,
    idle_seconds,
    record_report,
)
from backend.notices.view import render_notices
from backend.observability.metrics import Metrics

NoticeId = Annotated[int, PathParameter(ge=1, lt=2**53)]
KnownKinds = Annotated[
    list[str] | None, QueryParameter(name="kind", description="The kinds of notices that the gateway knows.")
]


@post("/v1/notices/claim", access=Access.OPERATOR, status_code=200, routine=True)
async def claim(
    data: JSONBody[ClaimNotices], db: Database, now: int, metrics: Metrics, kinds: KnownKinds = None
) -> Notices:
    """Return what is due of the kinds that the caller knows, leased to it. Where nothing is due, nothing is written."""
    unknown = KINDS - (FIRST_KINDS if kinds is None else set(kinds))

    def look(conn: Connection) -> tuple[list[int], float]:
        ids = find_claimable(conn, data, now, unknown)
        # more may be due than is claimed
        return ids, 0.0 if ids else idle_seconds(conn, now)

    ids, wait = await db.read(look)
    items: list[Notice] = []
    if ids:
        rows, missed_reminders = await db.write(None, lambda conn: claim_notices(conn, ids, now, data.lease_s))
        metrics.missed_reminders.inc(missed_reminders)
        items = await db.read(lambda conn: render_notices(conn, rows, now))
    return Notices(items=items, next_due_s=wait)


@post("/v1/notices/{notice_id:int}/begin", access=Access.OPERATOR, status_code=200)
async def begin(data: JSONBody[Begin], db: Database, now: int, notice_id: NoticeId) -> Done:
    """Let a broadcast's message or a reminder go out now; a broadcast's at most once. Refused where it is not wanted now."""
    if not await db.write(None, lambda conn: begin_sending(conn, notice_id, data.epoch, now)):
        raise IllegalStep("This message is not wanted any more.")
    return Done()


@post("/v1/notices/{notice_id:int}/report", access=Access.OPERATOR, status_code=200)
async def report(data: JSONBody[Report], db: Database, now: int, metrics: Metrics, notice_id: NoticeId) -> Done:
    """Take the report on a message; one with an older epoch is refused (`illegal_step`)."""
    sent = await db.write(None, lambda conn: record_report(conn, notice_id, data, now))
    if sent is not None:
        metrics.notice_delay.observe(max(0, now - sent.due_at), sent.kind)
    return Done()


handlers = [claim, begin, report]
