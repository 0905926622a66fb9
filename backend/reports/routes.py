"""`/v1/reports`: figures of the business, and its bookings as files (admins)."""

from collections.abc import Callable
from typing import Annotated, Any

from litestar import Response, get
from litestar.params import QueryParameter
from sqlalchemy import Connection

from backend.auth.access import Access
from backend.auth.actor import Actor
from backend.contract.people import Locale
from backend.contract.reports import Figures
from backend.db.engine import Database
from backend.reports import files, queries, service

From = Annotated[str, QueryParameter(name="from")]
To = Annotated[str, QueryParameter(name="to")]
Lang = Annotated[Locale, QueryParameter()]
CSV = "text/csv"  # Litestar adds the charset of a text
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ICS = "text/calendar"


@get("/v1/reports/figures", access=Access.ADMIN)
async def get_figures(actor: Actor, db: Database, now: int, since: From, until: To) -> Figures:
    """Visits, revenue, no-shows and occupancy over local dates, both inclusive."""
    return await db.read(lambda conn: service.figures(conn, actor.tenant, since, until, now))


@get("/v1/reports/bookings.csv", access=Access.ADMIN, media_type=CSV)
async def get_csv(actor: Actor, db: Database, since: From, until: To, locale: Lang = "en") -> Response[bytes]:
    """A line for each service of a visit; the columns' titles in that language."""
    return await _file(actor, db, since, until, "csv", CSV, lambda t, rows: files.as_csv(t, rows, locale))


@get("/v1/reports/bookings.xlsx", access=Access.ADMIN, media_type=XLSX)
async def get_xlsx(actor: Actor, db: Database, since: From, until: To, locale: Lang = "en") -> Response[bytes]:
    """The same as a spreadsheet."""
    return await _file(actor, db, since, until, "xlsx", XLSX, lambda t, rows: files.as_xlsx(t, rows, locale))


@get("/v1/reports/bookings.ics", access=Access.ADMIN, media_type=ICS)
async def get_ics(actor: Actor, db: Database, now: int, since: From, until: To) -> Response[bytes]:
    """The visits as calendar events."""
    return await _file(actor, db, since, until, "ics", ICS, lambda t, rows: files.as_ics(t, rows, now))


async def _file(
    actor: Actor, db: Database, since: str, until: str, ending: str, kind: str, write: Callable[[Any, Any], bytes]
) -> Response[bytes]:
    def read(conn: Connection) -> bytes:
        start, end = service.span(actor.tenant, since, until)
        return write(actor.tenant, queries.lines(conn, actor.tenant.id, start, end))

    content = await db.read(read)
    name = f"{actor.tenant.slug}-bookings-{since}-{until}.{ending}"
    return Response(content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


handlers = [get_figures, get_csv, get_xlsx, get_ics]
