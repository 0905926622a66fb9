"""Privacy in both languages: the consent that clients read, and old data that leave, asked about before."""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from backend.contract.tenancy import UpdateTenant
from backend.people.retention import unlink_old_clients
from bot.ui.i18n import words_for
from tests.support.bot_chats import ADMIN, CLIENT, SPECIALIST, BotChats


@pytest.mark.parametrize("locale", ["en", "ru"])
async def test_a_consent_is_written_and_read_where_a_number_is_asked(
    open_chats: Callable[..., Any], locale: str
) -> None:
    chats: BotChats = await open_chats(locale=locale)
    t = words_for(locale)
    await chats.say(ADMIN, "/start")
    admin = await chats.open_business()
    policies = (await admin.get_tenant()).policies
    await admin.update_tenant(UpdateTenant(policies=replace(policies, ask_phone=True)), key="ask")
    await chats.say(ADMIN, "/start")
    await chats.press(ADMIN, t.label("button-manage"))
    await chats.press(ADMIN, t.label("button-policies"))
    assert t.html("privacy-no-consent") in await chats.press(ADMIN, t.label("button-privacy"))
    await chats.press(ADMIN, t.label("button-consent"))
    for wrong in (
        "No link at all",
        "http://barber.example I agree",
        "https://x",
        "I agree https://a.example https://b.example",
        "We care.Please agree, write to me@barber.example",
        "http://barber.example/privacy or barber.example/privacy",
    ):
        assert t.html("consent-not-read") in await chats.say(ADMIN, wrong)
    await chats.say(ADMIN, "I agree: barber.example/privacy.")
    policies = (await admin.get_tenant()).policies
    assert (policies.consent_text, policies.consent_link) == ("I agree:", "https://barber.example/privacy")
    await chats.press(ADMIN, t.label("button-consent"))
    text = await chats.say(ADMIN, "I <agree> & more https://barber.example/privacy?a=1&b=2")
    assert "I <agree> & more" in text
    assert (await admin.get_tenant()).policies.consent_link == "https://barber.example/privacy?a=1&b=2"
    await chats.say(CLIENT, "/start s_1")
    await chats.press(CLIENT, "10:00")
    await chats.press(CLIENT, t.label("button-confirm"))
    asked = chats.menu(CLIENT)
    assert "I <agree> & more" in str(asked.content["text"])
    links = [each["url"] for each in asked.content.get("entities", []) if each["type"] == "text_link"]
    assert links == ["https://barber.example/privacy?a=1&b=2"]
    await chats.press(ADMIN, t.label("button-no-consent"))
    assert (await admin.get_tenant()).policies.consent_text == ""


@pytest.mark.parametrize("locale", ["en", "ru"])
async def test_how_many_clients_a_choice_concerns_is_said_before(open_chats: Callable[..., Any], locale: str) -> None:
    chats: BotChats = await open_chats(locale=locale)
    t = words_for(locale)
    for person in (ADMIN, CLIENT, SPECIALIST):
        await chats.say(person, "/start")
    admin = await chats.open_business()
    chats.shift(800 * 86_400)
    await chats.say(ADMIN, "/start")
    await chats.press(ADMIN, t.label("button-manage"))
    await chats.press(ADMIN, t.label("button-policies"))
    await chats.press(ADMIN, t.label("button-privacy"))
    months = t.label("months", count=24)
    asked = await chats.press(ADMIN, months)
    assert months in asked
    assert "2" in asked
    assert (await admin.get_tenant()).policies.retention_months == 0, "nothing is decided by looking"
    await chats.press(ADMIN, t.label("button-yes-retention"))
    assert (await admin.get_tenant()).policies.retention_months == 24
    assert await unlink_old_clients(chats.db, int(chats.clock())) == 2
    await chats.press(ADMIN, t.label("button-back"))
    await chats.press(ADMIN, t.label("button-manage"))
    log = await chats.press(ADMIN, t.label("button-audit"))
    assert f"{t.label('audit-unlinked')} ({months}) × 2" in log, "once, without a name that nobody knows"
    await chats.say(CLIENT, "/start")
    await chats.press(CLIENT, t.label("button-my-data"))
    assert t.html("data-kept-months", count=24) in chats.text(CLIENT)
