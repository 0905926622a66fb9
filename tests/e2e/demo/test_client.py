"""A client of each business, from /start: three taps to book, three to move, two to cancel, two to book again."""

import re
from typing import NamedTuple

import pytest
from playwright.async_api import Browser, expect

from bot.ui.i18n import words_for
from tests.support.demo_window import TIME, opened_window
from tests.support.running_demo import RunningDemo

pytestmark = pytest.mark.timeout(240)


class Texts(NamedTuple):
    """What a client reads and taps, in one language."""

    slug: str
    name: str
    new: str
    service: str
    nearest: str
    held: str
    confirm: str
    done: str
    staff_new: str
    home: str
    mine: str
    move: str
    move_ask: str
    yes_move: str
    moved: str
    cancel: str
    yes_cancel: str
    cancelled: str
    undo: str
    undone: str
    next: str
    repeat: str


LANGUAGES = {
    "en": Texts(
        "studio", "Emma", "Welcome to Nail & Yoga Studio. What would you like to book?", "Manicure",
        "Nearest free times", "Held for you until", "Confirm", "You're booked. See you", "New booking", "Home",
        "My bookings", "Move", "Move from", "Yes, move", "Moved. See you", "Cancel", "Yes, cancel", "is cancelled",
        "Undo", "Your booking is back.", "Next:", "Repeat",
    ),
    "ru": Texts(
        "barber", "Полина", "Барбер Хаус: на что вас записать?", "Стрижка",
        "Ближайшее свободное время", "Держим время до", "Подтвердить", "Вы записаны. Ждём вас", "Новая запись",
        "На главную", "Мои записи", "Перенести", "Перенести с", "Да, перенести", "Перенесли. Ждём вас", "Отменить",
        "Да, отменить", "отменена", "Вернуть", "Запись снова действует.", "Ближайшая запись:", "Повторить",
    ),
}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
async def test_from_the_first_booking_to_the_next(demo: RunningDemo, browser: Browser, language: str) -> None:
    w = LANGUAGES[language]
    async with opened_window(browser, demo, w.slug) as window:
        _, admin = await window.start_staff()
        client = await window.add_person(w.name)
        await expect(client.menu).to_contain_text(w.new)
        await client.save_picture(f"client-home-{language}")

        client.taps = 0
        await client.tap(re.compile(rf"^{w.service} · "), then=w.nearest)
        await client.save_picture(f"client-times-{language}")
        await client.tap(TIME, then=w.held)
        await client.save_picture(f"client-confirm-{language}")
        await client.tap(w.confirm, then=w.done)
        assert client.taps == 3
        (first,) = client.list_bookings()
        assert first.status == "confirmed"
        await client.save_picture(f"client-done-{language}")
        await expect(admin.last_message).to_contain_text(w.staff_new)
        await expect(admin.last_message).to_contain_text(w.name)
        # the staff got a notice; the client keeps the confirmation, with the menu below it, and gets no notice beside it
        await expect(client.box.locator(".message.them:not(.deleted)")).to_have_count(2)

        await client.tap(w.home, then=w.next)
        await client.tap(w.mine, then="")
        card = re.compile(rf"{TIME.pattern} · {w.service}")
        await expect(client.menu.get_by_role("button", name=card)).to_have_count(1)
        await client.save_picture(f"client-bookings-{language}")
        await client.tap(card, then=w.service)
        await client.save_picture(f"client-card-{language}")

        client.taps = 0
        await client.tap(w.move, then=w.nearest)
        await client.tap(TIME, nth=3, then=w.move_ask)
        await client.save_picture(f"client-move-{language}")
        await client.tap(w.yes_move, then=w.moved)
        assert client.taps == 3
        (moved,) = client.list_bookings()
        assert (moved.id, moved.status) == (first.id, "confirmed")
        assert moved.starts_at > first.starts_at

        # the confirmation of the first time says what holds now; Cancel is on the newest
        confirmations = client.box.locator(".message.them:not(.deleted)").filter(has_text=w.service)
        await expect(confirmations.filter(has_text=w.done)).to_have_count(0)
        client.taps = 0
        await client.tap(w.cancel, then="?", on=confirmations.filter(has_text=w.moved))
        await client.save_picture(f"client-cancel-{language}")
        await client.tap(w.yes_cancel, then=w.cancelled)
        assert client.taps == 2
        assert client.list_active_bookings() == []
        await client.save_picture(f"client-cancelled-{language}")
        await client.tap(w.undo, then=w.undone)
        assert client.list_bookings() == [moved]

        await client.write("/start", then=w.next)
        await client.save_picture(f"client-again-{language}")
        client.taps = 0
        await client.tap(re.compile(rf"^{w.repeat}"), then=w.held)
        await client.tap(w.confirm, then=w.done)
        assert client.taps == 2
        assert [booking.status for booking in client.list_bookings()] == ["confirmed", "confirmed"]


class TwoServices(NamedTuple):
    """The texts of a booking of two services, in one language."""

    service: str
    other: str
    who: str
    choose: str
    another: str
    free: str
    add: str
    what: str
    sum: str
    change: str
    without: str


TOGETHER = {
    "en": TwoServices("Manicure", "Pedicure", "Sam", "Choose specialist", "Another day", "Free times on", "Add a service",
               "What would you like to add", "£80 · 1 h 45 min", "Change services", "Without Manicure"),
    "ru": TwoServices("Стрижка", "Оформление бороды", "Руслан", "Выбрать мастера", "Другой день", "Свободное время",
               "Добавить услугу", "Что добавить", "3 000 ₽ · 1 ч 15 мин", "Изменить услуги", "Без «Стрижка»"),
}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_booking_of_two_services(demo: RunningDemo, browser: Browser, language: str) -> None:
    w, both = LANGUAGES[language], TOGETHER[language]
    async with opened_window(browser, demo, w.slug) as window:
        client = await window.add_person(w.name)
        await client.tap(re.compile(rf"^{both.service} · "), then=w.nearest)
        await client.tap(both.choose, then="?")
        await client.tap(both.who, then=both.who)
        await client.tap(both.another, then=both.service)
        await client.save_picture(f"client-month-{language}")
        await client.tap("›", then=both.service)
        await client.tap(re.compile(r"^\d{1,2}$"), then=both.free)
        await client.tap(TIME, then=w.held)
        await client.tap(both.add, then=both.what)
        await client.save_picture(f"client-add-{language}")
        await client.tap(re.compile(rf"^{both.other} · "), then=f"{both.service} + {both.other}")
        await expect(client.menu).to_contain_text(both.sum)
        await expect(client.menu).to_contain_text(both.who)
        await client.save_picture(f"client-several-{language}")
        await client.tap(both.change, then=both.what)
        await client.tap(both.without, then=w.held)
        await client.tap(both.add, then=both.what)
        await client.tap(re.compile(rf"^{both.service} · "), then=f"{both.other} + {both.service}")
        await client.tap(w.confirm, then=w.done)
        (booking,) = client.list_active_bookings()
        assert window.query("SELECT count(*) FROM booking_items WHERE booking_id = ?", booking.id) == [(2,)]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_other_screen_of_a_client(demo: RunningDemo, browser: Browser, language: str) -> None:
    """Buttons are found by their texts in the locales: this test is about where they lead."""
    w, both, t = LANGUAGES[language], TOGETHER[language], words_for(language)
    other = {"en": "Русский", "ru": "English"}[language]
    comment = {"en": "No varnish, <b>please</b>", "ru": "Виски покороче, <b>пожалуйста</b>"}[language]
    street = {"en": "12 Camden Passage", "ru": "улица Ленина"}[language]

    def key(name: str) -> str:
        return t.label(name).replace("\u00a0", " ")

    async with opened_window(browser, demo, w.slug) as window:
        client = await window.add_person({"en": "Olivia", "ru": "Ольга"}[language])
        await client.tap(key("button-contacts"), then=street)
        await client.save_picture(f"client-contacts-{language}")
        await client.tap(w.home, then=w.new)
        await client.tap(key("button-my-data"), then={"en": "What is kept about you", "ru": "храним"}[language])
        await client.save_picture(f"client-data-{language}")
        await client.tap(key("button-export-json"), then="")
        await expect(client.box.get_by_role("link", name=re.compile(r"\.json"))).to_be_visible()
        await client.tap(w.home, then=w.new)

        # another day is two taps more, a chosen specialist one
        await client.tap(re.compile(rf"^{both.service} · "), then=w.nearest)
        # the five weeks from today, then the next five
        await client.tap(both.another, then=both.service)
        await client.tap("›", then=key("days-free"))
        await client.tap(re.compile(r"^\d{1,2}$"), then=both.free)
        await client.save_picture(f"client-day-{language}")
        await client.tap(TIME, then=w.held)
        await client.tap(key("button-change-time"), then=w.nearest)
        await client.tap(both.choose, then=key("who"))
        await client.save_picture(f"client-specialists-{language}")
        await client.tap(re.compile(r"\d\d:\d\d$"), then=w.held)
        await client.tap(key("button-comment"), then=key("comment-ask")[:20])
        await client.write(comment, then=comment)
        await client.save_picture(f"client-comment-{language}")
        await client.tap(w.confirm, then=w.done)
        (booked,) = client.list_active_bookings()
        assert booked.comment == comment
        confirmation = client.box.locator(".message.them:not(.deleted)").filter(has_text=comment)
        await client.tap(key("button-calendar"), then=w.done, on=confirmation)
        async with window.page.expect_download() as download:
            await client.box.get_by_role("link", name=re.compile(r"\.ics")).last.click()
        assert b"BEGIN:VCALENDAR" in (await (await download.value).path()).read_bytes()

        await client.tap(w.home, then=w.next)
        await client.tap(key("button-language"), then=key("language-ask"))
        await client.save_picture(f"client-language-{language}")
        await client.tap(other, then={"en": "Ближайшая запись", "ru": "Next:"}[language])
        await client.tap({"en": "Язык", "ru": "Language"}[language], then="?")
        await client.tap(t.label("language-name"), then=w.next)
