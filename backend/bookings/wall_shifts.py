"""Shifting many bookings at once: all give their places back, and each takes its new one.

So none is in another's way that moves as well. What finds its new place taken (the clock skips a time in one zone and not in
the other) takes the nearest free one: no booking is lost.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import chain, count
from typing import NamedTuple

from sqlalchemy import Connection

from backend.bookings.queries.wall_times import (
    PromisedBooking,
    chunks_of,
    set_places_active,
    shift_bookings,
)
from backend.db import dialect
from backend.db.tables import ACTIVE

STEP_S = 300
# So far around its place a booking that cannot have it looks for another at every step, then later at every hour.
NEAR_S = 24 * 3600


class Shift(NamedTuple):
    """A booking as it is, and by how many seconds it moves."""

    booking: PromisedBooking
    seconds: int


def place_shifted(
    conn: Connection, tenant_id: int, shifts: Iterable[Shift], rather_s: Mapping[int, int] | None = None
) -> dict[int, int]:
    """Shift the bookings and return by how many seconds each has moved.

    `rather_s`: by booking, the shift that is tried first where its own is not possible (0: it stays where it is).
    """
    ordered = sorted(shifts, key=lambda shift: (shift.booking.starts_at + shift.seconds, shift.booking.id))
    active = {shift.booking.id: shift.seconds for shift in ordered if shift.booking.status in ACTIVE}
    for ids in chunks_of(active):
        set_places_active(conn, tenant_id, ids, active=False)
    same: dict[int, list[int]] = defaultdict(list)
    for shift in ordered:
        same[shift.seconds].append(shift.booking.id)
    for seconds, booking_ids in same.items():
        for ids in chunks_of(booking_ids):
            shift_bookings(conn, tenant_id, ids, seconds)
    moved_s = {shift.booking.id: shift.seconds for shift in ordered}
    in_the_way = [
        booking_id
        for ids in chunks_of(active)
        if not _take_places(conn, tenant_id, ids)
        for booking_id in ids
        if not _take_places(conn, tenant_id, [booking_id])
    ]
    # once all others have theirs, so that none of these takes the place of another
    for booking_id in in_the_way:
        rather = None if rather_s is None else rather_s.get(booking_id)
        away_s = None if rather is None else rather - active[booking_id]
        moved_s[booking_id] += _take_nearest(conn, tenant_id, booking_id, away_s)
    return moved_s


def _take_nearest(conn: Connection, tenant_id: int, booking_id: int, first_s: int | None) -> int:
    """Take the nearest free place and return how many seconds away from its own that is; `first_s` is tried first."""
    steps = range(STEP_S, NEAR_S + STEP_S, STEP_S)
    near = chain.from_iterable((step, -step) for step in steps)
    far = count(NEAR_S + 3600, 3600)
    first = () if first_s is None else (first_s,)
    for seconds in chain(first, near, far):
        if _take_places(conn, tenant_id, [booking_id], seconds):
            return seconds
    raise AssertionError("time ends nowhere")


def _take_places(conn: Connection, tenant_id: int, booking_ids: list[int], seconds: int = 0) -> bool:
    """Take the places of bookings so many seconds later, or change nothing and return False where one is taken."""
    try:
        with dialect.open_savepoint(conn, "shift"):
            if seconds:
                shift_bookings(conn, tenant_id, booking_ids, seconds)
            set_places_active(conn, tenant_id, booking_ids, active=True)
    except Exception as exc:
        refused = dialect.translate_error(exc)
        if refused is None or refused.status >= 500:
            raise
        return False
    return True
