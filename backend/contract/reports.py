"""Figures of a business over a range of local dates."""

from backend.contract import Answer
from backend.contract.times import Day


class Totals(Answer):
    """`booked` counts the bookings that were made, in any state by now; a place that is only held is not one yet.

    `revenue` is `earned` (took place, or has begun) and `planned` (still ahead); `lost` is that of bookings that were
    cancelled or missed.
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


class PartFigures(Answer):
    """One service or specialist, counted by the services of bookings.

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


class Figures(Answer, rename={"since": "from", "until": "to"}):
    """`GET /v1/reports/figures?from=&to=` (admins): local dates, inclusive, at most 366 days."""

    since: Day
    until: Day
    currency: str
    total: Totals
    days: list[DayFigures]
    specialists: list[PartFigures]
    services: list[PartFigures]
