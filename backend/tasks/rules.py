"""When a client is asked for a new time, asked again, and staff are warned. Pure; instants are epoch seconds."""

from typing import NamedTuple
from zoneinfo import ZoneInfo

from backend.contract.schedule import Cause
from backend.contract.tenancy import QuietHours
from backend.outbox.rules import waking_time
from backend.quiet_hours import quiet_stretch

ASK_AGAIN_S = 2 * 3600
WARN_BEFORE_S = 3 * 3600
# From the change that is taken back most easily to the one that stands in the way longest.
_WEIGHT: tuple[Cause, ...] = (
    "asked",
    "closure",
    "time_off",
    "hours",
    "capacity",
    "room",
    "service",
    "specialist",
)


class Plan(NamedTuple):
    """When the client is asked for the first time and again, and staff are warned; None: it would come too late."""

    ask_at: int
    ask_again_at: int | None
    warn_at: int | None


def plan_messages(now: int, starts_at: int, quiet: QuietHours, tz: ZoneInfo) -> Plan:
    """Return when the messages of a new task are sent; nothing at night, unless the booking begins before its end."""
    ask_at = waking_time(now, starts_at, quiet, tz) or now
    warn_at = starts_at - WARN_BEFORE_S
    if (stretch := quiet_stretch(warn_at, quiet, tz)) is not None:
        # in the morning, or the evening before
        warn_at = stretch[1] if stretch[1] < starts_at else stretch[0] - 60
    return Plan(
        ask_at=ask_at,
        ask_again_at=waking_time(ask_at + ASK_AGAIN_S, starts_at, quiet, tz),
        warn_at=warn_at if warn_at > now else None,
    )


def heavier_cause(one: Cause, other: Cause) -> Cause:
    """Return the cause that must go before the booking can take place as booked."""
    return max(one, other, key=_WEIGHT.index)
