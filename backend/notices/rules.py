"""When a message is due and to whom it goes. Pure; instants are epoch seconds."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from backend import clock
from backend.contract.notices import Kind
from backend.contract.people import Role
from backend.contract.tenancy import QuietHours

MINUTE = 60
# A message put off by quiet hours must still leave this long before the visit, else it is brought forward.
ENOUGH_MIN = 60
# Delay before the n-th try again, in seconds; the last one repeats.
BACKOFF_S = (5, 15, 60, 120, 300)
# After so long a message is news no more.
GIVE_UP_S = 48 * 3600
# Telegram's limit for one bot's bulk messages.
PER_SECOND = 25

# In which states of its visit a message of a kind still says the truth.
_TRUE_WHILE: dict[str, frozenset[str]] = {
    "booked": frozenset({"confirmed", "arrived", "completed", "no_show"}),
    "moved": frozenset({"pending", "confirmed", "arrived", "completed", "no_show"}),
    "cancelled": frozenset({"cancelled"}),
    "reminder": frozenset({"confirmed"}),
    "approval_asked": frozenset({"pending"}),
    "approved": frozenset({"confirmed", "arrived", "completed", "no_show"}),
    "declined": frozenset({"cancelled"}),
    # a one-time code for a hold
    "code": frozenset({"held"}),
    "move_asked": frozenset({"pending", "confirmed"}),
}
# Who learns of what, besides the person who did it.
_AUDIENCE: dict[str, frozenset[Role]] = {
    "booked": frozenset({"client", "specialist", "admin"}),
    "moved": frozenset({"client", "specialist", "admin"}),
    "cancelled": frozenset({"client", "specialist", "admin"}),
    "approval_asked": frozenset({"specialist", "admin"}),
    "approved": frozenset({"client", "specialist"}),
    "declined": frozenset({"client"}),
}


class Recipient(NamedTuple):
    """Somebody who gets a message, and why."""

    person_id: int
    role: Role


class Reminder(NamedTuple):
    """A reminder to arm: minutes before the visit, and the instant at which it is sent."""

    lead_min: int
    due_at: int


def still_true(kind: str, status: str) -> bool:
    """Whether a message about a visit still says the truth, the visit being in `status`."""
    return status in _TRUE_WHILE.get(kind, frozenset({status}))


def wanted(kind: str, role: str, setting: str) -> bool:
    """Whether somebody who gets a message as staff wants it; what waits for an answer always comes."""
    if role == "client" or setting == "all" or kind not in _TRUE_WHILE or kind == "approval_asked":
        return True
    return setting == "changes" and kind != "booked"


def reminded(status: str) -> bool:
    """Whether a visit in this status is reminded of."""
    return status in _TRUE_WHILE["reminder"]


def recipients(
    kind: Kind, client_id: int, specialists: Iterable[int], admins: Iterable[int], actor_id: int | None
) -> list[Recipient]:
    """One message a person, in the role nearest to the visit; nobody is told what they did themself.

    The exception is the client's own confirmation, which they keep in the chat."""
    found: dict[int, Role] = {}
    roles: tuple[tuple[Role, Iterable[int]], ...] = (
        ("client", (client_id,)),
        ("specialist", specialists),
        ("admin", admins),
    )
    for role, ids in roles:
        for person_id in ids:
            found.setdefault(person_id, role)
    return [
        Recipient(person_id, role)
        for person_id, role in found.items()
        if role in _AUDIENCE.get(kind, ()) and (person_id != actor_id or (kind == "booked" and role == "client"))
    ]


def quiet_stretch(at: int, quiet: QuietHours | None, tz: ZoneInfo) -> tuple[int, int] | None:
    """The quiet hours around an instant, half-open, or None if it lies in none."""
    if quiet is None or quiet.start == quiet.end:
        return None
    today = clock.local_date(at, tz)
    for day in (today - timedelta(days=1), today):
        begin = datetime.fromisoformat(f"{day}T{quiet.start}")
        end_day = day if quiet.end > quiet.start else day + timedelta(days=1)
        start = clock.wall_to_epoch(begin, tz)
        end = clock.wall_to_epoch(datetime.fromisoformat(f"{end_day}T{quiet.end}"), tz, end=True)
        if start <= at < end:
            return start, end
    return None


def notice_due(now: int, starts_at: int, quiet: QuietHours | None, tz: ZoneInfo, *, waits: bool) -> int:
    """When a message about a change is sent: now, or after the quiet hours if it `waits` and the visit is later."""
    stretch = quiet_stretch(now, quiet, tz) if waits else None
    if stretch is None or stretch[1] + ENOUGH_MIN * MINUTE > starts_at:
        return now
    return stretch[1]


def reminders(
    booking_id: int, starts_at: int, leads_min: Iterable[int], quiet: QuietHours | None, tz: ZoneInfo, now: int
) -> list[Reminder]:
    """The reminders still ahead of `now`, each lead once, in order of time.

    A lead is counted on the wall clock of the business: 24 h before 10:00 is 10:00 the day before, whatever the
    clocks did. Quiet hours put it off to their end, or bring it forward to their beginning where the visit is near.
    Visits that fall on one minute are spread over the time before it, by their number."""
    found: dict[int, int] = {}
    for lead in sorted(set(leads_min), reverse=True):
        due = _instant(starts_at, lead, tz)
        spread = _spread(booking_id, lead)
        stretch = quiet_stretch(due, quiet, tz)
        if stretch is None:
            # before its time, unless that is in the quiet hours that have just ended
            due += spread if quiet_stretch(due - spread, quiet, tz) else -spread
        elif stretch[1] + min(ENOUGH_MIN, lead) * MINUTE <= starts_at:
            due = stretch[1] + spread
        else:
            due = stretch[0] - MINUTE - spread
        # two that quiet hours have put on the same time are one: the nearer says more
        found = {other: at for other, at in found.items() if abs(at - due) > 10 * MINUTE} | {lead: due}
    return sorted((Reminder(lead, due) for lead, due in found.items() if due > now), key=lambda r: r.due_at)


def _instant(starts_at: int, lead_min: int, tz: ZoneInfo) -> int:
    wall = datetime.fromtimestamp(starts_at, tz).replace(tzinfo=None) - timedelta(minutes=lead_min)
    instant = clock.wall_to_epoch(wall, tz)
    # in a gap of the clock a short lead may land on the visit itself
    return instant if instant < starts_at else starts_at - lead_min * MINUTE


def _spread(booking_id: int, lead_min: int) -> int:
    """Seconds, up to 1 % of the lead and at most five minutes, even over the numbers of visits."""
    window = min(300, lead_min * MINUTE // 100)
    return booking_id * 7919 % (window + 1)


def retry_at(now: int, attempts: int, retry_after_s: float | None) -> int:
    """When to try again: as Telegram asks, else after a growing delay. `attempts` counts this one."""
    if retry_after_s is not None:
        return now + max(1, int(retry_after_s) + 1)
    return now + BACKOFF_S[min(attempts, len(BACKOFF_S)) - 1]
