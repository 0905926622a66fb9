"""The specialist and the admin of the barber get a notice of every booking, see it on its day and act on it."""

import re
import time
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Browser, expect

from tests.support.demo_window import TIME, BookingRow, Chat, opened_window
from tests.support.running_demo import RunningDemo

pytestmark = pytest.mark.timeout(240)
MOSCOW = ZoneInfo("Europe/Moscow")


async def book_with_svetlana(client: Chat) -> BookingRow:
    """The children's haircut is hers alone."""
    await client.tap(re.compile("^Детская стрижка"), then="Ближайшее свободное время")
    await client.tap(TIME, then="Держим время до")
    await client.tap("Подтвердить", then="Вы записаны")
    (booking,) = client.list_active_bookings()
    return booking


async def show_day_of(staff: Chat, booking: BookingRow) -> None:
    """From home to the day of the booking: a specialist's home is today, an admin's first the checklist until it is done."""
    await staff.write("/start", then="")
    to_day = staff.menu.get_by_role("button", name="К моему дню", exact=True)
    if await to_day.count():
        await to_day.click()
    await expect(staff.menu).to_contain_text("Сегодня")
    days = (
        datetime.fromtimestamp(booking.starts_at, MOSCOW).date()
        - datetime.fromtimestamp(staff.window.demo.now(), MOSCOW).date()
    ).days
    for _ in range(days):
        await staff.tap("›", then="")


async def test_a_booking_reaches_specialist_and_admin(demo: RunningDemo, browser: Browser) -> None:
    async with opened_window(browser, demo, "barber") as window:
        specialist, admin = await window.start_staff()
        client = await window.add_person("Марина")
        booking = await book_with_svetlana(client)
        for chat in (specialist, admin):
            await expect(chat.last_message).to_contain_text("Новая запись")
            await expect(chat.last_message).to_contain_text("Марина")
        await specialist.save_picture("notice-new-booking-ru", of=specialist.last_message)

        mine = re.compile(r"Детская стрижка · Марина")
        for staff in (specialist, admin):
            await show_day_of(staff, booking)
            await expect(staff.menu.get_by_role("button", name=mine)).to_have_count(1)
        await specialist.tap(mine, then="Марина")

        # the notice's own button opens the card in the menu, below the notice, and there is still one menu
        await admin.tap("Открыть", on=admin.box.locator(".message.them", has_text="Марина").first, then="Марина")

        confirmed = client.box.locator(".message.them:not(.deleted)").filter(has_text="Детская стрижка").last
        await client.tap("Перенести", then="Ближайшее свободное время", on=confirmed)
        await client.tap(TIME, nth=4, then="Перенести с")
        await client.tap("Да, перенести", then="Перенесли")
        await expect(specialist.last_message).to_contain_text("Запись перенесена")
        await expect(specialist.last_message).to_contain_text("Было:")
        await specialist.save_picture("notice-moved-ru", of=specialist.last_message)
        confirmed = client.box.locator(".message.them:not(.deleted)").filter(has_text="Перенесли").first
        await client.tap("Отменить", then="?", on=confirmed)
        await client.tap("Да, отменить", then="отменена")
        await expect(specialist.last_message).to_contain_text("Запись отменена")


async def test_a_client_who_has_blocked_the_bot(demo: RunningDemo, browser: Browser) -> None:
    """Telegram tells of it at once: marked, and nothing is sent to them; a new /start makes all well."""
    async with opened_window(browser, demo, "barber") as window:
        specialist, _ = await window.start_staff()
        client = await window.add_person("Глеб")
        booking = await book_with_svetlana(client)
        await expect(client.last_message).to_contain_text("Вы записаны.")
        await client.box.get_by_role("button", name="Block bot", exact=True).click()
        await expect(client.box.get_by_role("button", name="UNBLOCK BOT")).to_be_visible()

        await show_day_of(specialist, booking)
        await specialist.tap(re.compile("Глеб"), then="Глеб")
        await specialist.tap("Отменить", then="Отменить запись")
        await specialist.tap("Да, отменить", then="Отменена")
        assert client.list_active_bookings() == []

        def gone() -> bool:
            rows = window.query(
                "SELECT unreachable_at FROM people WHERE tg_id = ? AND name LIKE 'Глеб%'", client.person
            )
            return any(at is not None for (at,) in rows)

        deadline = time.monotonic() + 20
        while not gone():
            assert time.monotonic() < deadline, "the block was not noticed"
            await window.page.wait_for_timeout(50)
        assert all(one["ok"] for one in await window.list_calls("sendMessage", client.person))

        await client.box.get_by_role("button", name="UNBLOCK BOT").click()
        await client.write("/start", then="на что вас записать?")
        assert not gone()
        await book_with_svetlana(client)
