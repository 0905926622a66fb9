"""What bad input meets: a stable code and a sentence."""

from typing import Any

import pytest

from tests.support.backend_api import Api
from tests.support.business import open_business
from tests.support.business_rows import ADMIN, CLIENT

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
async def test_bad_bookings(change: dict[str, Any], status: int, code: str, backend: Api) -> None:
    shop = await open_business(backend)
    service = await shop.add_service(60)
    await shop.add_specialist(service)
    reply = await shop.client.call("POST", "/v1/bookings", json={"service_ids": [service], "start": TEN} | change)
    assert (reply.status, reply.code) == (status, code), reply
    assert reply.body["detail"].endswith((".", "`"))


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"from": "2026-06-01", "to": "2026-08-01"}, 200),
        ({"from": "2026-06-01", "to": "2026-08-02"}, 400),
        ({"from": "2026-06-01", "to": "2036-06-01"}, 400),
        ({"from": "2026-06-02", "to": "2026-06-01"}, 400),
        ({"from": "2026-02-30", "to": "2026-03-01"}, 400),
        ({"from": "now", "to": "2026-03-01"}, 400),
        ({"from": "2026-06-01"}, 400),
        ({"from": "2026-06-01", "to": "2026-06-02", "limit": 0}, 400),
        ({"from": "2026-06-01", "to": "2026-06-02", "limit": 3}, 200),
        ({"from": "2026-06-01", "to": "2026-06-02", "specialist_id": "x"}, 400),
        ({"from": "9998-12-30", "to": "9998-12-31"}, 200),
        ({"from": "1970-01-01", "to": "1970-01-02"}, 200),
    ],
    ids=str,
)
async def test_ranges(query: dict[str, Any], status: int, backend: Api) -> None:
    shop = await open_business(backend)
    service = await shop.add_service(60)
    await shop.add_specialist(service)
    for path in ("/v1/slots", "/v1/days"):
        if path == "/v1/days" and "limit" in query:
            continue
        for who in (CLIENT, ADMIN):
            reply = await shop.caller(who).call("GET", path, params={"service_id": service, **query})
            assert reply.status == status, reply
            assert status == 200 or reply.code == "invalid"
    for services in ([service] * 11, [service] * 100, []):
        reply = await shop.client.call("GET", "/v1/slots", params={"service_id": services, **query})
        assert (reply.status, reply.code) == (400, "invalid"), reply
        assert reply.body["detail"].endswith((".", "`"))


@pytest.mark.parametrize(
    ("path", "method", "body", "status", "code"),
    [
        ("/v1/services", "POST", {"name": "x", "duration_min": -30}, 400, "invalid"),
        ("/v1/services", "POST", {"name": "x", "duration_min": 0}, 400, "invalid"),
        ("/v1/services", "POST", {"name": "x", "duration_min": 1441}, 400, "invalid"),
        ("/v1/services", "POST", {"name": "x", "duration_min": 2**70}, 400, "invalid"),
        ("/v1/services", "POST", {"name": "x", "duration_min": 30, "buffer_after_min": -5}, 400, "invalid"),
        ("/v1/services", "POST", {"name": "x", "duration_min": 30, "buffer_before_min": 10**9}, 400, "invalid"),
        ("/v1/services", "POST", {"name": "x", "duration_min": 30, "capacity": 0}, 400, "invalid"),
        ("/v1/rooms", "POST", {"name": "x", "count": -1}, 400, "invalid"),
        ("/v1/tenant", "PATCH", {"policies": {"min_notice_min": -1}}, 400, "invalid"),
        ("/v1/tenant", "PATCH", {"policies": {"horizon_days": 401}}, 400, "invalid"),
        ("/v1/tenant", "PATCH", {"policies": {"slot_step_min": 4}}, 400, "invalid"),
        ("/v1/tenant", "PATCH", {"policies": {"hold_min": 0}}, 400, "invalid"),
        ("/v1/tenant", "PATCH", {"timezone": "Europe/Atlantis"}, 400, "invalid"),
        ("/v1/bookings/0/confirm", "POST", None, 404, "not_found"),
        ("/v1/bookings/999999999999/cancel", "POST", None, 404, "not_found"),
        (f"/v1/bookings/{2**63}/cancel", "POST", None, 400, "invalid"),
        ("/v1/bookings/1/move", "POST", {}, 400, "invalid"),
        ("/v1/bookings/1/move", "POST", {"start": "2026-06-10T10:00:00"}, 400, "invalid"),
        ("/v1/bookings", "POST", b"{", 400, "invalid"),
        ("/v1/bookings", "POST", b"[" * 5000, 400, "invalid"),
        ("/v1/bookings", "POST", b'{"service_ids": [1], "start": "\xff"}', 400, "invalid"),
    ],
    ids=str,
)
async def test_what_an_admin_sends_is_checked_as_well(
    path: str, method: str, body: Any, status: int, code: str, backend: Api
) -> None:
    shop = await open_business(backend)
    sent = (
        {"content": body, "headers": {"content-type": "application/json"}}
        if isinstance(body, bytes)
        else {"json": body}
    )
    reply = await shop.admin.call(method, path, **sent)
    assert (reply.status, reply.code) == (status, code), reply
    assert reply.body["detail"].endswith((".", "`")), reply
