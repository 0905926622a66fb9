"""A visit as a calendar file (RFC 5545): a stable UID, a SEQUENCE that grows with every move."""

from datetime import UTC, datetime

from icalendar import Calendar, Event

from backend.auth.actor import TenantRow
from backend.contract.bookings import Booking

_STATUS = {"held": "TENTATIVE", "pending": "TENTATIVE", "cancelled": "CANCELLED", "expired": "CANCELLED"}


def calendar(tenant: TenantRow, booking: Booking, now: int) -> bytes:
    """The file. Times are UTC, so that no zone definition has to go with it."""
    event = Event()
    event.add("uid", f"booking-{booking.id}@{tenant.slug}.slotgate")
    event.add("sequence", booking.sequence)
    event.add("dtstamp", datetime.fromtimestamp(now, UTC))
    event.add("dtstart", datetime.fromisoformat(booking.start))
    event.add("dtend", datetime.fromisoformat(booking.end))
    services = ", ".join(dict.fromkeys(item.service_name for item in booking.items))
    event.add("summary", f"{services} · {tenant.name}")
    event.add("description", ", ".join(dict.fromkeys(item.specialist_name for item in booking.items)))
    if tenant.address:
        event.add("location", tenant.address)
    event.add("status", _STATUS.get(booking.status, "CONFIRMED"))
    file = Calendar()
    file.add("version", "2.0")
    file.add("prodid", "-//Slotgate//Slotgate//EN")
    file.add("method", "CANCEL" if event["status"] == "CANCELLED" else "PUBLISH")
    file.add_component(event)
    return bytes(file.to_ical())
