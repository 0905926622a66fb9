"""The specialist and the admin of the barber: told of every visit, see it on its day, act on it; a client may be gone."""

import re
import time
from collections.abc import AsyncIterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Browser, expect

from tests.support.product_play import TIME, Chat, Visit, looking_at
from tests.support.running_demo import RunningDemo
from tests.support.sandbox_scene import launched

pytestmark = pytest.mark.timeout(240)
MOSCOW = ZoneInfo("Europe/Moscow")


@pytest.fixture(name="browser", scope="module")
async def fixture_browser() -> AsyncIterator[Browser]:
    async with launched() as browser:
        yield browser


async def book_with_svetlana(client: Chat) -> Visit:
    """The children's haircut is hers alone."""
    await client.tap(re.compile("^Детская стрижка"), then="Ближайшее свободное время")
    await client.tap(TIME, then="Держим время до")
    await client.tap("Подтвердить", then="Вы записаны")
    (visit,) = client.live_visits()
    return visit


async def turn_to(staff: Chat, visit: Visit) -> None:
    """From home to the day of the visit: a specialist's home is today, an admin's first the checklist until it is done."""
    await staff.write("/start", then="")
    to_day = staff.menu.get_by_role("button", name="К моему дню", exact=True)
    if await to_day.count():
        await to_day.click()
    await expect(staff.menu).to_contain_text("Сегодня")
    days = (
        datetime.fromtimestamp(visit.starts_at, MOSCOW).date()
        - datetime.fromtimestamp(staff.window.demo.now(), MOSCOW).date()
    ).days
    for _ in range(days):
        await staff.tap("›", then="")


async def test_a_visit_reaches_specialist_and_admin(demo: RunningDemo, browser: Browser) -> None:
    async with looking_at(browser, demo, "barber") as window:
        specialist, admin = await window.staff()
        client = await window.newcomer("Марина")
        visit = await book_with_svetlana(client)
        for told in (specialist, admin):
            await expect(told.last).to_contain_text("Новая запись")
            await expect(told.last).to_contain_text("Марина")
        await specialist.picture("notice-new-booking-ru", of=specialist.last)

        mine = re.compile(r"Детская стрижка · Марина")
        for staff in (specialist, admin):
            await turn_to(staff, visit)
            await expect(staff.menu.get_by_role("button", name=mine)).to_have_count(1)
        await specialist.tap(mine, then="Марина")

        # the notice's own button opens the card in the menu, below the notice, and there is still one menu
        await admin.tap("Открыть", on=admin.box.locator(".message.them", has_text="Марина").first, then="Марина")

        await client.tap("Перенести", then="Ближайшее свободное время")
        await client.tap(TIME, nth=4, then="Перенести с")
        await client.tap("Да, перенести", then="Перенесли")
        await expect(specialist.last).to_contain_text("Запись перенесена")
        await expect(specialist.last).to_contain_text("Было:")
        await specialist.picture("notice-moved-ru", of=specialist.last)
        await client.tap("Отменить", then="?")
        await client.tap("Да, отменить", then="отменена")
        await expect(specialist.last).to_contain_text("Запись отменена")


async def test_a_client_who_has_blocked_the_bot(demo: RunningDemo, browser: Browser) -> None:
    """Telegram tells of it at once: marked, and nothing is sent to them; a new /start makes all well."""
    async with looking_at(browser, demo, "barber") as window:
        specialist, _ = await window.staff()
        client = await window.newcomer("Глеб")
        visit = await book_with_svetlana(client)
        await expect(client.last).to_contain_text("Вы записаны.")
        await client.box.get_by_role("button", name="Block bot", exact=True).click()
        await expect(client.box.get_by_role("button", name="UNBLOCK BOT")).to_be_visible()

        await turn_to(specialist, visit)
        await specialist.tap(re.compile("Глеб"), then="Глеб")
        await specialist.tap("Отменить", then="Отменить запись")
        await specialist.tap("Да, отменить", then="Отменена")
        assert client.live_visits() == []

        def gone() -> bool:
            rows = window.read("SELECT unreachable_at FROM people WHERE tg_id = ? AND name LIKE 'Глеб%'", client.person)
            return any(at is not None for (at,) in rows)

        deadline = time.monotonic() + 20
        while not gone():
            assert time.monotonic() < deadline, "the block was not noticed"
            await window.page.wait_for_timeout(50)
        assert all(one["ok"] for one in await window.calls("sendMessage", client.person))

        await client.box.get_by_role("button", name="UNBLOCK BOT").click()
        await client.write("/start", then="на что записать вас?")
        assert not gone()
        await book_with_svetlana(client)
