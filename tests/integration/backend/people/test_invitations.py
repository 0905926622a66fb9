"""Invitations: one winner, one message for every failure, five guesses, nothing without Redis."""

import asyncio
from typing import Any

import pytest_asyncio
import redis.asyncio

from backend.contract.redis import url_for
from backend.db import tables
from backend.people import rules
from tests.support.backend_api import serving_api
from tests.support.business import Business, open_salon
from tests.support.business_rows import ADMIN, CLIENT, OTHER, SPECIALIST
from tests.support.servers import INTERNAL_KEY, RedisServer


@pytest_asyncio.fixture(autouse=True)
async def no_attempts(redis_server: RedisServer) -> None:
    """Forget what other tests have left in the same Redis."""
    store = redis.asyncio.Redis.from_url(url_for(redis_server.url, "backend", INTERNAL_KEY))
    for pattern in ("otp:*", "attempts:*"):
        for name in [name async for name in store.scan_iter(pattern)]:
            await store.delete(name)
    await store.aclose()


async def invite(barber: Business, **body: Any) -> Any:
    return await barber.admin.ok("POST", "/v1/invitations", json={"role": "admin"} | body)


async def test_a_code_or_a_link_makes_an_admin_once(barber: Business) -> None:
    issued = await invite(barber)
    assert len(issued["code"]) == 8
    assert len(issued["token"]) == 22
    shown = await barber.client.ok("POST", "/v1/invitations/preview", json={"code": issued["token"]})
    assert shown == {"role": "admin", "business": "Barber", "specialist_name": None}
    spoken = f" {issued['code'][:4].lower()}-{issued['code'][4:]} "
    person = await barber.client.ok("POST", "/v1/invitations/redeem", json={"code": spoken})
    assert person["roles"] == ["client", "admin"]
    for dead in (issued["code"], issued["token"]):
        await barber.other.refused("bad_code", "POST", "/v1/invitations/redeem", json={"code": dead})


async def test_a_specialist_is_bound_to_the_calendar(barber: Business, studio: Business) -> None:
    anna = barber.specialists["Anna"]
    await barber.admin.refused("in_use", "POST", "/v1/invitations", json={"role": "specialist", "specialist_id": anna})
    await barber.admin.refused("invalid", "POST", "/v1/invitations", json={"role": "specialist"})
    await barber.admin.ok("DELETE", f"/v1/staff/{barber.people[SPECIALIST]}/roles/specialist")
    issued = await invite(barber, role="specialist", specialist_id=anna)
    shown = await barber.client.ok("POST", "/v1/invitations/preview", json={"code": issued["code"]})
    assert shown["specialist_name"] == "Anna"
    person = await barber.client.ok("POST", "/v1/invitations/redeem", json={"code": issued["code"]})
    assert (person["roles"], person["specialist_id"]) == (["client", "specialist"], anna)
    foreign = {"role": "specialist", "specialist_id": studio.specialists["Anna"]}
    await barber.admin.refused("not_found", "POST", "/v1/invitations", json=foreign)


async def test_of_many_at_once_one_wins(barber: Business) -> None:
    issued = await invite(barber)
    crowd = [
        barber.caller(who).call("POST", "/v1/invitations/redeem", json={"code": issued[kind]})
        for who in (CLIENT, OTHER, SPECIALIST)
        for kind in ("code", "token")
    ]
    answers = await asyncio.gather(*crowd)
    assert sorted(answer.status for answer in answers) == [200] + [404] * 5
    assert (
        len(await barber.rows(tables.roles, tables.roles.c.tenant_id == barber.id, tables.roles.c.role == "admin")) == 2
    )


async def test_every_failure_reads_alike(barber: Business, studio: Business) -> None:
    issued = await invite(barber)
    revoked = await invite(barber)
    await barber.admin.ok("DELETE", f"/v1/invitations/{revoked['id']}")
    bodies = set()
    for caller, code in (
        (barber.other, "AAAAAAAA"),
        (studio.other, issued["code"]),
        (barber.client, revoked["code"]),
        (barber.specialist, "x" * 22),
    ):
        for path in ("/v1/invitations/redeem", "/v1/invitations/preview"):
            answer = await caller.call("POST", path, json={"code": code})
            assert answer.status == 404
            bodies.add(answer.content)
    assert len(bodies) == 1


async def test_five_wrong_guesses_then_wait(barber: Business) -> None:
    issued = await invite(barber)
    for _ in range(5):
        problem = await barber.client.refused("bad_code", "POST", "/v1/invitations/redeem", json={"code": "AAAAAAAA"})
        assert problem["retry_after_s"] is None
    problem = await barber.client.refused("bad_code", "POST", "/v1/invitations/redeem", json={"code": issued["code"]})
    assert 0 < problem["retry_after_s"] <= 900
    # a person who guesses does not lock others out
    await barber.other.ok("POST", "/v1/invitations/redeem", json={"code": issued["code"]})


async def test_it_dies_after_two_days_and_with_whoever_invited(barber: Business) -> None:
    issued = await invite(barber)
    barber.api.clock.shift_s += rules.INVITATION_S
    await barber.client.refused("bad_code", "POST", "/v1/invitations/redeem", json={"code": issued["code"]})
    second, third = await invite(barber), await invite(barber)
    await barber.client.ok("POST", "/v1/invitations/redeem", json={"code": second["code"]})
    await barber.client.ok("DELETE", f"/v1/staff/{barber.people[ADMIN]}/roles/admin")
    await barber.other.refused("bad_code", "POST", "/v1/invitations/redeem", json={"code": third["code"]})


async def test_the_same_key_replays(barber: Business) -> None:
    issued = await barber.admin.call("POST", "/v1/invitations", json={"role": "admin"}, key="i")
    again = await barber.admin.call("POST", "/v1/invitations", json={"role": "admin"}, key="i")
    assert issued.content == again.content
    body = {"code": issued.body["code"]}
    first = await barber.client.call("POST", "/v1/invitations/redeem", json=body, key="r")
    second = await barber.client.call("POST", "/v1/invitations/redeem", json=body, key="r")
    assert (first.status, first.content) == (200, second.content)


async def test_codes_are_not_kept_in_the_clear(barber: Business, redis_server: RedisServer) -> None:
    issued = await invite(barber)
    store = redis.asyncio.Redis.from_url(url_for(redis_server.url, "backend", INTERNAL_KEY))
    names = [key async for key in store.scan_iter("otp:*")]
    kept = b"".join(names + [await store.get(name) or b"" for name in names])
    await store.aclose()
    assert issued["code"].encode() not in kept
    assert issued["token"].encode() not in kept


async def test_what_others_put_into_the_store_opens_nothing(barber: Business, redis_server: RedisServer) -> None:
    issued = await invite(barber)
    bot = redis.asyncio.Redis.from_url(url_for(redis_server.url, "bot", INTERNAL_KEY))
    name = f"otp:{{barber}}:inv:{issued['id']}"
    kept = await bot.get(name)
    assert isinstance(kept, bytes)
    await bot.set(name, kept[:32] + kept[32:].replace(b'"specialist_id":null', b'"specialist_id":1   '))
    await bot.aclose()
    await barber.client.refused("bad_code", "POST", "/v1/invitations/redeem", json={"code": issued["code"]})


async def test_without_redis_codes_refuse(sqlite_url: str) -> None:
    async with serving_api(sqlite_url) as api:
        barber = await open_salon(api, "barber")
        await barber.admin.refused("unavailable", "POST", "/v1/invitations", json={"role": "admin"})
        await barber.client.refused("unavailable", "POST", "/v1/invitations/redeem", json={"code": "AAAAAAAA"})
        # what needs no code goes on
        await barber.client.ok("PATCH", "/v1/people/me", json={"name": "Alex"})
