"""What the chat page looks like: contrast, tooltips, on a phone, in the visitor's language."""

import asyncio

import pytest
from playwright.async_api import Browser, expect

from tests.support.chat_page import FAINT_TEXTS, ChatPage, opened_page


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_it_reads_well_in_light_and_dark(browser: Browser, scheme: str) -> None:
    """Every text has a contrast of at least 4.5: chats with all kinds of messages, the inspector, dialogs, errors."""
    async with opened_page(browser, color_scheme=scheme) as chat_page:
        page, sandbox = chat_page.page, chat_page.sandbox
        await chat_page.press_start(1001, 1002, 1003)
        styles: list[dict[str, object]] = [
            {"text": style, "callback_data": style, "style": style} for style in ("primary", "success", "danger")
        ]
        styles.append({"text": "full", "disabled": {}})
        text = "<b>bold</b> <code>code</code> <pre>pre</pre> <blockquote>quote</blockquote> <a href='https://a.example'>a</a>"
        sent = await sandbox.send_message(text=text, parse_mode="HTML", reply_markup={"inline_keyboard": [styles]})
        await chat_page.chat().get_by_role("textbox").fill("words of mine")
        await page.keyboard.press("Enter")
        await sandbox.call("editMessageText", chat_id=1001, message_id=sent["message_id"], text=f"{text}!", parse_mode="HTML",
                           reply_markup={"inline_keyboard": [styles]})  # fmt: skip
        gone = await sandbox.send_message(text="goes away")
        await sandbox.call("deleteMessage", chat_id=1001, message_id=gone["message_id"])
        await sandbox.call("sendMessage", chat_id=1)
        await expect(chat_page.chat()).to_contain_text("deleted")
        await expect(chat_page.button("full").first).to_be_disabled()
        await page.get_by_role("button", name="Outage").click()
        await expect(page.locator("#status")).to_have_attribute("data-state", "down")
        assert await page.evaluate(FAINT_TEXTS) == []
        await page.get_by_role("button", name="Skip…").click()
        await expect(page.get_by_role("dialog")).to_be_visible()
        assert await page.evaluate(FAINT_TEXTS) == []


async def test_every_button_without_words_has_a_tooltip(chat_page: ChatPage) -> None:
    await chat_page.press_start(1001, 1002, 1003)
    await expect(chat_page.button("Haircut")).to_be_visible()
    untold = await chat_page.page.evaluate(
        "[...document.querySelectorAll('button')].filter(e => e.checkVisibility() && !e.textContent.trim() && !e.title)"
        ".map(e => e.outerHTML)"
    )
    assert untold == []


# What is seen in part only: buttons and fields that begin or end outside of the window, and can be reached all the same.
OUTSIDE = """[...document.querySelectorAll('.top *, .tools *, dialog[open] *, .tabs *')]
  .filter(e => e.checkVisibility() && e.matches('button, input, select') && !e.closest('.bots, .tabs'))
  .map(e => [e.textContent || e.name, e.getBoundingClientRect()])
  .filter(([, box]) => box.width && (box.left < -1 || box.right > innerWidth + 1)).map(([text]) => text)"""


async def test_it_fits_a_phone(browser: Browser) -> None:
    async with opened_page(
        browser, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    ) as chat_page:
        page = chat_page.page
        await chat_page.press_start()
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await page.get_by_role("button", name="Sam specialist").tap()
        await expect(page.get_by_role("button", name="Sam specialist")).to_have_attribute("aria-current", "true")
        await expect(chat_page.chat(1002).get_by_role("button", name="START", exact=True)).to_be_in_viewport(ratio=1)
        await page.get_by_role("button", name="Tools").tap()
        await expect(page.get_by_role("button", name="+1 day")).to_be_visible()
        await page.get_by_role("button", name="Inspector", exact=True).tap()
        await expect(page.get_by_role("complementary")).to_be_visible()
        await page.get_by_role("button", name="Close the inspector").tap()
        await asyncio.wait_for(chat_page.sandbox.send_message(text="still there"), 5)
        await expect(chat_page.chat()).to_contain_text("still there")
        # one chat at a time, and nothing to be scrolled sideways: with the tools open, in a dialog, in a group
        await page.get_by_role("button", name="Add to a group").tap()
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert await page.evaluate(OUTSIDE) == []
        await page.get_by_label("Title").fill("Neighbours")
        await page.get_by_role("button", name="Add", exact=True).tap()
        await page.get_by_role("button", name="Tools").tap()
        await page.get_by_role("button", name="Neighbours group").tap()
        group = page.get_by_role("region", name="Neighbours")
        await expect(group.get_by_role("textbox")).to_be_in_viewport(ratio=1)
        await expect(chat_page.chat().get_by_role("textbox")).not_to_be_in_viewport()
        await group.get_by_label("Who writes").select_option(label="Sam")
        await group.get_by_role("textbox").fill("/start")
        await group.get_by_role("button", name="Send", exact=True).tap()
        await expect(group.locator(".author")).to_contain_text(["Alex", "Sam"])
        assert await page.evaluate(OUTSIDE) == []


async def test_a_long_label_ends_in_an_ellipsis_on_one_line(browser: Browser) -> None:
    """As in Telegram; its tooltip shows the whole."""
    async with opened_page(
        browser, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    ) as chat_page:
        long = "Write to the administrator of the studio"
        await chat_page.press_start()
        keys = {"inline_keyboard": [[{"text": text, "callback_data": "x"} for text in (long, "No")]]}
        await asyncio.wait_for(chat_page.sandbox.send_message(text="keys", reply_markup=keys), 5)
        label, short = (chat_page.chat().locator(".key .label", has_text=text).last for text in (long, "No"))
        await expect(label).to_be_visible()
        assert await label.evaluate("element => element.scrollWidth > element.clientWidth")
        assert await label.evaluate("element => element.clientHeight") == await short.evaluate(
            "element => element.clientHeight"
        )
        await expect(chat_page.chat().get_by_role("button", name=long)).to_have_attribute("title", long)


async def test_it_speaks_the_visitors_language(browser: Browser) -> None:
    """The browser's language, until another one is chosen; no label of the page stays English."""
    async with opened_page(browser, locale="ru-RU") as chat_page:
        page, chat = chat_page.page, chat_page.chat()
        await expect(page.locator("html")).to_have_attribute("lang", "ru")
        await chat.get_by_role("button", name="ЗАПУСТИТЬ", exact=True).click()
        await expect(chat_page.button("Haircut")).to_be_visible()
        await page.get_by_role("button", name="+1 день").click()
        await expect(page.locator("#clock-shift")).to_have_text("+1 д")
        await page.get_by_role("button", name="Добавить человека").click()
        await expect(page.get_by_role("dialog")).to_contain_text("Фамилия")
        await page.keyboard.press("Escape")
        await chat_page.write("/clean")
        await expect(chat.locator(".deleted")).to_contain_text("удалено")
        translated = (
            "import('/page/translations.js').then(words => words.translateError('no such button under message 2'))"
        )
        assert await page.evaluate(translated) == "под сообщением 2 такой кнопки уже нет"
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
