"""Bookings as calendar files (RFC 5545, RFC 5546): a booking has the same UID in each, and a SEQUENCE that grows.

Times are UTC, so that no zone definition has to go with them.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

from icalendar import Alarm, Calendar, Event, vCalAddress, vText

from backend.auth.actor import TenantRow
from backend.contract.bookings import Booking, Status

# How long before the start a calendar reminds where the business sends no reminders.
DEFAULT_ALARM_MIN = 60
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


def render_calendar(
    tenant: TenantRow,
    events: Iterable[CalendarEvent],
    now: int,
    *,
    method: Literal["PUBLISH", "CANCEL"] | None = None,
    name: str | None = None,
) -> bytes:
    """Return a file with these events.

    With a method it is a message from the business, which organizes them; what it publishes reminds of itself, as early as
    the business's last reminder."""
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", "-//Slotgate//Slotgate//EN")
    if method is not None:
        calendar.add("method", method)
    if name is not None:
        calendar.add("x-wr-calname", name)
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
        status = _STATUS.get(booking.status, "CONFIRMED")
        event.add("status", status)
        if method is not None:
            event.add("organizer", _organizer(tenant))
        # a cancellation may not have one (RFC 5546, 3.2.5)
        if method == "PUBLISH" and status != "CANCELLED":
            event.add_component(_alarm(tenant, booking.summary))
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _organizer(tenant: TenantRow) -> vCalAddress:
    """Return the business; its address takes no mail, for answers are given in the bot."""
    organizer = vCalAddress(f"mailto:{tenant.slug}@slotgate.invalid")
    organizer.params["cn"] = vText(tenant.name)
    return organizer


def _alarm(tenant: TenantRow, summary: str) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", summary)
    alarm.add("trigger", -timedelta(minutes=min(tenant.policies.reminders_min, default=DEFAULT_ALARM_MIN)))
    return alarm


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
