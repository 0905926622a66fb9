"""Random steps of the business's zone: corrected by its file, put back, and the instants kept by an admin."""

from backend.db import tables
from tests.support.booking_model.comparison import ZONE, Comparison
from tests.support.booking_model.zone_rules import (
    KEEP_MIN,
    check_places,
    follow_zone,
    keep_instants,
    plan_shifts,
    restorable,
)

ZONES = (ZONE, "Europe/London", "Asia/Dubai", "America/New_York", "Asia/Kathmandu")


async def correct_zone(comparison: Comparison) -> None:
    """Give the business another zone, or the one before; bookings ahead keep their wall times."""
    model, dice = comparison.model, comparison.dice
    change = model.zone_change
    zone = dice.choice(ZONES) if change is None else dice.choice([*ZONES, change.previous, change.previous])
    planned = plan_shifts(model, zone) if zone != model.world.tz else {}
    await comparison.shop.put_zone(zone)
    if zone == model.world.tz:
        return
    actual = await _starts_of(comparison, planned)
    check_places(model, planned, actual, stay=False)
    follow_zone(model, zone, planned, actual)
    model.lapse()


async def keep_all_instants(comparison: Comparison) -> None:
    """Give bookings the instants back that they had before the zone was changed; once, for a day."""
    model, change = comparison.model, comparison.model.zone_change
    possible = change is not None and model.now < change.at + KEEP_MIN
    reply = await comparison.shop.admin.call("POST", "/v1/tenant/zone-change/keep-instants")
    if comparison.expect(reply, 200, None if possible else "illegal_step", "keep the instants"):
        planned = restorable(model)
        actual = await _starts_of(comparison, planned)
        check_places(model, planned, actual, stay=True)
        moved = sum(actual[each] != model.bookings[each].start for each in planned)
        assert reply.body == {"kept": moved, "stayed": len(planned) - moved}
        keep_instants(model, actual)
        model.lapse()


async def _starts_of(comparison: Comparison, planned: dict[int, int]) -> dict[int, int]:
    """Return where these bookings begin now in the backend."""
    rows = await comparison.shop.rows(tables.bookings)
    return {row.id: row.starts_at // 60 for row in rows if row.id in planned}
