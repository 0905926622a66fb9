"""`/v1/reports`: figures of the business, and its bookings as files (admins)."""

from collections.abc import Callable, Iterator
from typing import Annotated

from litestar import Response, get
from litestar.params import QueryParameter

from backend.auth.access import Access
from backend.auth.actor import TenantRow
from backend.contract.people import Locale
from backend.contract.reports import Figures
from backend.reports import files, service
from backend.reports.queries import BookingLine, stream_lines
from backend.transactions import Transactions, UnitOfWork

From = Annotated[str, QueryParameter(name="from")]
To = Annotated[str, QueryParameter(name="to")]
Lang = Annotated[Locale, QueryParameter()]
CSV = "text/csv"  # Litestar adds the charset of a text
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ICS = "text/calendar"


@get("/v1/reports/figures", access=Access.ADMIN)
async def get_figures(transactions: Transactions, since: From, until: To) -> Figures:
    """Return bookings, revenue, no-shows and occupancy over local dates, both inclusive."""
    return await transactions.read(lambda unit: service.load_figures(unit, since, until))


@get("/v1/reports/bookings.csv", access=Access.ADMIN, media_type=CSV)
async def get_csv(transactions: Transactions, since: From, until: To, locale: Lang = "en") -> Response[bytes]:
    """Return a line for each service of a booking; the titles of the columns are in that language."""
    return await _file(
        transactions, since, until, "csv", CSV, lambda tenant, lines: files.render_csv(tenant, lines, locale)
    )


@get("/v1/reports/bookings.xlsx", access=Access.ADMIN, media_type=XLSX)
async def get_xlsx(transactions: Transactions, since: From, until: To, locale: Lang = "en") -> Response[bytes]:
    """Return the same as a spreadsheet."""
    return await _file(
        transactions, since, until, "xlsx", XLSX, lambda tenant, lines: files.render_xlsx(tenant, lines, locale)
    )


@get("/v1/reports/bookings.ics", access=Access.ADMIN, media_type=ICS)
async def get_ics(transactions: Transactions, since: From, until: To) -> Response[bytes]:
    """Return the bookings as calendar events."""
    now = transactions.now
    return await _file(
        transactions, since, until, "ics", ICS, lambda tenant, lines: files.render_ics(tenant, lines, now)
    )


async def _file(
    transactions: Transactions,
    since: str,
    until: str,
    suffix: str,
    media_type: str,
    render: Callable[[TenantRow, Iterator[BookingLine]], bytes],
) -> Response[bytes]:
    def read(unit: UnitOfWork) -> bytes:
        start, end = service.parse_range(unit.tenant, since, until)
        return render(unit.tenant, stream_lines(unit.conn, unit.tenant_id, start, end))

    content = await transactions.read(read)
    name = f"{transactions.actor.tenant.slug}-bookings-{since}-{until}.{suffix}"
    return Response(content, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})


handlers = [get_figures, get_csv, get_xlsx, get_ics]
