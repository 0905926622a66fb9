"""Which bookings have no place any more where a capacity or the count of a room is lowered. Pure; instants are epoch seconds."""

from collections.abc import Iterable
from typing import NamedTuple


class Taken(NamedTuple):
    """A stretch that a booking takes of a service's places, or of a room; `amount` is how many."""

    booking_id: int
    specialist_id: int
    occ_start: int
    occ_end: int
    amount: int


def find_crowded_out(taken: Iterable[Taken], limit: int, *, shared_by_specialist: bool) -> set[int]:
    """Return the bookings that do not fit beside those before them; `taken` is in the order in which they were booked.

    Groups are counted for each specialist. A room that one specialist holds for a whole group, `shared_by_specialist`, is
    held once."""
    kept: list[Taken] = []
    out: set[int] = set()
    for one in taken:
        if shared_by_specialist:
            beside = [other for other in kept if _meet(one, other)]
        else:
            beside = [other for other in kept if other.specialist_id == one.specialist_id and _meet(one, other)]
        instants = {one.occ_start, *(other.occ_start for other in beside if other.occ_start > one.occ_start)}
        if one.booking_id not in out and all(
            _amount_at(at, [*beside, one], shared=shared_by_specialist) <= limit for at in instants
        ):
            kept.append(one)
        else:
            out.add(one.booking_id)
    return out


def _meet(one: Taken, other: Taken) -> bool:
    return one.occ_start < other.occ_end and other.occ_start < one.occ_end


def _amount_at(instant: int, taken: Iterable[Taken], *, shared: bool) -> int:
    there = [one for one in taken if one.occ_start <= instant < one.occ_end]
    return len({one.specialist_id for one in there}) if shared else sum(one.amount for one in there)
