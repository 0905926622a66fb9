"""To whom a message about a booking goes, and when it is due. Pure; instants are epoch seconds."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from backend import clock
from backend.contract.bookings import Status
from backend.contract.notices import Kind
from backend.contract.people import Role
from backend.contract.tenancy import QuietHours
from backend.quiet_hours import end_of_quiet, quiet_stretch

# The states of a message in the outbox. A leased one is a sender's until its lease ends.
NoticeStatus = Literal["waiting", "leased", "sent", "failed", "dropped"]
# How far the delivery of a message is, beside its status:
#   claimed  a sender has it and has not begun to send it
#   begun    a broadcast's message is being sent: after a crash nobody knows whether it arrived
#   unsure   it has failed and may have arrived all the same; it is never tried again
#   last     what a progress message shows now does not change any more
# A leased message without a value was leased by a release that did not know the column: it may have been begun.
Delivery = Literal["claimed", "begun", "unsure", "last"]

MINUTE = 60
# A message put off by quiet hours must still leave this long before the booking, else it is brought forward.
ENOUGH_MIN = 60
# In which states a booking has reminders.
REMINDED: frozenset[Status] = frozenset({"confirmed"})
# Who is told of a change, besides the person who made it.
_AUDIENCE: dict[Kind, frozenset[Role]] = {
    "booked": frozenset({"client", "specialist", "admin"}),
    "restored": frozenset({"client", "specialist", "admin"}),
    "moved": frozenset({"client", "specialist", "admin"}),
    "places": frozenset({"client", "specialist", "admin"}),
    "cancelled": frozenset({"client", "specialist", "admin"}),
    "approval_asked": frozenset({"specialist", "admin"}),
    "approved": frozenset({"client", "specialist"}),
    "declined": frozenset({"client"}),
    "request_expired": frozenset({"client"}),
    "move_requested": frozenset({"specialist", "admin"}),
    "move_kept": frozenset({"client"}),
    "move_unanswered": frozenset({"client"}),
}
# What tells a client how a booking stands; it is edited once that has changed. The newest of `CARDS` shows all of it.
CARDS: frozenset[Kind] = frozenset(
    {"booked", "restored", "moved", "cancelled", "approval_asked", "approved", "declined", "request_expired"}
)
ABOUT_BOOKING = CARDS | {"reminder", "move_asked", "text"}
# Messages that ask for an answer to a request.
REQUEST_KINDS: tuple[Kind, ...] = ("approval_asked", "approval_reminder")
# From the role nearest to a booking to the farthest.
_NEAREST: tuple[Role, ...] = ("client", "specialist", "admin")


class Recipient(NamedTuple):
    """A person who gets a message, and the role in which they get it."""

    person_id: int
    role: Role


class Reminder(NamedTuple):
    """A reminder to write: minutes before the booking, and the instant at which it is sent."""

    lead_min: int
    due_at: int


def choose_recipients(kind: Kind, audience: Iterable[Recipient], actor_id: int | None) -> list[Recipient]:
    """Return one recipient a person, in the role nearest to the booking; not the person who made the change.

    The exception is the client's own confirmation, which they keep in the chat.
    """
    role_of: dict[int, Role] = {}
    for person_id, role in sorted(audience, key=lambda concerned: _NEAREST.index(concerned.role)):
        role_of.setdefault(person_id, role)
    return [
        Recipient(person_id, role)
        for person_id, role in role_of.items()
        if role in _AUDIENCE.get(kind, ()) and (person_id != actor_id or (kind == "booked" and role == "client"))
    ]


def choose_staff(audience: Iterable[Recipient]) -> list[Recipient]:
    """Return the specialists, or the admins where there is none."""
    by_role: dict[Role, list[Recipient]] = {"specialist": [], "admin": []}
    for recipient in audience:
        if recipient.role != "client":
            by_role[recipient.role].append(recipient)
    return by_role["specialist"] or by_role["admin"]


def notice_due(now: int, starts_at: int, quiet: QuietHours | None, tz: ZoneInfo, *, waits: bool) -> int:
    """Return when a message about a change is sent: now, or after the quiet hours if it `waits` and the booking is later."""
    stretch = quiet_stretch(now, quiet, tz) if waits else None
    if stretch is None or stretch[1] + ENOUGH_MIN * MINUTE > starts_at:
        return now
    return stretch[1]


def waking_time(at: int, latest: int, quiet: QuietHours, tz: ZoneInfo) -> int | None:
    """Return the instant, or the end of the night around it; None where that is not before `latest`."""
    awake = end_of_quiet(at, quiet, tz)
    return awake if awake < latest else None


def plan_reminders(
    booking_id: int, starts_at: int, leads_min: Iterable[int], quiet: QuietHours | None, tz: ZoneInfo, now: int
) -> list[Reminder]:
    """Return the reminders still ahead of `now`, each lead once, in order of time.

    A lead is counted on the wall clock of the business: 24 h before 10:00 is 10:00 the day before, also over a change
    of the clock. Quiet hours put a reminder off to their end, or bring it forward to their beginning where the booking
    is near. Reminders that fall on one minute are spread over the time before it, by the booking's number.
    """
    due_by_lead: dict[int, int] = {}
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
        due_by_lead = {other: at for other, at in due_by_lead.items() if abs(at - due) > 10 * MINUTE} | {lead: due}
    ahead = (Reminder(lead, due) for lead, due in due_by_lead.items() if due > now)
    return sorted(ahead, key=lambda reminder: reminder.due_at)


def _instant(starts_at: int, lead_min: int, tz: ZoneInfo) -> int:
    wall = datetime.fromtimestamp(starts_at, tz).replace(tzinfo=None) - timedelta(minutes=lead_min)
    instant = clock.wall_to_epoch(wall, tz)
    # in a gap of the clock a short lead may land on the booking itself
    return instant if instant < starts_at else starts_at - lead_min * MINUTE


def _spread(booking_id: int, lead_min: int) -> int:
    """Return seconds, up to 1 % of the lead and at most five minutes, even over the numbers of bookings."""
    window = min(300, lead_min * MINUTE // 100)
    return booking_id * 7919 % (window + 1)
