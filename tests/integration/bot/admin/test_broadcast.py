"""A message to every client from the bot: looked at, tried, counted, sent, stopped, gone on with by a fresh runtime."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from backend.client.api import BackendRefused
from backend.contract.notices import Claim
from bot.runtime import Runtime
from gateway.sandbox.model import Message
from gateway.sandbox.people import add_person
from tests.support.bot_desk import LANGUAGES, Desk, opened
from tests.support.bot_stage import ADMIN, CLIENT, SPECIALIST, Stage

TEXT = "Sunday: <b>10–16</b> & coffee\n\nSee you!"


async def crowd(desk: Desk) -> list[int]:
    """The client and seven more who have opened the bot."""
    more = [add_person(desk.on.sandbox, desk.on.bot, f"Guest {n}").id for n in range(7)]
    for person in more:
        await desk.on.say(person, "/start")
    return [CLIENT, *more]


def got(on: Stage, person: int, text: str) -> int:
    """How many messages with this text somebody has got."""
    return sum(text in str(one.content.get("text", "")) for one in on.live(person))


async def deliver(on: Stage, runtime: Runtime | None = None, *, most: int = 1000, mute: bool = False) -> int:
    """Sends what is due as the gateway does, at most so many broadcasts; `mute` dies before it can report the last."""
    claimed = await on.backend.claim_notices(Claim(tenants=[on.tenant.slug]), "r-2")
    sent = 0
    for notice in claimed.items:
        if notice.kind == "broadcast":
            if sent == most:
                continue
            try:
                await on.backend.begin_notice(notice.id, notice.epoch, "r-2")
            except BackendRefused:
                continue
        report = await (runtime or on.runtime).send_notice(on.tenant, notice)
        sent += notice.kind == "broadcast"
        if not (mute and notice.kind == "broadcast" and sent == most):
            await on.backend.report_notice(notice.id, report, "r-2")
    return sent


def progress(desk: Desk) -> Message:
    """The one message that shows how far it is."""
    words = {
        desk.t.label(f"broadcast-{state}", done=0, total=0).split("</b>")[0] for state in ("sending", "stopped", "done")
    }
    said = [one for one in desk.on.live(ADMIN) if any(w.replace("<b>", "") in str(one.content["text"]) for w in words)]
    own = [one for one in said if TEXT.split("\n")[0] not in str(one.content["text"])]
    assert len(own) == 1, [one.content for one in said]
    return own[0]


async def written(desk: Desk) -> None:
    await desk.press("button-manage")
    await desk.press("button-broadcast")
    await desk.press("button-write")
    await desk.say("First version")
    await desk.press("button-rewrite")
    await desk.say(TEXT)


@pytest.mark.parametrize("locale", LANGUAGES)
async def test_it_is_looked_at_tried_and_sent_once_to_each(stages: Callable[..., Any], locale: str) -> None:
    desk = await opened(stages, locale)
    clients = await crowd(desk)
    await desk.on.say(ADMIN, "/start")
    await written(desk)
    assert TEXT in desk.on.text(ADMIN)
    assert desk.says("broadcast-count", count=len(clients))
    await desk.press("button-try")
    assert await deliver(desk.on) == 1
    assert [got(desk.on, person, TEXT) for person in clients] == [0] * len(clients)
    assert str(desk.on.live(ADMIN)[-1].content["text"]) == TEXT
    await desk.press("button-send", count=len(clients))
    assert desk.says("broadcast-sure", count=len(clients))
    await desk.press("button-send", count=len(clients))
    assert await deliver(desk.on) == len(clients)
    desk.on.shift(4)
    await deliver(desk.on)
    assert [got(desk.on, person, TEXT) for person in clients] == [1] * len(clients)
    assert progress(desk).content["text"] == desk.t.label("broadcast-done", done=8, total=8).replace("<b>", "").replace(
        "</b>", ""
    )
    assert await deliver(desk.on) == 0
    await desk.press("button-refresh")
    assert desk.says("broadcast-done", done=8, total=8)
    await desk.press("button-back")
    assert any("Sunday" in label for label in desk.labels)


@pytest.mark.parametrize("locale", LANGUAGES)
async def test_stop_crash_and_resume_reach_nobody_twice(stages: Callable[..., Any], locale: str) -> None:
    desk = await opened(stages, locale)
    on = desk.on
    clients = await crowd(desk)
    await on.say(ADMIN, "/start")
    await written(desk)
    await desk.press("button-send", count=8)
    await desk.press("button-send", count=8)
    assert await deliver(on, most=2) == 2
    shown = progress(desk)
    await on.press(ADMIN, desk.t.label("button-stop"), message=shown)
    assert await deliver(on) == 0
    on.shift(61)
    assert await deliver(on) == 0
    assert sum(got(on, person, TEXT) for person in clients) == 2
    # a fresh runtime goes on, and dies with one message on its way
    fresh = Runtime(redis=on.redis, backend=on.backend, telegram_api_url=on.sandbox.public_url)
    await fresh.start()
    await on.press(ADMIN, desk.t.label("button-go-on", count=6), message=progress(desk))
    assert await deliver(on, fresh, most=3, mute=True) == 3
    await fresh.close()
    on.shift(61)
    again = Runtime(redis=on.redis, backend=on.backend, telegram_api_url=on.sandbox.public_url)
    await again.start()
    while await deliver(on, again):
        pass
    on.shift(61)
    await deliver(on, again)
    await again.close()
    assert [got(on, person, TEXT) for person in clients] == [1] * len(clients)
    text = str(progress(desk).content["text"])
    assert desk.t.label("broadcast-unsure", count=1) in text
    assert progress(desk).id == shown.id


@pytest.mark.parametrize("locale", LANGUAGES)
async def test_what_is_formatted_arrives_so_and_the_rest_is_never_markup(
    stages: Callable[..., Any], locale: str
) -> None:
    """Bold, italic and links as Telegram's apps send them; the clients' message carries them and one small button."""
    desk = await opened(stages, locale)
    await desk.on.say(ADMIN, "/start")
    await desk.press("button-manage")
    await desk.press("button-broadcast")
    await desk.press("button-write")
    await desk.say("👍 **Sunday __10–16__** & <b>coffee</b>, see [our page](https://example.com/?a=1&b=2) `x<y`")
    plain = "👍 Sunday 10–16 & <b>coffee</b>, see our page x<y"
    expected = [
        ("bold", "Sunday 10–16"), ("italic", "10–16"), ("text_link", "our page"), ("code", "x<y"),
    ]  # fmt: skip

    def formats(content: Any) -> list[tuple[str, str]]:
        text = str(content["text"]).encode("utf-16-le")
        return [
            (one["type"], text[2 * one["offset"] : 2 * (one["offset"] + one["length"])].decode("utf-16-le"))
            for one in content["entities"]
        ]

    assert plain in desk.on.text(ADMIN)
    assert [one for one in formats(desk.on.menu(ADMIN).content) if one in expected] == expected
    await desk.press("button-send", count=1)
    await desk.press("button-send", count=1)
    await deliver(desk.on)
    message = desk.on.live(CLIENT)[-1]
    assert message.content["text"] == plain
    assert formats(message.content) == expected
    assert desk.on.labels_of(message) == [desk.t.label("button-news-off")]


async def test_news_are_switched_off_on_the_message_and_on_again_under_my_data(stages: Callable[..., Any]) -> None:
    desk = await opened(stages, "en")
    clients = await crowd(desk)
    await desk.on.say(ADMIN, "/start")
    await written(desk)
    await desk.press("button-send", count=8)
    await desk.press("button-send", count=8)
    await deliver(desk.on)
    message = next(one for one in reversed(desk.on.live(CLIENT)) if TEXT in str(one.content.get("text", "")))
    await desk.on.press(CLIENT, "Unsubscribe from news", message=message)
    assert desk.on.answers[-1]["text"].startswith("You won't get our news any more.")
    assert desk.on.labels_of(message) == ["Get our news again"]
    await desk.on.say(ADMIN, "/start")
    await written(desk)
    assert desk.says("broadcast-count", count=len(clients) - 1)
    await desk.on.say(CLIENT, "/start")
    await desk.on.press(CLIENT, "My data")
    await desk.on.press(CLIENT, "Get our news again")
    assert "Unsubscribe from news" in desk.on.labels(CLIENT)
    await desk.on.say(ADMIN, "/start")
    await written(desk)
    assert desk.says("broadcast-count", count=len(clients))


async def test_one_who_has_blocked_the_bot_is_counted_apart(stages: Callable[..., Any]) -> None:
    desk = await opened(stages, "en")
    clients = await crowd(desk)
    desk.on.sandbox.chat(desk.on.bot, clients[-1]).blocked = True
    await desk.on.say(ADMIN, "/start")
    await written(desk)
    await desk.press("button-send", count=8)
    await desk.press("button-send", count=8)
    await deliver(desk.on)
    await desk.press("button-refresh")
    assert desk.says("broadcast-missed", count=1)


async def test_nobody_to_write_to_and_nothing_to_say(stages: Callable[..., Any]) -> None:
    on: Stage = await stages()
    await on.admin()
    await on.say(ADMIN, "/start")
    await on.press(ADMIN, "Manage")
    await on.press(ADMIN, "Broadcast")
    await on.press(ADMIN, "Write a message")
    assert "Write the message" in await on.say(ADMIN, "\u200b")
    assert "nobody to send it to" in await on.say(ADMIN, "Hello")
    assert not any(label.startswith("Send to") for label in on.labels(ADMIN))
    await on.press(ADMIN, "Back")


async def test_it_is_the_admins_alone(stages: Callable[..., Any]) -> None:
    desk = await opened(stages, "en")
    await desk.on.hire(SPECIALIST, 1)
    await desk.on.say(SPECIALIST, "/start")
    fingerprint = desk.on.menu(SPECIALIST).markup["inline_keyboard"][0][0]["callback_data"].partition("~")[2]  # type: ignore[index]
    for data in ("1a.bc", "1a.bcs:1", "1a.fig", "1a.exf:0:0", "1a.cls:0", "1k.svc"):
        await desk.on.forge(SPECIALIST, f"{data}~{fingerprint}")
        said = json.dumps([one.content for one in desk.on.live(SPECIALIST)], ensure_ascii=False)
        assert "Broadcast" not in said
        await desk.on.say(SPECIALIST, "/start")
        fingerprint = desk.on.menu(SPECIALIST).markup["inline_keyboard"][0][0]["callback_data"].partition("~")[2]  # type: ignore[index]
