"""The gateway's audit: one log line per decision, who, what, when, from where; never a text, a name or a secret.

Changes of data are audited by the backend, in the database. This is what arrived and how it ended.
"""

from collections import Counter
from collections.abc import Mapping

from backend.kit.logging import log, utc_timestamp, write_line

_NO_DETAILS: Mapping[str, object] = {}
# (tenant, outcome, status) -> how many since they were last written
_shed: Counter[tuple[str, str, int]] = Counter()


def record_update(
    slug: str,
    outcome: str,
    status: int,
    source: str,
    request_id: str,
    details: Mapping[str, object] = _NO_DETAILS,
) -> None:
    """Log how an update ended; `source` is the peer's address, `polling` or `replay`.

    `details` may have `update_id`, `kind`, `tg_id`, `ms` and `detail`, and nothing of what the update says. The slug is
    empty for an unknown tenant: what such a caller wrote into the path is not repeated.
    """
    write_line(
        {
            "timestamp": utc_timestamp(),
            "level": "info",
            "event": "update",
            "tenant": slug,
            "outcome": outcome,
            "status": status,
            "from": source,
            "request_id": request_id,
            **details,
        }
    )


def count_shed_update(slug: str, outcome: str, status: int) -> None:
    """Count an update that was sent away unread; a line for each would cost more than sending it away."""
    _shed[slug, outcome, status] += 1


def write_shed_updates() -> None:
    """Log how many updates were sent away unread since the last call: a line for each tenant and outcome."""
    shed = list(_shed.items())
    _shed.clear()
    for (slug, outcome, status), count in shed:
        log.warning("updates_shed", tenant=slug, outcome=outcome, status=status, count=count)


def record_public_request(slug: str, method: str, route: str, status: int, source: str, request_id: str) -> None:
    """Log how a public client's request ended; `route` is the policy's pattern, never the path as it was sent."""
    write_line(
        {
            "timestamp": utc_timestamp(),
            "level": "info",
            "event": "public",
            "tenant": slug,
            "method": method,
            "route": route,
            "status": status,
            "from": source,
            "request_id": request_id,
        }
    )
