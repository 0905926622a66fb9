"""Every zone of the IANA database over HTTP: the days around both changes of the clock, and a booking in each zone."""

from datetime import UTC, date, datetime, timedelta
from functools import partial
from importlib.resources import files
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, update

from backend.db import tables
from backend.schedule.zones import load_zone
from tests.support.backend_api import serving_api
from tests.support.business import open_business

ZONES = (files("tzdata") / "zones").read_text().split()
# The names by their rules: half of the names are another's.
ALIKE: dict[bytes, list[str]] = {}
for one in ZONES:
    ALIKE.setdefault((files("tzdata") / "zoneinfo" / one).read_bytes(), []).append(one)
# The changes of the clock of both halves of the world, two months each.
RANGES = [(date(2026, 3, 1), date(2026, 5, 1)), (date(2026, 9, 14), date(2026, 11, 14))]
STEP = timedelta(hours=3)


def expected(tz: ZoneInfo, first: date, last: date) -> list[tuple[str, str]]:
    """Return every third elapsed hour of each date from its first instant on, by the standard library."""
    found = []
    for number in range((last - first).days + 1):
        today = datetime.combine(first + timedelta(days=number), datetime.min.time(), tz).astimezone(UTC)
        tomorrow = datetime.combine(first + timedelta(days=number + 1), datetime.min.time(), tz).astimezone(UTC)
        while today < tomorrow:
            found.append((today.strftime("%Y-%m-%dT%H:%M:%SZ"), today.astimezone(tz).isoformat()))
            today += STEP
    return found


def test_every_zone_has_its_dates() -> None:
    """The first instant of each date, and the dates of the instants around it, in each of the zones."""
    assert len(ZONES) > 590
    for names in ALIKE.values():
        theirs = ZoneInfo(names[0])
        zones = [load_zone(name) for name in names]
        for first, last in RANGES:
            for number in range((last - first).days + 1):
                day = first + timedelta(days=number)
                begins = int(datetime.combine(day, datetime.min.time(), theirs).timestamp())
                for ours in zones:
                    assert ours.midnight(day.toordinal()) == begins, (names, day)
                for at in (begins - 60, begins, begins + 43_200):
                    local = datetime.fromtimestamp(at, theirs)
                    shown = (datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), local.isoformat())
                    for ours in zones:
                        assert (ours.day(at), ours.format_minute(at)) == (local.date().toordinal(), shown), (names, at)


async def test_every_kind_of_zone_has_its_times_and_its_bookings(sqlite_url: str) -> None:
    """One zone of each kind: the zone is the engine's alone, so one kind of database is enough."""
    kinds = {tuple(tuple(expected(ZoneInfo(name), *days)) for days in RANGES): name for name, *_ in ALIKE.values()}
    assert len(kinds) > 60
    async with serving_api(sqlite_url) as backend:
        backend.set_time("2026-02-20T00:00:00+00:00")
        shop = await open_business(backend, slot_step_min=180)
        service = await shop.add_service(60, capacity=len(kinds))
        await shop.add_specialist(service, hours="00:00-24:00")
        own = tables.tenants.c.id == shop.id
        for times, name in kinds.items():
            there = update(tables.tenants).where(own).values(timezone=name)
            await backend.db.write(shop.id, partial(Connection.execute, statement=there))
            for (first, last), wanted in zip(RANGES, times, strict=True):
                slots = await shop.client.slots(service, day=first.isoformat(), to=last.isoformat())
                got = [(slot["start"], slot["local"]) for slot in slots]
                assert got == list(wanted), (name, first)
            booking = await shop.client.booked(service, start=got[len(got) // 2][1])
            assert (booking["start"], booking["local_start"]) == got[len(got) // 2], name
            await shop.client.step(booking, "cancel")
