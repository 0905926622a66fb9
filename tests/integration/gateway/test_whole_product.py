"""The gateway with the real backend, a real Redis and the sandbox: registration, the path of an update, reload."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from backend.client.api import Caller
from backend.contract.tenancy import UpdateTenant
from gateway.sandbox import Bot, people
from tests.support.own_redis import KEY, OwnRedis
from tests.support.waiting import until
from tests.support.whole_product import WholeProduct, whole_product


@pytest.fixture
async def product(tmp_path: Path, gateway_redis: OwnRedis) -> AsyncIterator[WholeProduct]:
    await gateway_redis.flush()
    async with whole_product(tmp_path, gateway_redis) as product:
        yield product


def answers(product: WholeProduct, slug: str, person: int = 1001) -> list[Any]:
    """Return what the bot has sent to a person, deleted or not."""
    chat = product.sandbox.chat(product.bot(slug), person)
    return [message for message in chat.messages.values() if message.out]


async def wait_registered(product: WholeProduct, slug: str) -> Bot:
    await until(lambda: product.bot(slug).webhook.url)
    return product.bot(slug)


async def send_and_wait(product: WholeProduct, slug: str, text: str = "/start", person: int = 1001) -> list[Any]:
    """Send a person's text and wait for the bot's answer."""
    before = len(answers(product, slug, person))
    people.send_text(product.sandbox, product.bot(slug), person, text)
    await until(lambda: len(answers(product, slug, person)) > before)
    return answers(product, slug, person)


async def test_a_bot_is_registered_the_backend_knows_it_and_a_person_is_answered(product: WholeProduct) -> None:
    product.open_shop("barber", 1)
    async with product.backend(), product.gateway():
        await product.ready()
        bot = await wait_registered(product, "barber")
        assert bot.webhook.url == f"{product.url}/tg/webhook/barber"
        assert {"message", "callback_query"} <= set(bot.webhook.allowed or [])
        await until(lambda: {"default|", "default|en", "default|ru"} <= set(bot.commands))
        stored = await product.client.act_as("barber", None, "t").get_tenant()
        assert (stored.name, stored.timezone, stored.currency) == ("Barber", "Europe/London", "GBP")
        await product.wait_until_known("barber")
        assert "Barber" in str(await send_and_wait(product, "barber"))
        status, body, _ = await product.get("/metrics")
        assert status == 200
        assert b'slotgate_updates_total{outcome="done"}' in body
        assert b"barber" not in body


async def test_a_file_dropped_in_is_live_in_a_moment_and_a_change_swaps(product: WholeProduct) -> None:
    product.open_shop("barber", 1)
    async with product.backend(), product.gateway():
        await product.ready()
        token = product.open_shop("studio", 2)
        await wait_registered(product, "studio")
        await send_and_wait(product, "studio")
        secret = product.app.worker.tenants["studio"].secret.decode()
        product.open_shop("studio", 2, "enabled: false\n")

        async def answer() -> int:
            headers = {"X-Telegram-Bot-Api-Secret-Token": secret, "Content-Type": "application/json"}
            return (await product.get("/tg/webhook/studio", method="POST", data=b'{"update_id":1}', headers=headers))[0]

        assert await answer() in (200, 410)
        await until(lambda: _is(answer, 410))
        assert (await send_and_wait(product, "barber"))[0]
        product.open_shop("studio", 2, f"webhook_secret: {'n' * 32}\n")
        # the new secret is the file's own: a literal is allowed where Telegram is on this machine
        await until(lambda: _is(answer, 401))
        await until(lambda: product.bot("studio").webhook.secret == "n" * 32)
        await send_and_wait(product, "studio")
        assert token not in str(await product.get("/metrics"))


async def _is(ask: Callable[[], Awaitable[object]], wanted: object) -> bool:
    return await ask() == wanted


async def test_a_drifted_webhook_is_repaired(product: WholeProduct, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.sync.webhooks.REPAIR_S", 0.3)
    monkeypatch.setattr("gateway.sync.webhooks.SHARED_S", 1)
    product.open_shop("barber", 1)
    async with product.backend(), product.gateway():
        await product.ready()
        bot = await wait_registered(product, "barber")
        right = bot.webhook.secret
        bot.webhook.secret = "drifted"
        await until(lambda: bot.webhook.secret == right)
        bot.webhook.url = ""
        await until(lambda: bot.webhook.url)


async def test_one_bots_wrong_token_stops_nobody_and_no_secret_is_shown(
    product: WholeProduct, capfd: pytest.CaptureFixture[str]
) -> None:
    wrong = product.open_shop("wrong", 3, known=False)
    right = product.open_shop("barber", 1)
    async with product.backend(), product.gateway():
        await product.ready()
        await wait_registered(product, "barber")
        await send_and_wait(product, "barber")
        secret = product.bot("barber").webhook.secret
    printed = "".join(capfd.readouterr())
    assert "webhook_registration_failed" in printed
    for hidden in (wrong, right, secret, KEY):
        assert hidden not in printed


async def test_the_backend_goes_and_comes_and_nothing_is_lost(product: WholeProduct) -> None:
    product.open_shop("barber", 1)
    async with product.gateway():
        async with product.backend():
            await product.ready()
            await wait_registered(product, "barber")

        async def ready() -> int:
            return (await product.get("/health/ready"))[0]

        await until(lambda: _is(ready, 503))
        assert (await product.get("/health/live"))[0] == 200
        people.send_text(product.sandbox, product.bot("barber"), 1001, "/start")

        def refused() -> bool:
            return b'outcome="backend_down"} 0.0' not in product.app.worker.metrics.render()

        await until(refused)
        assert not answers(product, "barber")
        async with product.backend():
            await until(lambda: answers(product, "barber"))
            await until(lambda: _is(ready, 200))


async def test_long_polling_takes_the_same_road(product: WholeProduct) -> None:
    product.open_shop("barber", 1)
    product.open_shop("studio", 2)
    product.bot("barber").webhook.url = "http://127.0.0.1:9/elsewhere"
    people.send_text(product.sandbox, product.bot("barber"), 1002, "/start")
    async with product.backend(), product.gateway(polling=True):
        await product.ready()
        await until(lambda: answers(product, "barber", 1002))  # what was pending is not dropped
        assert product.bot("barber").webhook.url == ""
        for slug in ("barber", "studio"):
            await send_and_wait(product, slug)
        three = b'slotgate_updates_total{outcome="done"} 3.0'
        await until(lambda: three in product.app.worker.metrics.render())
        await until(lambda: not product.bot("barber").pending)
        product.open_shop("studio", 2, "enabled: false\n")
        await until(lambda: not product.app.worker.tenants["studio"].enabled)
        await send_and_wait(product, "barber")


async def test_two_pollers_do_not_fight(product: WholeProduct) -> None:
    product.open_shop("barber", 1)
    async with product.backend(), product.gateway(polling=True) as one:
        await product.ready()
        async with product.gateway(polling=True) as two:
            await product.ready()
            for _ in range(3):
                await send_and_wait(product, "barber")
            three = b'slotgate_updates_total{outcome="done"} 3.0'
            workers = [one.worker.metrics, two.worker.metrics]
            await until(lambda: any(three in worker.render() for worker in workers))
            assert [three in worker.render() for worker in workers].count(True) == 1


async def test_public_clients_come_through_the_table_only(product: WholeProduct) -> None:
    product.open_shop("barber", 1, "public:\n  enabled: true\n  origins: ['https://barber.example']\n")
    product.open_shop("closed", 2)
    async with product.backend(), product.gateway():
        await product.ready()
        status, body, headers = await product.get("/api/barber/services")
        assert (status, body) == (200, {"items": []})
        assert headers["ratelimit-policy"] == '"client";q=60;w=60'
        assert headers["ratelimit"].startswith('"client";r=59')
        assert "access-control-allow-origin" not in headers
        _, _, headers = await product.get("/api/barber/services", headers={"Origin": "https://barber.example"})
        assert headers["access-control-allow-origin"] == "https://barber.example"
        assert headers["vary"] == "Origin"
        _, _, headers = await product.get("/api/barber/services", headers={"Origin": "https://evil.example"})
        assert "access-control-allow-origin" not in headers
        status, _, headers = await product.get(
            "/api/barber/slots", method="OPTIONS", headers={"Origin": "https://barber.example"}
        )
        assert (status, headers["access-control-allow-methods"]) == (204, "GET")
        for path in ("/api/closed/services", "/api/nobody/services", "/api/barber/holds", "/api/barber", "/api/"):
            assert (await product.get(path))[0] == 404, path
        assert (await product.get("/api/barber/services", method="POST", json={}))[0] == 405
        assert (await product.get("/api/barber/bookings"))[0] == 405
        status, unknown, _ = await product.get("/api/barber/services?role=admin")
        assert (status, unknown["code"]) == (400, "invalid")
        assert "those that are: specialist_id" in unknown["detail"]
        # what a client says about itself is worth nothing
        spoofed = {
            "Authorization": f"Bearer {KEY}",
            "X-Client-Type": "internal",
            "X-Tenant": "closed",
            "X-Tg-Id": "1003",
        }
        assert (await product.get("/api/barber/tenant", headers=spoofed))[1]["slug"] == "barber"
        assert (await product.get("/api/barber/people/me", headers=spoofed))[0] == 404


async def test_public_clients_have_a_rate_of_their_own(product: WholeProduct) -> None:
    product.open_shop("barber", 1, "public: {enabled: true}\nrate_limits: {public: 3/minute}\n")
    async with product.backend(), product.gateway():
        await product.ready()
        replies = [
            await product.get("/api/barber/services", headers={"X-Forwarded-For": f"1.1.1.{n}"}) for n in range(5)
        ]
        assert [status for status, _, _ in replies] == [200, 200, 200, 429, 429]
        assert replies[3][1]["code"] == "rate_limited"
        assert 15 <= int(replies[3][2]["retry-after"]) <= 20


async def test_paths_that_try_to_get_around_are_404(product: WholeProduct) -> None:
    product.open_shop("barber", 1, "public: {enabled: true}\n")
    async with product.backend(), product.gateway() as app:
        await product.ready()
        port = int(product.url.rpartition(":")[2])
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
        assert app.worker.backend_probe.is_up


async def raw_status(port: int, path: str) -> int:
    """Request the path as it is: an HTTP client would normalize it."""
    import asyncio

    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    status = int((await reader.readline()).split()[1])
    writer.close()
    return status


async def test_health_tells_the_truth_about_redis(tmp_path: Path, own_redis: OwnRedis) -> None:
    async with whole_product(tmp_path / "product", own_redis) as product:
        product.open_shop("barber", 1)
        async with product.backend(), product.gateway():
            await product.ready()
            await wait_registered(product, "barber")
            assert (await product.get("/health/ready"))[1]["redis"] == "up"
            await own_redis.running.stop()

            async def redis_is_down() -> bool:
                return bool((await product.get("/health/ready"))[1]["redis"] == "down")

            await until(redis_is_down)
            status, body, _ = await product.get("/health/ready")
            assert (status, body["status"]) == (200, "ready")  # updates are still worked on
            await send_and_wait(product, "barber")


async def test_an_unknown_path_is_a_plain_404(product: WholeProduct) -> None:
    async with product.gateway(), aiohttp.ClientSession() as session:
        async with session.get(product.url + "/wp-login.php") as reply:
            assert reply.status == 404
        async with session.post(product.url + "/tg/webhook") as reply:
            assert reply.status in (404, 405)


async def test_what_a_file_leaves_out_is_said_in_the_bot_and_known_at_once(product: WholeProduct) -> None:
    """The next screen of anybody has it; the profile follows in every language; a currency that bookings keep is told."""
    token = product.open_shop("barber", 1)
    (product.tenants / "barber.yaml").write_text(f"bot_token: {token}\n")
    async with product.backend(), product.gateway():
        await product.ready()
        bot = await wait_registered(product, "barber")
        await product.appoint_admin("barber", 1003)
        assert "What is your business called?" in str(await send_and_wait(product, "barber", person=1003))
        await send_and_wait(product, "barber", "Corner Shop", person=1003)
        await until(lambda: "Where is it?" in str(answers(product, "barber", 1003)))
        assert "Corner Shop" in str(await send_and_wait(product, "barber"))
        # written for every language, where nobody has written anything at @BotFather
        await until(lambda: all("Corner Shop" in bot.texts.get(f"description|{code}", "") for code in ("", "en", "ru")))
        await until(lambda: all("Corner Shop" in bot.texts.get(f"short_description|{c}", "") for c in ("", "en", "ru")))
        bot.texts["description|en"] = "Mine"
        await send_and_wait(product, "barber", "Tokyo", person=1003)
        admin = product.client.act_as("barber", 1003, "t")
        await until(lambda: _is(lambda: _zone_of(admin), "Asia/Tokyo"))
        await admin.update_tenant(UpdateTenant(name="Other Shop"), key="rename")
        await send_and_wait(product, "barber")
        await until(lambda: "Other Shop" in bot.texts.get("description|ru", ""))
        assert bot.texts["description|en"] == "Mine"

        product.open_shop("barber", 1)
        await until(lambda: _is(lambda: _zone_of(admin), "Europe/London"))
        # gateways are told a moment after the backend shows the change
        await until(lambda: _answer_has(product, "Barber"))


async def _answer_has(product: WholeProduct, name: str) -> bool:
    return name in str((await send_and_wait(product, "barber"))[-1])


async def _zone_of(admin: Caller) -> str:
    return (await admin.get_tenant()).timezone
