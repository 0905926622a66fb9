"""The booking's card as a hub: who the client is, notes for two readers, tags; hostile words, long ones, two at once."""

from collections.abc import Callable
from typing import Any

import pytest

from backend.contract.bookings import NewBooking
from backend.contract.people import NOTE_MAX, AddTags, Identify, NewClient, UpdateClient
from backend.contract.tenancy import UpdateTenant
from tests.support.admin_chat import LANGUAGES, AdminChat, open_admin_chat
from tests.support.bot_chats import ADMIN, CLIENT, SPECIALIST


async def _with_booking(open_chats: Callable[..., Any], locale: str) -> tuple[AdminChat, Any, int]:
    """Return the admin's chat, a caller who acts as them, and the id of a client with a booking today."""
    chat = await open_admin_chat(open_chats, locale)
    admin = await chat.chats.open_business()
    await chat.chats.hire(SPECIALIST, 1)
    await chat.chats.say(CLIENT, "/start s_1")
    await chat.chats.press(CLIENT, "10:00")
    await chat.chats.press(CLIENT, chat.t.label("button-confirm"))
    person = await chat.chats.backend.identify_person(
        chat.chats.tenant.slug,
        Identify(tg_id=CLIENT, first_name="<b>Zoe", last_name="O'Neil</b>", username="zoe_o"),
        "r",
    )
    client = await admin.update_client(
        person.id, UpdateClient(name=person.name, phone="8 (900) 765-43-21"), key="phone"
    )
    return chat, admin, client.id


@pytest.mark.parametrize("locale", LANGUAGES)
async def test_the_card_of_a_booking_is_the_hub(open_chats: Callable[..., Any], locale: str) -> None:
    chat, admin, client_id = await _with_booking(open_chats, locale)
    await chat.say("/start")
    await chat.tap("10:00")
    text = chat.chats.text(ADMIN)
    assert "<b>Zoe O'Neil</b>" in text  # as it was typed, no markup
    assert "+7 900 765-43-21" in text  # with its country, so that a phone can be told to call it
    assert chat.says("client-not-answered")
    # nobody waits for the answer of somebody who cannot be asked
    walk_in = await admin.create_client(NewClient(name="Pavel"), key="walk-in")
    await admin.create_booking(
        NewBooking(service_ids=[1], specialist_id=2, start="2026-12-07T12:00:00+03:00", client_id=walk_in.id), key="for"
    )
    await chat.say("/start")
    await chat.tap("Pavel")
    assert not chat.says("client-not-answered")
    await chat.say("/start")
    await chat.tap("10:00")
    await chat.press("button-team-note")
    await chat.say("x" * (NOTE_MAX + 1))
    assert chat.says("note-too-long", most=NOTE_MAX, count=NOTE_MAX + 1)
    assert (await admin.get_client(client_id)).team_note == ""
    await chat.say("<i>latex</i>")
    assert "<i>latex</i>" in chat.chats.text(ADMIN)
    await chat.press("button-note")
    await chat.say("pays late")
    await chat.press("button-back")
    # back on the booking, with both notes
    assert "Haircut" in chat.chats.text(ADMIN)
    assert "pays late" in chat.chats.text(ADMIN)
    await chat.press("button-client")
    # somebody else writes while this one types
    await chat.press("button-team-note")
    await admin.update_client(client_id, UpdateClient(team_note="theirs"), key="meanwhile")
    await chat.say("mine")
    assert chat.says("note-changed")
    assert (await admin.get_client(client_id)).team_note == "theirs"
    await chat.say("both")
    assert (await admin.get_client(client_id)).team_note == "both"


@pytest.mark.parametrize("locale", LANGUAGES)
async def test_tags_are_typed_ticked_and_narrow_the_list(open_chats: Callable[..., Any], locale: str) -> None:
    chat, admin, client_id = await _with_booking(open_chats, locale)
    await chat.say("/start")
    await chat.press("button-manage")
    await chat.press("button-clients")
    await chat.tap("Zoe")
    await chat.press("button-tags")
    await chat.press("button-new-tag")
    await chat.say("x" * 33)
    assert chat.says("tag-not-read", most=32, tags=20)
    await chat.say("#VIP, <b>Окраска</b> 💇‍♀️; vip")
    assert [tag.name for tag in (await admin.get_client(client_id)).tags] == ["<b>Окраска</b> 💇‍♀️", "VIP"]
    await chat.tap("✓ <b>")
    await chat.press("button-back")
    await chat.press("button-back")
    assert "Zoe O'Neil</b> · VIP" in chat.chats.text(ADMIN).replace("\u00a0", " ")
    await chat.press("button-by-tag")
    await chat.tap("VIP (1)")
    assert chat.says("clients-with-tag", tag="VIP")
    await chat.press("button-all-clients")
    # the twenty-first is refused, and the list says why
    await admin.add_client_tags(client_id, AddTags(names=[f"tag {n}" for n in range(19)]), key="many")
    await chat.tap("Zoe")
    await chat.press("button-tags")
    await chat.press("button-new-tag")
    await chat.say("one more")
    assert chat.says("tags-too-many", most=20)


@pytest.mark.parametrize("locale", LANGUAGES)
async def test_a_specialist_has_their_clients_and_no_contacts(open_chats: Callable[..., Any], locale: str) -> None:
    chat, admin, client_id = await _with_booking(open_chats, locale)
    await admin.update_client(client_id, UpdateClient(note="pays late", team_note="likes tea"), key="notes")
    policies = (await admin.get_tenant()).policies
    policies.specialists_see_contacts = False
    await admin.update_tenant(UpdateTenant(policies=policies), key="hide")
    chats, t = chat.chats, chat.t
    await chats.say(SPECIALIST, "/start")
    await chats.press(SPECIALIST, "10:00")
    seen = chats.text(SPECIALIST)
    assert ("likes tea" in seen, "pays late" in seen, "765" in seen, "zoe_o" in seen) == (True, False, False, False)
    await chats.press(SPECIALIST, t.label("button-client"))
    assert "765" not in chats.text(SPECIALIST)
    assert not {t.label("button-block"), t.label("button-note"), t.label("button-tags")} & set(chats.labels(SPECIALIST))
    await chats.press(SPECIALIST, t.label("button-team-note"))
    await chats.say(SPECIALIST, "green tea")
    assert (await admin.get_client(client_id)).team_note == "green tea"
    await chats.say(SPECIALIST, "/start")
    await chats.press(SPECIALIST, t.label("button-clients"))
    assert any("Zoe" in label for label in chats.labels(SPECIALIST))
    await chats.press(SPECIALIST, t.label("button-find"))
    await chats.say(SPECIALIST, "7654")
    assert not any("Zoe" in label for label in chats.labels(SPECIALIST))
    await chats.say(SPECIALIST, "+7 900 765 43 21")
    assert any("Zoe" in label for label in chats.labels(SPECIALIST))
