"""The gateway with the real backend, a real Redis and the sandbox: registration, the path of an update, reload."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from gateway.sandbox import people
from tests.support.gateway_rig import KEY, OwnRedis
from tests.support.gateway_town import Town, town, until


@pytest.fixture
async def place(tmp_path: Path, gateway_redis: OwnRedis) -> AsyncIterator[Town]:
    await gateway_redis.flush()
    async with town(tmp_path, gateway_redis) as built:
        yield built


def bot_of(place: Town, slug: str) -> Any:
    return place.sandbox.find_bot(slug)


def answers(place: Town, slug: str, person: int = 1001) -> list[Any]:
    """Return what the bot has sent to a person, deleted or not."""
    chat = place.sandbox.chat(bot_of(place, slug), person)
    return [message for message in chat.messages.values() if message.out]


async def wait_registered(place: Town, slug: str) -> Any:
    return await until(lambda: bot_of(place, slug) if bot_of(place, slug).webhook.url else None)


async def send_and_wait(place: Town, slug: str, text: str = "/start", person: int = 1001) -> list[Any]:
    """Send a person's text and wait for the bot's answer."""
    before = len(answers(place, slug, person))
    people.send_text(place.sandbox, bot_of(place, slug), person, text)
    await until(lambda: len(answers(place, slug, person)) > before)
    return answers(place, slug, person)


async def test_a_bot_is_registered_the_backend_knows_it_and_a_person_is_answered(place: Town) -> None:
    place.open_shop("barber", 1)
    async with place.backend(), place.gateway():
        await place.ready()
        bot = await wait_registered(place, "barber")
        assert bot.webhook.url == f"{place.url}/tg/webhook/barber"
        assert {"message", "callback_query"} <= set(bot.webhook.allowed)
        await until(lambda: {"default|", "default|en", "default|ru"} <= set(bot.commands))
        stored = await place.client.act_as("barber", None, "t").get_tenant()
        assert (stored.name, stored.timezone, stored.currency) == ("Barber", "Europe/London", "GBP")

        async def username_is_known() -> bool:
            return (await place.client.act_as("barber", None, "t").get_tenant()).bot_username == bot.username

        await until(username_is_known)
        assert "Barber" in str(await send_and_wait(place, "barber"))
        status, body, _ = await place.get("/metrics")
        assert status == 200
        assert b'slotgate_updates_total{outcome="done"}' in body
        assert b"barber" not in body


async def test_a_file_dropped_in_is_live_in_a_moment_and_a_change_swaps(place: Town) -> None:
    place.open_shop("barber", 1)
    async with place.backend(), place.gateway():
        await place.ready()
        token = place.open_shop("studio", 2)
        await wait_registered(place, "studio")
        await send_and_wait(place, "studio")
        secret = place.app.worker.tenants["studio"].secret.decode()  # type: ignore[union-attr]
        place.open_shop("studio", 2, "enabled: false\n")

        async def answer() -> int:
            headers = {"X-Telegram-Bot-Api-Secret-Token": secret, "Content-Type": "application/json"}
            return (await place.get("/tg/webhook/studio", method="POST", data=b'{"update_id":1}', headers=headers))[0]

        assert await answer() in (200, 410)
        await until(lambda: _is(answer, 410))
        assert (await send_and_wait(place, "barber"))[0]
        place.open_shop("studio", 2, f"webhook_secret: {'n' * 32}\n")
        # the new secret is the file's own: a literal is allowed where Telegram is on this machine
        await until(lambda: _is(answer, 401))
        await until(lambda: bot_of(place, "studio").webhook.secret == "n" * 32)
        await send_and_wait(place, "studio")
        assert token not in str(await place.get("/metrics"))


async def _is(ask: Any, wanted: int) -> bool:
    return bool(await ask() == wanted)


async def test_a_drifted_webhook_is_repaired(place: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.sync.webhooks.REPAIR_S", 0.3)
    monkeypatch.setattr("gateway.sync.webhooks.SHARED_S", 1)
    place.open_shop("barber", 1)
    async with place.backend(), place.gateway():
        await place.ready()
        bot = await wait_registered(place, "barber")
        right = bot.webhook.secret
        bot.webhook.secret = "drifted"
        await until(lambda: bot.webhook.secret == right)
        bot.webhook.url = ""
        await until(lambda: bot.webhook.url)


async def test_one_bots_wrong_token_stops_nobody_and_no_secret_is_shown(
    place: Town, capfd: pytest.CaptureFixture[str]
) -> None:
    wrong = place.open_shop("wrong", 3, known=False)
    right = place.open_shop("barber", 1)
    async with place.backend(), place.gateway():
        await place.ready()
        await wait_registered(place, "barber")
        await send_and_wait(place, "barber")
        secret = bot_of(place, "barber").webhook.secret
    printed = "".join(capfd.readouterr())
    assert "webhook_registration_failed" in printed
    for hidden in (wrong, right, secret, KEY):
        assert hidden not in printed


async def test_the_backend_goes_and_comes_and_nothing_is_lost(place: Town) -> None:
    place.open_shop("barber", 1)
    async with place.gateway():
        async with place.backend():
            await place.ready()
            await wait_registered(place, "barber")

        async def ready() -> int:
            return (await place.get("/health/ready"))[0]

        await until(lambda: _is(ready, 503))
        assert (await place.get("/health/live"))[0] == 200
        people.send_text(place.sandbox, bot_of(place, "barber"), 1001, "/start")

        def refused() -> bool:
            return b'outcome="backend_down"} 0.0' not in place.app.worker.metrics.render()  # type: ignore[union-attr]

        await until(refused)
        assert not answers(place, "barber")
        async with place.backend():
            await until(lambda: answers(place, "barber"))
            await until(lambda: _is(ready, 200))


async def test_long_polling_takes_the_same_road(place: Town) -> None:
    place.open_shop("barber", 1)
    place.open_shop("studio", 2)
    bot_of(place, "barber").webhook.url = "http://127.0.0.1:9/elsewhere"
    people.send_text(place.sandbox, bot_of(place, "barber"), 1002, "/start")
    async with place.backend(), place.gateway(polling=True):
        await place.ready()
        await until(lambda: answers(place, "barber", 1002))  # what was pending is not dropped
        assert bot_of(place, "barber").webhook.url == ""
        for slug in ("barber", "studio"):
            await send_and_wait(place, slug)
        three = b'slotgate_updates_total{outcome="done"} 3.0'
        await until(lambda: three in place.app.worker.metrics.render())  # type: ignore[union-attr]
        await until(lambda: not bot_of(place, "barber").pending)
        place.open_shop("studio", 2, "enabled: false\n")
        await until(lambda: not place.app.worker.tenants["studio"].enabled)  # type: ignore[union-attr]
        await send_and_wait(place, "barber")


async def test_two_pollers_do_not_fight(place: Town) -> None:
    place.open_shop("barber", 1)
    async with place.backend(), place.gateway(polling=True) as one:
        await place.ready()
        async with place.gateway(polling=True) as two:
            await place.ready()
            for _ in range(3):
                await send_and_wait(place, "barber")
            three = b'slotgate_updates_total{outcome="done"} 3.0'
            workers = [one.worker.metrics, two.worker.metrics]
            await until(lambda: any(three in worker.render() for worker in workers))
            assert [three in worker.render() for worker in workers].count(True) == 1


async def test_public_clients_come_through_the_table_only(place: Town) -> None:
    place.open_shop("barber", 1, "public:\n  enabled: true\n  origins: ['https://barber.example']\n")
    place.open_shop("closed", 2)
    async with place.backend(), place.gateway():
        await place.ready()
        status, body, headers = await place.get("/api/barber/services")
        assert (status, body) == (200, {"items": []})
        assert headers["ratelimit-policy"] == '"client";q=60;w=60'
        assert headers["ratelimit"].startswith('"client";r=59')
        assert "access-control-allow-origin" not in headers
        _, _, headers = await place.get("/api/barber/services", headers={"Origin": "https://barber.example"})
        assert headers["access-control-allow-origin"] == "https://barber.example"
        assert headers["vary"] == "Origin"
        _, _, headers = await place.get("/api/barber/services", headers={"Origin": "https://evil.example"})
        assert "access-control-allow-origin" not in headers
        status, _, headers = await place.get(
            "/api/barber/slots", method="OPTIONS", headers={"Origin": "https://barber.example"}
        )
        assert (status, headers["access-control-allow-methods"]) == (204, "GET")
        for path in ("/api/closed/services", "/api/nobody/services", "/api/barber/holds", "/api/barber", "/api/"):
            assert (await place.get(path))[0] == 404, path
        assert (await place.get("/api/barber/services", method="POST", json={}))[0] == 405
        assert (await place.get("/api/barber/bookings"))[0] == 405
        status, unknown, _ = await place.get("/api/barber/services?role=admin")
        assert (status, unknown["code"]) == (400, "invalid")
        assert "those that are: specialist_id" in unknown["detail"]
        # what a client says about itself is worth nothing
        spoofed = {
            "Authorization": f"Bearer {KEY}",
            "X-Client-Type": "internal",
            "X-Tenant": "closed",
            "X-Tg-Id": "1003",
        }
        assert (await place.get("/api/barber/tenant", headers=spoofed))[1]["slug"] == "barber"
        assert (await place.get("/api/barber/people/me", headers=spoofed))[0] == 404


async def test_public_clients_have_a_rate_of_their_own(place: Town) -> None:
    place.open_shop("barber", 1, "public: {enabled: true}\nrate_limits: {public: 3/minute}\n")
    async with place.backend(), place.gateway():
        await place.ready()
        replies = [await place.get("/api/barber/services", headers={"X-Forwarded-For": f"1.1.1.{n}"}) for n in range(5)]
        assert [status for status, _, _ in replies] == [200, 200, 200, 429, 429]
        assert replies[3][1]["code"] == "rate_limited"
        assert 15 <= int(replies[3][2]["retry-after"]) <= 20


async def test_paths_that_try_to_get_around_are_404(place: Town) -> None:
    place.open_shop("barber", 1, "public: {enabled: true}\n")
    async with place.backend(), place.gateway() as app:
        await place.ready()
        port = int(place.url.rpartition(":")[2])
        for path in (
            "/api/barber/../closed/services",
            "/api/barber//services",
            "/api//barber/services",
            "//api/barber/services",
            "/api/barber/services/%2e%2e/people/me",
            "/api/barber/%2e%2e/%2e%2e/v1/people/me",
            "/api/barber/services%0d%0aX-Tg-Id:%201003",
            "/api/barber/services%00",
            "/api/%62arber/services",
        ):
            assert await raw_status(port, path) == 404, path
        assert await raw_status(port, "/api/barber/services") == 200
        assert app.worker.backend_up


async def raw_status(port: int, path: str) -> int:
    """Request the path as it is: an HTTP client would normalize it."""
    import asyncio

    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    status = int((await reader.readline()).split()[1])
    writer.close()
    return status


async def test_health_tells_the_truth_about_redis(tmp_path: Path, own_redis: OwnRedis) -> None:
    async with town(tmp_path / "town", own_redis) as place:
        place.open_shop("barber", 1)
        async with place.backend(), place.gateway():
            await place.ready()
            await wait_registered(place, "barber")
            assert (await place.get("/health/ready"))[1]["redis"] == "up"
            await own_redis.running.stop()

            async def redis_is_down() -> bool:
                return bool((await place.get("/health/ready"))[1]["redis"] == "down")

            await until(redis_is_down)
            status, body, _ = await place.get("/health/ready")
            assert (status, body["status"]) == (200, "ready")  # updates are still worked on
            await send_and_wait(place, "barber")


async def test_an_unknown_path_is_a_plain_404(place: Town) -> None:
    async with place.gateway(), aiohttp.ClientSession() as session:
        async with session.get(place.url + "/wp-login.php") as reply:
            assert reply.status == 404
        async with session.post(place.url + "/tg/webhook") as reply:
            assert reply.status in (404, 405)
