"""One live menu: double taps, old and forged buttons, restarts, and what people send instead of pressing."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from redis.asyncio import Redis

from backend.contract.redis import url_for
from bot.client.services import FindServiceForm
from bot.dispatcher import dispatcher
from gateway.sandbox.people import press_button, send_content
from tests.support.bot_chats import CLIENT, KEY, BotChats
from tests.support.servers import RedisServer


async def test_a_double_tap_has_one_effect(open_chats: Callable[..., Any]) -> None:
    """The second press finds the menu changed."""
    chats: BotChats = await open_chats()
    await chats.say(CLIENT, "/start s_1")
    menu = chats.menu(CLIENT)
    for _ in range(2):
        press_button(chats.sandbox, chats.bot, CLIENT, menu.id, label="Today 10:00")
    await chats.pump()
    held = await chats.backend.act_as(chats.tenant.slug, CLIENT, "t").list_bookings(status=("held",))
    assert len(held.items) == 1
    assert "Held for you" in chats.text(CLIENT)


async def test_a_repeated_update_has_one_effect(open_chats: Callable[..., Any]) -> None:
    """The same update again, as after a crash before it was marked done, and with the menu's memory lost."""
    chats: BotChats = await open_chats()
    await chats.say(CLIENT, "/start s_1")
    press_button(chats.sandbox, chats.bot, CLIENT, chats.menu(CLIENT).id, label="Today 10:00")
    [update] = await chats.take()
    await chats.handle(update)
    await chats.redis.delete(f"last_menu:{{{chats.tenant.slug}}}:{CLIENT}")
    await chats.handle(update)
    held = await chats.backend.act_as(chats.tenant.slug, CLIENT, "t").list_bookings(status=("held",))
    assert len(held.items) == 1


@pytest.mark.parametrize("data", ["0home~abc", "1nowhere~abc", "x", "1b.card:ABC~000", "1c.ok:1:0:0~zzz"])
async def test_unknown_and_outdated_buttons_lead_to_a_current_screen(open_chats: Callable[..., Any], data: str) -> None:
    """With a word about it."""
    chats: BotChats = await open_chats()
    await chats.say(CLIENT, "/start")
    await chats.redis.set(
        f"last_menu:{{{chats.tenant.slug}}}:{CLIENT}",
        b'{"message_id":%d,"fingerprint":"old","sent_at":1.0}' % chats.menu(CLIENT).id,
    )
    answer = await chats.forge(CLIENT, data)
    assert answer["text"] == "This menu was refreshed"
    assert "What would you like to book?" in chats.text(CLIENT)


async def test_an_old_menu_gives_way(open_chats: Callable[..., Any]) -> None:
    """After 48 hours it cannot be deleted: it loses its buttons, and pressing it changes nothing."""
    chats: BotChats = await open_chats()
    await chats.say(CLIENT, "/start")
    old = chats.menu(CLIENT)
    key = f"last_menu:{{{chats.tenant.slug}}}:{CLIENT}"
    await chats.redis.set(key, b'{"message_id":%d,"fingerprint":"old","sent_at":1.0}' % old.id)
    await chats.say(CLIENT, "/start")
    assert not old.deleted
    assert not (old.markup or {}).get("inline_keyboard")
    assert chats.menu(CLIENT).id != old.id


@pytest.mark.parametrize(
    "content",
    [
        {"sticker": {"file_id": "x", "file_unique_id": "x", "type": "regular", "width": 1, "height": 1,
                     "is_animated": False, "is_video": False}},
        {"voice": {"file_id": "x", "file_unique_id": "x", "duration": 1}},
        {"text": "x" * 4096},
        {"text": "\u202e\u200b\ufeff"},
        {"text": "/unknown"},
        {"text": "hello", "forward_origin": {"type": "hidden_user", "date": 1, "sender_user_name": "<b>"}},
        {"location": {"latitude": 1.0, "longitude": 1.0}},
    ],
)  # fmt: skip
async def test_whatever_is_sent_is_explained(open_chats: Callable[..., Any], content: dict[str, Any]) -> None:
    """A sentence, the menu below it, never an error."""
    chats: BotChats = await open_chats()
    await chats.say(CLIENT, "/start")
    send_content(chats.sandbox, chats.bot, CLIENT, content)
    await chats.pump()
    assert chats.text(CLIENT).startswith("Please use the buttons below.")


async def test_names_and_descriptions_never_break_a_message(open_chats: Callable[..., Any]) -> None:
    """HTML is shown literally, long and turned texts are cut and cleaned."""
    wild = "<b>x</b>&amp;" + "Ж" * 40
    business = (
        "services:\n"
        + "".join(f'  - {{name: "{wild}{n}", price: "1.00", duration: 30m}}\n' for n in range(20))
        + f'specialists:\n  - name: "{wild}"\n    services: ["{wild}0"]\n    hours: {{mon: ["10:00-14:00"]}}\n'
    )
    chats: BotChats = await open_chats(business=business)
    await chats.say(CLIENT, "/start")
    assert "All services" in chats.labels(CLIENT)
    await chats.press(CLIENT, "All services")
    await chats.press(CLIENT, "›")
    await chats.press(CLIENT, "‹")
    assert "<b>x</b>" in await chats.press(CLIENT, "<b>x</b>")
    await chats.press(CLIENT, "Today 10:00")
    assert "You're booked" in await chats.press(CLIENT, "Confirm")


async def test_groups_and_bots_are_ignored(open_chats: Callable[..., Any]) -> None:
    """No answer, no error."""
    chats: BotChats = await open_chats()
    user = {"id": CLIENT, "is_bot": False, "first_name": "A"}
    group = {"id": -5, "type": "group", "title": "G"}
    message = {"message_id": 1, "date": 1, "chat": group, "from": user, "text": "/start"}
    await chats.handle({"update_id": 1, "message": message})
    press = {"id": "1", "from": user, "chat_instance": "1", "data": "1home~abc", "message": message}
    chats.answers.clear()
    assert await chats.runtime.process_update(
        await chats.context(CLIENT), json.dumps({"update_id": 2, "callback_query": press}).encode()
    )
    assert chats.live(CLIENT) == []


async def test_a_group_is_told_once_an_hour_where_the_bot_is(open_chats: Callable[..., Any]) -> None:
    """One sentence in the language of the person who asks, below the command; nothing for other bots' commands."""
    chats: BotChats = await open_chats(locale="ru")
    username = await chats.runtime._session.username(chats.runtime.bot(chats.tenant))

    async def asked(text: str, chat: int = -5, language: str = "en") -> dict[str, Any] | None:
        user = {"id": 999_777, "is_bot": False, "first_name": "A", "language_code": language}
        message = {"message_id": 7, "date": 1, "chat": {"id": chat, "type": "group"}, "from": user, "text": text}
        said = await chats.runtime.answer_in_group(chats.tenant, message)
        return None if said is None else json.loads(said)

    assert await asked("/start@somebody_elses_bot") is None
    assert await asked("/weather") is None
    said = await asked(f"/start@{username.upper()} s_1")
    assert said is not None
    assert said["text"] == "Bookings at <b>Barber House</b> are made in a private chat, where only you see them."
    assert said["reply_markup"]["inline_keyboard"][0][0]["url"] == f"https://t.me/{username}"
    assert (said["chat_id"], said["reply_parameters"]["message_id"]) == (-5, 7)
    assert await asked("/start") is None, "once an hour in a group"
    elsewhere = await asked("/help", -6, "fr")
    assert elsewhere is not None
    assert "личном чате" in elsewhere["text"]
    known = await (await chats.admin()).list_clients("")
    assert not any(one.tg_id == 999_777 for one in known.items), "of nobody is anything kept"


async def test_an_empty_business_is_opening_soon(open_chats: Callable[..., Any]) -> None:
    """No services yet."""
    chats: BotChats = await open_chats(business="")
    assert "opening soon" in await chats.say(CLIENT, "/start")


async def test_the_own_bookings_have_a_command_that_answers_to_its_former_name(open_chats: Callable[..., Any]) -> None:
    """An app keeps the commands of a chat for a while, and people type what they are used to."""
    chats: BotChats = await open_chats()
    for typed in ("/mybookings", "/visits", "/Visits"):
        await chats.say(CLIENT, "/start")
        assert "upcoming" not in chats.text(CLIENT)
        assert "no upcoming bookings" in await chats.say(CLIENT, typed), typed


async def test_a_press_reads_redis_once(open_chats: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """The menu and what is waited for come in one exchange; what is waited for is over with the next press."""
    chats: BotChats = await open_chats()
    state_key = f"fsm:{{{chats.tenant.slug}}}:{CLIENT}:state"
    await chats.redis.set(state_key, FindServiceForm.query.state or "")
    await chats.say(CLIENT, "hair")
    assert await chats.redis.exists(state_key)
    exchanges: list[list[bytes]] = []
    call, call_all = chats.link.call, chats.link.call_all

    async def count_call(*parts: bytes) -> Any:
        exchanges.append([parts[0]])
        return await call(*parts)

    async def count_calls(commands: Sequence[Sequence[bytes]]) -> Any:
        exchanges.append([parts[0] for parts in commands])
        return await call_all(commands)

    monkeypatch.setattr(chats.link, "call", count_call)
    monkeypatch.setattr(chats.link, "call_all", count_calls)
    await chats.press(CLIENT, "Back")
    reads = [commands for commands in exchanges if b"GET" in commands]
    assert reads == [[b"GET", b"GET"], [b"GET"]]  # the draft's data, which are kept for ten more minutes
    assert not await chats.redis.exists(state_key)
    exchanges.clear()
    await chats.press(CLIENT, "Home")
    assert exchanges == [[b"GET", b"GET"]]


async def test_a_menu_that_redis_refuses_to_tell_is_unknown(
    open_chats: Callable[..., Any], redis_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    """The press is done all the same, as where Redis is away."""
    chats: BotChats = await open_chats()
    await chats.say(CLIENT, "/start s_1")
    key = f"last_menu:{{{chats.tenant.slug}}}:{CLIENT}"
    await chats.redis.delete(key)
    async with Redis.from_url(url_for(redis_server.url, "backend", KEY)) as redis:
        await redis.rpush(key, "a list")
    assert "Held for you" in await chats.press(CLIENT, "Today 10:00")
    assert [line for line in caplog.messages if line.startswith("the last menu cannot be read")]


async def test_a_middleware_of_others_is_around_every_press_until_it_is_taken_away(
    open_chats: Callable[..., Any],
) -> None:
    chats: BotChats = await open_chats()
    seen: list[str] = []

    async def note(handler: Any, event: Any, data: dict[str, Any]) -> Any:
        seen.append(event.data)
        return await handler(event, data)

    await chats.say(CLIENT, "/start s_1")
    await chats.press(CLIENT, "Today 10:00")
    dispatcher.callback_query.outer_middleware(note)
    try:
        await chats.press(CLIENT, "Confirm")
    finally:
        dispatcher.callback_query.outer_middleware.unregister(note)
    await chats.press(CLIENT, "Home")
    assert len(seen) == 1
