"""The visit is booked (or moved): what to know and what can still be done."""

from backend.contract.bookings import Booking
from backend.contract.tenancy import Tenant
from bot.old_way import old_go
from bot.request import Request
from bot.ui import cards
from bot.ui.keyboards import Row, Screen
from bot.ui.text import escape, one_line


def done_screen(request: Request, booking: Booking, tenant: Tenant, key: str = "done") -> Screen:
    """`key` is the headline; a visit that awaits the business's approval has one of its own."""
    if booking.status == "pending":
        key = "done-pending"
    lines = [request.t.html(key, when=request.times.own(booking.start)), "", cards.booking_text(request, booking)]
    if tenant.address.strip():
        lines.append(escape(one_line(tenant.address, 300)))
    rows: list[Row] = [
        [old_go(request.t.label("button-calendar"), "b.ics", booking.id)],
        cards.place_buttons(request, tenant),
        [
            old_go(request.t.label("button-move"), "m.near", booking.id, cards.sole_specialist(booking)),
            old_go(request.t.label("button-cancel-visit"), "b.cx", booking.id),
        ],
        [old_go(request.t.label("button-home"), "c.home")],
    ]
    return Screen("\n".join(lines), rows)
