"""The chat page in a real browser, driving a small scripted bot."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.support.sandbox_scene import CONTRAST, Scene, launched, scenes


@pytest.fixture(name="browser", scope="module")
async def fixture_browser() -> AsyncIterator[Browser]:
    async with launched() as browser:
        yield browser


@pytest.fixture(name="scene")
async def fixture_scene(browser: Browser) -> AsyncIterator[Scene]:
    async for scene in scenes(browser):
        yield scene


async def test_a_booking_in_three_taps(scene: Scene) -> None:
    await expect(scene.chat()).to_contain_text("Book a visit in three taps.")
    await scene.start(1001, 1002)
    await scene.key("Haircut").click()
    await scene.key("Today 16:00").click()
    await scene.key("Confirm").click()
    await expect(scene.chat()).to_contain_text("You're booked! See you today at 16:00.")
    await expect(scene.chat().locator(".mark", has_text="edited")).to_have_count(1)
    await expect(scene.chat(1002)).to_contain_text("New booking")
    async with scene.page.expect_download() as download:
        await scene.chat().get_by_role("link", name=re.compile("haircut.ics")).click()
    saved = await (await download.value).path()
    assert saved.read_bytes() == b"BEGIN:VCALENDAR"


async def test_a_press_spins_until_it_is_answered(scene: Scene) -> None:
    await scene.start()
    key = scene.key("Address")
    await key.click()
    await expect(key).to_have_attribute("aria-busy", "true")
    scene.bot.release.set()
    await expect(key).not_to_have_attribute("aria-busy", "true")


async def test_toast_and_alert(scene: Scene) -> None:
    await scene.start()
    await scene.key("Beard trim").click()
    await expect(scene.chat().get_by_role("status")).to_have_text("Saved for later")
    await scene.key("My bookings").click()
    dialog = scene.page.get_by_role("dialog")
    await expect(dialog).to_contain_text("No bookings yet.")
    await dialog.get_by_role("button", name="OK").click()
    await expect(dialog).to_be_hidden()


async def test_text_is_shown_and_never_run(scene: Scene) -> None:
    await scene.start()
    await scene.write("/rich")
    bubble = scene.chat().locator(".bubble", has_text="quoted")
    await expect(bubble.locator("strong em")).to_have_text("both")
    await expect(bubble.locator("u")).to_have_text("under")
    await expect(bubble.locator("blockquote")).to_have_text("quoted")
    await expect(bubble.locator("pre")).to_have_text("code")
    await expect(bubble.get_by_role("link", name="link")).to_have_attribute("href", "https://example.com/x")
    await expect(bubble.locator("time[title]")).to_have_text("soon")
    await expect(bubble).to_contain_text("<img src=x onerror=alert(1)>")
    assert await bubble.locator("img").count() == 0
    await bubble.get_by_role("button", name="Show hidden text").click()
    await expect(bubble).to_contain_text("secret")


async def test_reply_keyboard_and_own_contact(scene: Scene) -> None:
    await scene.start()
    await scene.write("/phone")
    await scene.key("Share my number").click()
    dialog = scene.page.get_by_role("dialog")
    await expect(dialog).to_contain_text("12025550101")
    await dialog.get_by_role("button", name="Share").click()
    await expect(scene.chat()).to_contain_text("Thank you: +12025550101")
    await expect(scene.key("Share my number")).to_have_count(0)


async def test_pictures_files_and_deleted_marks(scene: Scene, tmp_path: Path) -> None:
    await scene.start(1001, 1003)
    await scene.key("Share link and QR", 1003).click()
    image = scene.chat(1003).locator(".photo img")
    await expect(image).to_be_visible()
    assert await image.evaluate("image => image.decode().then(() => image.naturalWidth)") == 480
    await scene.chat(1003).get_by_role("button", name="Open the picture").click()
    await scene.page.get_by_role("button", name="Close the picture").click()
    note = tmp_path / "note.txt"
    note.write_text("hello")
    await scene.chat().locator("input[type=file]").set_input_files(note)
    await expect(scene.chat()).to_contain_text("Got your file")
    await scene.write("/clean")
    await expect(scene.chat().locator(".deleted")).to_contain_text("deleted /clean")


async def test_the_keyboard_is_enough(scene: Scene) -> None:
    page = scene.page
    await scene.chat().get_by_role("button", name="START", exact=True).focus()
    await page.keyboard.press("Enter")
    await expect(scene.key("Haircut")).to_be_visible()
    await scene.key("Haircut").focus()
    await page.keyboard.press("Space")
    await expect(scene.key("Today 15:30")).to_be_visible()
    outline = await scene.key("Today 15:30").evaluate(
        "key => { key.focus({focusVisible: true}); return getComputedStyle(key).outlineStyle; }"
    )
    assert outline == "solid"
    box = scene.chat().get_by_role("textbox")
    await box.focus()
    await page.keyboard.type("/")
    await expect(scene.chat().get_by_role("menuitem", name="/phone Your number")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(scene.chat().get_by_role("menu")).to_be_hidden()
    log = scene.chat().get_by_role("log")
    await expect(log).to_have_attribute("aria-live", "polite")
    await expect(log).to_have_accessible_name("Chat of Alex Morgan with Barber House")
    unnamed = await page.evaluate(
        "[...document.querySelectorAll('button, input, textarea, select')].filter(e => e.checkVisibility() && "
        "!(e.ariaLabel || e.textContent.trim() || e.labels?.length)).map(e => e.outerHTML)"
    )
    assert unnamed == []


async def test_deep_link_and_another_business(scene: Scene) -> None:
    await scene.chat().get_by_role("button", name="Open a deep link").click()
    dialog = scene.page.get_by_role("dialog")
    await dialog.get_by_role("textbox").fill("https://t.me/barber_bot?start=s_7")
    await dialog.get_by_role("button", name="Start").click()
    await expect(scene.chat()).to_contain_text("Payload: s_7")
    await scene.page.get_by_role("button", name="Клиника").click()
    await expect(scene.chat()).to_contain_text("Алексей Морозов")
    await scene.page.reload()
    await expect(scene.chat()).to_contain_text("Алексей Морозов")


async def test_trouble_at_a_press(scene: Scene) -> None:
    page, play = scene.page, scene.play
    await scene.start()
    await scene.chat().get_by_role("button", name="Block bot", exact=True).click()
    await expect(scene.chat()).to_contain_text("blocked the bot")
    assert await play.refusal("sendMessage", chat_id=1001, text="x") == "Forbidden: bot was blocked by the user"
    await scene.chat().get_by_role("button", name="UNBLOCK BOT", exact=True).click()
    await expect(scene.chat().get_by_role("textbox")).to_be_visible()
    await page.get_by_role("button", name="Flood").click()
    await expect(page.get_by_role("button", name="Flood")).to_have_attribute("aria-pressed", "true")
    assert (await play.call("sendMessage", chat_id=1001, text="x"))["status"] == 429
    await page.get_by_role("button", name="Flood").click()
    await expect(page.get_by_role("button", name="Flood")).to_have_attribute("aria-pressed", "false")
    await play.sent(text="after the flood")
    await page.get_by_role("button", name="Outage").click()
    await expect(page.locator("#status")).to_have_text("Telegram is out")
    assert (await play.call("getMe"))["status"] == 502
    await page.get_by_role("button", name="Outage").click()
    await expect(page.locator("#status")).to_have_text("bot ready")


async def test_clock_restart_and_starting(scene: Scene) -> None:
    page = scene.page
    await page.get_by_role("button", name="+1 day").click()
    await expect(page.locator("#clock-shift")).to_have_text("+1 d")
    await page.get_by_role("button", name="Skip…").click()
    await page.get_by_role("dialog").get_by_label("Minutes").fill("15")
    await page.get_by_role("dialog").get_by_role("button", name="Skip").click()
    await expect(page.locator("#clock-shift")).to_have_text("+1 d 15 min")
    assert scene.boss.shifted == 86400 + 900
    scene.boss.gateway = "starting"
    await page.get_by_role("button", name="Restart gateway").click()
    await expect(page.locator("#status")).to_have_text("bot starting…")
    await expect(scene.chat().locator(".strip")).to_be_visible()
    assert scene.boss.restarts == 1
    scene.boss.gateway = "ready"
    await expect(page.locator("#status")).to_have_text("bot ready")
    await expect(scene.chat().locator(".strip")).to_be_hidden()


async def test_the_inspector_shows_calls_without_secrets(scene: Scene) -> None:
    await scene.start()
    calls = scene.page.get_by_role("complementary", name="Inspector of API calls")
    await expect(calls).to_contain_text("sendMessage")
    await calls.locator("summary", has_text="setWebhook").click()
    await expect(calls.locator("details[open] pre").first).to_contain_text('"secret_token": "•••"')
    assert "demo_barber_token" not in await scene.page.content()
    await scene.play.call("sendMessage", chat_id=1001)
    await expect(calls.locator(".call.bad").first).to_contain_text("Bad Request: message text is empty")


async def test_one_more_person(scene: Scene) -> None:
    await scene.page.get_by_role("button", name="Add a person").click()
    dialog = scene.page.get_by_role("dialog")
    await dialog.get_by_label("First name").fill("Zoë <b>")
    await dialog.get_by_role("button", name="Add").click()
    await expect(scene.chat(1004)).to_contain_text("Zoë <b>")
    await scene.start(1004)


async def test_two_windows_see_the_same(scene: Scene, browser: Browser) -> None:
    other = await browser.new_context()
    page = await other.new_page()
    await page.goto(scene.play.url)
    await expect(page.locator("#chat-1001").get_by_role("log")).to_be_visible()
    await scene.start()
    await expect(page.locator("#chat-1001 .key").first).to_be_visible()
    await other.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_it_reads_well_in_light_and_dark(browser: Browser, scheme: str) -> None:
    async for scene in scenes(browser, color_scheme=scheme):
        await scene.start(1001, 1002, 1003)
        for selector in (".bubble .text", ".key .label", ".subtitle .doing", ".top .status", ".role.client"):
            ratio = await scene.page.locator(selector).first.evaluate(CONTRAST)
            assert ratio >= 4.5, (selector, ratio)


async def test_it_fits_a_phone(browser: Browser) -> None:
    async for scene in scenes(browser, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True):
        page = scene.page
        await scene.start()
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await page.get_by_role("button", name="Sam specialist").tap()
        await expect(page.get_by_role("button", name="Sam specialist")).to_have_attribute("aria-current", "true")
        await expect(scene.chat(1002).get_by_role("button", name="START", exact=True)).to_be_in_viewport(ratio=1)
        await page.get_by_role("button", name="Tools").tap()
        await expect(page.get_by_role("button", name="+1 day")).to_be_visible()
        await page.get_by_role("button", name="Inspector", exact=True).tap()
        await expect(page.get_by_role("complementary")).to_be_visible()
        await page.get_by_role("button", name="Close the inspector").tap()
        await asyncio.wait_for(scene.play.sent(text="still there"), 5)
        await expect(scene.chat()).to_contain_text("still there")


async def test_it_speaks_the_visitors_language(browser: Browser) -> None:
    """The browser's, until another one is chosen; nothing of the page's own stays English."""
    async for scene in scenes(browser, locale="ru-RU"):
        page, chat = scene.page, scene.chat()
        await expect(page.locator("html")).to_have_attribute("lang", "ru")
        await chat.get_by_role("button", name="НАЧАТЬ", exact=True).click()
        await expect(scene.key("Haircut")).to_be_visible()
        await page.get_by_role("button", name="+1 день").click()
        await expect(page.locator("#clock-shift")).to_have_text("+1 д")
        await page.get_by_role("button", name="Добавить человека").click()
        await expect(page.get_by_role("dialog")).to_contain_text("Фамилия")
        await page.keyboard.press("Escape")
        await scene.write("/clean")
        await expect(chat.locator(".deleted")).to_contain_text("удалено")
        told = "import('/page/words.js').then(words => words.told('no such button under message 2'))"
        assert await page.evaluate(told) == "под сообщением 2 такой кнопки уже нет"
        left = await page.evaluate(
            "[...document.querySelectorAll('.top *, .tools *, .panel-head *, .footer *, #inspector header *')]"
            ".flatMap(e => [e.ariaLabel, e.title, e.placeholder, ...[...e.childNodes].filter(n => n.nodeType === 3)"
            ".map(n => n.data)]).filter(text => text && /[a-z]{3}/i.test(text))"
        )
        own = {
            "Slotgate",
            "Вызовы API",
            "Инспектор вызовов API",
            "English",
            "@barber_bot",
            "Barber House",
            "Begin",
            "Your number",
            "/start",
            "/phone",
        }
        assert {text.strip() for text in left if not any(name in text for name in ("Alex", "Sam", "Kim"))} <= own
        await page.get_by_role("button", name="English").click()
        await expect(page.get_by_role("button", name="Add a person")).to_be_visible()
        await expect(page.get_by_role("button", name="Русский")).to_be_visible()


async def test_the_commands_are_walked_with_the_arrows(scene: Scene) -> None:
    await scene.start()
    await scene.chat().get_by_role("button", name="Commands").press("Enter")
    first, second = scene.chat().get_by_role("menuitem").nth(0), scene.chat().get_by_role("menuitem").nth(1)
    await expect(first).to_be_focused()
    await scene.page.keyboard.press("ArrowDown")
    await expect(second).to_be_focused()
    await scene.page.keyboard.press("ArrowDown")
    await expect(first).to_be_focused()
    await scene.page.keyboard.press("Escape")
    await expect(scene.chat().get_by_role("textbox")).to_be_focused()
