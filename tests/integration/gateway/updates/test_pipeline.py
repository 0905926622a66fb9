"""The life of an update: in order, once, again after a failure, quarantine, the drain."""

import asyncio
import json
import stat
import time
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from backend.client.api import BackendUnavailable
from bot.telegram import TelegramUnavailable
from gateway.tenants.snapshot import TenantSnapshot
from tests.support.gateway_rig import PERSON, Rig, incoming, make_snapshot, message, press


@pytest.fixture
async def shop() -> TenantSnapshot:
    return make_snapshot()


@pytest.fixture
async def rig(rigs: Callable[..., Any], shop: TenantSnapshot) -> Rig:
    rig: Rig = await rigs()
    for person in (PERSON, 2002):
        await rig.cache_person(shop, person)
    return rig


async def test_messages_and_presses_of_a_person_keep_their_order(rig: Rig, shop: TenantSnapshot) -> None:
    async def slower_the_earlier(_: Any, update: dict[str, Any]) -> None:
        await asyncio.sleep(0.02 / (1 + update["update_id"]))

    rig.bot.script = slower_the_earlier
    updates = [(press if n % 2 else message)(n) for n in range(10)]
    answers = await asyncio.gather(*(rig.process(shop, update) for update in updates))
    assert rig.bot.seen == list(range(10))
    assert {answer.status for answer in answers} == {200}


async def test_one_persons_slowness_is_nobody_elses(rig: Rig, shop: TenantSnapshot) -> None:
    gate = asyncio.Event()

    async def wait(_: Any, update: dict[str, Any]) -> None:
        if update["update_id"] == 1:
            await gate.wait()

    rig.bot.script = wait
    slow = asyncio.create_task(rig.process(shop, message(1)))
    assert (await asyncio.wait_for(rig.process(shop, message(2, 2002)), 2)).outcome == "done"
    gate.set()
    assert (await slow).outcome == "done"


async def test_two_workers_never_work_on_one_person_at_once(rigs: Callable[..., Any], shop: TenantSnapshot) -> None:
    workers = [await rigs() for _ in range(3)]
    await workers[0].cache_person(shop)
    busy, most = 0, 0

    async def watch(*_: Any) -> None:
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        await asyncio.sleep(0.005)
        busy -= 1

    for worker in workers:
        worker.bot.script = watch
    answers = await asyncio.gather(*(workers[n % 3].process(shop, message(n)) for n in range(30)))
    assert most == 1
    assert {answer.outcome for answer in answers} == {"done"}
    assert sorted(n for worker in workers for n in worker.bot.seen) == list(range(30))


async def test_a_failure_comes_again_and_the_third_is_quarantined(rig: Rig, shop: TenantSnapshot) -> None:
    def fail(*_: Any) -> None:
        raise ValueError("the text of a message: my diagnosis")

    rig.bot.script = fail
    update = message(1)
    answers = [await rig.process(shop, update) for _ in range(4)]
    assert [a.status for a in answers] == [503, 503, 200, 200]
    assert [a.outcome for a in answers] == ["failed", "failed", "quarantined", "repeated"]
    assert answers[0].retry_after
    # the sender is notified in the webhook's answer, and once
    assert [bool(a.body) for a in answers] == [False, False, True, False]
    call = msgspec.json.decode(answers[2].body)
    assert (call["method"], call["chat_id"]) == ("sendMessage", PERSON)
    assert "went wrong" in call["text"]
    (quarantined,) = rig.quarantine.read_all()
    assert quarantined.update == update
    assert "ValueError" in quarantined.error
    assert "diagnosis" not in quarantined.error
    (file,) = rig.quarantine._directory.glob("*/*.json")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "slotgate_quarantined_total 1.0" in rig.metrics.render().decode()


async def test_what_no_repetition_mends_is_quarantined_at_once(rig: Rig, shop: TenantSnapshot) -> None:
    def refuse(*_: Any) -> None:
        raise UnicodeError

    rig.bot.script = refuse
    assert (await rig.process(shop, message(1))).outcome == "quarantined"
    pressed = await rig.process(shop, press(2))
    assert pressed.outcome == "quarantined"
    call = msgspec.json.decode(pressed.body)
    assert (call["method"], call["callback_query_id"]) == ("answerCallbackQuery", "q2")
    assert call["text"]


async def test_what_cannot_be_kept_is_not_acknowledged(
    rig: Rig, shop: TenantSnapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise UnicodeError

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    rig.bot.script = refuse
    monkeypatch.setattr(rig.quarantine, "_write", full)
    assert (await rig.process(shop, message(1))).status == 503
    monkeypatch.undo()
    assert (await rig.process(shop, message(1))).outcome == "quarantined"


async def test_the_backend_being_down_is_not_the_updates_fault(rig: Rig, shop: TenantSnapshot) -> None:
    down = True

    def work(*_: Any) -> None:
        if down:
            raise BackendUnavailable("down", 3)

    rig.bot.script = work
    for _ in range(6):
        answer = await rig.process(shop, message(1))
        assert (answer.status, answer.outcome, answer.retry_after) == (503, "backend_down", 3)
    down = False
    assert (await rig.process(shop, message(1))).outcome == "done"


async def test_nobody_known_and_no_backend_is_503_at_once(rig: Rig, shop: TenantSnapshot) -> None:
    began = time.perf_counter()
    answer = await rig.process(shop, message(1, 9009))
    assert (answer.status, answer.outcome) == (503, "backend_down")
    assert time.perf_counter() - began < 10


async def test_telegram_being_away_is_not_the_updates_fault(rig: Rig, shop: TenantSnapshot) -> None:
    class Flooded(ConnectionError):
        retry_after = 7

    def work(*_: Any) -> None:
        raise Flooded

    rig.bot.script = work
    for _ in range(5):
        answer = await rig.process(shop, message(1))
        assert (answer.status, answer.outcome, answer.retry_after) == (503, "telegram_limited", 7)


@pytest.mark.parametrize(
    ("retry_after", "outcome", "wait"),
    [(None, "telegram_down", 2), (7, "telegram_limited", 7), (3000, "telegram_limited", 60)],
)
async def test_what_telegram_did_is_told_as_it_was(
    rig: Rig, shop: TenantSnapshot, retry_after: int | None, outcome: str, wait: int
) -> None:
    """A flood limit that the bot reports is neither a backend that is down nor a Telegram that does not answer."""

    def work(*_: Any) -> None:
        raise TelegramUnavailable("sendMessage", "429 Too Many Requests" if retry_after else "no answer", retry_after)

    assert rig.pipeline.bot is not None
    rig.pipeline.bot = msgspec.structs.replace(rig.pipeline.bot, transient=(TelegramUnavailable,))
    rig.bot.script = work
    answer = await rig.process(shop, message(1))
    assert (answer.status, answer.outcome, answer.retry_after) == (503, outcome, wait)
    assert answer.detail is not None
    assert "backend" not in answer.detail


async def test_a_cancelled_request_leaves_no_claim_behind(rig: Rig, shop: TenantSnapshot) -> None:
    started = asyncio.Event()

    async def hang(*_: Any) -> None:
        started.set()
        await asyncio.Event().wait()

    rig.bot.script = hang
    request = asyncio.create_task(rig.process(shop, message(1)))
    await asyncio.wait_for(started.wait(), 20)
    request.cancel()
    await asyncio.gather(request, return_exceptions=True)
    rig.bot.script = None
    assert (await rig.process(shop, message(1))).outcome == "done"
    assert rig.pipeline.queue.count == 0


async def test_the_drain_finishes_what_it_can_and_gives_the_rest_back(
    rigs: Callable[..., Any], rig: Rig, shop: TenantSnapshot
) -> None:
    heir: Rig = await rigs()
    started, gate = asyncio.Event(), asyncio.Event()

    async def work(_: Any, update: dict[str, Any]) -> None:
        if update["update_id"] == 1:
            started.set()
            await asyncio.Event().wait()
        await gate.wait()

    rig.bot.script = work
    hanging = asyncio.create_task(rig.process(shop, message(1)))
    quick = asyncio.create_task(rig.process(shop, message(2, 2002)))
    await asyncio.wait_for(started.wait(), 20)
    drain = asyncio.create_task(rig.pipeline.drain(0.2))
    await asyncio.sleep(0)
    refused = await rig.process(shop, message(3))
    assert (refused.status, refused.outcome) == (503, "draining")
    gate.set()
    assert (await asyncio.wait_for(quick, 20)).outcome == "done"
    await asyncio.wait_for(drain, 20)
    assert (await hanging).outcome == "draining"
    for update in (message(1), message(3)):
        assert (await heir.process(shop, update)).outcome == "done"


async def test_a_change_of_the_person_is_seen_by_the_update_that_waited(rig: Rig, shop: TenantSnapshot) -> None:
    async def change(_: Any, update: dict[str, Any]) -> None:
        if update["update_id"] == 1:
            await rig.cache_person(shop, locale="ru")

    rig.bot.script = change
    await asyncio.gather(rig.process(shop, message(1)), rig.process(shop, message(2)))
    assert [person.locale for person in rig.bot.people] == ["en", "ru"]


async def test_a_broken_cached_context_is_asked_anew(rig: Rig, shop: TenantSnapshot) -> None:
    await rig.link.call(b"SET", shop.context_key + b"%d" % PERSON, b"{not json")
    assert (await rig.process(shop, message(1))).outcome == "backend_down"  # it asked, and there is no backend here


async def test_the_quarantine_lists_what_can_be_read(rig: Rig, shop: TenantSnapshot) -> None:
    await rig.quarantine.add(incoming(shop, message(5)), "ValueError")
    folder = rig.quarantine._directory / shop.slug
    (folder / "broken.json").write_text("{")
    (quarantined,) = rig.quarantine.read_all()
    assert json.loads((folder / f"{shop.bot_id}-5.json").read_text())["update_id"] == 5
    rig.quarantine.delete(quarantined)
    assert not rig.quarantine.read_all()
