"""The hours in which people are left alone, and until when a request is answered outside of them.

Where a business approves bookings by hand, a booking is a request until somebody answers it. Pure; instants are epoch
seconds.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from backend import clock
from backend.contract.tenancy import Policies, QuietHours

Stretch = tuple[int, int]
# When nobody is expected to answer where a business has set no quiet hours.
NIGHT = QuietHours(start="22:00", end="08:00")
# An answer comes at least this long before the start, and staff have at least this long to give it.
BEFORE_START_S = LEAST_S = 3600
_FAR = 2**60


def quiet_stretch(at: int, quiet: QuietHours | None, tz: ZoneInfo) -> Stretch | None:
    """Return the quiet hours around an instant, half-open, or None if it lies in none."""
    return next((stretch for stretch in _stretches_near(at, quiet, tz) if stretch[0] <= at < stretch[1]), None)


def end_of_quiet(at: int, quiet: QuietHours | None, tz: ZoneInfo) -> int:
    """Return the instant itself, or the end of the quiet hours around it."""
    stretch = quiet_stretch(at, quiet, tz)
    return at if stretch is None else stretch[1]


def add_waking(since: int, seconds: int, quiet: QuietHours | None, tz: ZoneInfo, latest: int) -> int:
    """Return the instant at which so many seconds outside the quiet hours have passed, at most `latest`."""
    at, left = since, seconds
    while at < latest:
        stretch = next((stretch for stretch in _stretches_near(at, quiet, tz) if stretch[1] > at), None)
        if stretch is None or at + left <= stretch[0]:
            return min(at + left, latest)
        left -= max(0, stretch[0] - at)
        at = stretch[1]
    return latest


def count_waking(since: int, until: int, quiet: QuietHours | None, tz: ZoneInfo) -> int:
    """Return how many seconds of `[since, until)` lie outside the quiet hours."""
    at, count = since, 0
    while at < until:
        stretch = next((stretch for stretch in _stretches_near(at, quiet, tz) if stretch[1] > at), None)
        if stretch is None:
            return count + until - at
        count += max(0, min(stretch[0], until) - at)
        at = stretch[1]
    return count


def _stretches_near(at: int, quiet: QuietHours | None, tz: ZoneInfo) -> list[Stretch]:
    """Return the quiet hours that begin on the day before the instant, on its own day and on the next, in order."""
    if quiet is None or quiet.start == quiet.end:
        return []
    today = clock.local_date(at, tz)
    stretches = []
    for day in (today - timedelta(days=1), today, today + timedelta(days=1)):
        end_day = day if quiet.end > quiet.start else day + timedelta(days=1)
        start = clock.wall_to_epoch(datetime.fromisoformat(f"{day}T{quiet.start}"), tz)
        end = clock.wall_to_epoch(datetime.fromisoformat(f"{end_day}T{quiet.end}"), tz, end=True)
        if start < end:
            stretches.append((start, end))
    return stretches


def answer_deadline(policies: Policies, tz: ZoneInfo, asked_at: int, starts_at: int) -> int:
    """Return the instant until which a request is answered: hours of the night do not count."""
    quiet, latest = policies.quiet_hours or NIGHT, starts_at - BEFORE_START_S
    return min(latest, add_waking(asked_at, policies.request_expiry_min * 60, quiet, tz, latest))


def earliest_request(policies: Policies, tz: ZoneInfo, now: int) -> int:
    """Return the first start for which staff still have enough time to answer."""
    return add_waking(now, LEAST_S, policies.quiet_hours or NIGHT, tz, _FAR) + BEFORE_START_S


def leaves_time(policies: Policies, tz: ZoneInfo, now: int, decide_by: int) -> bool:
    """Return whether staff have enough time to answer until then."""
    return count_waking(now, decide_by, policies.quiet_hours or NIGHT, tz) >= LEAST_S


def remind_at(policies: Policies, tz: ZoneInfo, asked_at: int, decide_by: int) -> int:
    """Return when staff are reminded of a request: half of their time has passed, and it is no hour of the night."""
    quiet = policies.quiet_hours or NIGHT
    return add_waking(asked_at, count_waking(asked_at, decide_by, quiet, tz) // 2, quiet, tz, decide_by)
