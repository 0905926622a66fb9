"""Bookings added up, and how the sums are shown."""

from collections import defaultdict
from typing import Protocol

from backend.contract.bookings import Status
from backend.contract.reports import DayFigures, PartFigures, Totals
from backend.kit.text import format_money
from backend.reports import rules
from backend.reports.queries.lines import NamedRow


class Count(Protocol):
    """A row of counts, whatever it is grouped by."""

    @property
    def status(self) -> Status:
        """The status of all that is counted."""

    @property
    def bookings(self) -> int:
        """How many there are."""

    @property
    def price(self) -> int:
        """The sum of their prices, in hundredths."""

    @property
    def begun(self) -> int:
        """How many have begun."""

    @property
    def begun_price(self) -> int:
        """The sum of the prices of those."""

    @property
    def lost_price(self) -> int:
        """What was lost by them."""


class Tally:
    """Bookings added up: by status, the money, and how many have begun."""

    def __init__(self) -> None:
        self.by_status: dict[Status, int] = defaultdict(int)
        self.earned = 0
        self.planned = 0
        self.lost = 0
        self.begun = 0

    def add(self, row: Count) -> None:
        """Add the bookings of a row."""
        self.by_status[row.status] += row.bookings
        self.lost += row.lost_price
        if row.status in rules.EARNING:
            self.earned += row.begun_price
            self.planned += row.price - row.begun_price
            self.begun += row.begun
        elif row.status == "no_show":
            self.begun += row.bookings

    @property
    def revenue(self) -> int:
        """What was earned and what is planned."""
        return self.earned + self.planned

    @property
    def booked(self) -> int:
        """How many bookings were made."""
        return sum(self.by_status.values())

    @property
    def no_show_rate(self) -> float | None:
        """The share of no-shows among the bookings whose time has come."""
        return rules.share_of(self.by_status["no_show"], self.begun)

    def totals(self) -> Totals:
        """Return what is shown of all of them."""
        status = self.by_status
        return Totals(
            booked=self.booked,
            pending=status["pending"],
            confirmed=status["confirmed"],
            arrived=status["arrived"],
            completed=status["completed"],
            no_show=status["no_show"],
            cancelled=status["cancelled"],
            revenue=format_money(self.revenue),
            earned=format_money(self.earned),
            planned=format_money(self.planned),
            lost=format_money(self.lost),
            no_show_rate=self.no_show_rate,
        )

    def of_day(self, day: str) -> DayFigures:
        """Return what is shown of a date."""
        return DayFigures(
            date=day,
            booked=self.booked,
            cancelled=self.by_status["cancelled"],
            no_show=self.by_status["no_show"],
            revenue=format_money(self.revenue),
            earned=format_money(self.earned),
            planned=format_money(self.planned),
            lost=format_money(self.lost),
        )

    def of_part(self, row: NamedRow, booked_min: int | None = None, open_min: int | None = None) -> PartFigures:
        """Return what is shown of a service, or of a specialist with their minutes."""
        return PartFigures(
            id=row.id,
            name=row.name,
            booked=self.booked,
            cancelled=self.by_status["cancelled"],
            no_show=self.by_status["no_show"],
            revenue=format_money(self.revenue),
            no_show_rate=self.no_show_rate,
            booked_min=booked_min,
            open_min=open_min,
            occupancy=None if booked_min is None or open_min is None else rules.share_of(booked_min, open_min),
            earned=format_money(self.earned),
            planned=format_money(self.planned),
            lost=format_money(self.lost),
        )
