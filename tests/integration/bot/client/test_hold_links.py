"""From the booking page into the bot: the link of a hold leads to its Confirm screen, in two taps."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from sqlalchemy import update

from backend.contract.holds import NewlyHeld
from backend.db import tables
from backend.holds import rules
from tests.support.bot_chats import ADMIN, CLIENT, KEY, SPECIALIST, BotChats

SECOND = SPECIALIST


async def public(chats: BotChats, method: str, path: str, body: Any = None, token: str = "") -> tuple[int, bytes]:
    """A request of the page, as the gateway passes it on."""
    headers = {"Authorization": f"Bearer {KEY}", "X-Tenant": chats.tenant.slug, "X-Client-Type": "public"}
    headers |= {"Idempotency-Key": str(uuid4()), "Hold-Token": token, "Content-Type": "application/json"}
    reply = await chats.backend.request(method, path, headers, msgspec.json.encode(body or {}))
    return reply.status, reply.body


async def hold(chats: BotChats, start: str = "2026-12-07T11:00:00+03:00", **more: Any) -> NewlyHeld:
    status, body = await public(chats, "POST", "/v1/holds", {"service_ids": [1], "start": start, **more})
    assert status == 201, body
    return msgspec.json.decode(body, type=NewlyHeld)


async def test_link_and_confirm_are_two_taps(open_chats: Callable[..., Any]) -> None:
    chats: BotChats = await open_chats()
    held = await hold(chats, comment="by the <window>")
    text = await chats.say(CLIENT, f"/start h_{held.token}")
    assert "Haircut" in text
    assert "Mon 7 Dec 11:00" in text
    assert "Held for you until 09:10" in text
    assert "by the &lt;window&gt;" in text or "by the <window>" in text
    assert chats.labels(CLIENT)[0] == "Confirm"
    assert "You're booked" in await chats.press(CLIENT, "Confirm")
    # once more: it is booked already
    assert "You're booked" in await chats.say(CLIENT, f"/start h_{held.token}")
    assert await chats.deliver() == [], "they have read it here"


async def test_in_russian(open_chats: Callable[..., Any]) -> None:
    chats: BotChats = await open_chats(locale="ru")
    held = await hold(chats)
    assert "Держим время до 09:10" in await chats.say(CLIENT, f"/start h_{held.token}")
    assert "Вы записаны" in await chats.press(CLIENT, "Подтвердить")
    assert "Эта ссылка не работает. Выберите время здесь:" in await chats.say(SECOND, f"/start h_{held.token}")


async def test_everything_of_a_hold_of_ones_own_works(open_chats: Callable[..., Any]) -> None:
    chats: BotChats = await open_chats()
    held = await hold(chats)
    await chats.say(CLIENT, f"/start h_{held.token}")
    await chats.press(CLIENT, "Comment")
    assert "a bit late" in await chats.say(CLIENT, "a bit late")
    assert "Nearest free times" in await chats.press(CLIENT, "Change time")
    assert "a bit late" in await chats.press(CLIENT, "Back")
    # a second link: the hold of the first makes way
    held = await hold(chats, "2026-12-07T12:00:00+03:00")
    await chats.say(CLIENT, f"/start h_{held.token}")
    assert "What would you like to book?" in await chats.press(CLIENT, "Cancel")
    status, body = await public(chats, "GET", f"/v1/holds/{held.id}", token=held.token)
    assert (status, msgspec.json.decode(body)["status"]) == (200, "expired")


async def test_a_hold_that_has_ended_is_explained_with_the_nearest_times(open_chats: Callable[..., Any]) -> None:
    chats: BotChats = await open_chats()
    held = await hold(chats)
    await chats.say(CLIENT, "/start")
    chats.shift(601)
    text = await chats.say(CLIENT, f"/start h_{held.token}")
    assert "Mon 7 Dec 11:00 is no longer held" in re.sub(r"<[^>]+>", "", text)
    # the time itself is still free, and stands between its neighbours
    assert chats.labels(CLIENT)[:3] == ["Today 10:30 · Anna", "Today 11:00 · Anna", "Today 11:30 · Anna"]
    await chats.press(CLIENT, "Today 11:00")
    assert "You're booked" in await chats.press(CLIENT, "Confirm")


async def test_a_link_that_is_anothers_or_nobodys(open_chats: Callable[..., Any]) -> None:
    chats: BotChats = await open_chats()
    held = await hold(chats)
    await chats.say(SECOND, f"/start h_{held.token}")
    for payload in (f"h_{held.token}", "h_nothing", "h_" + "x" * 22, f"h_{held.token[:-1]}"):
        text = await chats.say(CLIENT, f"/start {payload}")
        assert text.startswith("This link does not work any more."), payload
        assert "What would you like to book?" in text
    for payload in ("h_", "h_a b", "h_" + "x" * 49, "h_<b>", "h_../x"):
        assert "This link does not work" in await chats.say(CLIENT, f"/start {payload}")
    assert "Held for you" in await chats.say(SECOND, f"/start h_{held.token}")


@pytest.mark.parametrize("locale", ["en", "ru"])
async def test_a_code_says_what_it_confirms_in_the_readers_language(
    open_chats: Callable[..., Any], locale: str
) -> None:
    chats: BotChats = await open_chats(locale=locale)
    await chats.say(CLIENT, "/start")
    known = await chats.context(CLIENT)
    verified = {"phone": "+74950000001", "phone_digits": "74950000001", "phone_verified_at": 1}
    theirs = update(tables.people).where(tables.people.c.id == known.person.id).values(**verified)
    await chats.db.write(chats.tenant_id, lambda conn: conn.execute(theirs))
    held = await hold(chats, comment="see evil.example")
    status, _ = await public(chats, "POST", f"/v1/holds/{held.id}/code", {"phone": "+7 495 000-00-01"}, held.token)
    assert status == 202
    assert await chats.deliver() == ["sent"]
    text = str(chats.live(CLIENT)[-1].content["text"])
    found = re.search(r"\b(\d{6})\b", text)
    assert found is not None, text
    assert {"en": "If you did not ask for it", "ru": "Если вы его не запрашивали"}[locale] in text
    assert "Haircut" in text
    assert "11:00" in text
    # the words of the person who asked for it are not carried to somebody who may not know them
    assert "evil" not in text
    status, body = await public(chats, "POST", f"/v1/holds/{held.id}/confirm", {"code": found[1]}, held.token)
    assert (status, msgspec.json.decode(body)["status"]) == (200, "confirmed")
    assert "sent" in await chats.deliver()
    assert {"en": "My bookings", "ru": "Мои записи"}[locale] in " ".join(chats.labels(CLIENT))


async def verify(chats: BotChats) -> None:
    await chats.say(CLIENT, "/start")
    known = await chats.context(CLIENT)
    verified = {"phone": "+74950000001", "phone_digits": "74950000001", "phone_verified_at": 1}
    theirs = update(tables.people).where(tables.people.c.id == known.person.id).values(**verified)
    await chats.db.write(chats.tenant_id, lambda conn: conn.execute(theirs))


@pytest.mark.parametrize("words", ["/code", "/start code"])
async def test_the_owner_of_a_number_gets_a_code_in_the_chat_when_no_more_are_sent(
    open_chats: Callable[..., Any], words: str
) -> None:
    chats: BotChats = await open_chats()
    await verify(chats)
    assert "No code is waiting" in await chats.say(CLIENT, words)
    for day in (7, 8, 9, 10):
        held = await hold(chats, f"2026-12-{day:02}T11:00:00+03:00", comment="see evil.example")
        await public(chats, "POST", f"/v1/holds/{held.id}/code", {"phone": "+7 495 000-00-01"}, held.token)
    assert await chats.deliver() == ["sent"] * 3
    text = await chats.say(CLIENT, words)
    codes = re.findall(r"\b(\d{6})\b", text)
    assert len(codes) == rules.CODES_AT_ONCE
    assert "evil" not in text
    status, body = await public(chats, "POST", f"/v1/holds/{held.id}/confirm", {"code": codes[0]}, held.token)
    assert (status, msgspec.json.decode(body)["status"]) == (200, "confirmed")
    assert "No code is waiting" in await chats.say(SECOND, words)


@pytest.mark.parametrize("locale", ["en", "ru"])
async def test_an_admin_is_told_when_visitors_hold_a_great_deal(
    open_chats: Callable[..., Any], locale: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "ALARM_HOLDS", 2)
    chats: BotChats = await open_chats(locale=locale)
    await chats.admin()
    await chats.say(ADMIN, "/start")
    for day in (7, 8, 9):
        await hold(chats, f"2026-12-{day:02}T11:00:00+03:00")
    assert await chats.deliver() == ["sent"]
    text = str(chats.live(ADMIN)[-1].content["text"])
    assert {"en": "Many places are held", "ru": "держат много времени"}[locale] in text
