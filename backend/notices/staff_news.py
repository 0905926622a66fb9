"""What admins are told of the team and of clients, with the names that hold when it is sent."""

import re

from sqlalchemy import Connection

from backend.audit.queries.pages import load_names_of
from backend.auth.actor import TenantRow
from backend.bookings.queries.loading import load_bookings
from backend.bookings.view import render_bookings
from backend.contract.notices import STAFF_NEWS, StaffNews
from backend.contract.people import Role
from backend.messages.queries import load_names

_ITEM = re.compile(r"(off|back|joined|coming):(\d{1,15})(?::(\S+))?", re.ASCII)
_STANDS = ("pending", "confirmed", "arrived")


def read_news(conn: Connection, tenant: TenantRow, text: str | None, now: int) -> list[StaffNews]:
    """Return what such a text tells of, in order; [] for every other text. What does not stand any more is left out."""
    first, *items = (text or "").split() or [""]
    if first != STAFF_NEWS:
        return []
    # an item that a later release writes is left out
    parts = [(match[1], int(match[2]), match[3] or "") for match in map(_ITEM.fullmatch, items) if match]
    ids = {what: {number for kind, number, _ in parts if kind == what} for what in ("off", "back", "joined", "coming")}
    calendars = load_names_of(conn, tenant.id, "specialist", ids["off"] | ids["back"])
    people = load_names(conn, tenant.id, ids["joined"])
    rows = load_bookings(conn, tenant.id, ids["coming"])
    stand = [each for each in render_bookings(conn, tenant, rows, None, now) if each.coming and each.status in _STANDS]
    bookings = {booking.id: booking for booking in stand}
    news = []
    for what, about_id, more in parts:
        if what in ("off", "back") and about_id in calendars:
            start, _, end = more.partition("/")
            news.append(
                StaffNews(
                    what="off" if what == "off" else "back",
                    id=about_id,
                    name=calendars[about_id],
                    local_start=start,
                    local_end=end,
                )
            )
        elif what == "joined" and about_id in people:
            role: Role = "admin" if more == "admin" else "specialist"
            news.append(StaffNews(what="joined", id=about_id, name=people[about_id], role=role))
        elif what == "coming" and (booking := bookings.get(about_id)) is not None:
            services = [item.service_name for item in booking.items]
            news.append(
                StaffNews(what="coming", id=about_id, name=booking.client_name, start=booking.start, services=services)
            )
    return news
