"""What goes wrong on an ordinary day: double taps, old keyboards, free text, outages, a restart; nothing lost or doubled."""

import asyncio
import re
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import psutil
import pytest
from playwright.async_api import Browser, expect

from tests.support.product_play import TIME, looking_at
from tests.support.running_demo import RunningDemo
from tests.support.sandbox_scene import launched

pytestmark = pytest.mark.timeout(240)
MANICURE = re.compile("^Manicure")


@pytest.fixture(name="browser", scope="module")
async def fixture_browser() -> AsyncIterator[Browser]:
    async with launched() as browser:
        yield browser


async def test_double_taps_make_one_visit(demo: RunningDemo, browser: Browser) -> None:
    async with looking_at(browser, demo, "studio") as window:
        client = await window.newcomer("Isla")
        await client.tap(MANICURE, then="Nearest free times")
        await client.menu.get_by_role("button", name=TIME).first.dblclick()
        await expect(client.menu).to_contain_text("Held for you until")
        await client.one_menu()
        assert len(client.live_visits()) == 1
        confirm = await client.data_of("Confirm")
        await asyncio.gather(*(client.press_old(*confirm) for _ in range(5)))
        await expect(client.menu).to_contain_text("You're booked")
        await client.one_menu()
        assert [one.status for one in client.visits()] == ["confirmed"]


async def test_old_keyboards_and_words_end_on_a_current_screen(demo: RunningDemo, browser: Browser) -> None:
    async with looking_at(browser, demo, "studio") as window:
        client = await window.newcomer("Ivy")
        service = await client.data_of(MANICURE)
        await client.tap(MANICURE, then="Nearest free times")
        a_time = await client.data_of(TIME)
        await client.tap(TIME, then="Held for you until")
        await client.tap("Confirm", then="You're booked")
        told: list[str] = []
        for old in (service, a_time, (a_time[0], "1c.nowhere:1~xx"), (a_time[0], "nonsense")):
            answer = await client.press_old(*old)
            # quiet when it is taken for the second half of a double tap, within three seconds of a change
            assert answer["text"] in ("", "This menu was refreshed"), old
            told.append(answer["text"])
            await expect(client.menu).to_contain_text(re.compile("Next:|You're booked"))
            await client.one_menu()
        assert len(client.live_visits()) == 1
        assert "This menu was refreshed" in told

        before = await client.menu.get_attribute("data-id")
        await client.write("hello? is anybody there", then="Please use the buttons below.")
        assert await client.menu.get_attribute("data-id") != before
        await expect(client.box.locator(f'.message.deleted[data-id="{before}"]')).to_have_count(1)
        await client.picture("client-free-text-en")
        await client.write("/help", then="/start opens the menu")
        assert before is not None
        answer = await client.press_old(int(before), a_time[1])
        assert answer["text"] == "This menu was refreshed"
        await client.one_menu()
        await client.write("/nonsense", then="Please use the buttons below.")
        await client.write("/cancel", then="Next:")


async def test_telegram_is_out_while_one_confirms(demo: RunningDemo, browser: Browser) -> None:
    async with looking_at(browser, demo, "studio") as window:
        page = window.page
        client = await window.newcomer("Freya")
        await client.tap(MANICURE, then="Nearest free times")
        await client.tap(TIME, then="Held for you until")
        outage = page.get_by_role("button", name="Outage")
        await outage.click()
        await expect(page.locator("#status")).to_have_text("Telegram is out")
        await client.menu.get_by_role("button", name="Confirm", exact=True).click()
        await expect(client.box.locator(".key.busy")).to_have_count(1)
        await outage.click()
        await expect(page.locator("#status")).to_have_text("bot ready")
        await expect(client.menu).to_contain_text("You're booked")
        await client.one_menu()
        assert [one.status for one in client.visits()] == ["confirmed"]


@contextmanager
def standing_still(demo: RunningDemo) -> Iterator[None]:
    """The backend's processes are stopped in the middle of whatever they do."""
    family = psutil.Process(demo.process.pid).children(recursive=True)
    roots = [one for one in family if one.cmdline()[-2:] == ["backend", "serve"] or "backend" in one.cmdline()[1:4]]
    found = {one.pid: one for root in roots for one in (root, *root.children(recursive=True))}
    assert found, [one.cmdline() for one in family]
    for one in found.values():
        one.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for one in found.values():
            one.send_signal(signal.SIGCONT)


async def test_the_backend_hangs_while_one_confirms(demo: RunningDemo, browser: Browser) -> None:
    async with looking_at(browser, demo, "studio") as window:
        client = await window.newcomer("Nora")
        await client.tap(MANICURE, then="Nearest free times")
        await client.tap(TIME, then="Held for you until")
        with standing_still(demo):
            await client.tap("Confirm", then="Not booked yet. Nothing was saved.")
            await client.picture("client-outage-en")
        await client.tap("Try again", then="You're booked")
        assert [one.status for one in client.visits()] == ["confirmed"]


async def test_a_restart_in_the_middle_of_a_comment(demo: RunningDemo, browser: Browser) -> None:
    async with looking_at(browser, demo, "barber") as window:
        page = window.page
        client = await window.newcomer("Тимур")
        await client.tap(re.compile("^Оформление бороды"), then="Ближайшее свободное время")
        await client.tap(TIME, then="Держим время до")
        await client.tap("Комментарий", then="Напишите комментарий")
        await page.get_by_role("button", name="Restart gateway").click()
        await expect(page.locator("#status")).to_have_text("bot starting…")
        # what is written meanwhile waits at Telegram
        await client.box.get_by_role("textbox").fill("Борода длинная")
        await client.box.get_by_role("textbox").press("Enter")
        await expect(page.locator("#status")).to_have_text("bot ready", timeout=90_000)
        await expect(client.menu).to_contain_text("Комментарий: Борода длинная", timeout=30_000)
        await client.one_menu()
        await client.tap("Подтвердить", then="Вы записаны")
        assert [(one.status, one.comment) for one in client.visits()] == [("confirmed", "Борода длинная")]
