"""Messages that ask staff for an answer to a request: reminded of once, and changed when somebody has answered."""

from collections.abc import Sequence
from typing import Protocol

from backend import clock
from backend.auth.actor import TenantRow
from backend.outbox.queries import NewNotice, renew_notices
from backend.outbox.rules import REQUEST_KINDS
from backend.quiet_hours import remind_at
from backend.transactions import UnitOfWork


class AskedBooking(Protocol):
    """What a request is reminded of by: columns of its row."""

    @property
    def id(self) -> int:
        """The booking's id."""

    @property
    def decide_by(self) -> int | None:
        """Until when it is answered, in epoch seconds, where it is a request."""


def plan_request_reminders(tenant: TenantRow, booking: AskedBooking, asked: Sequence[NewNotice]) -> list[NewNotice]:
    """Return what reminds those who are asked for an answer when half of the time for it has passed."""
    if booking.decide_by is None:
        return []
    tz, decide_by = clock.load_zone(tenant.timezone), booking.decide_by
    return [
        notice._replace(
            kind="approval_reminder",
            due_at=remind_at(tenant.policies, tz, notice.created_at, decide_by),
            expires_at=decide_by,
            dedupe_key=f"request:{booking.id}:{decide_by}:{notice.person_id}",
        )
        for notice in asked
    ]


def renew_request_notices(unit: UnitOfWork, booking_id: int) -> None:
    """Let the notices that asked for an answer say what has become of the request, to everybody who got them."""
    renew_notices(unit.conn, unit.tenant_id, booking_id, REQUEST_KINDS, unit.now)
