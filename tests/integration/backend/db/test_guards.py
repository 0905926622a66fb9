"""What the database itself refuses, on both databases."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, delete, insert, text, update
from sqlalchemy.exc import DBAPIError

from backend.db import tables
from backend.db.connect import open_database
from backend.db.engine import Database
from backend.db.guards import drop_statement
from backend.errors import SlotTaken
from tests.support.business_rows import CLIENT, NOW, Seeded, add_barber, add_room, add_service

HOUR = 3600


class Shop:
    """A business with a group service and rooms; `put` books straight into the tables."""

    def __init__(self, db: Database, made: Seeded) -> None:
        self.db = db
        self.made = made

    async def put(self, start: int, end: int, **given: Any) -> int:
        """Insert an item that occupies [start, end) hours from now; return its id."""
        return await self.db.write(self.made.id, lambda conn: self._put(conn, start, end, **given))

    def _put(  # noqa: PLR0913  columns
        self, conn: Connection, start: int, end: int, *, specialist: str = "Anna", service: str = "Haircut",
        capacity: int = 1, active: bool = True, room: str | None = None, places: int = 1,
    ) -> int:  # fmt: skip
        tenant, who = self.made.id, self.made.specialists[specialist]
        at, until = NOW + start * HOUR, NOW + end * HOUR
        booking = conn.execute(
            insert(tables.bookings)
            .values(
                tenant_id=tenant, client_id=self.made.people[CLIENT], status="confirmed", starts_at=at,
                ends_at=until, local_start="", timezone="UTC", price=0, currency="EUR", policies="{}",
                source="internal", created_at=NOW,
            )
            .returning(tables.bookings.c.id)
        ).scalar_one()  # fmt: skip
        item: int = conn.execute(
            insert(tables.booking_items)
            .values(
                tenant_id=tenant, booking_id=booking, position=0, service_id=self.made.services[service],
                specialist_id=who, starts_at=at, ends_at=until, occ_start=at, occ_end=until, price=0,
                duration_min=60, buffer_before_min=0, buffer_after_min=0, capacity=capacity, active=active,
                places=places,
            )
            .returning(tables.booking_items.c.id)
        ).scalar_one()  # fmt: skip
        if room is not None:
            conn.execute(
                insert(tables.item_rooms).values(
                    tenant_id=tenant, item_id=item, room_id=self.made.rooms[room], specialist_id=who,
                    occ_start=at, occ_end=until, active=active,
                )
            )  # fmt: skip
        return item

    async def change(self, item: int, **values: Any) -> None:
        """Update one item."""
        await self.db.write(
            self.made.id,
            lambda conn: conn.execute(
                update(tables.booking_items).where(tables.booking_items.c.id == item).values(**values)
            ),
        )


@pytest.fixture
async def shop(database: Database) -> Shop:
    def make(conn: Connection) -> Seeded:
        made = add_barber(conn, specialists=("Anna", "Boris", "Clara"))
        add_service(conn, made, "Yoga", capacity=3, starts="any")
        add_service(conn, made, "Class", capacity=3, starts="together")
        add_room(conn, made, "Chair", count=2)
        return made

    return Shop(database, await database.write(None, make))


@pytest.mark.parametrize(("start", "end"), [(10, 12), (11, 13), (9, 11), (9, 13), (10, 11)])
async def test_stretches_of_one_specialist_never_meet(shop: Shop, start: int, end: int) -> None:
    await shop.put(10, 12)
    with pytest.raises(SlotTaken):
        await shop.put(start, end)


async def test_what_only_touches_is_free(shop: Shop) -> None:
    await shop.put(10, 12)
    await shop.put(12, 13)
    await shop.put(9, 10)
    await shop.put(10, 12, specialist="Boris")
    await shop.put(10, 12, active=False)


async def test_the_longest_booking_is_still_found(shop: Shop) -> None:
    await shop.put(0, 72)
    with pytest.raises(SlotTaken):
        await shop.put(71, 72)


async def test_a_group_is_full_at_its_peak_and_not_before(shop: Shop) -> None:
    group = {"service": "Yoga", "capacity": 3}
    await shop.put(10, 12, **group)
    await shop.put(11, 13, **group)
    await shop.put(12, 14, **group)  # never more than two at once so far
    await shop.put(10, 14, **group)  # three at the peak
    with pytest.raises(SlotTaken):
        await shop.put(11, 12, **group)
    await shop.put(14, 15, **group)
    with pytest.raises(SlotTaken):
        await shop.put(9, 11, service="Haircut")


async def test_a_class_is_joined_at_its_start_alone(shop: Shop) -> None:
    group = {"service": "Class", "capacity": 3}
    await shop.put(10, 12, **group)
    await shop.put(10, 11, **group)
    for start, end in ((9, 11), (11, 12), (11, 13), (9, 13)):
        with pytest.raises(SlotTaken):
            await shop.put(start, end, **group)
    await shop.put(12, 13, **group)
    with pytest.raises(SlotTaken):
        await shop.put(10, 12, places=2, **group)
    late = await shop.put(10, 12, **group)
    with pytest.raises(SlotTaken):
        await shop.put(10, 12, **group)
    with pytest.raises(SlotTaken):
        await shop.change(late, starts_at=NOW + 10 * HOUR + 60)
    with pytest.raises(SlotTaken):
        await shop.change(late, places=2)


async def test_what_a_service_was_before_stays_and_may_take_fewer_places(shop: Shop) -> None:
    first = await shop.put(10, 12, service="Yoga", capacity=3, places=2)
    await shop.put(11, 13, service="Yoga", capacity=3)

    def teach_together(conn: Connection) -> None:
        conn.execute(
            update(tables.services).where(tables.services.c.name == "Yoga").values(starts="together", capacity=2)
        )

    await shop.db.write(shop.made.id, teach_together)
    await shop.change(first, places=1, price=5, hold_until=None)
    with pytest.raises(SlotTaken):
        await shop.change(first, places=2)
    with pytest.raises(SlotTaken):
        await shop.put(10, 12, service="Yoga", capacity=2)


async def test_places_are_counted_and_not_bookings(shop: Shop) -> None:
    for service in ("Yoga", "Class"):
        group = {"service": service, "capacity": 3, "specialist": "Anna" if service == "Yoga" else "Boris"}
        await shop.put(10, 12, places=2, **group)
        with pytest.raises(SlotTaken):
            await shop.put(10, 12, places=2, **group)
        await shop.put(10, 12, **group)
    with pytest.raises(SlotTaken):
        await shop.put(10, 12, specialist="Clara", places=2)


async def test_another_service_closes_a_group(shop: Shop) -> None:
    await shop.put(10, 12)
    with pytest.raises(SlotTaken):
        await shop.put(11, 13, service="Yoga", capacity=3)


async def test_a_cancelled_row_is_not_brought_back_onto_a_taken_place(shop: Shop) -> None:
    gone = await shop.put(10, 12, active=False)
    await shop.put(11, 13)
    with pytest.raises(SlotTaken):
        await shop.change(gone, active=True)


async def test_a_move_is_checked_and_may_meet_its_own_old_place(shop: Shop) -> None:
    mine = await shop.put(10, 12)
    await shop.put(13, 14)
    await shop.change(
        mine, occ_start=NOW + 11 * HOUR, occ_end=NOW + 13 * HOUR, starts_at=NOW + 11 * HOUR, ends_at=NOW + 13 * HOUR
    )
    with pytest.raises(SlotTaken):
        await shop.change(mine, occ_end=NOW + 14 * HOUR, ends_at=NOW + 14 * HOUR)
    other = await shop.put(13, 14, specialist="Boris")
    with pytest.raises(SlotTaken):
        await shop.change(other, specialist_id=shop.made.specialists["Anna"])


async def test_rooms_are_counted_at_their_peak(shop: Shop) -> None:
    await shop.put(10, 12, room="Chair")
    await shop.put(11, 13, specialist="Boris", room="Chair")
    with pytest.raises(SlotTaken):
        await shop.put(10, 14, specialist="Clara", room="Chair")
    await shop.put(12, 14, specialist="Clara", room="Chair")


async def test_a_group_takes_one_room(shop: Shop) -> None:
    for _ in range(3):
        await shop.put(10, 12, service="Yoga", capacity=3, room="Chair")
    await shop.put(10, 12, specialist="Boris", room="Chair")
    with pytest.raises(SlotTaken):
        await shop.put(10, 12, specialist="Clara", room="Chair")


async def test_a_room_is_not_taken_back_by_an_update(shop: Shop) -> None:
    gone = await shop.put(10, 12, room="Chair", active=False)
    await shop.put(10, 12, specialist="Boris", room="Chair")
    await shop.put(10, 12, specialist="Clara", room="Chair")
    back = update(tables.item_rooms).where(tables.item_rooms.c.item_id == gone).values(active=True)
    with pytest.raises(SlotTaken):
        await shop.db.write(shop.made.id, lambda conn: conn.execute(back))


async def test_history_and_audit_are_only_appended(shop: Shop) -> None:
    item = await shop.put(10, 12)

    def note(conn: Connection) -> None:
        conn.execute(
            insert(tables.booking_history).values(
                tenant_id=shop.made.id, booking_id=item, at=NOW, actor_role="system", action="x", to_status="confirmed"
            )
        )
        conn.execute(
            insert(tables.audit).values(
                tenant_id=shop.made.id, seq=1, at=NOW, actor="system", action="x", object="x:1", hash=b"x"
            )
        )

    await shop.db.write(shop.made.id, note)
    for table in (tables.booking_history, tables.audit):
        for statement in (update(table).values(action="y"), delete(table)):
            with pytest.raises(DBAPIError, match="append_only"):
                await shop.db.write(shop.made.id, partial(Connection.execute, statement=statement))


def _item_guards(dialect: str) -> Iterator[str]:
    yield "guard_items_insert"
    if dialect == "postgresql":
        yield "guard_items_exclusion"


async def test_without_the_guards_the_overlap_gets_in(shop: Shop) -> None:
    """The checks above can fail: with the guards dropped, they would."""
    for name in _item_guards(shop.db.dialect):
        await shop.db.write(None, partial(Connection.execute, statement=text(drop_statement(shop.db.dialect, name))))
    await shop.put(10, 12)
    await shop.put(11, 13)


async def test_postgres_holds_with_its_constraint_alone(postgres_url: str) -> None:
    database = await open_database(postgres_url)
    try:
        shop = Shop(database, await database.write(None, lambda conn: add_barber(conn)))
        await database.write(None, lambda conn: conn.execute(text(drop_statement("postgresql", "guard_items_insert"))))
        await shop.put(10, 12)
        with pytest.raises(SlotTaken):
            await shop.put(11, 13)
    finally:
        await database.close()
