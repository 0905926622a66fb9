"""Routes of figures, exported files and the audit log."""

from typing import Literal

from backend.client.requests import Requester
from backend.contract import audit, reports

ExportFormat = Literal["csv", "xlsx", "ics"]


class ReportRoutes(Requester):
    """`/v1/reports` and `/v1/audit` (admins)."""

    __slots__ = ()

    async def get_figures(self, from_: str, to: str) -> reports.Figures:
        """Return the business's figures; `from_` and `to` are local dates, inclusive."""
        return await self.call("GET", "/v1/reports/figures", reports.Figures, query=[("from", from_), ("to", to)])

    async def export_bookings(self, file_format: ExportFormat, from_: str, to: str, locale: str) -> bytes:
        """Return the bookings of the local dates, inclusive, as a file with titles in the language of `locale`."""
        query = [("from", from_), ("to", to), ("locale", locale)]
        return await self.read_bytes(f"/v1/reports/bookings.{file_format}", query=query)

    async def list_audit(self, limit: int, cursor: str | None = None) -> audit.AuditPage:
        """Return entries of the audit log, newest first."""
        query: list[tuple[str, str | int]] = [("limit", limit)]
        if cursor is not None:
            query.append(("cursor", cursor))
        return await self.call("GET", "/v1/audit", audit.AuditPage, query=query)
