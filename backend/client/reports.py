"""Routes of figures, exported files and the audit log."""

from typing import Literal

from backend.client.requests import Requester
from backend.contract import audit, reports

ExportFormat = Literal["csv", "xlsx", "ics"]
TableFormat = Literal["csv", "xlsx"]
Query = list[tuple[str, str | int]]


class ReportRoutes(Requester):
    """`/v1/reports` and `/v1/audit` (admins)."""

    __slots__ = ()

    async def get_figures(
        self, from_: str, to: str, *, specialist_id: int | None = None, service_id: int | None = None
    ) -> reports.Figures:
        """Return the business's figures, or those of a specialist or service; `from_` and `to` are local dates, inclusive."""
        query: Query = [("from", from_), ("to", to), *_part(specialist_id, service_id)]
        return await self.call("GET", "/v1/reports/figures", reports.Figures, query=query)

    async def get_trend(
        self,
        from_: str,
        to: str,
        by: reports.PeriodKind,
        *,
        week_start: int = 0,
        specialist_id: int | None = None,
        service_id: int | None = None,
    ) -> reports.Trend:
        """Return the weeks or months of local dates, inclusive, side by side; `week_start` 0 is Monday."""
        query: Query = [("from", from_), ("to", to), ("by", by), ("week_start", week_start)]
        query += _part(specialist_id, service_id)
        return await self.call("GET", "/v1/reports/trend", reports.Trend, query=query)

    async def export_figures(
        self, file_format: TableFormat, from_: str, to: str, locale: str, *, week_start: int = 0
    ) -> bytes:
        """Return the figures of the local dates, inclusive, as a file with titles in the language of `locale`."""
        query: Query = [("from", from_), ("to", to), ("locale", locale), ("week_start", week_start)]
        return await self.read_bytes(f"/v1/reports/figures.{file_format}", query=query)

    async def export_bookings(self, file_format: ExportFormat, from_: str, to: str, locale: str) -> bytes:
        """Return the bookings of the local dates, inclusive, as a file with titles in the language of `locale`."""
        query = [("from", from_), ("to", to), ("locale", locale)]
        return await self.read_bytes(f"/v1/reports/bookings.{file_format}", query=query)

    async def list_audit(self, limit: int, cursor: str | None = None, about: str | None = None) -> audit.AuditPage:
        """Return entries of the audit log, newest first; `about` is `<kind>:<id>` of who or what they concern."""
        query: list[tuple[str, str | int]] = [("limit", limit)]
        if cursor is not None:
            query.append(("cursor", cursor))
        if about is not None:
            query.append(("about", about))
        return await self.call("GET", "/v1/audit", audit.AuditPage, query=query)


def _part(specialist_id: int | None, service_id: int | None) -> Query:
    wanted = (("specialist_id", specialist_id), ("service_id", service_id))
    return [(name, value) for name, value in wanted if value is not None]
