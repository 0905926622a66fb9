"""Words nobody asked for: offered to the business, answered in place, photos and voice as well, nothing lost."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from backend.db.tables import client_messages
from bot.ui.i18n import words_for
from gateway.sandbox.params import Upload
from gateway.sandbox.people import press_button, send_file, send_text, set_blocked
from tests.support.admin_chat import LANGUAGES
from tests.support.bot_chats import ADMIN, CLIENT, SPECIALIST, BotChats
from tests.support.sandbox_client import make_png

PNG = make_png(320, 180)


async def _booked(chats: BotChats) -> None:
    """Book Boris at 13:30; he has an account."""
    await chats.say(SPECIALIST, "/start")
    await chats.hire(SPECIALIST, 2)
    await chats.say(CLIENT, "/start s_1")
    await chats.press_time(CLIENT, "13:30")
    await chats.press(CLIENT, "Confirm")
    await chats.deliver()


def _texts(chats: BotChats, person: int) -> list[str]:
    return [str(one.content.get("text") or one.content.get("caption")) for one in chats.live(person)]


async def test_words_are_offered_sent_answered_and_replied_to(open_chats: Callable[..., Any]) -> None:
    chats: BotChats = await open_chats()
    await _booked(chats)
    offered = await chats.say(CLIENT, "Is there <b>parking</b>?")
    assert "Send this to us?" in offered
    assert "Is there <b>parking</b>?" in offered
    assert chats.labels(CLIENT)[:2] == ["Send", "No"]
    assert "Sent. The answer comes here." in await chats.press(CLIENT, "Send")
    assert await chats.deliver() == ["sent"]
    words = chats.holding(SPECIALIST, "Answer")
    assert "writes" in words.content["text"]
    assert "13:30" in words.content["text"].replace("\u00a0", " ")
    assert "Is there <b>parking</b>?" in await chats.press(SPECIALIST, "Answer", message=words)
    assert "Your answer is on its way." in await chats.say(SPECIALIST, "Behind the house")
    assert sorted(await chats.deliver()) == ["sent", "sent"]
    assert "Answered by Boris" in words.content["text"]
    assert chats.labels_of(words) == ["Open"]
    answer = chats.holding(CLIENT, "Reply")
    assert "Boris writes to you" in answer.content["text"]
    assert "Behind the house" in answer.content["text"]
    await chats.press(CLIENT, "Reply", message=answer)
    assert "Sent. The answer comes here." in await chats.say(CLIENT, "Thank you")
    await chats.deliver()
    assert "Thank you" in _texts(chats, SPECIALIST)[-1]


async def test_no_is_no_and_what_waits_is_found_again(open_chats: Callable[..., Any]) -> None:
    chats: BotChats = await open_chats()
    await _booked(chats)
    await chats.say(CLIENT, "one")
    assert "Your unsent message" in (await chats.say(CLIENT, "/start"), *chats.labels(CLIENT))
    assert "one" in await chats.press(CLIENT, "Your unsent message")
    assert "one\ntwo" in await chats.say(CLIENT, "two")
    assert "It was not sent." in await chats.press(CLIENT, "No")
    assert "Your unsent message" not in chats.labels(CLIENT)
    assert await chats.deliver() == []


async def test_without_a_booking_words_lead_to_the_buttons(open_chats: Callable[..., Any]) -> None:
    chats: BotChats = await open_chats()
    assert "Please use the buttons below." in await chats.say(CLIENT, "hello")


async def test_pictures_and_recordings_are_passed_on(open_chats: Callable[..., Any]) -> None:
    """By Telegram's own file id; who takes no recordings reads that there was one."""
    chats: BotChats = await open_chats()
    await _booked(chats)
    voice = Upload("voice.ogg", "audio/ogg", b"OggS0000")
    for upload, kind, label in (
        (Upload("a.png", "image/png", PNG), "photo", "Picture"),
        (voice, "voice", "Voice message"),
    ):
        sent = send_file(chats.sandbox, chats.bot, CLIENT, upload, "look")
        await chats.pump()
        assert label in chats.text(CLIENT)
        await chats.press(CLIENT, "Send")
        assert await chats.deliver() == ["sent"]
        passed_on = chats.holding(SPECIALIST, "Answer")
        assert passed_on.content[kind] == sent.content[kind]
        assert "look" in passed_on.content["caption"]
        await chats.press(SPECIALIST, "Answer", message=passed_on)
        await chats.say(SPECIALIST, "I see")
        await chats.deliver()
        assert "Answered by Boris" in passed_on.content["caption"]
    chats.bot.people[SPECIALIST].no_voice = True
    send_file(chats.sandbox, chats.bot, CLIENT, voice, "again")
    await chats.pump()
    await chats.press(CLIENT, "Send")
    assert await chats.deliver() == ["sent"]
    told = chats.holding(SPECIALIST, "Answer")
    assert "could not be passed on" in told.content["text"]
    await chats.press(SPECIALIST, "Answer", message=told)
    await chats.say(SPECIALIST, "Please write")
    await chats.deliver()
    assert "Answered by Boris" in told.content["text"]


async def test_a_second_press_and_a_business_that_none_reaches(open_chats: Callable[..., Any]) -> None:
    """The one has nothing to send any more, the other keeps what was written and names the telephone."""
    chats: BotChats = await open_chats()
    await _booked(chats)
    await chats.say(CLIENT, "hello")
    set_blocked(chats.sandbox, chats.bot, SPECIALIST, blocked=True)
    await chats.pump()
    set_blocked(chats.sandbox, chats.bot, ADMIN, blocked=True)
    await chats.pump()
    assert "Please call." in await chats.press(CLIENT, "Send")
    assert chats.labels(CLIENT) == ["Address and contacts", "Home"]
    set_blocked(chats.sandbox, chats.bot, SPECIALIST, blocked=False)
    await chats.pump()
    await chats.press(CLIENT, "Home")
    await chats.press(CLIENT, "Your unsent message")
    offer = chats.menu(CLIENT)
    send = offer.markup["inline_keyboard"][0][0]["callback_data"] if offer.markup else ""
    assert "Sent." in await chats.press(CLIENT, "Send")
    press_button(chats.sandbox, chats.bot, CLIENT, offer.id, data=send.partition("~")[0] + "~-", forged=True)
    await chats.pump()
    assert "nothing to send" in chats.text(CLIENT)


async def test_the_slower_answer_is_not_lost(open_chats: Callable[..., Any]) -> None:
    """It is shown with what the faster one said, and can be sent as well."""
    chats: BotChats = await open_chats()
    await _booked(chats)
    await chats.admin()
    await chats.say(ADMIN, "/start")
    await chats.say(CLIENT, "May I come earlier?")
    await chats.press(CLIENT, "Send")
    await chats.deliver()
    words = chats.holding(SPECIALIST, "Answer")
    await chats.press(SPECIALIST, "Answer", message=words)
    (listed,) = await _sent(chats)
    await chats.backend.act_as(chats.tenant.slug, ADMIN, "t").answer_words(listed, "At one", key="faster")
    late = await chats.say(SPECIALIST, "At noon")
    assert "At one" in late
    assert "Your answer was not sent" in late
    assert "on its way" in await chats.press(SPECIALIST, "Send it as well")
    await chats.deliver()
    assert [text for text in _texts(chats, CLIENT) if "At noon" in text]


async def _sent(chats: BotChats) -> list[int]:
    return await chats.db.read(
        lambda conn: list(
            conn.execute(select(client_messages.c.id).where(client_messages.c.status == "sent")).scalars()
        )
    )


async def _forget(chats: BotChats) -> None:
    """Let Redis forget everything about the client's chat."""
    for key in (f"fsm:{{{chats.tenant.slug}}}:{CLIENT}:state", f"fsm:{{{chats.tenant.slug}}}:{CLIENT}:data"):
        await chats.redis.delete(key)
    await chats.redis.delete(f"last_menu:{{{chats.tenant.slug}}}:{CLIENT}")


async def test_words_typed_while_redis_is_away_are_kept(open_chats: Callable[..., Any]) -> None:
    """The scenario is forgotten; what was typed is offered to the business and waits in the database."""
    chats: BotChats = await open_chats()
    await _booked(chats)
    await chats.say(CLIENT, "/start s_1")
    await chats.press(CLIENT, "Today 10:00")
    await chats.press(CLIENT, "Comment")
    await _forget(chats)
    send_text(chats.sandbox, chats.bot, CLIENT, "I have a question")
    await chats.pump()
    offer = chats.holding(CLIENT, "Send")
    assert "I have a question" in offer.content["text"]
    await _forget(chats)
    press_button(chats.sandbox, chats.bot, CLIENT, offer.id, label="Send")
    await chats.pump()
    assert "Sent." in offer.content["text"]


async def test_after_five_the_words_are_kept_and_the_telephone_named(open_chats: Callable[..., Any]) -> None:
    chats: BotChats = await open_chats()
    await _booked(chats)
    for number in range(5):
        await chats.say(CLIENT, f"question {number}")
        await chats.press(CLIENT, "Send")
    await chats.say(CLIENT, "one more")
    assert "five messages a day" in await chats.press(CLIENT, "Send")
    assert "+7 495 000-00-00" in await chats.press(CLIENT, "Address and contacts")
    await chats.say(CLIENT, "/start")
    assert "one more" in await chats.press(CLIENT, "Your unsent message")


@pytest.mark.parametrize("locale", LANGUAGES)
async def test_a_picture_for_a_comment_is_not_lost_silently(open_chats: Callable[..., Any], locale: str) -> None:
    """Its words are the comment; of the picture it is said where it can go, and there it goes."""
    chats: BotChats = await open_chats(locale=locale)
    t = words_for(locale)
    await chats.say(SPECIALIST, "/start")
    await chats.hire(SPECIALIST, 2)
    await chats.say(CLIENT, "/start s_1")
    await chats.press_time(CLIENT, "13:30")
    await chats.press(CLIENT, t.label("button-comment"))
    picture = Upload("a.png", "image/png", PNG)
    words_only = t.label("comment-words-only")
    send_file(chats.sandbox, chats.bot, CLIENT, Upload("voice.ogg", "audio/ogg", b"OggS0000"), "")
    await chats.pump()
    assert words_only in chats.text(CLIENT)
    assert t.label("button-back") in chats.labels(CLIENT)
    send_file(chats.sandbox, chats.bot, CLIENT, picture, "like this")
    await chats.pump()
    assert words_only in chats.text(CLIENT)
    assert "like this" in chats.text(CLIENT)
    # asked again and left as it is, the comment stays
    await chats.press(CLIENT, t.label("button-comment-edit"))
    assert "like this" in await chats.press(CLIENT, t.label("button-back"))
    await chats.press(CLIENT, t.label("button-confirm"))
    await chats.deliver()
    send_file(chats.sandbox, chats.bot, CLIENT, picture, "")
    await chats.pump()
    await chats.press(CLIENT, t.label("button-send-words"))
    assert await chats.deliver() == ["sent"]
    assert "photo" in chats.holding(SPECIALIST, t.label("button-answer")).content
    home = (await chats.backend.act_as(chats.tenant.slug, CLIENT, "r").list_bookings()).items
    assert [booking.comment for booking in home] == ["like this"]
