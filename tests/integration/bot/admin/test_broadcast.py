"""A message to every client from the bot: looked at, tried, counted, sent, stopped, gone on with by a fresh runtime."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from backend.client.api import BackendRefused
from backend.contract.notices import ClaimNotices
from bot.runtime import Runtime
from gateway.sandbox.model import Message
from gateway.sandbox.people import add_person, set_blocked
from tests.support.admin_chat import LANGUAGES, AdminChat, open_admin_chat
from tests.support.bot_chats import ADMIN, CLIENT, SPECIALIST, BotChats

TEXT = "Sunday: <b>10–16</b> & coffee\n\nSee you!"


async def crowd(chat: AdminChat) -> list[int]:
    """The client and seven more who have opened the bot."""
    more = [add_person(chat.chats.sandbox, chat.chats.bot, f"Guest {n}").id for n in range(7)]
    for person in more:
        await chat.chats.say(person, "/start")
    return [CLIENT, *more]


def got(chats: BotChats, person: int, text: str) -> int:
    """How many messages with this text somebody has got."""
    return sum(text in str(one.content.get("text", "")) for one in chats.live(person))


async def deliver(chats: BotChats, runtime: Runtime | None = None, *, most: int = 1000, mute: bool = False) -> int:
    """Sends what is due as the gateway does, at most so many broadcasts; `mute` dies before it can report the last."""
    claimed = await chats.backend.claim_notices(ClaimNotices(tenants=[chats.tenant.slug]), "r-2")
    sent = 0
    for notice in claimed.items:
        if notice.kind == "broadcast":
            if sent == most:
                continue
            try:
                await chats.backend.begin_notice(notice.id, notice.epoch, "r-2")
            except BackendRefused:
                continue
        report = await (runtime or chats.runtime).send_notice(chats.tenant, notice)
        sent += notice.kind == "broadcast"
        if not (mute and notice.kind == "broadcast" and sent == most):
            await chats.backend.report_notice(notice.id, report, "r-2")
    return sent


def progress(chat: AdminChat) -> Message:
    """The one message that shows how far it is."""
    words = {
        chat.t.label(f"broadcast-{state}", done=0, total=0).split("</b>")[0] for state in ("sending", "stopped", "done")
    }
    said = [
        one for one in chat.chats.live(ADMIN) if any(w.replace("<b>", "") in str(one.content["text"]) for w in words)
    ]
    own = [one for one in said if TEXT.split("\n")[0] not in str(one.content["text"])]
    assert len(own) == 1, [one.content for one in said]
    return own[0]


async def written(chat: AdminChat) -> None:
    await chat.press("button-manage")
    await chat.press("button-broadcast")
    await chat.press("button-write")
    await chat.say("First version")
    await chat.press("button-rewrite")
    await chat.say(TEXT)


@pytest.mark.parametrize("locale", LANGUAGES)
async def test_it_is_looked_at_tried_and_sent_once_to_each(open_chats: Callable[..., Any], locale: str) -> None:
    chat = await open_admin_chat(open_chats, locale)
    clients = await crowd(chat)
    await chat.chats.say(ADMIN, "/start")
    await written(chat)
    assert TEXT in chat.chats.text(ADMIN)
    assert chat.says("broadcast-count", count=len(clients))
    await chat.press("button-try")
    assert await deliver(chat.chats) == 1
    assert [got(chat.chats, person, TEXT) for person in clients] == [0] * len(clients)
    assert str(chat.chats.live(ADMIN)[-1].content["text"]) == TEXT
    await chat.press("button-send", count=len(clients))
    assert chat.says("broadcast-sure", count=len(clients))
    await chat.press("button-send", count=len(clients))
    set_blocked(chat.chats.sandbox, chat.chats.bot, clients[-1], blocked=True)
    assert await deliver(chat.chats) == len(clients)
    chat.chats.shift(4)
    await deliver(chat.chats)
    assert [got(chat.chats, person, TEXT) for person in clients] == [1] * (len(clients) - 1) + [0]
    done = chat.t.label("broadcast-done", done=7, total=8).replace("<b>", "").replace("</b>", "")
    assert progress(chat).content["text"] == f"{done}\n{chat.t.label('broadcast-blocked', count=1)}", "7 have got it"
    assert await deliver(chat.chats) == 0
    await chat.press("button-refresh")
    assert chat.says("broadcast-done", done=7, total=8)
    await chat.press("button-back")
    assert any("Sunday" in label for label in chat.labels)


@pytest.mark.parametrize("locale", LANGUAGES)
async def test_stop_crash_and_resume_reach_nobody_twice(open_chats: Callable[..., Any], locale: str) -> None:
    chat = await open_admin_chat(open_chats, locale)
    chats = chat.chats
    clients = await crowd(chat)
    await chats.say(ADMIN, "/start")
    await written(chat)
    await chat.press("button-send", count=8)
    await chat.press("button-send", count=8)
    assert await deliver(chats, most=2) == 2
    shown = progress(chat)
    await chats.press(ADMIN, chat.t.label("button-stop"), message=shown)
    assert await deliver(chats) == 0
    chats.shift(61)
    assert await deliver(chats) == 0
    assert sum(got(chats, person, TEXT) for person in clients) == 2
    # a fresh runtime goes on, and dies with one message on its way
    fresh = Runtime(redis=chats.link, backend=chats.backend, telegram_api_url=chats.sandbox.public_url)
    await fresh.start()
    await chats.press(ADMIN, chat.t.label("button-go-on", count=6), message=progress(chat))
    assert await deliver(chats, fresh, most=3, mute=True) == 3
    await fresh.close()
    chats.shift(61)
    again = Runtime(redis=chats.link, backend=chats.backend, telegram_api_url=chats.sandbox.public_url)
    await again.start()
    while await deliver(chats, again):
        pass
    chats.shift(61)
    await deliver(chats, again)
    await again.close()
    assert [got(chats, person, TEXT) for person in clients] == [1] * len(clients)
    text = str(progress(chat).content["text"])
    assert chat.t.label("broadcast-unsure", count=1) in text
    assert progress(chat).id == shown.id


@pytest.mark.parametrize("locale", LANGUAGES)
async def test_what_is_formatted_arrives_so_and_the_rest_is_never_markup(
    open_chats: Callable[..., Any], locale: str
) -> None:
    """Bold, italic and links as Telegram's apps send them; the clients' message carries them and one small button."""
    chat = await open_admin_chat(open_chats, locale)
    await chat.chats.say(ADMIN, "/start")
    await chat.press("button-manage")
    await chat.press("button-broadcast")
    await chat.press("button-write")
    await chat.say("👍 **Sunday __10–16__** & <b>coffee</b>, see [our page](https://example.com/?a=1&b=2) `x<y`")
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

    assert plain in chat.chats.text(ADMIN)
    assert [one for one in formats(chat.chats.menu(ADMIN).content) if one in expected] == expected
    await chat.press("button-send", count=1)
    await chat.press("button-send", count=1)
    await deliver(chat.chats)
    message = chat.chats.live(CLIENT)[-1]
    assert message.content["text"] == plain
    assert formats(message.content) == expected
    assert chat.chats.labels_of(message) == [chat.t.label("button-book-now"), chat.t.label("button-news-off")]


async def test_news_are_switched_off_on_the_message_and_on_again_under_my_data(open_chats: Callable[..., Any]) -> None:
    chat = await open_admin_chat(open_chats, "en")
    clients = await crowd(chat)
    await chat.chats.say(ADMIN, "/start")
    await written(chat)
    await chat.press("button-send", count=8)
    await chat.press("button-send", count=8)
    await deliver(chat.chats)
    message = next(one for one in reversed(chat.chats.live(CLIENT)) if TEXT in str(one.content.get("text", "")))
    await chat.chats.press(CLIENT, "Unsubscribe from news", message=message)
    assert chat.chats.answers[-1]["text"].startswith("You won't get our news any more.")
    assert chat.chats.labels_of(message) == ["Book", "Get our news again"]
    await chat.chats.say(ADMIN, "/start")
    await written(chat)
    assert chat.says("broadcast-count", count=len(clients) - 1)
    await chat.chats.say(CLIENT, "/start")
    await chat.chats.press(CLIENT, "My data")
    await chat.chats.press(CLIENT, "Get our news again")
    assert "Unsubscribe from news" in chat.chats.labels(CLIENT)
    await chat.chats.say(ADMIN, "/start")
    await written(chat)
    assert chat.says("broadcast-count", count=len(clients))


async def test_one_who_has_blocked_the_bot_is_counted_apart(open_chats: Callable[..., Any]) -> None:
    chat = await open_admin_chat(open_chats, "en")
    clients = await crowd(chat)
    chat.chats.sandbox.chat(chat.chats.bot, clients[-1]).blocked = True
    await chat.chats.say(ADMIN, "/start")
    await written(chat)
    await chat.press("button-send", count=8)
    await chat.press("button-send", count=8)
    await deliver(chat.chats)
    await chat.press("button-refresh")
    assert chat.says("broadcast-blocked", count=1)


async def test_nobody_to_write_to_and_nothing_to_say(open_chats: Callable[..., Any]) -> None:
    chats: BotChats = await open_chats()
    await chats.admin()
    await chats.say(ADMIN, "/start")
    await chats.press(ADMIN, "Manage")
    await chats.press(ADMIN, "Broadcast")
    await chats.press(ADMIN, "Write a message")
    assert "Write the message" in await chats.say(ADMIN, "\u200b")
    assert "nobody to send it to" in await chats.say(ADMIN, "Hello")
    assert not any(label.startswith("Send to") for label in chats.labels(ADMIN))
    await chats.press(ADMIN, "Back")


def _fingerprint(chat: AdminChat) -> str:
    """Return that of the menu that the specialist sees."""
    markup = chat.chats.menu(SPECIALIST).markup
    assert markup is not None
    return str(markup["inline_keyboard"][0][0]["callback_data"]).partition("~")[2]


async def test_it_is_the_admins_alone(open_chats: Callable[..., Any]) -> None:
    chat = await open_admin_chat(open_chats, "en")
    await chat.chats.hire(SPECIALIST, 1)
    await chat.chats.say(SPECIALIST, "/start")
    fingerprint = _fingerprint(chat)
    for data in ("1a.bc", "1a.bcs:1", "1a.fig", "1a.exf:0:0", "1a.cls:0", "1k.svc"):
        await chat.chats.forge(SPECIALIST, f"{data}~{fingerprint}")
        said = json.dumps([one.content for one in chat.chats.live(SPECIALIST)], ensure_ascii=False)
        assert "Broadcast" not in said
        await chat.chats.say(SPECIALIST, "/start")
        fingerprint = _fingerprint(chat)
