"""Bookings as calendar files (RFC 5545): a booking has the same UID in each, and a SEQUENCE that grows when it moves.

Times are UTC, so that no zone definition has to go with them.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from icalendar import Calendar, Event

from backend.auth.actor import TenantRow
from backend.contract.bookings import Booking, Status

_STATUS: dict[Status, str] = {
    "held": "TENTATIVE",
    "pending": "TENTATIVE",
    "cancelled": "CANCELLED",
    "expired": "CANCELLED",
}


class CalendarEvent(NamedTuple):
    """A booking as an event; `start` and `end` are in UTC."""

    booking_id: int
    sequence: int
    status: Status
    start: datetime
    end: datetime
    summary: str
    description: str


def render_calendar(tenant: TenantRow, events: Iterable[CalendarEvent], now: int, **properties: str) -> bytes:
    """Return a file with these events; `properties` are the calendar's own, `_` for `-` in their names."""
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", "-//Slotgate//Slotgate//EN")
    for name, value in properties.items():
        calendar.add(name.replace("_", "-"), value)
    stamp = datetime.fromtimestamp(now, UTC)
    for booking in events:
        event = Event()
        event.add("uid", f"booking-{booking.booking_id}@{tenant.slug}.slotgate")
        event.add("sequence", booking.sequence)
        event.add("dtstamp", stamp)
        event.add("dtstart", booking.start)
        event.add("dtend", booking.end)
        event.add("summary", booking.summary)
        event.add("description", booking.description)
        if tenant.address:
            event.add("location", tenant.address)
        event.add("status", _STATUS.get(booking.status, "CONFIRMED"))
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def render_booking_file(tenant: TenantRow, booking: Booking, now: int) -> bytes:
    """Return a file with one booking, as its client takes it into their calendar."""
    cancelled = _STATUS.get(booking.status) == "CANCELLED"
    return render_calendar(tenant, [_client_event(tenant, booking)], now, method="CANCEL" if cancelled else "PUBLISH")


def render_own_file(tenant: TenantRow, bookings: Iterable[Booking], now: int) -> bytes:
    """Return a file with a client's bookings, none of them cancelled."""
    return render_calendar(tenant, (_client_event(tenant, booking) for booking in bookings), now, method="PUBLISH")


def _client_event(tenant: TenantRow, booking: Booking) -> CalendarEvent:
    services = ", ".join(dict.fromkeys(item.service_name for item in booking.items))
    return CalendarEvent(
        booking.id,
        booking.sequence,
        booking.status,
        datetime.fromisoformat(booking.start),
        datetime.fromisoformat(booking.end),
        f"{services} · {tenant.name}",
        ", ".join(dict.fromkeys(item.specialist_name for item in booking.items)),
    )
