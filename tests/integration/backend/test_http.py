"""The application's edge: keys, access, bodies, refusals; every route, both databases where it matters."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from litestar import Litestar, delete, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromQuery, JSONBody

import backend.app
from backend.app import create_app, feature_handlers
from backend.auth.access import Access
from backend.auth.actor import Actor
from backend.contract.bookings import Confirm, NewBooking
from backend.db.engine import Database
from tests.support.asgi import Reply
from tests.support.backend_api import Api, serving_api
from tests.support.business_rows import ADMIN, CLIENT, Seeded, seed_barber
from tests.support.servers import INTERNAL_KEY

JSON = {"content-type": "application/json"}


@post("/test/empty", access=Access.OPERATOR, status_code=200)
async def may_be_empty(data: JSONBody[Confirm | None] = None) -> dict[str, Any]:
    return {"comment": None if data is None else data.comment}


@post("/test/strict", access=Access.CLIENT)
async def strict(data: JSONBody[NewBooking], actor: Actor, now: int) -> NewBooking:
    assert actor.person is not None
    assert now > 0
    return data


@get("/test/numbers", access=Access.OPERATOR)
async def numbers(service_id: FromQuery[list[int]], limit: FromQuery[int] = 5) -> dict[str, Any]:
    return {"ids": service_id, "limit": limit}


@get("/test/broken", access=Access.OPERATOR)
async def broken() -> None:
    raise ZeroDivisionError("secret detail")


@delete("/test/staff", access=Access.STAFF)
async def for_staff(actor: Actor) -> None:
    assert actor.is_staff


EXTRA: list[HTTPRouteHandler] = [may_be_empty, strict, numbers, broken, for_staff]


def _all_handlers() -> list[HTTPRouteHandler]:
    return [*feature_handlers(), *EXTRA]


@pytest.fixture
async def served(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Api]:
    """Serve the real application with some routes more, whose only job is to be called wrongly."""
    monkeypatch.setattr(backend.app, "feature_handlers", _all_handlers)
    async with serving_api(sqlite_url) as api:
        yield api


def _routes(app: Litestar) -> list[tuple[str, str, HTTPRouteHandler]]:
    found: list[tuple[str, str, HTTPRouteHandler]] = []
    for route in app.routes:
        for handler in getattr(route, "route_handlers", []):
            found.extend((method, route.path, handler) for method in handler.http_methods if method != "OPTIONS")
    return found


def _url(path: str) -> str:
    parts = (("1" if part.startswith("{") else part) for part in path.split("/"))
    return "/".join(parts)


def _is_problem(answer: Reply, status: int, code: str) -> None:
    assert answer.status == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.body
    assert (body["code"], body["status"]) == (code, status)
    assert answer.headers["x-request-id"]


async def test_every_route_refuses_what_has_no_valid_key(served: Api) -> None:
    routes = _routes(served.app)
    assert len(routes) > 20
    bodies = set()
    for method, path, handler in [*routes, ("GET", "/no/such/route", None), ("PATCH", "/health/live", None)]:
        if handler is not None and handler.opt.get("open"):
            continue
        for key in (None, "", "Bearer", f"Bearer {INTERNAL_KEY}x", INTERNAL_KEY, f"Basic {INTERNAL_KEY}"):
            headers = {} if key is None else {"Authorization": key}
            answer = await served.send(method, _url(path), headers=headers)
            if path == "/health/live":
                continue
            _is_problem(answer, 401, "unauthorized")
            bodies.add(answer.content)
    assert len(bodies) == 1


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
async def test_the_scheme_of_the_key_may_be_written_in_any_case(served: Api, scheme: str) -> None:
    headers = {"Authorization": f"{scheme} {INTERNAL_KEY}"}
    assert (await served.send("GET", "/schema/openapi.json", headers=headers)).status == 200
    for wrong in (f"{scheme} {INTERNAL_KEY.upper()}", f"{scheme}{INTERNAL_KEY}", f"{scheme}  {INTERNAL_KEY}"):
        answer = await served.send("GET", "/schema/openapi.json", headers={"Authorization": wrong})
        _is_problem(answer, 401, "unauthorized")


async def test_a_key_that_is_no_ascii_is_simply_wrong(served: Api) -> None:
    headers: dict[str, str | bytes] = {"authorization": "Bearer ключ", "x-tenant": b"\xff\xfe"}
    _is_problem(await served.send("GET", "/v1/services", headers=headers), 401, "unauthorized")


async def test_every_route_declares_who_may_call_it(served: Api) -> None:
    for _, path, handler in _routes(served.app):
        if path.startswith("/schema"):
            continue
        assert isinstance(handler.opt.get("access"), Access) or handler.opt.get("open"), path


def test_a_route_that_declares_nothing_stops_the_application(monkeypatch: pytest.MonkeyPatch, sqlite_url: str) -> None:
    @get("/test/undeclared")
    async def undeclared() -> None:
        return None

    from backend.settings import Settings

    monkeypatch.setattr(backend.app, "feature_handlers", lambda: [undeclared])
    with pytest.raises(RuntimeError, match="undeclared"):
        create_app(Settings(database_url=sqlite_url, internal_key=INTERNAL_KEY))


async def test_every_route_refuses_a_role_too_low_and_public_clients(served: Api) -> None:
    await seed_barber(served.db)
    for method, path, handler in _routes(served.app):
        access = handler.opt.get("access")
        if access in (Access.STAFF, Access.ADMIN):
            _is_problem(await served.call(method, _url(path), tg_id=CLIENT), 403, "forbidden")
            _is_problem(await served.call(method, _url(path), tg_id=ADMIN, client_type="public"), 403, "forbidden")
        if access in (Access.STAFF, Access.ADMIN, Access.CLIENT):
            _is_problem(await served.call(method, _url(path), tg_id=999), 403, "forbidden")
            _is_problem(await served.call(method, _url(path)), 403, "forbidden")
        if access is Access.OPERATOR:
            _is_problem(await served.call(method, _url(path), client_type="public"), 403, "forbidden")


async def test_a_person_of_another_tenant_is_nobody_here(served: Api) -> None:
    await seed_barber(served.db)
    await served.db.write(None, lambda conn: _other(conn))
    _is_problem(await served.call("DELETE", "/test/staff", tenant="clinic", tg_id=ADMIN), 403, "forbidden")
    assert (await served.call("DELETE", "/test/staff", tg_id=ADMIN)).status == 204


def _other(conn: Any) -> Seeded:
    from tests.support.business_rows import add_tenant

    return add_tenant(conn, "clinic")


async def test_a_revoked_role_is_refused_at_the_next_request(served: Api) -> None:
    from backend.db.tables import roles

    await seed_barber(served.db)
    assert (await served.call("DELETE", "/test/staff", tg_id=ADMIN)).status == 204
    await served.db.write(None, lambda conn: conn.execute(roles.delete()))
    _is_problem(await served.call("DELETE", "/test/staff", tg_id=ADMIN), 403, "forbidden")


async def test_a_refused_role_is_audited(served: Api) -> None:
    from sqlalchemy import select

    from backend.db.tables import audit

    made = await seed_barber(served.db)
    await served.call("DELETE", "/test/staff", tg_id=CLIENT, headers={"X-Request-Id": "r-1"})
    row = (await served.db.read(lambda conn: conn.execute(select(audit).order_by(audit.c.seq)).all()))[-1]
    assert (row.tenant_id, row.actor, row.action) == (made.id, f"person:{made.people[CLIENT]}", "access.refused")
    assert row.request_id == "r-1"


async def test_unknown_and_disabled_tenants(served: Api) -> None:
    await seed_barber(served.db, "closed", enabled=False)
    for tenant in (None, "", "nobody", "../x", "a" * 5000):
        _is_problem(await served.call("GET", "/v1/services", tenant=tenant), 404, "not_found")
    _is_problem(await served.call("GET", "/v1/services", tenant="closed"), 410, "tenant_disabled")


@pytest.mark.parametrize("tg_id", ["x", "-1", "1.5", "9" * 17, "1 OR 1=1"])
async def test_a_person_id_that_is_none_is_refused(served: Api, tg_id: str) -> None:
    await seed_barber(served.db)
    _is_problem(await served.call("GET", "/v1/services", headers={"X-Tg-Id": tg_id}), 400, "invalid")


@pytest.mark.parametrize(
    "body",
    [
        b"{", b"[" * 200_000, b'{"a":' * 100_000, b'{"comment":"\xff"}', b'{"comment":"\\ud800"}', b"\xef\xbb\xbf{}",
        b"nul", b'{"comment":1e999}', b"{} {}", b'{"comment":"\x00"}',
    ],
)  # fmt: skip
async def test_broken_bodies_are_refused(served: Api, body: bytes) -> None:
    _is_problem(await served.call("POST", "/test/empty", content=body, headers=JSON), 400, "invalid")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "service_ids"),
        ({"service_ids": ["1"], "start": "x"}, "service_ids[0]"),
        ({"service_ids": [], "start": "x"}, "service_ids"),
        ({"service_ids": [1], "start": 5}, "start"),
        ({"service_ids": [1], "start": "x", "role": "admin"}, "role"),
        ({"service_ids": [1], "start": "x", "tenant": "other"}, "tenant"),
        ({"service_ids": [1], "start": "x", "hold": "true"}, "hold"),
    ],
)
async def test_a_wrong_field_is_named(served: Api, body: Any, field: str) -> None:
    await seed_barber(served.db)
    answer = await served.call("POST", "/test/strict", tg_id=CLIENT, json=body)
    _is_problem(answer, 400, "invalid")
    assert answer.body["field"] == field


async def test_an_empty_body_may_be_left_out_where_all_of_it_may(served: Api) -> None:
    assert (await served.call("POST", "/test/empty")).body == {"comment": None}
    assert (await served.call("POST", "/test/empty", json={"comment": "x"})).body == {"comment": "x"}


async def test_only_json_is_taken(served: Api) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""):
        answer = await served.call("POST", "/test/empty", content=b"{}", headers={"content-type": kind})
        _is_problem(answer, 415, "unsupported_type")
    ok = await served.call(
        "POST", "/test/empty", content=b"{}", headers={"content-type": "Application/JSON; charset=utf-8"}
    )
    assert ok.status == 200


async def test_a_body_over_the_limit_is_refused_told_or_not(served: Api) -> None:
    for content in (b" " * (1 << 21), [b" " * 65_536] * 40):
        _is_problem(await served.call("POST", "/test/empty", content=content, headers=JSON), 413, "too_large")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("", "service_id"),
        ("service_id=a", "service_id"),
        ("service_id=1&limit=x", "limit"),
        ("service_id=1&limit=", "limit"),
        ("service_id=1.0", "service_id"),
        ("service_id=1&service_id=2e0", "service_id"),
        ("service_id=1&limit=1.0", "limit"),
    ],
)
async def test_a_wrong_parameter_is_named(served: Api, query: str, field: str) -> None:
    answer = await served.call("GET", f"/test/numbers?{query}")
    _is_problem(answer, 400, "invalid")
    assert answer.body["field"] == field


async def test_unknown_paths_and_methods(served: Api) -> None:
    _is_problem(await served.call("GET", "/v1/no-such-thing"), 404, "not_found")
    _is_problem(await served.call("PUT", "/health/live"), 405, "method_not_allowed")


async def test_a_failure_of_ours_shows_nothing(served: Api) -> None:
    answer = await served.call("GET", "/test/broken")
    assert answer.status == 500
    assert "secret" not in answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_request_id_is_kept_where_it_is_one(served: Api) -> None:
    given = await served.call("GET", "/health/live", headers={"X-Request-Id": "abc-1.2:3"})
    assert given.headers["x-request-id"] == "abc-1.2:3"
    forged = await served.call("GET", "/health/live", headers={"X-Request-Id": "a b" + "x" * 100})
    assert len(forged.headers["x-request-id"]) == 32


async def test_the_schema_is_served_to_whoever_has_the_key(served: Api) -> None:
    answer = await served.call("GET", "/schema/openapi.json")
    assert answer.status == 200
    assert "/v1/services" in answer.body["paths"]


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics"])
async def test_head_answers_as_get_without_its_body(served: Api, path: str) -> None:
    get = await served.call("GET", path)
    head = await served.call("HEAD", path)
    assert (head.status, head.content) == (200, b"")
    varying = {"x-request-id", *(["content-length"] if path == "/metrics" else [])}
    assert {k: v for k, v in head.headers.items() if k not in varying} == {
        k: v for k, v in get.headers.items() if k not in varying
    }
    assert (await served.call("HEAD", "/v1/services")).status == 405


async def test_a_number_that_no_column_takes_is_refused(api: Api) -> None:
    await seed_barber(api.db)
    for number in (2**63, 2**70, 10**40):
        answer = await api.call("GET", f"/v1/bookings/{number}", tg_id=CLIENT)
        assert answer.status in (400, 404)
    assert isinstance(api.db, Database)
