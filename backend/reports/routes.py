"""`/v1/reports`: figures of the business, and its bookings as files (admins)."""

from collections.abc import Callable, Iterator
from typing import Annotated

from litestar import Response, get
from litestar.params import QueryParameter

from backend.auth.access import Access
from backend.auth.actor import TenantRow
from backend.contract.people import Locale
from backend.contract.reports import Figures, PeriodKind, Trend
from backend.reports import figure_files, files, service
from backend.reports.queries.lines import BookingLine, stream_lines
from backend.transactions import Transactions, UnitOfWork

From = Annotated[str, QueryParameter(name="from")]
To = Annotated[str, QueryParameter(name="to")]
Lang = Annotated[Locale, QueryParameter()]
PartId = Annotated[int | None, QueryParameter(ge=1, lt=2**53)]
WeekStart = Annotated[int, QueryParameter(ge=0, le=6)]
CSV = "text/csv"  # Litestar adds the charset of a text
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ICS = "text/calendar"


@get("/v1/reports/figures", access=Access.ADMIN)
async def get_figures(
    transactions: Transactions, since: From, until: To, specialist_id: PartId = None, service_id: PartId = None
) -> Figures:
    """Return money, bookings, clients and utilisation over local dates, both inclusive."""
    return await transactions.read(
        lambda unit: service.load_figures(unit, service.load_basis(unit, since, until, specialist_id, service_id))
    )


@get("/v1/reports/trend", access=Access.ADMIN)
async def get_trend(
    transactions: Transactions,
    since: From,
    until: To,
    by: Annotated[PeriodKind, QueryParameter()],
    week_start: WeekStart = 0,
    specialist_id: PartId = None,
    service_id: PartId = None,
) -> Trend:
    """Return the weeks or months of local dates side by side."""

    def read(unit: UnitOfWork) -> Trend:
        basis = service.load_basis(unit, since, until, specialist_id, service_id)
        return service.load_trend(unit, basis, by, week_start)

    return await transactions.read(read)


@get("/v1/reports/figures.csv", access=Access.ADMIN, media_type=CSV)
async def get_figures_csv(
    transactions: Transactions, since: From, until: To, locale: Lang = "en", week_start: WeekStart = 0
) -> Response[bytes]:
    """Return the figures as one table: in all, by week, month, day, specialist, service and hour of the week."""
    return await _figures_file(
        transactions, since, until, week_start, "csv", CSV, lambda tables: figure_files.render_csv(tables, locale)
    )


@get("/v1/reports/figures.xlsx", access=Access.ADMIN, media_type=XLSX)
async def get_figures_xlsx(
    transactions: Transactions, since: From, until: To, locale: Lang = "en", week_start: WeekStart = 0
) -> Response[bytes]:
    """Return the same as a spreadsheet with a sheet for each."""
    return await _figures_file(
        transactions, since, until, week_start, "xlsx", XLSX, lambda tables: figure_files.render_xlsx(tables, locale)
    )


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


async def _figures_file(
    transactions: Transactions,
    since: str,
    until: str,
    week_start: int,
    suffix: str,
    media_type: str,
    render: Callable[[figure_files.FigureTables], bytes],
) -> Response[bytes]:
    content = await transactions.read(lambda unit: render(figure_files.load_tables(unit, since, until, week_start)))
    return _attach(transactions, content, f"figures-{since}-{until}.{suffix}", media_type)


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

    return _attach(transactions, await transactions.read(read), f"bookings-{since}-{until}.{suffix}", media_type)


def _attach(transactions: Transactions, content: bytes, name: str, media_type: str) -> Response[bytes]:
    """Return a file under the business's name."""
    attachment = f'attachment; filename="{transactions.actor.tenant.slug}-{name}"'
    return Response(content, media_type=media_type, headers={"Content-Disposition": attachment})


handlers = [get_figures, get_trend, get_figures_csv, get_figures_xlsx, get_csv, get_xlsx, get_ics]
