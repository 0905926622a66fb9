"""Closed days and days off that handle the bookings in their way, in one transaction."""

from collections.abc import Sequence
from datetime import date, timedelta

from backend import clock
from backend.bookings.client_messages import ask_to_move
from backend.bookings.transitions import cancel_booking
from backend.contract.bookings import Booking, Cancel
from backend.contract.overviews import Handled, HandledClosure, HandledTimeOff, Handling
from backend.contract.schedule import Changed, NewTimeOff
from backend.errors import IllegalStep, Invalid
from backend.overviews.cards import list_bookings_on
from backend.schedule.changes import add_closure, add_time_off
from backend.transactions import UnitOfWork


def close_day(unit: UnitOfWork, closure: HandledClosure) -> Handled:
    """Close the business on a date and handle the bookings ahead that begin on it."""
    day = clock.parse_date(closure.date, "date").toordinal()
    in_the_way = list_bookings_on(unit, day, day, None).bookings
    return _handle(unit, add_closure(unit, day), in_the_way, closure.handling)


def take_days_off(unit: UnitOfWork, specialist_id: int, time_off: HandledTimeOff) -> Handled:
    """Take whole dates off and handle the bookings ahead that begin on them. Raises Forbidden, Invalid, NotFound."""
    first, last = clock.parse_date(time_off.first, "first"), clock.parse_date(time_off.last, "last")
    if last < first:
        raise Invalid("The last day must not be before the first.", field="last")
    in_the_way = list_bookings_on(unit, first.toordinal(), last.toordinal(), specialist_id).bookings
    body = NewTimeOff(start=_midnight(first), end=_midnight(last + timedelta(days=1)), reason=time_off.reason)
    return _handle(unit, add_time_off(unit, specialist_id, body), in_the_way, time_off.handling)


def _midnight(day: date) -> str:
    return f"{day.isoformat()}T00:00"


def _handle(unit: UnitOfWork, changed: Changed, bookings: Sequence[Booking], handling: Handling) -> Handled:
    done = 0
    for booking in bookings:
        try:
            if handling == "cancel":
                cancel_booking(unit, booking.id, Cancel())
            else:
                ask_to_move(unit, booking.id)
        except IllegalStep:  # no message reaches the client; nothing has been written
            continue
        done += 1
    return Handled(changed=changed, done=done, missed=len(bookings) - done)
