"""Figures of a business over a range of local dates."""

from backend.contract import Answer


class Totals(Answer):
    """`booked` counts visits that were taken, whatever became of them; `revenue` is what took place or will.

    `no_show_rate` is no-shows out of visits whose time has come, 0 to 1; None where none has come yet."""

    booked: int
    held: int
    pending: int
    confirmed: int
    arrived: int
    completed: int
    no_show: int
    cancelled: int
    revenue: str
    no_show_rate: float | None


class DayFigures(Answer):
    """One local date, by the visit's start."""

    date: str
    booked: int
    cancelled: int
    no_show: int
    revenue: str


class PartFigures(Answer):
    """One service or specialist, counted by the services of visits.

    For specialists: `booked_min` of their `open_min`, and `occupancy` 0 to 1 (None where nothing was open; above 1
    where they worked beyond their hours). For services both minutes and occupancy are None."""

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

    since: str
    until: str
    currency: str
    total: Totals
    days: list[DayFigures]
    specialists: list[PartFigures]
    services: list[PartFigures]
