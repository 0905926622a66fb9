"""The admin at work: gaps of the day, booking for somebody, the lists, clients; in both languages."""

from collections.abc import Callable
from typing import Any

import pytest

from backend.contract.people import NewClient
from backend.contract.tenancy import Policies, UpdateTenant
from tests.support.admin_chat import LANGUAGES, AdminChat, open_admin_chat
from tests.support.bot_chats import ADMIN, BUSINESS, CLIENT


async def bookings(chat: AdminChat) -> Any:
    admin = chat.chats.backend.act_as(chat.chats.tenant.slug, ADMIN, "t")
    return (await admin.list_bookings()).items


@pytest.mark.parametrize("locale", LANGUAGES)
async def test_a_gap_is_booked_for_a_new_client(open_chats: Callable[..., Any], locale: str) -> None:
    chat = await open_admin_chat(open_chats, locale)
    # it is 9:00, Anna works 10:00–14:00 and Boris 12:00–18:00
    assert [label for label in chat.labels if "–" in label] == [
        chat.t.label("gap", start="10:00", end="14:00"),
        chat.t.label("gap", start="12:00", end="18:00"),
    ]
    await chat.tap("10:00–14:00")
    assert chat.says("gap-which")
    await chat.tap("Haircut")
    assert chat.says("gap-when")
    await chat.tap("11:00")
    assert chat.says("client-ask")
    await chat.say("Zoe")
    assert chat.says("client-none", query="Zoe")
    await chat.press("button-new-client")
    await chat.say("<b>Zoe</b> Brown, +7 900 123-45-67")
    assert chat.says("client-not-told")
    assert "<b>Zoe</b> Brown" in chat.chats.text(ADMIN)
    await chat.press("button-book")
    assert chat.says("book-for-done")
    made = (await bookings(chat))[0]
    assert (made.start, made.client_name, made.client_phone) == (
        "2026-12-07T08:00:00Z", "<b>Zoe</b> Brown", "+7 900 123-45-67",
    )  # fmt: skip
    await chat.press("button-back")
    # 11:00 to 11:45 and fifteen minutes after it are hers
    assert chat.t.label("gap", start="10:00", end="11:00") in chat.labels
    assert chat.t.label("gap", start="12:00", end="14:00") in chat.labels
    assert any(label.startswith("11:00 · Haircut · <b>Zoe</b>") for label in chat.labels)


@pytest.mark.parametrize("locale", LANGUAGES)
async def test_somebody_known_is_booked_off_the_grid_and_told(open_chats: Callable[..., Any], locale: str) -> None:
    chat = await open_admin_chat(open_chats, locale)
    chat.chats.shift(3600 + 7 * 60)
    await chat.chats.say(ADMIN, "/start")
    if chat.t.label("button-my-day") in chat.labels:
        await chat.press("button-my-day")
    await chat.tap("10:10–14:00")
    await chat.tap("Haircut")
    await chat.press("gap-exactly", time="10:10")
    name = "Алекс" if locale == "ru" else "alex"
    await chat.say(name)
    await chat.tap("Алексей" if locale == "ru" else "Alex")
    assert not chat.says("client-not-told")
    await chat.press("button-book")
    assert "10:10" in chat.chats.text(ADMIN)
    assert await chat.chats.deliver() == ["sent"]
    assert "10:10" in str(chat.chats.live(CLIENT)[-1].content["text"])


@pytest.mark.parametrize("locale", LANGUAGES)
async def test_several_services_are_booked_for_somebody_in_one_booking(
    open_chats: Callable[..., Any], locale: str
) -> None:
    chat = await open_admin_chat(open_chats, locale)
    await chat.press("button-book-for")
    await chat.tap("Haircut")
    await chat.press("button-add-service")
    assert chat.says("add-service")
    assert not any(label.startswith("Haircut") for label in chat.labels)
    await chat.tap("Colour")
    # one less, and once more: the buttons lead back and forth
    await chat.press("button-change-services")
    await chat.press("button-without", service="Haircut")
    assert "Haircut" not in chat.chats.text(ADMIN)
    await chat.press("button-add-service")
    await chat.tap("Haircut")
    assert "Colour <b>& + Haircut" in chat.chats.text(ADMIN)
    await chat.tap("12:00")
    assert chat.says("client-ask")
    await chat.say("Алекс" if locale == "ru" else "alex")
    await chat.tap("Алексей" if locale == "ru" else "Alex")
    assert "Colour <b>& + Haircut" in chat.chats.text(ADMIN)
    await chat.press("button-book")
    assert chat.says("book-for-done")
    [made] = await bookings(chat)
    assert [one.service_name for one in made.items] == ["Colour <b>&", "Haircut"]
    assert made.start.endswith("T09:00:00Z")
    assert await chat.chats.deliver() == ["sent"]


async def test_a_time_taken_meanwhile_shows_others(open_chats: Callable[..., Any]) -> None:
    chat = await open_admin_chat(open_chats, "en")
    await chat.tap("12:00–18:00")
    await chat.tap("12:00")
    await chat.say("Alex")
    await chat.tap("Alex")
    await chat.chats.say(CLIENT, "/start p_2")
    await chat.chats.press(CLIENT, "Today 12:00")
    await chat.press("button-book")
    assert chat.says("refused-slot-taken")
    await chat.tap("13:00")
    await chat.press("button-book")
    assert chat.says("book-for-done")


@pytest.mark.parametrize("locale", LANGUAGES)
async def test_lists_are_narrowed_and_requests_answered(open_chats: Callable[..., Any], locale: str) -> None:
    chat = await open_admin_chat(open_chats, locale)
    admin = chat.chats.backend.act_as(chat.chats.tenant.slug, ADMIN, "t")
    await admin.update_tenant(UpdateTenant(policies=Policies(approval=True, min_notice_min=0)), key="approval")
    confirm = chat.t.label("button-confirm")
    for specialist, clock in ((1, "12:00"), (2, "13:00")):
        await chat.chats.say(CLIENT, f"/start p_{specialist}")
        await chat.chats.press(CLIENT, "Haircut")
        await chat.chats.press_time(CLIENT, clock)
        await chat.chats.press(CLIENT, confirm)
    await chat.chats.say(ADMIN, "/start")
    await chat.press("button-manage")
    await chat.press("button-bookings")
    assert sum("Haircut" in label for label in chat.labels) == 2
    await chat.press("button-everyone")
    await chat.tap("Boris")
    assert sum("Haircut" in label for label in chat.labels) == 1
    assert "Boris" in chat.chats.text(ADMIN)
    await chat.press("list-upcoming")
    await chat.press("list-cancelled")
    assert chat.says("bookings-none")
    await chat.press("button-waiting", count=2)
    await chat.tap("Haircut")
    await chat.press("button-approve")
    await chat.chats.say(ADMIN, "/start")
    await chat.press("button-manage")
    await chat.press("button-bookings")
    await chat.press("any-day")
    await chat.tap("7")
    assert sum(label.startswith(("12:00 · Haircut", "13:00 · Haircut")) for label in chat.labels) == 2
    await chat.press("button-waiting", count=1)
    await chat.tap("Haircut")
    await chat.press("button-decline")
    await chat.press("button-decline-silently")
    assert sorted(one.status for one in await bookings(chat)) == ["cancelled", "confirmed"]


@pytest.mark.parametrize("locale", LANGUAGES)
async def test_a_clients_card(open_chats: Callable[..., Any], locale: str) -> None:
    chat = await open_admin_chat(open_chats, locale)
    await chat.chats.say(CLIENT, "/start s_1")
    await chat.chats.press(CLIENT, "12:00")
    await chat.chats.press(CLIENT, chat.t.label("button-confirm"))
    name = chat.chats.bot.people[CLIENT].first_name
    await chat.press("button-manage")
    await chat.press("button-clients")
    await chat.press("button-find")
    await chat.say(name[:3].lower())
    await chat.tap(name)
    assert chat.says("client-bookings", bookings=0, missed=0)
    await chat.press("button-note")
    await chat.say("likes = <i>mornings</i>\u202e")
    assert "likes = <i>mornings</i>" in chat.chats.text(ADMIN)
    await chat.press("button-name-phone")
    await chat.say("+7 900 765-43-21")
    assert "+7 900 765-43-21" in chat.chats.text(ADMIN)
    await chat.press("button-bookings")
    await chat.tap("Haircut")
    await chat.chats.say(ADMIN, "/start")
    await chat.press("button-manage")
    await chat.press("button-clients")
    await chat.press("button-find")
    await chat.say("7654321")
    await chat.tap(name)
    await chat.press("button-note")
    await chat.press("button-forget-note")
    assert "mornings" not in chat.chats.text(ADMIN)
    await chat.press("button-block")
    await chat.press("button-yes-block")
    assert chat.says("client-blocked")
    await chat.chats.say(CLIENT, "/start p_2")
    await chat.chats.press(CLIENT, "12:00")
    assert chat.t.label("refused") in chat.chats.text(CLIENT)
    await chat.press("button-unblock")
    assert not chat.says("client-blocked")
    await chat.press("button-book-for-them")
    assert name in chat.chats.text(ADMIN)


async def test_pages_and_search_over_many_clients(open_chats: Callable[..., Any]) -> None:
    chat = await open_admin_chat(open_chats, "en")
    admin = chat.chats.backend.act_as(chat.chats.tenant.slug, ADMIN, "t")
    for number in range(20):
        await admin.create_client(NewClient(name=f"Person {number:02}"), key=f"c{number}")
    await chat.press("button-manage")
    await chat.press("button-clients")
    await chat.tap("›")
    await chat.tap("›")
    assert "Person 19" in chat.labels
    await chat.press("button-find")
    await chat.say("person")
    assert chat.says("client-more", query="person")
    await chat.say("person 1")
    assert "Person 10" in chat.labels
    # stickers and what cannot be seen ask again
    await chat.say("\u200b")
    assert chat.says("client-ask")
    await chat.press("button-back")
    assert chat.says("clients")


async def test_a_day_too_full_for_a_glance_leads_to_each(open_chats: Callable[..., Any]) -> None:
    shifts = ["10:00-11:00", "12:00-13:00", "14:00-15:00", "16:00-17:00"]
    names = "".join(f"  - {{name: S{n}, services: [Haircut], hours: {{mon: {shifts}}}}}\n" for n in range(30))
    chat = await open_admin_chat(open_chats, "en", business=BUSINESS + names)
    assert "S7" in chat.labels
    assert not [label for label in chat.labels if "free" in label]
    await chat.tap("S7")
    assert [label for label in chat.labels if "free" in label] == [
        f"{shift.replace('-', '–')} free" for shift in shifts
    ]
    await chat.tap("›")
    assert "S7" in chat.chats.text(ADMIN)
    await chat.press("button-everyone")
    assert "S7" in chat.labels
