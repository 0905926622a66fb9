"""Invitations: one winner, one message for every failure, five guesses, nothing without Redis."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio
import redis.asyncio

from backend.contract.redis import url_for
from backend.db import tables
from backend.people import rules
from tests.support.api import Api, serving_app
from tests.support.servers import INTERNAL_KEY, RedisServer
from tests.support.town import ADMIN, CLIENT, HERE, OTHER, SPECIALIST, THERE, Town, settle


@pytest_asyncio.fixture
async def town(api: Api, redis_server: RedisServer) -> AsyncIterator[Town]:
    store = redis.asyncio.Redis.from_url(url_for(redis_server.url, "backend", INTERNAL_KEY))
    for pattern in ("otp:*", "attempts:*"):
        for name in [name async for name in store.scan_iter(pattern)]:
            await store.delete(name)
    await store.aclose()
    yield await settle(api)


async def invite(town: Town, **body: Any) -> Any:
    return await town.ok("POST", "/v1/invitations", json={"role": "admin"} | body)


async def test_a_code_or_a_link_makes_an_admin_once(town: Town) -> None:
    issued = await invite(town)
    assert len(issued["code"]) == 8
    assert len(issued["token"]) == 22
    shown = await town.ok("POST", "/v1/invitations/preview", CLIENT, json={"code": issued["token"]})
    assert shown == {"role": "admin", "business": "Barber", "specialist_name": None}
    spoken = f" {issued['code'][:4].lower()}-{issued['code'][4:]} "
    person = await town.ok("POST", "/v1/invitations/redeem", CLIENT, json={"code": spoken})
    assert person["roles"] == ["client", "admin"]
    for dead in (issued["code"], issued["token"]):
        await town.refused("bad_code", "POST", "/v1/invitations/redeem", OTHER, json={"code": dead})


async def test_a_specialist_is_bound_to_the_calendar(town: Town) -> None:
    anna = town.here.specialists["Anna"]
    await town.refused("in_use", "POST", "/v1/invitations", json={"role": "specialist", "specialist_id": anna})
    await town.refused("invalid", "POST", "/v1/invitations", json={"role": "specialist"})
    await town.ok("DELETE", f"/v1/staff/{town.here.people[SPECIALIST]}/roles/specialist")
    issued = await invite(town, role="specialist", specialist_id=anna)
    shown = await town.ok("POST", "/v1/invitations/preview", CLIENT, json={"code": issued["code"]})
    assert shown["specialist_name"] == "Anna"
    person = await town.ok("POST", "/v1/invitations/redeem", CLIENT, json={"code": issued["code"]})
    assert (person["roles"], person["specialist_id"]) == (["client", "specialist"], anna)
    foreign = {"role": "specialist", "specialist_id": town.there.specialists["Anna"]}
    await town.refused("not_found", "POST", "/v1/invitations", json=foreign)


async def test_of_many_at_once_one_wins(town: Town) -> None:
    issued = await invite(town)
    crowd = [
        town.call("POST", "/v1/invitations/redeem", who, json={"code": issued[kind]})
        for who in (CLIENT, OTHER, SPECIALIST)
        for kind in ("code", "token")
    ]
    answers = await asyncio.gather(*crowd)
    assert sorted(answer.status_code for answer in answers) == [200] + [404] * 5
    assert (
        len(await town.rows(tables.roles, tables.roles.c.tenant_id == town.here.id, tables.roles.c.role == "admin"))
        == 2
    )


async def test_every_failure_reads_alike(town: Town) -> None:
    issued = await invite(town)
    revoked = await invite(town)
    await town.ok("DELETE", f"/v1/invitations/{revoked['id']}")
    bodies = set()
    for tenant, who, code in (
        (HERE, OTHER, "AAAAAAAA"),
        (THERE, OTHER, issued["code"]),
        (HERE, CLIENT, revoked["code"]),
        (HERE, SPECIALIST, "x" * 22),
    ):
        for path in ("/v1/invitations/redeem", "/v1/invitations/preview"):
            answer = await town.call("POST", path, who, json={"code": code}, tenant=tenant)
            assert answer.status_code == 404
            bodies.add(answer.content)
    assert len(bodies) == 1


async def test_five_wrong_guesses_then_wait(town: Town) -> None:
    issued = await invite(town)
    for _ in range(5):
        problem = await town.refused("bad_code", "POST", "/v1/invitations/redeem", CLIENT, json={"code": "AAAAAAAA"})
        assert problem["retry_after_s"] is None
    problem = await town.refused("bad_code", "POST", "/v1/invitations/redeem", CLIENT, json={"code": issued["code"]})
    assert 0 < problem["retry_after_s"] <= 900
    # whoever guesses keeps nobody else from it
    await town.ok("POST", "/v1/invitations/redeem", OTHER, json={"code": issued["code"]})


async def test_it_dies_after_two_days_and_with_whoever_invited(town: Town) -> None:
    issued = await invite(town)
    town.api.clock.shift_s += rules.INVITATION_S
    await town.refused("bad_code", "POST", "/v1/invitations/redeem", CLIENT, json={"code": issued["code"]})
    second, third = await invite(town), await invite(town)
    await town.ok("POST", "/v1/invitations/redeem", CLIENT, json={"code": second["code"]})
    await town.ok("DELETE", f"/v1/staff/{town.here.people[ADMIN]}/roles/admin", CLIENT)
    await town.refused("bad_code", "POST", "/v1/invitations/redeem", OTHER, json={"code": third["code"]})


async def test_the_same_key_replays(town: Town) -> None:
    issued = await town.call("POST", "/v1/invitations", json={"role": "admin"}, key="i")
    again = await town.call("POST", "/v1/invitations", json={"role": "admin"}, key="i")
    assert issued.content == again.content
    body = {"code": issued.json()["code"]}
    first = await town.call("POST", "/v1/invitations/redeem", CLIENT, json=body, key="r")
    second = await town.call("POST", "/v1/invitations/redeem", CLIENT, json=body, key="r")
    assert (first.status_code, first.content) == (200, second.content)


async def test_codes_are_not_kept_in_the_clear(town: Town, redis_server: RedisServer) -> None:
    issued = await invite(town)
    store = redis.asyncio.Redis.from_url(url_for(redis_server.url, "backend", INTERNAL_KEY))
    names = [key async for key in store.scan_iter("otp:*")]
    kept = b"".join(names + [await store.get(name) or b"" for name in names])
    await store.aclose()
    assert issued["code"].encode() not in kept
    assert issued["token"].encode() not in kept


async def test_what_others_put_into_the_store_opens_nothing(town: Town, redis_server: RedisServer) -> None:
    issued = await invite(town)
    bot = redis.asyncio.Redis.from_url(url_for(redis_server.url, "bot", INTERNAL_KEY))
    name = f"otp:{{{HERE}}}:inv:{issued['id']}"
    kept = await bot.get(name)
    assert kept is not None
    await bot.set(name, kept[:32] + kept[32:].replace(b'"specialist_id":null', b'"specialist_id":1   '))
    await bot.aclose()
    await town.refused("bad_code", "POST", "/v1/invitations/redeem", CLIENT, json={"code": issued["code"]})


async def test_without_redis_codes_refuse(sqlite_url: str) -> None:
    async with serving_app(sqlite_url) as api:
        town = await settle(api)
        await town.refused("unavailable", "POST", "/v1/invitations", json={"role": "admin"})
        await town.refused("unavailable", "POST", "/v1/invitations/redeem", CLIENT, json={"code": "AAAAAAAA"})
        # what needs no code goes on
        await town.ok("PATCH", "/v1/people/me", CLIENT, json={"name": "Alex"})
