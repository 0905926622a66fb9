"""All bookings of a client as one RFC 5545 calendar, with the UID and SEQUENCE that each has in its own file."""

from collections.abc import Sequence
from datetime import UTC, datetime

from backend.contract.bookings import Booking
from backend.contract.tenancy import Tenant
from bot.ui import cards
from bot.ui.text import clean_text, one_line
from bot.ui.times import parse


def calendar_file(tenant: Tenant, bookings: Sequence[Booking], now: float) -> bytes:
    """Return the file. Times are UTC, so that every calendar shows them in its own zone; `now` is epoch seconds."""
    from icalendar import Calendar, Event  # 0.2 s of import that only this screen needs

    calendar = Calendar()
    calendar.add("prodid", "-//Slotgate//Slotgate//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for booking in bookings:
        event = Event()
        event.add("uid", f"booking-{booking.id}@{tenant.slug}.slotgate")
        event.add("sequence", booking.sequence)
        event.add("dtstamp", datetime.fromtimestamp(now, UTC))
        event.add("dtstart", parse(booking.start).astimezone(UTC))
        event.add("dtend", parse(booking.end).astimezone(UTC))
        event.add("summary", f"{cards.service_names(booking)}, {one_line(tenant.name)}")
        event.add("description", cards.specialist_names(booking))
        event.add("status", "TENTATIVE" if booking.status == "pending" else "CONFIRMED")
        if tenant.address.strip():
            event.add("location", clean_text(tenant.address, 300))
        calendar.add_component(event)
    return bytes(calendar.to_ical())
