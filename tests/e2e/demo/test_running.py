"""The demo that runs: its addresses, its secrets, its samples, its clock, its restart."""

import asyncio
import time

import aiohttp
import pytest

from tests.support.running_demo import RunningDemo, StartDemo


async def test_every_printed_address_answers(demo: RunningDemo, http: aiohttp.ClientSession) -> None:
    printed = {name: where for name, _, where in (line.strip().partition("  ") for line in demo.output)}
    assert {"Chat page", "Gateway", "Webhook", "Backend", "Tenants", "Data"} <= printed.keys()
    addresses = [word for line in demo.output for word in line.split() if word.startswith("http://")]
    assert len(addresses) == 6
    for address in addresses:
        async with http.get(address) as response:
            # webhooks take POST alone, the backend's description needs the key
            assert response.status == (405 if "/tg/webhook/" in address else 401 if "/schema/" in address else 200), (
                address
            )


async def test_no_secret_is_in_arguments_or_output(demo: RunningDemo) -> None:
    key = (demo.data / "demo.json").read_text().split('"')[3]
    assert len(key) == 64
    arguments = " ".join(word for process in demo.list_processes() for word in process.cmdline())
    for secret in (key, "sandbox-barber-house-token", "sandbox-studio-token"):
        assert secret not in arguments
        assert secret not in demo.read_output()


async def test_files_with_secrets_are_private(demo: RunningDemo) -> None:
    for name in ("demo.json", "redis/users.acl", "redis/redis.conf"):
        assert (demo.data / name).stat().st_mode & 0o077 == 0, name


async def test_the_samples_can_be_booked(demo: RunningDemo) -> None:
    # two that are open, one to be set up; another test adds more
    assert demo.count_rows("tenants") >= 3
    assert demo.count_rows("services") == 15
    assert demo.count_rows("specialists") == 7


@pytest.mark.timeout(240)
async def test_more_businesses_come_while_it_runs(demo: RunningDemo, http: aiohttp.ClientSession) -> None:
    """The sample to be set up asks for its name; one is added as the page does it, one by a file that is dropped."""

    async def say(slug: str, person: int = 1003) -> str:
        """Write /start until the bot has answered, and return what it says."""
        body = {"bot": slug, "person": person, "text": "/start"}
        async with http.post(f"{demo.chat}/sandbox/send", json=body) as sent:
            assert sent.status == 200, await sent.text()
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            async with http.get(f"{demo.chat}/sandbox/chats/{slug}/{person}") as response:
                said = [m["text"] for m in (await response.json())["messages"] if m["out"] and "text" in m]
            if said:
                return str(said[-1])
            await asyncio.sleep(0.1)
        raise AssertionError(f"{slug} does not answer: {demo.read_output()}")

    assert "What is your business called?" in await say("new-business")
    async with http.post(f"{demo.chat}/sandbox/business", json={"name": "Салон «Ёж»"}) as response:
        assert (response.status, await response.json()) == (201, {"slug": "salon-ezh"})
    assert "Салон «Ёж»" in await say("salon-ezh")
    async with http.post(f"{demo.chat}/sandbox/business", json={"name": "\u200b"}) as response:
        assert response.status == 400
        assert "name" in (await response.json())["error"]

    file = demo.data / "tenants" / "dropped.yaml"
    file.write_text('name: Dropped\nbot_token: "7000000099:sandbox-dropped-0000000001"\ntimezone: Asia/Tokyo\n')
    deadline = time.monotonic() + 60
    while "dropped has been added." not in "".join(demo.errors):
        assert time.monotonic() < deadline, demo.read_output()
        await asyncio.sleep(0.1)
    assert "Time zone: Tokyo" in await say("dropped")
    assert "opening soon" in await say("dropped", 1001)


@pytest.mark.timeout(180)
async def test_the_products_clock_follows_the_sandboxs(demo: RunningDemo, http: aiohttp.ClientSession) -> None:
    key = (demo.data / "demo.json").read_text().split('"')[3]

    async def get_shift() -> int:
        async with http.get(f"{demo.backend}/v1/clock", headers={"Authorization": f"Bearer {key}"}) as response:
            return int((await response.json())["shift_s"])

    before = demo.shift_s
    for seconds, expected in ((3600, 3600), (1800, 5400), (-5400, 0)):
        await demo.shift_clock(seconds)
        assert await get_shift() == before + expected


@pytest.mark.timeout(180)
async def test_a_restarted_gateway_answers_again(demo: RunningDemo, http: aiohttp.ClientSession) -> None:
    async def get_state() -> str:
        async with http.get(f"{demo.chat}/sandbox/state") as response:
            return str((await response.json())["status"]["gateway"])

    async def get_gateway_pid() -> int:
        async with http.get(f"{demo.gateway}/health/live") as response:
            return int((await response.json())["pid"])

    before = await get_gateway_pid()
    async with http.post(f"{demo.chat}/sandbox/restart") as response:
        assert response.status == 202
    assert await get_state() == "starting"
    deadline = time.monotonic() + 90
    while await get_state() != "ready":
        assert time.monotonic() < deadline, demo.read_output()
        await asyncio.sleep(0.1)
    assert await get_gateway_pid() != before


async def test_a_second_demo_on_the_same_data_is_refused(demo: RunningDemo, start_demo: StartDemo) -> None:
    second = await start_demo(demo.data)
    assert await asyncio.wait_for(second.process.wait(), 60) == 3
    await second.stop()
    assert "already running on the data directory" in "".join(second.errors)
