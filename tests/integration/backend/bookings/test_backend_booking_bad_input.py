"""What bad input meets: a stable code and a sentence."""

from typing import Any

import pytest

from tests.support.booking_stage import ADMIN, CLIENT, Backend

DAY = "2026-06-10"
TEN = f"{DAY}T10:00:00+02:00"

BAD = [
    ({"start": "2026-06-10T10:00:00"}, 400, "invalid"),
    ({"start": "2027-03-28T02:30:00"}, 422, "nonexistent_time"),
    ({"start": "2027-03-28T02:30:00+01:00"}, 422, "nonexistent_time"),
    ({"start": "2026-13-10T10:00:00Z"}, 400, "invalid"),
    ({"start": "2026-06-10T10:00:30+02:00"}, 400, "invalid"),
    ({"start": "soon"}, 400, "invalid"),
    ({"start": "0001-01-01T00:00:00Z"}, 400, "invalid"),
    ({"start": "9999-12-31T23:59:59Z"}, 400, "invalid"),
    ({"start": "2020-01-01T10:00:00Z"}, 409, "too_soon"),
    ({"start": "2036-01-01T10:00:00Z"}, 409, "beyond_horizon"),
    ({"service_ids": []}, 400, "invalid"),
    ({"service_ids": [1] * 100}, 400, "invalid"),
    ({"service_ids": ["1"]}, 400, "invalid"),
    ({"service_ids": [-5]}, 404, "not_found"),
    ({"service_ids": [2**70]}, 400, "invalid"),
    ({"specialist_id": 2**63 - 1}, 404, "not_found"),
    ({"role": "admin"}, 400, "invalid"),
    ({"comment": "x" * 1001}, 400, "invalid"),
]


@pytest.mark.parametrize(("change", "status", "code"), BAD, ids=lambda value: str(value)[:40])
async def test_bad_bookings(change: dict[str, Any], status: int, code: str, backend: Backend) -> None:
    shop = await backend.shop()
    service = await shop.service(60)
    await shop.specialist(service)
    reply = await shop.call("POST", "/v1/bookings", {"service_ids": [service], "start": TEN} | change)
    assert (reply.status, reply.code) == (status, code), reply
    assert reply.body["detail"].endswith((".", "`"))


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"from_": "2026-06-01", "to": "2026-08-01"}, 200),
        ({"from_": "2026-06-01", "to": "2026-08-02"}, 400),
        ({"from_": "2026-06-01", "to": "2036-06-01"}, 400),
        ({"from_": "2026-06-02", "to": "2026-06-01"}, 400),
        ({"from_": "2026-02-30", "to": "2026-03-01"}, 400),
        ({"from_": "now", "to": "2026-03-01"}, 400),
        ({"from_": "2026-06-01"}, 400),
        ({"from_": "2026-06-01", "to": "2026-06-02", "limit": 0}, 400),
        ({"from_": "2026-06-01", "to": "2026-06-02", "limit": 3}, 200),
        ({"from_": "2026-06-01", "to": "2026-06-02", "specialist_id": "x"}, 400),
        ({"from_": "9998-12-30", "to": "9998-12-31"}, 200),
        ({"from_": "1970-01-01", "to": "1970-01-02"}, 200),
    ],
    ids=str,
)
async def test_ranges(query: dict[str, Any], status: int, backend: Backend) -> None:
    shop = await backend.shop()
    service = await shop.service(60)
    await shop.specialist(service)
    for path in ("/v1/slots", "/v1/days"):
        if path == "/v1/days" and "limit" in query:
            continue
        for who in (CLIENT, ADMIN):
            reply = await shop.call("GET", path, who=who, service_id=service, **query)
            assert reply.status == status, reply
            assert status == 200 or reply.code == "invalid"
    assert (await shop.call("GET", "/v1/slots", service_id=[service] * 11, **query)).status == 400
    assert (await shop.call("GET", "/v1/slots", **query)).status == 400
