"""The admin's and the specialist's chat in a real browser, screen by screen, in both languages: the owner's pictures."""

import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Browser, expect

from bot.ui.i18n import words_for
from tests.support.demo_window import TIME, Chat, opened_window
from tests.support.running_demo import RunningDemo

pytestmark = pytest.mark.timeout(300)

PLACES = [("barber", "ru"), ("studio", "en")]
# a client of the sample with a part of their number; a specialist who has no account
KNOWN = {"ru": ("Ирина Соколова", "000-00-12"), "en": ("Priya Nair", "900012")}
OTHERS = {"ru": "Артём", "en": "Grace"}
ZONES = {"barber": ZoneInfo("Europe/Moscow"), "studio": ZoneInfo("Europe/London")}
SUNDAY = 6
FIRST = {"ru": "Светлана", "en": "Sam"}
NEWS = {
    "ru": "**В воскресенье** работаем __с 10 до 16__. Запись: [barber.example](https://barber.example)",
    "en": "**Open this Sunday**, __10 to 16__. Book at [studio.example](https://studio.example)",
}


class StaffChat:
    """A member of staff at their chat, who presses by the keys of the locales."""

    def __init__(self, chat: Chat, locale: str) -> None:
        self.chat = chat
        self.locale = locale
        self.t = words_for(locale)

    async def press(self, key: str, *, then: str = "", **args: Any) -> None:
        await self.chat.tap(self.t.label(key, **args), then=then or "")

    async def see(self, key: str, **args: Any) -> None:
        """The menu says this."""
        await expect(self.chat.menu).to_contain_text(re.sub(r"</?\w+>", "", self.t.html(key, **args)))

    async def save_picture(self, name: str, **more: Any) -> None:
        await self.chat.save_picture(f"{name}-{self.locale}", **more)

    async def manage(self, key: str) -> None:
        """From anywhere to one of the things that are managed."""
        await self.chat.write("/manage", then="")
        await self.press(key)


@pytest.mark.parametrize(("slug", "locale"), PLACES)
async def test_the_admins_desk(demo: RunningDemo, browser: Browser, slug: str, locale: str) -> None:
    async with opened_window(browser, demo, slug) as window:
        _, chat = await window.start_staff()
        staff = StaffChat(chat, locale)
        # the sample is open for business: its admin lands on the day, and the first steps stay in reach
        await chat.write("/start", then=staff.t.label("today"))
        await staff.save_picture("admin-day")
        await staff.manage("button-first-steps")
        await expect(chat.menu).to_contain_text("6")
        await staff.save_picture("admin-first-steps")
        await chat.write("/manage", then="")
        await staff.save_picture("admin-manage")

        await staff.manage("button-services")
        await staff.save_picture("admin-services")
        await chat.tap(re.compile(r"^\S.*\d"), then="")
        await staff.save_picture("admin-service")
        await staff.manage("button-staff")
        await staff.save_picture("admin-staff")
        await chat.tap(re.compile(f"^{OTHERS[locale]}"), then=OTHERS[locale])
        await staff.save_picture("admin-specialist")
        await staff.press("button-invite", then="t.me/")
        await expect(chat.menu.locator("code")).to_have_text(re.compile(r"^\w{4}-\w{4}$"))
        await staff.save_picture("admin-invitation")
        await staff.press("button-revoke-invitation")

        await staff.manage("button-schedules")
        await staff.save_picture("admin-schedules")
        await chat.tap(OTHERS[locale], then=OTHERS[locale])
        await staff.save_picture("admin-hours")
        await staff.manage("button-closures")
        await staff.save_picture("admin-closures")
        await staff.press("button-close-day")
        await staff.save_picture("admin-closure-day")
        await staff.manage("button-rooms")
        await staff.save_picture("admin-rooms")
        await staff.manage("button-policies")
        await staff.save_picture("admin-settings")
        await staff.manage("button-audit")
        await staff.save_picture("admin-audit")
        await staff.manage("button-exports")
        await staff.save_picture("admin-exports")
        await staff.press("file-xlsx")
        await expect(chat.box.get_by_role("link", name=re.compile(r"\.xlsx"))).to_be_visible()
        await staff.manage("button-share-link")
        await staff.save_picture("admin-share")
        await staff.press("button-qr")
        await expect(chat.box.locator(".photo img").last).to_be_visible()
        await staff.save_picture("admin-qr", of=chat.last_message)


@pytest.mark.parametrize(("slug", "locale"), PLACES)
async def test_a_gap_is_booked_for_a_known_client(demo: RunningDemo, browser: Browser, slug: str, locale: str) -> None:
    async with opened_window(browser, demo, slug) as window:
        _, chat = await window.start_staff()
        staff = StaffChat(chat, locale)
        name, digits = KNOWN[locale]
        await chat.write("/today", then="")
        await staff.chat.tap("›", then=staff.t.label("tomorrow"))
        free = re.compile(staff.t.label("gap", start=r"\d\d:\d\d", end=r"\d\d:\d\d"))
        await chat.tap(free, nth=0, then=re.sub(r"</?b>", "", staff.t.html("gap-which")))
        await staff.save_picture("admin-gap")
        await chat.tap(re.compile(r" · "), nth=0, then="")
        await staff.save_picture("admin-gap-times")
        await chat.tap(TIME, nth=0, then="")
        await staff.see("client-ask")
        await chat.write(digits, then=digits)
        await staff.save_picture("admin-book-who")
        await chat.tap(re.compile(f"^{name}"), then=name)
        await staff.save_picture("admin-book-for")
        await staff.press("button-book", then=name)
        await staff.save_picture("admin-booked")

        await chat.write("/clients", then="")
        await staff.press("button-find")
        await chat.write(name.split()[1].lower(), then="")
        await staff.save_picture("admin-found")
        await chat.tap(re.compile(f"^{name}"), then=name)
        await staff.save_picture("admin-client")
        await staff.press("button-bookings", then=name)
        await staff.save_picture("admin-client-bookings")
        await chat.write("/bookings", then="")
        await staff.save_picture("admin-bookings")


@pytest.mark.parametrize(("slug", "locale"), PLACES)
async def test_figures_and_a_message_to_everybody(demo: RunningDemo, browser: Browser, slug: str, locale: str) -> None:
    async with opened_window(browser, demo, slug) as window:
        _, chat = await window.start_staff()
        client = window.chat(1001)
        await client.press_start()
        staff = StaffChat(chat, locale)
        await staff.manage("button-figures")
        await staff.press("button-month")
        await staff.save_picture("admin-figures")
        await staff.press("button-chart")
        await expect(chat.box.locator(".photo img").last).to_be_visible()
        await staff.save_picture("admin-chart", of=chat.last_message)

        await staff.manage("button-broadcast")
        await staff.press("button-write")
        await staff.see("broadcast-ask")
        await chat.write(NEWS[locale], then="")
        await staff.see("broadcast-preview")
        await expect(chat.menu.locator("strong", has_text=NEWS[locale].split("**")[1])).to_be_visible()
        await expect(chat.menu.get_by_role("link")).to_have_attribute("href", re.compile(r"^https://\w+\.example$"))
        await staff.save_picture("admin-broadcast")
        send = re.compile(staff.t.label("button-send", count=1).split("1")[0] + r"\d")
        await chat.tap(send, then="")
        await staff.save_picture("admin-broadcast-sure")
        await chat.tap(send, then="")
        await staff.see("broadcast-follow")
        notice = client.box.locator(".message.them", has_text=NEWS[locale].split("**")[1])
        await expect(notice).to_have_count(1)
        book, news = notice.get_by_role("button").first, notice.get_by_role("button").last
        await expect(book).to_have_text(staff.t.label("button-book-now"))
        await expect(news).to_have_text(staff.t.label("button-news-off"))
        await client.save_picture(f"client-news-{locale}", of=notice)
        await expect(chat.last_message).to_contain_text(
            re.sub(r"<.*", "", staff.t.html("broadcast-done", done=0, total=0)[3:])
        )
        await news.click()
        await expect(news).to_have_text(staff.t.label("button-news-on"))
        await news.click()
        await expect(news).to_have_text(staff.t.label("button-news-off"))


@pytest.mark.parametrize(("slug", "locale"), PLACES)
async def test_the_specialists_desk(demo: RunningDemo, browser: Browser, slug: str, locale: str) -> None:
    async with opened_window(browser, demo, slug) as window:
        chat, admin = await window.start_staff()
        staff = StaffChat(chat, locale)
        boss = StaffChat(admin, locale)
        # the admin books a client with the specialist for tomorrow, by the gap of the day
        await admin.write("/today", then="")
        await admin.tap("›", then=staff.t.label("tomorrow"))
        free = re.compile(staff.t.label("gap", start=r"\d\d:\d\d", end=r"\d\d:\d\d"))
        await admin.tap(re.compile(f"^{FIRST[locale]}"), then=FIRST[locale])
        await admin.tap(free, nth=-1, then="")
        await admin.tap(re.compile(r" · "), nth=0, then="")
        await admin.tap(TIME, nth=0, then="")
        await admin.write(KNOWN[locale][1], then=KNOWN[locale][1])
        await admin.tap(re.compile(f"^{KNOWN[locale][0]}"), then=KNOWN[locale][0])
        await boss.press("button-book", then=KNOWN[locale][0])
        await expect(chat.last_message).to_contain_text(KNOWN[locale][0])

        await chat.write("/start", then=staff.t.label("today"))
        await chat.tap("›", then=staff.t.label("tomorrow"))
        await staff.save_picture("specialist-day")
        await chat.tap(re.compile(KNOWN[locale][0]), then=KNOWN[locale][0])
        await staff.save_picture("specialist-card")
        await chat.write("/week", then="")
        if datetime.fromtimestamp(demo.now(), ZONES[slug]).weekday() == SUNDAY:
            await chat.tap("›", then="")
        await expect(chat.menu.get_by_role("button", name=re.compile(r": [1-9]$"))).not_to_have_count(0)
        await staff.save_picture("specialist-week")
        await staff.press("button-month-of", then=staff.t.label("month-legend", booked="•", waiting="!", closed="×"))
        await staff.save_picture("specialist-month")
        await staff.press("button-year", then=staff.t.label("choose-month"))
        await staff.save_picture("specialist-year")
        await chat.write("/hours", then=FIRST[locale])
        await staff.save_picture("specialist-hours")
        await chat.write("/dayoff", then=FIRST[locale])
        await staff.save_picture("specialist-dayoff")
        await staff.press("tomorrow", then=KNOWN[locale][0])
        await expect(chat.menu.get_by_role("button", name=staff.t.label("button-offer-times"))).to_be_visible()
        await staff.save_picture("specialist-affected")
        await staff.press("button-back")
        await chat.write("/today", then="")
        await staff.press("button-notices")
        await staff.save_picture("specialist-notices")
