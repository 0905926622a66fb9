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
    release_many,
    shift_bookings,
)
from backend.db import dialect
from backend.db.tables import ACTIVE
from backend.errors import SlotTaken

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
    moved_s = {shift.booking.id: shift.seconds for shift in ordered}
    active: dict[int, list[int]] = defaultdict(list)
    for booking, seconds in ordered:
        if booking.status in ACTIVE:
            active[seconds].append(booking.id)
        else:
            shift_bookings(conn, tenant_id, [booking.id], seconds, takes_places=False)
    for ids in chunks_of([booking_id for booking_ids in active.values() for booking_id in booking_ids]):
        release_many(conn, tenant_id, ids)
    in_the_way = [
        booking_id
        for seconds, booking_ids in active.items()
        for ids in chunks_of(booking_ids)
        if not _take_places(conn, tenant_id, ids, seconds)
        for booking_id in ids
        if not _take_places(conn, tenant_id, [booking_id], seconds)
    ]
    # once all others have theirs, so that none of these takes the place of another
    for booking_id in in_the_way:
        rather = None if rather_s is None else rather_s.get(booking_id)
        moved_s[booking_id] = _take_nearest(conn, tenant_id, booking_id, moved_s[booking_id], rather)
    return moved_s


def _take_nearest(conn: Connection, tenant_id: int, booking_id: int, wanted_s: int, rather_s: int | None) -> int:
    """Take the free place nearest to where a booking wants to be and return by how many seconds it has moved.

    `rather_s` is tried first."""
    steps = range(STEP_S, NEAR_S + STEP_S, STEP_S)
    near = chain.from_iterable((step, -step) for step in steps)
    far = count(NEAR_S + 3600, 3600)
    first = () if rather_s is None else (rather_s,)
    for seconds in chain(first, (wanted_s + away for away in chain(near, far))):
        if _take_places(conn, tenant_id, [booking_id], seconds):
            return seconds
    raise AssertionError("time ends nowhere")


def _take_places(conn: Connection, tenant_id: int, booking_ids: list[int], seconds: int) -> bool:
    """Take the places of bookings so many seconds later, or change nothing and return False where one is taken."""
    try:
        with dialect.open_savepoint(conn, "shift"):
            shift_bookings(conn, tenant_id, booking_ids, seconds, takes_places=True)
    except SlotTaken:
        return False
    return True
