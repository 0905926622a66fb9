"""The gateway's audit: one line per decision, who, what, when, from where; never a text, a name or a secret.

Changes of data are audited by the backend, in the database; this is what came to the door and how it ended."""

from backend.kit.logging import utc_timestamp, write_line


class Audit:
    """Writes decisions into the log. For what is ignored nobody is named."""

    def update(
        self,
        *,
        tenant: str,
        outcome: str,
        status: int,
        source: str,
        request_id: str,
        update_id: int | None = None,
        kind: str | None = None,
        person: int | None = None,
        ms: int | None = None,
        detail: str | None = None,
    ) -> None:
        """A decision about an update; `source` is the peer's address or `polling`, `person` a Telegram id."""
        line: dict[str, object] = {
            "timestamp": utc_timestamp(),
            "level": "info",
            "event": "update",
            "tenant": tenant,
            "outcome": outcome,
            "status": status,
            "from": source,
            "request_id": request_id,
        }
        if update_id is not None:
            line["update_id"] = update_id
        if kind is not None:
            line["kind"] = kind
        if person is not None:
            line["tg_id"] = person
        if ms is not None:
            line["ms"] = ms
        if detail is not None:
            line["detail"] = detail
        write_line(line)

    def public(self, *, tenant: str, method: str, route: str, status: int, source: str, request_id: str) -> None:
        """A decision about a public client's request; `route` is the policy's pattern, never the path as sent."""
        write_line(
            {
                "timestamp": utc_timestamp(),
                "level": "info",
                "event": "public",
                "tenant": tenant,
                "method": method,
                "route": route,
                "status": status,
                "from": source,
                "request_id": request_id,
            }
        )
