"""Backups that earlier releases have made, and what their business does once it is served again."""

from pathlib import Path

import pytest
from sqlalchemy import Connection

from backend.db.tables import booking_items
from backend.errors import SlotTaken
from tests.support.backend_api import Api

BACKUPS = Path(__file__).parents[1] / "cases" / "backups"


async def book_and_be_refused(api: Api) -> None:
    """Make the third booking of the business, and see the database refuse the same place once more."""
    api.set_time("2026-11-29T09:00:00+00:00")
    query = {"service_id": 1, "from": "2026-12-06", "to": "2026-12-13"}
    slots = (await api.call("GET", "/v1/slots", tg_id=77, params=query)).body["slots"]
    body = {"service_ids": [1], "start": slots[0]["start"]}
    made = await api.call("POST", "/v1/bookings", tg_id=77, key="new", json=body)
    assert (made.status, made.body["id"]) == (201, 3)
    with pytest.raises(SlotTaken):
        await api.db.write(1, _book_twice)


def _book_twice(conn: Connection) -> None:
    item = dict(conn.execute(booking_items.select().where(booking_items.c.booking_id == 3)).mappings().one())
    conn.execute(booking_items.insert(), {**item, "id": 900})
