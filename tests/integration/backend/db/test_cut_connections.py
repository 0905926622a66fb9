"""PostgreSQL connections that are cut at every message of a request: done or 503, and once however often it is repeated."""

from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.engine import make_url

from backend.db import tables
from tests.support.backend_api import Api, serving_api
from tests.support.business_rows import CLIENT, Seeded, seed_barber
from tests.support.cut_postgres import FAULTS, CutPostgres, Fault, cut_postgres
from tests.support.servers import PostgresServer

LONGEST = 100  # messages; no request says so many


async def _book(api: Api, shop: Seeded, number: int, key: str | None) -> Any:
    body = {
        "service_ids": [shop.services["Haircut"]],
        "specialist_id": shop.specialists["Anna"],
        "start": f"2026-06-{2 + number // 9:02}T{9 + number % 9:02}:00:00Z",
        "client_id": shop.people[CLIENT],
    }
    return await api.call("POST", "/v1/bookings", tg_id=1003, key=key, json=body)


async def _count(api: Api) -> tuple[int, ...]:
    def count(conn: Any) -> tuple[int, ...]:
        return tuple(
            conn.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (tables.bookings, tables.booking_items, tables.booking_history)
        )

    return await api.db.read(count)


async def _cut_everywhere(api: Api, proxy: CutPostgres, fault: Fault, act: Any, check: Any) -> int:
    """Cut one message later each time until a request ends before its cut; return how many cuts there were."""
    for message in range(LONGEST):
        proxy.cut_at(message, fault)
        first = await act(message)
        if not proxy.has_cut:
            assert first.status < 300
            return message
        assert first.status < 300 or first.status == 503, f"{fault} {message}: {first.status} {first.body}"
        if first.status == 503:
            assert int(first.headers["retry-after"]) > 0
            assert first.body["code"] == "unavailable"
        await check(message, first)
    raise AssertionError("a request that says more than expected")


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_booking_whose_connection_is_cut_is_done_once(
    postgres_server: PostgresServer, postgres_url: str, fault: Fault
) -> None:
    async with cut_postgres(postgres_server.host) as proxy:
        url = make_url(postgres_url).set(query={"host": proxy.host})
        async with serving_api(url.render_as_string(hide_password=False)) as api:
            shop = await seed_barber(api.db)
            done = 0

            async def check(number: int, first: Any) -> None:
                nonlocal done
                again = await _book(api, shop, number, f"key-{number}")
                assert again.status == 201
                if first.status == 201:
                    assert again.content == first.content
                done += 1
                before = await _count(api)
                assert before[0] == before[1] == done

            cuts = await _cut_everywhere(api, proxy, fault, lambda n: _book(api, shop, n, f"key-{n}"), check)
            assert cuts > 10
