"""The reminders after the clock was skipped: a day and two hours before, answered in place."""

import re
import time
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from tests.support.product_play import looking_at
from tests.support.running_demo import RunningDemo
from tests.support.sandbox_scene import launched

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(name="browser", scope="module")
async def fixture_browser() -> AsyncIterator[Browser]:
    async with launched() as browser:
        yield browser


async def test_a_reminder_is_answered_in_place(demo: RunningDemo, browser: Browser) -> None:
    async with looking_at(browser, demo, "studio") as window:
        client = await window.newcomer("Alice")
        await client.tap(re.compile("^Manicure"), then="Nearest free times")
        await client.tap("Another day", then="Only days with free times")
        # next month, so that both reminders lie ahead, and in the afternoon: not in the quiet hours
        await client.tap("›", then="Manicure")
        await client.tap(re.compile(r"^\d{1,2}$"), then="Free times on")
        await client.tap(re.compile("^15:"), then="Held for you until")
        await client.tap("Confirm", then="You're booked")
        (visit,) = client.live_visits()
        skipped = 0
        try:
            for ahead, word in ((86_400 - 60, "Tomorrow 15:"), (7_200 - 60, "Today 15:")):
                ahead_s = int(visit.starts_at - ahead - time.time()) - skipped
                await window.order("clock", seconds=ahead_s)
                skipped += ahead_s
                reminder = client.box.locator(".message.them", has_text="Coming?").filter(has_text=word)
                await expect(reminder).to_have_count(1, timeout=30_000)
            await client.picture("client-reminder-en", of=reminder)
            await reminder.get_by_role("button", name="I'll come").click()
            await expect(reminder).to_contain_text("Thank you, see you then!")
            await expect(reminder.get_by_role("button", name="I'll come")).to_have_count(0)
            await client.one_menu()
            assert client.live_visits()[0].coming
            await client.picture("client-reminder-answered-en", of=reminder)
        finally:
            await window.order("clock", seconds=-skipped)
