"""One trace from the webhook over gateway, bot, backend, SQL and outbox to the Bot API's answer, as a collector sees it."""

import re
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.sandbox import Bot, Sandbox, people, serve_sandbox
from tests.e2e.test_up import ADMIN, CLIENT, KEY, TOKEN, Operator, sent_texts
from tests.support.command_line import CommandServer
from tests.support.running_demo import RunningInstallation, start_production
from tests.support.trace_collector import Collector, Span, running_collector

TIME = re.compile(r"\d\d:\d\d")
SERVER, CLIENT_KIND, CONSUMER = 2, 3, 5
SECRET_NAME = "Zebediah"


@pytest.mark.timeout(300)
async def test_a_booking_is_one_trace_from_the_webhook_to_the_last_message(
    tmp_path: Path, commands: CommandServer
) -> None:
    sandbox = Sandbox()
    shop = sandbox.add_bot(TOKEN, "Test Shop", language="en", slug="shop")
    async with serve_sandbox(sandbox) as telegram, running_collector() as collector:
        operator = Operator(tmp_path, telegram)
        operator.prepare(commands, business=True)
        running = await start_production(
            operator.data,
            operator.tenants,
            **operator.env,
            OTEL_EXPORTER_OTLP_ENDPOINT=collector.url,
            OTEL_BSP_SCHEDULE_DELAY="200",
        )
        try:
            await running.wait_ready()
            await _book(running, sandbox, shop)
            await running.wait_until(lambda: any(_is_sending(span) for span in collector.spans), 30)
            (trace,) = {span.trace for span in collector.spans if _is_sending(span)}
            await running.wait_until(lambda: any(s.parent == "" for s in collector.of_trace(trace).values()), 30)
        finally:
            assert await running.stop(signal.SIGTERM) == 0
        _one_trace_leads_from_the_webhook_to_telegram(collector, trace)
        _nothing_private_is_in_the_spans(collector)


async def _book(running: RunningInstallation, sandbox: Sandbox, shop: Bot) -> None:
    """Book by the bot's buttons, as a client would."""
    shop.people[CLIENT].first_name = SECRET_NAME
    await running.wait_until(lambda: bool(shop.webhook.url), 60)
    # whom the message about the booking goes to: nobody gets one who has never written to the bot
    people.send_text(sandbox, shop, ADMIN, "/start")
    people.send_text(sandbox, shop, CLIENT, "/start")
    for fits in (
        lambda label: label.startswith("Manicure"),
        lambda label: bool(TIME.search(label)),
        lambda label: label == "Confirm",
    ):
        await _press(running, sandbox, shop, fits)
    await running.wait_until(lambda: any("You're booked" in text for text in sent_texts(shop, CLIENT)), 30)


async def _press(running: RunningInstallation, sandbox: Sandbox, shop: Bot, fits: Callable[[str], bool]) -> None:
    found: list[tuple[int, str]] = []

    def search() -> bool:
        chat = shop.chats.get(CLIENT)
        for message in () if chat is None else chat.messages.values():
            for row in (message.markup or {}).get("inline_keyboard", ()):
                found.extend((message.id, button["text"]) for button in row if fits(button["text"]))
        return bool(found)

    await running.wait_until(search, 30)
    number, label = found[-1]
    people.press_button(sandbox, shop, CLIENT, number, label=label)


def _is_sending(span: Span) -> bool:
    return span.name == "send notice" and span.attributes.get("slotgate.notice.kind") == "booked"


def _one_trace_leads_from_the_webhook_to_telegram(collector: Collector, trace: str) -> None:
    spans = collector.of_trace(trace)

    def path(span: Span) -> list[str]:
        """The names from the root down to a span."""
        above = spans.get(span.parent)
        return [*(path(above) if above else []), span.name]

    (root,) = [span for span in spans.values() if span.parent == ""]
    assert (root.service, root.name, root.kind) == ("slotgate-gateway", "POST /tg/webhook/{tenant}", SERVER)
    assert root.attributes["slotgate.outcome"] == "done"
    # every part hangs on another part of the same trace
    assert all(span is root or span.parent in spans for span in spans.values())

    confirm = [span for span in spans.values() if span.name == "POST /v1/bookings/{booking_id}/confirm"]
    assert [span.service for span in confirm] == ["slotgate-backend"]
    assert path(confirm[0]) == [root.name, "bot", "backend request", confirm[0].name]
    assert confirm[0].attributes["http.response.status_code"] == "200"

    inserts = [span for span in spans.values() if span.name == "INSERT outbox"]
    assert inserts
    for insert in inserts:
        assert path(insert)[-3:] == [confirm[0].name, "write transaction", "INSERT outbox"]
        assert "?" in insert.attributes["db.query.text"]

    sendings = [span for span in spans.values() if _is_sending(span)]
    assert {span.attributes["slotgate.outcome"] for span in sendings} == {"sent"}
    for sending in sendings:
        assert (sending.kind, path(sending)[-3:-1]) == (CONSUMER, [confirm[0].name, "write transaction"])
        below = {span.name: span for span in spans.values() if span.parent == sending.id}
        assert below["Telegram sendMessage"].attributes["http.response.status_code"] == "200"
        assert below["Telegram sendMessage"].ended_at <= below["backend request"].started_at
        # what the report of the sending does at the backend is part of it as well
        assert any(
            "report" in span.name and path(span)[:-1] == path(below["backend request"]) for span in spans.values()
        )


def _nothing_private_is_in_the_spans(collector: Collector) -> None:
    sent = b"\0".join(collector.bodies)
    assert len(collector.spans) > 50
    private = (TOKEN, TOKEN.partition(":")[2], KEY, SECRET_NAME, str(CLIENT), str(ADMIN), "You're booked", "Manicure")
    assert [word for word in private if word.encode() in sent] == []
    # nothing waits for work in a trace: claims and probes are not traced
    assert {span.name for span in collector.spans if span.parent == ""} == {"POST /tg/webhook/{tenant}"}
