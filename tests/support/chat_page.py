"""The chat page in a real browser, with a scripted bot behind it."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Browser, Locator, Page, async_playwright, expect

from tests.support.machine import skip_or_fail
from tests.support.sandbox_client import FakeProduct, SandboxClient, running_sandbox, webhook_server
from tests.support.sandbox_menu_bot import MenuBot

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run",
]  # fmt: skip
# the first draws pages and no windows around them, which takes half the processor's time
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
WAIT_MS = 20_000

# For pictures: labels in the font that `bot.ui.labels` reckons with, that of Android (Debian has it in `fonts-roboto-unhinted`).
PHONE_FONT = """
:root, button { font-family: Roboto, system-ui, sans-serif; }
.key { padding: 7px; font-size: 15px; font-weight: 500; }
.n5 .key, .n6 .key, .n7 .key, .n8 .key { padding: 7px 2px; font-size: 15px; }
"""


@asynccontextmanager
async def launched_browser() -> AsyncIterator[Browser]:
    """Run the machine's Chromium. Without one the test is skipped, or fails in CI."""
    chromium = next(filter(None, map(shutil.which, BROWSERS)), None)
    if chromium is None:
        skip_or_fail(
            "the page's tests need Chromium: install it, for example `apt-get install -y chromium-headless-shell`"
        )
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser
        await browser.close()


class ChatPage:
    """The page in a browser, the sandbox and the bot behind it, and the product that the sandbox controls."""

    def __init__(self, page: Page, sandbox: SandboxClient, bot: MenuBot, product: FakeProduct) -> None:
        self.page = page
        self.sandbox = sandbox
        self.bot = bot
        self.product = product
        self.console_errors: list[str] = []
        page.on("pageerror", lambda error: self.console_errors.append(str(error)))
        page.on("console", lambda line: self.console_errors.append(line.text) if line.type == "error" else None)

    def chat(self, person: int = 1001) -> Locator:
        """Return a person's chat."""
        return self.page.locator(f"#chat-{person}")

    def button(self, label: str, person: int = 1001) -> Locator:
        """Return a button of a person's chat."""
        return self.chat(person).get_by_role("button", name=label)

    async def open(self) -> None:
        """Open the page and wait for its first chat."""
        await self.page.goto(self.sandbox.url)
        await expect(self.chat().get_by_role("log")).to_be_visible()

    async def press_start(self, *people: int) -> None:
        """Press START as these people, as the client unless given."""
        for person in people or (1001,):
            await self.chat(person).get_by_role("button", name="START", exact=True).click()
            await expect(self.chat(person).locator(".key").first).to_be_visible()

    async def write(self, text: str, person: int = 1001) -> None:
        """Write a message."""
        box = self.chat(person).get_by_role("textbox")
        await box.fill(text)
        await box.press("Enter")


@asynccontextmanager
async def opened_page(browser: Browser, **context: Any) -> AsyncIterator[ChatPage]:
    """Open the page in a window of its own, with `context` for the browser. Its console must stay without errors."""
    expect.set_options(timeout=WAIT_MS)
    product = FakeProduct()
    async with webhook_server() as hook, running_sandbox(product) as sandbox:
        sandbox.server.add_bot("7000002:demo_clinic_token", "Клиника «Заря»", slug="clinic", language="ru")
        bot = MenuBot(sandbox, hook)
        await sandbox.call("setWebhook", url=hook.url, secret_token="secret")
        commands = [{"command": "start", "description": "Begin"}, {"command": "phone", "description": "Your number"}]
        await sandbox.call("setMyCommands", commands=commands)
        await sandbox.call("setMyDescription", description="Book a time in three taps.")
        page_context = await browser.new_context(**{"viewport": {"width": 1440, "height": 900}, **context})
        page = await page_context.new_page()
        page.set_default_timeout(WAIT_MS)
        chat_page = ChatPage(page, sandbox, bot, product)
        await chat_page.open()
        yield chat_page
        bot.slow_may_answer.set()
        await page_context.close()
        assert chat_page.console_errors == []


# The texts that are hard to read: [words, contrast to what lies behind them] below 4.5 (WCAG 2), of all that is visible.
# Colours that let something through are laid over what is behind them, the opacity of elements included.
FAINT_TEXTS = """async () => {
  const ends = (animation) => animation.effect.getComputedTiming().endTime !== Infinity;
  await Promise.all(document.getAnimations().filter(ends).map((animation) => animation.finished));
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const rgba = (colour) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data; return [r, g, b, a / 255]; };
  const over = ([r, g, b, a], back) => [r, g, b].map((v, i) => v * a + back[i] * (1 - a));
  const light = (rgb) => rgb.map(v => v / 255).map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const faint = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    const hidden = element.closest(".sr, .skip, .spoiler, noscript, :disabled");
    if (hidden || !node.data.trim() || !element.checkVisibility({checkVisibilityCSS: true})) continue;
    const line = [];
    for (let at = element; at; at = at.parentElement) line.unshift(at);
    let back = [255, 255, 255], opacity = 1;
    for (const at of line) {
      const style = getComputedStyle(at);
      back = over(rgba(style.backgroundColor), back);
      opacity *= Number(style.opacity);
    }
    const [r, g, b, a] = rgba(getComputedStyle(element).color);
    const [x, y] = [light(over([r, g, b, a * opacity], back)), light(back)].sort((m, n) => n - m);
    const ratio = (x + .05) / (y + .05);
    if (ratio < 4.5) faint.push([node.data.trim().slice(0, 40), element.className, Math.round(ratio * 100) / 100]);
  }
  return faint;
}"""
