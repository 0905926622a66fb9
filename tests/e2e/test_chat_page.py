"""The chat page in a real browser, with a small scripted bot behind it."""

import re
from pathlib import Path

from playwright.async_api import Browser, expect

from tests.support.chat_page import ChatPage


async def test_a_booking_in_three_taps(chat_page: ChatPage) -> None:
    await expect(chat_page.chat()).to_contain_text("Book a time in three taps.")
    await chat_page.press_start(1001, 1002)
    await chat_page.button("Haircut").click()
    await chat_page.button("Today 16:00").click()
    await chat_page.button("Confirm").click()
    await expect(chat_page.chat()).to_contain_text("You're booked! See you today at 16:00.")
    await expect(chat_page.chat().locator(".mark", has_text="edited")).to_have_count(1)
    await expect(chat_page.chat(1002)).to_contain_text("New booking")
    async with chat_page.page.expect_download() as download:
        await chat_page.chat().get_by_role("link", name=re.compile("haircut.ics")).click()
    saved = await (await download.value).path()
    assert saved.read_bytes() == b"BEGIN:VCALENDAR"


async def test_a_press_spins_until_it_is_answered(chat_page: ChatPage) -> None:
    await chat_page.press_start()
    key = chat_page.button("Address")
    await key.click()
    await expect(key).to_have_attribute("aria-busy", "true")
    chat_page.bot.slow_may_answer.set()
    await expect(key).not_to_have_attribute("aria-busy", "true")


async def test_a_coloured_button_keeps_its_colour_under_the_mouse(chat_page: ChatPage) -> None:
    await chat_page.press_start()
    await chat_page.button("Haircut").click()
    await chat_page.button("Today 16:00").click()
    for label in ("Confirm", "Cancel"):
        key = chat_page.button(label)
        before = await key.evaluate("key => getComputedStyle(key).backgroundColor")
        await key.hover()
        await expect(key).to_have_css("background-color", before)


async def test_toast_and_alert(chat_page: ChatPage) -> None:
    await chat_page.press_start()
    await chat_page.button("Beard trim").click()
    await expect(chat_page.chat().get_by_role("status")).to_have_text("Saved for later")
    await chat_page.button("My bookings").click()
    dialog = chat_page.page.get_by_role("dialog")
    await expect(dialog).to_contain_text("No bookings yet.")
    await dialog.get_by_role("button", name="OK").click()
    await expect(dialog).to_be_hidden()


async def test_html_in_texts_is_shown_and_never_run(chat_page: ChatPage) -> None:
    await chat_page.press_start()
    await chat_page.write("/rich")
    bubble = chat_page.chat().locator(".bubble", has_text="quoted")
    await expect(bubble.locator("strong em")).to_have_text("both")
    await expect(bubble.locator("u")).to_have_text("under")
    await expect(bubble.locator("blockquote")).to_have_text("quoted")
    await expect(bubble.locator("pre")).to_have_text("code")
    # a quotation ends its line: the line below it is no further away than the one above it
    gap = await bubble.locator("blockquote").evaluate(
        """(quote) => { const range = document.createRange(); range.selectNode(quote.nextSibling);
        return range.getBoundingClientRect().top - quote.getBoundingClientRect().bottom; }"""
    )
    assert gap < 10
    await expect(bubble.get_by_role("link", name="link")).to_have_attribute("href", "https://example.com/x")
    await expect(bubble.locator("time[title]")).to_have_text("soon")
    await expect(bubble).to_contain_text("<img src=x onerror=alert(1)>")
    assert await bubble.locator("img").count() == 0
    await bubble.get_by_role("button", name="Show hidden text").click()
    await expect(bubble).to_contain_text("secret")


async def test_reply_keyboard_and_own_contact(chat_page: ChatPage) -> None:
    await chat_page.press_start()
    await chat_page.write("/phone")
    await chat_page.button("Share my number").click()
    dialog = chat_page.page.get_by_role("dialog")
    await expect(dialog).to_contain_text("12025550101")
    await dialog.get_by_role("button", name="Share").click()
    await expect(chat_page.chat()).to_contain_text("Thank you: +12025550101")
    await expect(chat_page.button("Share my number")).to_have_count(0)


async def test_pictures_files_and_deleted_marks(chat_page: ChatPage, tmp_path: Path) -> None:
    await chat_page.press_start(1001, 1003)
    await chat_page.button("Share link and QR", 1003).click()
    image = chat_page.chat(1003).locator(".photo img")
    await expect(image).to_be_visible()
    assert await image.evaluate("image => image.decode().then(() => image.naturalWidth)") == 480
    await chat_page.chat(1003).get_by_role("button", name="Open the picture").click()
    await chat_page.page.get_by_role("button", name="Close the picture").click()
    note = tmp_path / "note.txt"
    note.write_text("hello")
    await chat_page.chat().locator("input[type=file]").set_input_files(note)
    await expect(chat_page.chat()).to_contain_text("Got your file")
    await chat_page.write("/clean")
    await expect(chat_page.chat().locator(".deleted")).to_contain_text("deleted /clean")


async def test_everything_works_with_the_keyboard(chat_page: ChatPage) -> None:
    page = chat_page.page
    await chat_page.chat().get_by_role("button", name="START", exact=True).focus()
    await page.keyboard.press("Enter")
    await expect(chat_page.button("Haircut")).to_be_visible()
    await chat_page.button("Haircut").focus()
    await page.keyboard.press("Space")
    await expect(chat_page.button("Today 15:30")).to_be_visible()
    # the message has changed under the focus, which stays on it
    await expect(chat_page.chat().locator(".key:focus")).to_have_count(1)
    outline = await chat_page.button("Today 15:30").evaluate(
        "key => { key.focus({focusVisible: true}); return getComputedStyle(key).outlineStyle; }"
    )
    assert outline == "solid"
    box = chat_page.chat().get_by_role("textbox")
    await box.focus()
    await page.keyboard.type("/")
    await expect(chat_page.chat().get_by_role("menuitem", name="/phone Your number")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(chat_page.chat().get_by_role("menu")).to_be_hidden()
    log = chat_page.chat().get_by_role("log")
    await expect(log).to_have_attribute("aria-live", "polite")
    await expect(log).to_have_accessible_name("Chat of Alex Morgan with Barber House")
    unnamed = await page.evaluate(
        "[...document.querySelectorAll('button, input, textarea, select')].filter(e => e.checkVisibility() && "
        "!(e.ariaLabel || e.textContent.trim() || e.labels?.length)).map(e => e.outerHTML)"
    )
    assert unnamed == []


async def test_deep_link_and_another_business(chat_page: ChatPage) -> None:
    await chat_page.chat().get_by_role("button", name="Open a deep link").click()
    dialog = chat_page.page.get_by_role("dialog")
    await dialog.get_by_role("textbox").fill("https://t.me/barber_bot?start=s_7")
    await dialog.get_by_role("button", name="Start").click()
    await expect(chat_page.chat()).to_contain_text("Payload: s_7")
    await chat_page.page.get_by_role("button", name="Клиника").click()
    await expect(chat_page.chat()).to_contain_text("Алексей Морозов")
    await chat_page.page.reload()
    await expect(chat_page.chat()).to_contain_text("Алексей Морозов")


async def test_block_flood_and_outage(chat_page: ChatPage) -> None:
    page, sandbox = chat_page.page, chat_page.sandbox
    await chat_page.press_start()
    await chat_page.chat().get_by_role("button", name="Block bot", exact=True).click()
    await expect(chat_page.chat()).to_contain_text("blocked the bot")
    assert await sandbox.call_refused("sendMessage", chat_id=1001, text="x") == "Forbidden: bot was blocked by the user"
    await chat_page.chat().get_by_role("button", name="UNBLOCK BOT", exact=True).click()
    await expect(chat_page.chat().get_by_role("textbox")).to_be_visible()
    await page.get_by_role("button", name="Flood").click()
    await expect(page.get_by_role("button", name="Flood")).to_have_attribute("aria-pressed", "true")
    assert (await sandbox.call("sendMessage", chat_id=1001, text="x"))["status"] == 429
    await page.get_by_role("button", name="Flood").click()
    await expect(page.get_by_role("button", name="Flood")).to_have_attribute("aria-pressed", "false")
    await sandbox.send_message(text="after the flood")
    await page.get_by_role("button", name="Outage").click()
    await expect(page.locator("#status")).to_have_text("Telegram is out")
    assert (await sandbox.call("getMe"))["status"] == 502
    await page.get_by_role("button", name="Outage").click()
    await expect(page.locator("#status")).to_have_text("bot ready")


async def test_clock_restart_and_starting(chat_page: ChatPage) -> None:
    page = chat_page.page
    await page.get_by_role("button", name="+1 day").click()
    await expect(page.locator("#clock-shift")).to_have_text("+1 d")
    await page.get_by_role("button", name="Skip…").click()
    await page.get_by_role("dialog").get_by_label("Minutes").fill("15")
    await page.get_by_role("dialog").get_by_role("button", name="Skip").click()
    await expect(page.locator("#clock-shift")).to_have_text("+1 d 15 min")
    assert chat_page.product.shifted == 86400 + 900
    await page.get_by_role("button", name="Next reminder").click()
    await expect(page.locator("#notice")).to_have_text("No reminder is ahead.")
    chat_page.product.reminder_in_s = 3600
    await page.get_by_role("button", name="Next reminder").click()
    await expect(page.locator("#clock-shift")).to_have_text("+1 d 1 h")
    assert chat_page.product.shifted == 86400 + 900 + 3600
    chat_page.product.gateway = "starting"
    await page.get_by_role("button", name="Restart gateway").click()
    await expect(page.locator("#status")).to_have_text("bot starting…")
    await expect(chat_page.chat().locator(".strip")).to_be_visible()
    assert chat_page.product.restarts == 1
    chat_page.product.gateway = "ready"
    await expect(page.locator("#status")).to_have_text("bot ready")
    await expect(chat_page.chat().locator(".strip")).to_be_hidden()


async def test_the_inspector_shows_calls_without_secrets(chat_page: ChatPage) -> None:
    await chat_page.press_start()
    calls = chat_page.page.get_by_role("complementary", name="Inspector of API calls")
    await expect(calls).to_contain_text("sendMessage")
    await calls.locator("summary", has_text="setWebhook").click()
    await expect(calls.locator("details[open] pre").first).to_contain_text('"secret_token": "•••"')
    assert "demo_barber_token" not in await chat_page.page.content()
    await chat_page.sandbox.call("sendMessage", chat_id=1001)
    await expect(calls.locator(".call.bad").first).to_contain_text("Bad Request: message text is empty")


async def test_a_person_is_added(chat_page: ChatPage) -> None:
    await chat_page.page.get_by_role("button", name="Add a person").click()
    dialog = chat_page.page.get_by_role("dialog")
    await dialog.get_by_label("First name").fill("Zoë <b>")
    await dialog.get_by_role("button", name="Add").click()
    await expect(chat_page.chat(1004)).to_contain_text("Zoë <b>")
    await chat_page.press_start(1004)


async def test_a_link_to_a_person_leads_to_their_chat(chat_page: ChatPage) -> None:
    """Also to one that was closed; of somebody who is not here the page says who is meant."""
    await chat_page.page.get_by_role("button", name="Add a person").click()
    dialog = chat_page.page.get_by_role("dialog")
    await dialog.get_by_label("First name").fill("Zoe")
    await dialog.get_by_role("button", name="Add").click()
    await chat_page.button("Close the chat of Zoe", 1004).click()
    await expect(chat_page.chat(1004)).to_have_count(0)
    await chat_page.press_start()
    links = " ".join(f'<a href="tg://user?id={tg_id}">person {tg_id}</a>' for tg_id in (1003, 1004, 4242))
    await chat_page.sandbox.call("sendMessage", chat_id=1001, text=links, parse_mode="HTML")
    for tg_id in (1003, 1004):
        await chat_page.button(f"person {tg_id}").click()
        await expect(chat_page.chat(tg_id).get_by_role("log")).to_be_focused()
        await expect(chat_page.chat(tg_id)).to_be_in_viewport(ratio=0.9)
    await chat_page.button("person 4242").click()
    await expect(chat_page.page.get_by_text("Nobody here has the id 4242.")).to_be_visible()


async def test_two_windows_see_the_same(chat_page: ChatPage, browser: Browser) -> None:
    other = await browser.new_context()
    page = await other.new_page()
    await page.goto(chat_page.sandbox.url)
    await expect(page.locator("#chat-1001").get_by_role("log")).to_be_visible()
    await chat_page.press_start()
    await expect(page.locator("#chat-1001 .key").first).to_be_visible()
    await other.close()


async def test_the_arrow_keys_move_through_the_commands(chat_page: ChatPage) -> None:
    await chat_page.press_start()
    await chat_page.chat().get_by_role("button", name="Commands").press("Enter")
    first, second = chat_page.chat().get_by_role("menuitem").nth(0), chat_page.chat().get_by_role("menuitem").nth(1)
    await expect(first).to_be_focused()
    await chat_page.page.keyboard.press("ArrowDown")
    await expect(second).to_be_focused()
    await chat_page.page.keyboard.press("ArrowDown")
    await expect(first).to_be_focused()
    await chat_page.page.keyboard.press("Escape")
    await expect(chat_page.chat().get_by_role("textbox")).to_be_focused()
