"""`/v1/notices`: the gateway takes due messages under a lease and reports on each."""

from typing import Annotated, Any

from litestar import post
from litestar.params import JSONBody, PathParameter
from sqlalchemy import Connection

from backend.auth.access import Access
from backend.contract import Done
from backend.contract import notices as wire
from backend.db.engine import Database
from backend.errors import IllegalStep
from backend.notices import sending


@post("/v1/notices/claim", access=Access.OPERATOR, status_code=200)
async def claim(data: JSONBody[wire.Claim], db: Database, now: int) -> wire.Notices:
    """What is due, leased to the caller. Nothing due: nothing is written."""
    ids = await db.read(lambda conn: sending.due(conn, data.tenants, now, data.limit, data.lease_s))
    rows: list[Any] = []
    if ids:
        rows = await db.write(None, lambda conn: sending.claim(conn, ids, now, data.lease_s))

    def read(conn: Connection) -> wire.Notices:
        # what was claimed may have left more behind
        wait = 0.0 if ids else sending.idle_s(conn, now)
        return wire.Notices(items=sending.notices(conn, rows, now), next_due_s=wait)

    return await db.read(read)


@post("/v1/notices/{notice_id:int}/begin", access=Access.OPERATOR, status_code=200)
async def begin(
    data: JSONBody[wire.Begin], db: Database, now: int, notice_id: Annotated[int, PathParameter(ge=1, lt=2**53)]
) -> Done:
    """Whether a broadcast's message may go out now; from here on it goes out once at the most."""
    if not await db.write(None, lambda conn: sending.begin(conn, notice_id, data.epoch, now)):
        raise IllegalStep("The broadcast has been stopped.")
    return Done()


@post("/v1/notices/{notice_id:int}/report", access=Access.OPERATOR, status_code=200)
async def report(
    data: JSONBody[wire.Report], db: Database, now: int, notice_id: Annotated[int, PathParameter(ge=1, lt=2**53)]
) -> Done:
    """What became of one; a report with an older epoch is refused (`illegal_step`)."""
    await db.write(None, lambda conn: sending.report(conn, notice_id, data, now))
    return Done()


handlers = [claim, begin, report]
