"""What goes wrong on an ordinary day (double taps, old keyboards, outages, a restart): nothing is lost or doubled."""

import asyncio
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest
from playwright.async_api import Browser, expect

from tests.support.demo_window import TIME, opened_window
from tests.support.running_demo import RunningDemo

pytestmark = pytest.mark.timeout(240)
MANICURE = re.compile("^Manicure")


async def test_double_taps_make_one_booking(demo: RunningDemo, browser: Browser) -> None:
    async with opened_window(browser, demo, "studio") as window:
        client = await window.add_person("Isla")
        await client.tap(MANICURE, then="Nearest free times")
        await client.menu.get_by_role("button", name=TIME).first.dblclick()
        await expect(client.menu).to_contain_text("Held for you until")
        await client.expect_one_menu()
        assert len(client.list_active_bookings()) == 1
        confirm = await client.read_button("Confirm")
        await asyncio.gather(*(client.press_outdated(*confirm) for _ in range(5)))
        await expect(client.menu).to_contain_text("You're booked")
        await client.expect_one_menu()
        assert [booking.status for booking in client.list_bookings()] == ["confirmed"]


async def test_old_keyboards_and_words_end_on_a_current_screen(demo: RunningDemo, browser: Browser) -> None:
    async with opened_window(browser, demo, "studio") as window:
        client = await window.add_person("Ivy")
        service = await client.read_button(MANICURE)
        await client.tap(MANICURE, then="Nearest free times")
        a_time = await client.read_button(TIME)
        await client.tap(TIME, then="Held for you until")
        await client.tap("Confirm", then="You're booked")
        answers: list[str] = []
        for old in (service, a_time, (a_time[0], "1c.nowhere:1~xx"), (a_time[0], "nonsense")):
            answer = await client.press_outdated(*old)
            # quiet when it is taken for the second half of a double tap, within three seconds of a change
            assert answer["text"] in ("", "This menu was refreshed"), old
            answers.append(answer["text"])
            await expect(client.menu).to_contain_text(re.compile("Next:|You're booked"))
            await client.expect_one_menu()
        assert len(client.list_active_bookings()) == 1
        assert "This menu was refreshed" in answers

        before = await client.menu.get_attribute("data-id")
        await client.write("hello? is anybody there", then="Send this to us?")
        assert await client.menu.get_attribute("data-id") != before
        await expect(client.box.locator(f'.message.deleted[data-id="{before}"]')).to_have_count(1)
        await client.save_picture("client-free-text-en")
        await client.write("/help", then="/start opens the menu")
        assert before is not None
        answer = await client.press_outdated(int(before), a_time[1])
        assert answer["text"] == "This menu was refreshed"
        await client.expect_one_menu()
        await client.write("/nonsense", then="Please use the buttons below.")
        await client.write("/cancel", then="Next:")


async def test_telegram_is_out_while_one_confirms(demo: RunningDemo, browser: Browser) -> None:
    async with opened_window(browser, demo, "studio") as window:
        page = window.page
        client = await window.add_person("Freya")
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
        await client.expect_one_menu()
        assert [booking.status for booking in client.list_bookings()] == ["confirmed"]


@contextmanager
def paused_backend(demo: RunningDemo) -> Iterator[None]:
    """Stop the backend's processes, whatever they do, and let them continue at the end."""
    children = psutil.Process(demo.process.pid).children(recursive=True)
    parents = [
        process
        for process in children
        if process.cmdline()[-2:] == ["backend", "serve"] or "backend" in process.cmdline()[1:4]
    ]
    backend = {process.pid: process for parent in parents for process in (parent, *parent.children(recursive=True))}
    assert backend, [process.cmdline() for process in children]
    for process in backend.values():
        process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for process in backend.values():
            process.send_signal(signal.SIGCONT)


async def test_the_backend_hangs_while_one_confirms(demo: RunningDemo, browser: Browser) -> None:
    async with opened_window(browser, demo, "studio") as window:
        client = await window.add_person("Nora")
        await client.tap(MANICURE, then="Nearest free times")
        await client.tap(TIME, then="Held for you until")
        with paused_backend(demo):
            await client.tap("Confirm", then="Not booked yet. Nothing was saved.")
            await client.save_picture("client-outage-en")
        await client.tap("Try again", then="You're booked")
        assert [booking.status for booking in client.list_bookings()] == ["confirmed"]


async def test_a_restart_in_the_middle_of_a_comment(demo: RunningDemo, browser: Browser) -> None:
    async with opened_window(browser, demo, "barber") as window:
        page = window.page
        client = await window.add_person("Тимур")
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
        await client.expect_one_menu()
        await client.tap("Подтвердить", then="Вы записаны")
        assert [(booking.status, booking.comment) for booking in client.list_bookings()] == [
            ("confirmed", "Борода длинная")
        ]
