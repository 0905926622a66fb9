"""The reminders after the clock was skipped: a day and two hours before, answered in place."""

import re

import pytest
from playwright.async_api import Browser, expect

from bot.ui.i18n import words_for
from tests.support.demo_window import opened_window
from tests.support.running_demo import RunningDemo

pytestmark = pytest.mark.timeout(240)


SAYS = {
    "en": ("studio", "Alice", "Manicure", "Tomorrow 15:", "Today 15:", "Coming?"),
    "ru": ("barber", "Алиса", "Стрижка", "Завтра, 15:", "Сегодня, 15:", "Придёте?"),
}


@pytest.mark.parametrize("language", SAYS)
async def test_a_reminder_is_answered_in_place(demo: RunningDemo, browser: Browser, language: str) -> None:
    slug, name, service, *days, coming = SAYS[language]
    t = words_for(language)
    async with opened_window(browser, demo, slug) as window:
        client = await window.add_person(name)
        await client.tap(re.compile(rf"^{service} · "), then=t.label("times-nearest"))
        await client.tap(t.label("button-another-day"), then=service)
        # the sixth free day of the next five weeks, so that both reminders lie ahead, and in the afternoon: not in the
        # quiet hours
        await client.tap("›", then=t.label("days-free"))
        await client.tap(re.compile(r"^\d{1,2}$"), nth=5, then="")
        await client.tap(re.compile("^15:"), then=t.label("button-confirm"))
        await client.tap(t.label("button-confirm"), then=t.label("button-my-bookings"))
        (booking,) = client.list_active_bookings()
        before = demo.shift_s
        try:
            # no later than this booking's first reminder (the samples have theirs); not before its instant, which is spread
            ahead = booking.starts_at - 86_400 - demo.now()
            seconds = (await window.control("clock"))["seconds"]
            demo.shift_s += seconds
            assert 0 < seconds <= ahead + 3600
            for ahead_s, word in zip((86_400 - 60, 7_200 - 60), days, strict=True):
                await demo.shift_clock(int(booking.starts_at - ahead_s - demo.now()))
                reminder = client.box.locator(".message.them", has_text=coming).filter(has_text=word)
                await expect(reminder).to_have_count(1, timeout=30_000)
            await client.save_picture(f"client-reminder-{language}", of=reminder)
            # by its id from now on: the question goes with the answer
            reminder = client.box.locator(f'.message[data-id="{await reminder.get_attribute("data-id")}"]')
            await reminder.get_by_role("button", name=t.label("button-coming")).click()
            await expect(reminder).to_contain_text(t.label("coming-thanks"))
            await expect(reminder).not_to_contain_text(coming)
            await expect(reminder.get_by_role("button", name=t.label("button-coming"))).to_have_count(0)
            await client.expect_one_menu()
            assert client.list_active_bookings()[0].coming
            await client.save_picture(f"client-reminder-answered-{language}", of=reminder)
        finally:
            await demo.shift_clock(before - demo.shift_s)
