"""The admin at the desk: gaps of the day, booking for somebody, the lists, clients; in both languages."""

from collections.abc import Callable
from typing import Any

import pytest

from backend.contract.people import NewClient
from backend.contract.tenancy import Policies, UpdateTenant
from tests.support.bot_desk import LANGUAGES, Desk, opened
from tests.support.bot_stage import ADMIN, BUSINESS, CLIENT


async def bookings(desk: Desk) -> Any:
    admin = desk.on.backend.act_as(desk.on.tenant.slug, ADMIN, "t")
    return (await admin.list_bookings()).items


@pytest.mark.parametrize("locale", LANGUAGES)
async def test_a_gap_is_booked_for_a_new_client(stages: Callable[..., Any], locale: str) -> None:
    desk = await opened(stages, locale)
    # it is 9:00, Anna works 10:00–14:00 and Boris 12:00–18:00
    assert [label for label in desk.labels if "–" in label] == [
        desk.t.label("gap", start="10:00", end="14:00"),
        desk.t.label("gap", start="12:00", end="18:00"),
    ]
    await desk.tap("10:00–14:00")
    assert desk.says("gap-which")
    await desk.tap("Haircut")
    assert desk.says("gap-when")
    await desk.tap("11:00")
    assert desk.says("client-ask")
    await desk.say("Zoe")
    assert desk.says("client-none", query="Zoe")
    await desk.press("button-new-client")
    await desk.say("<b>Zoe</b> Brown, +7 900 123-45-67")
    assert desk.says("client-not-told")
    assert "<b>Zoe</b> Brown" in desk.on.text(ADMIN)
    await desk.press("button-book")
    assert desk.says("book-for-done")
    made = (await bookings(desk))[0]
    assert (made.start, made.client_name, made.client_phone) == (
        "2026-12-07T08:00:00Z", "<b>Zoe</b> Brown", "+7 900 123-45-67",
    )  # fmt: skip
    await desk.press("button-back")
    # 11:00 to 11:45 and fifteen minutes after it are hers
    assert desk.t.label("gap", start="10:00", end="11:00") in desk.labels
    assert desk.t.label("gap", start="12:00", end="14:00") in desk.labels
    assert any(label.startswith("11:00 · Haircut · <b>Zoe</b>") for label in desk.labels)


@pytest.mark.parametrize("locale", LANGUAGES)
async def test_somebody_known_is_booked_off_the_grid_and_told(stages: Callable[..., Any], locale: str) -> None:
    desk = await opened(stages, locale)
    desk.on.shift(3600 + 7 * 60)
    await desk.on.say(ADMIN, "/start")
    if desk.t.label("button-my-day") in desk.labels:
        await desk.press("button-my-day")
    await desk.tap("10:07–14:00")
    await desk.tap("Haircut")
    await desk.press("gap-exactly", time="10:10")
    name = "Алекс" if locale == "ru" else "alex"
    await desk.say(name)
    await desk.tap("Алексей" if locale == "ru" else "Alex")
    assert not desk.says("client-not-told")
    await desk.press("button-book")
    assert "10:10" in desk.on.text(ADMIN)
    assert await desk.on.deliver() == ["sent"]
    assert "10:10" in str(desk.on.live(CLIENT)[-1].content["text"])


@pytest.mark.parametrize("locale", LANGUAGES)
async def test_several_services_are_booked_for_somebody_in_one_visit(stages: Callable[..., Any], locale: str) -> None:
    desk = await opened(stages, locale)
    await desk.press("button-book-for")
    await desk.tap("Haircut")
    await desk.press("button-add-service")
    assert desk.says("add-service")
    assert not any(label.startswith("Haircut") for label in desk.labels)
    await desk.tap("Colour")
    # one less, and once more: the buttons lead back and forth
    await desk.press("button-change-services")
    await desk.press("button-without", service="Haircut")
    assert "Haircut" not in desk.on.text(ADMIN)
    await desk.press("button-add-service")
    await desk.tap("Haircut")
    assert "Colour <b>& + Haircut" in desk.on.text(ADMIN)
    await desk.tap("12:00")
    assert desk.says("client-ask")
    await desk.say("Алекс" if locale == "ru" else "alex")
    await desk.tap("Алексей" if locale == "ru" else "Alex")
    assert "Colour <b>& + Haircut" in desk.on.text(ADMIN)
    await desk.press("button-book")
    assert desk.says("book-for-done")
    [made] = await bookings(desk)
    assert [one.service_name for one in made.items] == ["Colour <b>&", "Haircut"]
    assert made.start.endswith("T09:00:00Z")
    assert await desk.on.deliver() == ["sent"]


async def test_a_time_taken_meanwhile_shows_others(stages: Callable[..., Any]) -> None:
    desk = await opened(stages, "en")
    await desk.tap("12:00–18:00")
    await desk.tap("12:00")
    await desk.say("Alex")
    await desk.tap("Alex")
    await desk.on.say(CLIENT, "/start p_2")
    await desk.on.press(CLIENT, "Today 12:00")
    await desk.press("button-book")
    assert desk.says("refused-slot-taken")
    await desk.tap("13:00")
    await desk.press("button-book")
    assert desk.says("book-for-done")


@pytest.mark.parametrize("locale", LANGUAGES)
async def test_lists_are_narrowed_and_requests_answered(stages: Callable[..., Any], locale: str) -> None:
    desk = await opened(stages, locale)
    admin = desk.on.backend.act_as(desk.on.tenant.slug, ADMIN, "t")
    await admin.update_tenant(UpdateTenant(policies=Policies(approval=True, min_notice_min=0)), key="approval")
    confirm = desk.t.label("button-confirm")
    for specialist in (1, 2):
        await desk.on.say(CLIENT, f"/start p_{specialist}")
        await desk.on.press(CLIENT, "Haircut")
        await desk.on.press(CLIENT, "12:00")
        await desk.on.press(CLIENT, confirm)
    await desk.on.say(ADMIN, "/start")
    await desk.press("button-manage")
    await desk.press("button-bookings")
    assert sum("Haircut" in label for label in desk.labels) == 2
    await desk.press("button-everyone")
    await desk.tap("Boris")
    assert sum("Haircut" in label for label in desk.labels) == 1
    assert "Boris" in desk.on.text(ADMIN)
    await desk.press("list-upcoming")
    await desk.press("list-cancelled")
    assert desk.says("bookings-none")
    await desk.press("button-waiting", count=2)
    await desk.tap("Haircut")
    await desk.press("button-approve")
    await desk.on.say(ADMIN, "/start")
    await desk.press("button-manage")
    await desk.press("button-bookings")
    await desk.press("any-day")
    await desk.tap("7")
    assert sum(label.startswith("12:00 · Haircut") for label in desk.labels) == 2
    await desk.press("button-waiting", count=1)
    await desk.tap("Haircut")
    await desk.press("button-decline")
    assert sorted(one.status for one in await bookings(desk)) == ["cancelled", "confirmed"]


@pytest.mark.parametrize("locale", LANGUAGES)
async def test_a_clients_card(stages: Callable[..., Any], locale: str) -> None:
    desk = await opened(stages, locale)
    await desk.on.say(CLIENT, "/start s_1")
    await desk.on.press(CLIENT, "12:00")
    await desk.on.press(CLIENT, desk.t.label("button-confirm"))
    name = desk.on.bot.people[CLIENT].first_name
    await desk.press("button-manage")
    await desk.press("button-clients")
    await desk.press("button-find")
    await desk.say(name[:3].lower())
    await desk.tap(name)
    assert desk.says("client-visits", visits=0, missed=0)
    await desk.press("button-note")
    await desk.say("likes = <i>mornings</i>\u202e")
    assert "likes = <i>mornings</i>" in desk.on.text(ADMIN)
    await desk.press("button-name-phone")
    await desk.say("+7 900 765-43-21")
    assert "+7 900 765-43-21" in desk.on.text(ADMIN)
    await desk.press("button-visits")
    await desk.tap("Haircut")
    await desk.on.say(ADMIN, "/start")
    await desk.press("button-manage")
    await desk.press("button-clients")
    await desk.press("button-find")
    await desk.say("7654321")
    await desk.tap(name)
    await desk.press("button-note")
    await desk.press("button-forget-note")
    assert "mornings" not in desk.on.text(ADMIN)
    await desk.press("button-block")
    await desk.press("button-yes-block")
    assert desk.says("client-blocked")
    await desk.on.say(CLIENT, "/start p_2")
    await desk.on.press(CLIENT, "12:00")
    assert desk.t.label("refused") in desk.on.text(CLIENT)
    await desk.press("button-unblock")
    assert not desk.says("client-blocked")
    await desk.press("button-book-for")
    assert name in desk.on.text(ADMIN)


async def test_pages_and_search_over_many_clients(stages: Callable[..., Any]) -> None:
    desk = await opened(stages, "en")
    admin = desk.on.backend.act_as(desk.on.tenant.slug, ADMIN, "t")
    for number in range(20):
        await admin.create_client(NewClient(name=f"Person {number:02}"), key=f"c{number}")
    await desk.press("button-manage")
    await desk.press("button-clients")
    await desk.tap("›")
    await desk.tap("›")
    assert "Person 19" in desk.labels
    await desk.press("button-find")
    await desk.say("person")
    assert desk.says("client-more", query="person")
    await desk.say("person 1")
    assert "Person 10" in desk.labels
    # stickers and what cannot be seen ask again
    await desk.say("\u200b")
    assert desk.says("client-ask")
    await desk.press("button-back")
    assert desk.says("clients")


async def test_a_day_too_full_for_a_glance_leads_to_each(stages: Callable[..., Any]) -> None:
    names = "".join(f'  - {{name: S{n}, services: [Haircut], hours: {{mon: ["10:00-14:00"]}}}}\n' for n in range(30))
    desk = await opened(stages, "en", business=BUSINESS + names)
    assert "S7" in desk.labels
    assert not any("free" in label for label in desk.labels)
    await desk.tap("S7")
    assert [label for label in desk.labels if "free" in label] == ["10:00–14:00 free"]
    await desk.tap("›")
    assert "S7" in desk.on.text(ADMIN)
    await desk.press("button-everyone")
    assert "S7" in desk.labels
