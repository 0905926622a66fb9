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
from tests.support.gateway_worker import PERSON, GatewayWorker, incoming, make_snapshot, message, press


@pytest.fixture
async def shop() -> TenantSnapshot:
    return make_snapshot()


@pytest.fixture
async def worker(start_worker: Callable[..., Any], shop: TenantSnapshot) -> GatewayWorker:
    worker: GatewayWorker = await start_worker()
    for person in (PERSON, 2002):
        await worker.cache_person(shop, person)
    return worker


async def test_messages_and_presses_of_a_person_keep_their_order(worker: GatewayWorker, shop: TenantSnapshot) -> None:
    async def slower_the_earlier(_: Any, update: dict[str, Any]) -> None:
        await asyncio.sleep(0.02 / (1 + update["update_id"]))

    worker.bot.script = slower_the_earlier
    updates = [(press if n % 2 else message)(n) for n in range(10)]
    answers = await asyncio.gather(*(worker.process(shop, update) for update in updates))
    assert worker.bot.seen == list(range(10))
    assert {answer.status for answer in answers} == {200}


async def test_one_persons_slowness_is_nobody_elses(worker: GatewayWorker, shop: TenantSnapshot) -> None:
    gate = asyncio.Event()

    async def wait(_: Any, update: dict[str, Any]) -> None:
        if update["update_id"] == 1:
            await gate.wait()

    worker.bot.script = wait
    slow = asyncio.create_task(worker.process(shop, message(1)))
    assert (await asyncio.wait_for(worker.process(shop, message(2, 2002)), 2)).outcome == "done"
    gate.set()
    assert (await slow).outcome == "done"


async def test_two_workers_never_work_on_one_person_at_once(
    start_worker: Callable[..., Any], shop: TenantSnapshot
) -> None:
    workers = [await start_worker() for _ in range(3)]
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


async def test_a_failure_comes_again_and_the_third_is_quarantined(worker: GatewayWorker, shop: TenantSnapshot) -> None:
    def fail(*_: Any) -> None:
        raise ValueError("the text of a message: my diagnosis")

    worker.bot.script = fail
    update = message(1)
    answers = [await worker.process(shop, update) for _ in range(4)]
    assert [a.status for a in answers] == [503, 503, 200, 200]
    assert [a.outcome for a in answers] == ["failed", "failed", "quarantined", "repeated"]
    assert answers[0].retry_after
    # the sender is notified in the webhook's answer, and once
    assert [bool(a.body) for a in answers] == [False, False, True, False]
    call = msgspec.json.decode(answers[2].body)
    assert (call["method"], call["chat_id"]) == ("sendMessage", PERSON)
    assert "went wrong" in call["text"]
    (quarantined,) = worker.quarantine.read_all()
    assert quarantined.update == update
    assert "ValueError" in quarantined.error
    assert "diagnosis" not in quarantined.error
    (file,) = worker.quarantine._directory.glob("*/*.json")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "slotgate_quarantined_total 1.0" in worker.metrics.render().decode()


async def test_what_no_repetition_mends_is_quarantined_at_once(worker: GatewayWorker, shop: TenantSnapshot) -> None:
    def refuse(*_: Any) -> None:
        raise UnicodeError

    worker.bot.script = refuse
    assert (await worker.process(shop, message(1))).outcome == "quarantined"
    pressed = await worker.process(shop, press(2))
    assert pressed.outcome == "quarantined"
    call = msgspec.json.decode(pressed.body)
    assert (call["method"], call["callback_query_id"]) == ("answerCallbackQuery", "q2")
    assert call["text"]


async def test_what_cannot_be_kept_is_not_acknowledged(
    worker: GatewayWorker, shop: TenantSnapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise UnicodeError

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    worker.bot.script = refuse
    monkeypatch.setattr(worker.quarantine, "_write", full)
    assert (await worker.process(shop, message(1))).status == 503
    monkeypatch.undo()
    assert (await worker.process(shop, message(1))).outcome == "quarantined"


async def test_the_backend_being_down_is_not_the_updates_fault(worker: GatewayWorker, shop: TenantSnapshot) -> None:
    down = True

    def work(*_: Any) -> None:
        if down:
            raise BackendUnavailable("down", 3)

    worker.bot.script = work
    for _ in range(6):
        answer = await worker.process(shop, message(1))
        assert (answer.status, answer.outcome, answer.retry_after) == (503, "backend_down", 3)
    down = False
    assert (await worker.process(shop, message(1))).outcome == "done"


async def test_nobody_known_and_no_backend_is_503_at_once(worker: GatewayWorker, shop: TenantSnapshot) -> None:
    began = time.perf_counter()
    answer = await worker.process(shop, message(1, 9009))
    assert (answer.status, answer.outcome) == (503, "backend_down")
    assert time.perf_counter() - began < 10


async def test_telegram_being_away_is_not_the_updates_fault(worker: GatewayWorker, shop: TenantSnapshot) -> None:
    class Flooded(ConnectionError):
        retry_after = 7

    def work(*_: Any) -> None:
        raise Flooded

    worker.bot.script = work
    for _ in range(5):
        answer = await worker.process(shop, message(1))
        assert (answer.status, answer.outcome, answer.retry_after) == (503, "telegram_limited", 7)


@pytest.mark.parametrize(
    ("retry_after", "outcome", "wait"),
    [(None, "telegram_down", 2), (7, "telegram_limited", 7), (3000, "telegram_limited", 60)],
)
async def test_what_telegram_did_is_told_as_it_was(
    worker: GatewayWorker, shop: TenantSnapshot, retry_after: int | None, outcome: str, wait: int
) -> None:
    """A flood limit that the bot reports is neither a backend that is down nor a Telegram that does not answer."""

    def work(*_: Any) -> None:
        raise TelegramUnavailable("sendMessage", "429 Too Many Requests" if retry_after else "no answer", retry_after)

    assert worker.pipeline.bot is not None
    worker.pipeline.bot = msgspec.structs.replace(worker.pipeline.bot, transient=(TelegramUnavailable,))
    worker.bot.script = work
    answer = await worker.process(shop, message(1))
    assert (answer.status, answer.outcome, answer.retry_after) == (503, outcome, wait)
    assert answer.detail is not None
    assert "backend" not in answer.detail


async def test_a_cancelled_request_leaves_no_claim_behind(worker: GatewayWorker, shop: TenantSnapshot) -> None:
    started = asyncio.Event()

    async def hang(*_: Any) -> None:
        started.set()
        await asyncio.Event().wait()

    worker.bot.script = hang
    request = asyncio.create_task(worker.process(shop, message(1)))
    await asyncio.wait_for(started.wait(), 20)
    request.cancel()
    await asyncio.gather(request, return_exceptions=True)
    worker.bot.script = None
    assert (await worker.process(shop, message(1))).outcome == "done"
    assert worker.pipeline.queue.count == 0


async def test_the_drain_finishes_what_it_can_and_gives_the_rest_back(
    start_worker: Callable[..., Any], worker: GatewayWorker, shop: TenantSnapshot
) -> None:
    heir: GatewayWorker = await start_worker()
    started, gate = asyncio.Event(), asyncio.Event()

    async def work(_: Any, update: dict[str, Any]) -> None:
        if update["update_id"] == 1:
            started.set()
            await asyncio.Event().wait()
        await gate.wait()

    worker.bot.script = work
    hanging = asyncio.create_task(worker.process(shop, message(1)))
    quick = asyncio.create_task(worker.process(shop, message(2, 2002)))
    await asyncio.wait_for(started.wait(), 20)
    drain = asyncio.create_task(worker.pipeline.drain(0.2))
    await asyncio.sleep(0)
    refused = await worker.process(shop, message(3))
    assert (refused.status, refused.outcome) == (503, "draining")
    gate.set()
    assert (await asyncio.wait_for(quick, 20)).outcome == "done"
    await asyncio.wait_for(drain, 20)
    assert (await hanging).outcome == "draining"
    for update in (message(1), message(3)):
        assert (await heir.process(shop, update)).outcome == "done"


async def test_a_change_of_the_person_is_seen_by_the_update_that_waited(
    worker: GatewayWorker, shop: TenantSnapshot
) -> None:
    async def change(_: Any, update: dict[str, Any]) -> None:
        if update["update_id"] == 1:
            await worker.cache_person(shop, locale="ru")

    worker.bot.script = change
    await asyncio.gather(worker.process(shop, message(1)), worker.process(shop, message(2)))
    assert [person.locale for person in worker.bot.people] == ["en", "ru"]


async def test_a_broken_cached_context_is_asked_anew(worker: GatewayWorker, shop: TenantSnapshot) -> None:
    await worker.link.call(b"SET", shop.context_key + b"%d" % PERSON, b"{not json")
    assert (await worker.process(shop, message(1))).outcome == "backend_down"  # it asked, and there is no backend here


async def test_the_quarantine_lists_what_can_be_read(worker: GatewayWorker, shop: TenantSnapshot) -> None:
    await worker.quarantine.add(incoming(shop, message(5)), "ValueError")
    folder = worker.quarantine._directory / shop.slug
    (folder / "broken.json").write_text("{")
    (quarantined,) = worker.quarantine.read_all()
    assert json.loads((folder / f"{shop.bot_id}-5.json").read_text())["update_id"] == 5
    worker.quarantine.delete(quarantined)
    assert not worker.quarantine.read_all()
