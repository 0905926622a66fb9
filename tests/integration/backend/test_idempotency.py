"""One key, one effect, the same bytes: on both databases, also when everybody comes at once."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from litestar import Response, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody
from sqlalchemy import func, insert, select

import backend.app
from backend.app import feature_handlers
from backend.auth.access import Access
from backend.contract import Answer
from backend.contract import Request as Body
from backend.db.tables import idempotency, rooms
from backend.errors import LimitReached, Unavailable
from backend.idempotency import delete_expired_answers
from backend.transactions import Transactions, UnitOfWork
from tests.support.backend_api import Api, StillClock, serving_api
from tests.support.business_rows import CLIENT, OTHER, seed_barber


class NewThing(Body):
    name: str
    fails: str = ""


class Thing(Answer):
    id: int
    name: str


@post("/test/things", access=Access.PUBLIC)
async def make(data: JSONBody[NewThing], transactions: Transactions) -> Response[Any]:
    def work(unit: UnitOfWork) -> Thing:
        row = insert(rooms).values(tenant_id=unit.tenant_id, name=data.name).returning(rooms.c.id)
        made = unit.conn.execute(row).scalar_one()
        if data.fails == "refused":
            raise LimitReached()
        if data.fails == "unavailable":
            raise Unavailable()
        if data.fails == "broken":
            raise ZeroDivisionError
        return Thing(made, data.name)

    return await transactions.write(work)


def _all_handlers() -> list[HTTPRouteHandler]:
    return [*feature_handlers(), make]


@pytest.fixture
async def api(database_url: str, clock: StillClock, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Api]:
    monkeypatch.setattr(backend.app, "feature_handlers", _all_handlers)
    async with serving_api(database_url, clock=clock) as served:
        await seed_barber(served.db)
        await seed_barber(served.db, "clinic")
        yield served


async def _rooms(api: Api) -> int:
    return await api.db.read(lambda conn: conn.execute(select(func.count(rooms.c.id))).scalar_one())


async def _make(api: Api, key: str | None, tg_id: int | None = CLIENT, name: str = "A", **more: Any) -> Any:
    fails = more.pop("fails", "")
    return await api.call("POST", "/test/things", tg_id=tg_id, key=key, json={"name": name, "fails": fails}, **more)


async def test_the_same_request_gets_the_same_bytes_and_one_effect(api: Api) -> None:
    first, again = await _make(api, "k"), await _make(api, "k")
    assert (first.status, again.status) == (201, 201)
    assert first.content == again.content
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert first.headers["content-type"] == again.headers["content-type"] == "application/json"
    assert await _rooms(api) == 1


async def test_everybody_at_once_makes_one_effect(api: Api) -> None:
    answers = await asyncio.gather(*(_make(api, "k") for _ in range(32)))
    assert {a.status for a in answers} == {201}
    assert len({a.content for a in answers}) == 1
    assert sum("idempotent-replayed" in a.headers for a in answers) == 31
    assert await _rooms(api) == 1


async def test_a_refusal_is_repeated_as_well_and_leaves_no_effect(api: Api) -> None:
    first, again = await _make(api, "k", fails="refused"), await _make(api, "k", fails="refused")
    assert (first.status, first.body["code"]) == (409, "limit_reached")
    assert first.content == again.content
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["content-type"] == "application/problem+json"
    assert await _rooms(api) == 0


@pytest.mark.parametrize("fails", ["unavailable", "broken"])
async def test_what_failed_here_is_not_remembered(api: Api, fails: str) -> None:
    assert (await _make(api, "k", fails=fails)).status >= 500
    assert (await _make(api, "k")).status == 201
    assert await _rooms(api) == 1


async def test_another_request_under_the_same_key_is_refused(api: Api) -> None:
    await _make(api, "k")
    other = await _make(api, "k", name="B")
    assert (other.status, other.body["code"]) == (422, "idem_mismatch")
    query = await api.call("POST", "/test/things?x=1", tg_id=CLIENT, key="k", json={"name": "A", "fails": ""})
    assert query.status == 422
    assert await _rooms(api) == 1


async def test_keys_belong_to_one_person_in_one_tenant(api: Api) -> None:
    key = "0b9c4f7e-61d2-4a58"  # anonymous callers share theirs, so it must be hard to guess
    answers = [
        await _make(api, key),
        await _make(api, key, OTHER, name="B"),
        await _make(api, key, tenant="clinic"),
        await _make(api, key, None, name="C", client_type="public"),
    ]
    assert [a.status for a in answers] == [201] * 4
    assert await _rooms(api) == 4
    guessable = await _make(api, "k", None, name="D", client_type="public")
    assert (guessable.status, guessable.body["field"]) == (400, "Idempotency-Key")


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, "\u00e4"])
async def test_a_key_that_is_none_is_refused(api: Api, key: str) -> None:
    headers = {"Idempotency-Key": key.encode()}
    answer = await api.call("POST", "/test/things", tg_id=CLIENT, json={"name": "A"}, headers=headers)
    assert (answer.status, answer.body["code"]) == (400, "invalid")
    assert (await _make(api, "x" * 255)).status == 201


async def test_without_a_key_each_request_counts(api: Api) -> None:
    await _make(api, None, name="A")
    await _make(api, None, name="B")
    assert await _rooms(api) == 2


async def test_a_key_is_good_for_a_day_and_then_forgotten(api: Api) -> None:
    await _make(api, "k", name="A")
    api.clock.shift_s += 24 * 3600
    assert (await _make(api, "k", name="A")).headers["idempotent-replayed"] == "true"
    api.clock.shift_s += 2 * 3600
    assert (await _make(api, "k", name="B")).status == 201
    api.clock.shift_s += 26 * 3600
    await delete_expired_answers(api.db, int(api.clock()))
    left = await api.db.read(lambda conn: conn.execute(select(func.count()).select_from(idempotency)).scalar_one())
    assert left == 0
