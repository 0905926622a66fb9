"""Figures of a business over a range of local dates."""

from typing import Literal

from backend.contract import Answer
from backend.contract.times import Day

PeriodKind = Literal["week", "month"]


class Totals(Answer):
    """`booked` counts the bookings that were made, in any state by now; a place that is only held is not one yet.

    `revenue` is `earned` (took place, or has begun) and `planned` (still ahead); `lost` is that of bookings that were
    cancelled or missed, not of requests that nobody had accepted.
    `no_show_rate` is the share of no-shows among the bookings whose time has come, 0 to 1; None where there are none.
    """

    booked: int
    pending: int
    confirmed: int
    arrived: int
    completed: int
    no_show: int
    cancelled: int
    revenue: str
    earned: str
    planned: str
    lost: str
    no_show_rate: float | None


class DayFigures(Answer):
    """One local date, by the booking's start."""

    date: Day
    booked: int
    cancelled: int
    no_show: int
    revenue: str
    earned: str = "0.00"
    planned: str = "0.00"
    lost: str = "0.00"


class HourFigures(Answer):
    """An hour of the week on the business's wall, Monday is 0: the minutes booked and open in it, over all specialists."""

    weekday: int
    hour: int
    booked_min: int
    open_min: int


class PartFigures(Answer):
    """One service or specialist: the bookings that have something of theirs, each once, and what is paid for that.

    For specialists: `booked_min` of their `open_min`, and `occupancy` 0 to 1 (None where nothing was open, above 1
    where they worked beyond their hours). For services both minutes and the occupancy are None.
    """

    id: int
    name: str
    booked: int
    cancelled: int
    no_show: int
    revenue: str
    no_show_rate: float | None
    booked_min: int | None
    open_min: int | None
    occupancy: float | None
    earned: str = "0.00"
    planned: str = "0.00"
    lost: str = "0.00"


class Figures(Answer, rename={"since": "from", "until": "to"}):
    """`GET /v1/reports/figures?from=&to=&specialist_id=&service_id=` (admins): local dates, inclusive, at most 366 days.

    With `specialist_id` or `service_id` only their bookings count, and of a booking only what is theirs is paid for; `name` is
    then that of the service or specialist.
    `clients` came or will come, `new_clients` of them for the first time in the business. `booked_min`, `open_min` and
    `occupancy` are those of all specialists listed (of one service: its minutes, and no occupancy). `hours` has the hours of
    the week in which anything was booked or open.
    """

    since: Day
    until: Day
    currency: str
    total: Totals
    days: list[DayFigures]
    specialists: list[PartFigures]
    services: list[PartFigures]
    name: str = ""
    clients: int = 0
    new_clients: int = 0
    booked_min: int = 0
    open_min: int = 0
    occupancy: float | None = None
    hours: list[HourFigures] = []


class PeriodFigures(Answer, rename={"since": "from", "until": "to"}):
    """A week or a month of a trend: local dates, inclusive. The figures are as in `Figures`."""

    since: Day
    until: Day
    total: Totals
    clients: int
    new_clients: int
    booked_min: int
    open_min: int
    occupancy: float | None


class Trend(Answer):
    """`GET /v1/reports/trend?from=&to=&by=week|month&week_start=&specialist_id=&service_id=` (admins): periods side by side.

    The range has at most 366 days. Weeks begin on `week_start` (0: Monday); the first and the last period are cut to the range.
    """

    currency: str
    by: PeriodKind
    periods: list[PeriodFigures]
    name: str = ""
