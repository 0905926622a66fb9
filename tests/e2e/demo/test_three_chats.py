"""A booking as all three see it, side by side: the picture of the README, taken with SLOTGATE_PICTURES=1."""

import os
import re

import pytest
from playwright.async_api import Browser, expect

from tests.support.demo_window import PICTURES, TIME, opened_window
from tests.support.running_demo import RunningDemo

CLIENT = 1001


@pytest.mark.timeout(240)
async def test_three_chats_side_by_side(demo: RunningDemo, browser: Browser) -> None:
    async with opened_window(browser, demo, "studio", viewport={"width": 1280, "height": 860}) as window:
        specialist, admin = await window.start_staff()
        client = window.chat(CLIENT)
        await client.press_start()
        if await client.menu.get_by_role("button", name="Book another").count():
            await client.tap("Book another", then="What would you like to book?")
        await client.tap(re.compile("^Manicure"), then="Nearest free times")
        await client.tap("Choose specialist", then="Who would you like to see?")
        await client.tap(TIME, then="Sam")
        await client.tap("Confirm", then="You're booked")
        booked = client.list_active_bookings()[-1]
        for staff in (specialist, admin):
            await expect(staff.last_message).to_contain_text("New booking")
            await expect(staff.last_message).to_contain_text("Alex")
            # what has come last is in sight, however tall it is
            await expect(staff.last_message.get_by_role("button").last).to_be_in_viewport(ratio=0.9)
        assert booked.status == "confirmed"
        await specialist.write("/start", then="Today")
        await expect(specialist.menu.get_by_role("button").last).to_be_in_viewport(ratio=0.9)
        await window.wait_until_still()
        if os.environ.get("SLOTGATE_PICTURES"):
            PICTURES.mkdir(parents=True, exist_ok=True)
            await window.page.screenshot(path=PICTURES / "three-chats.png")
