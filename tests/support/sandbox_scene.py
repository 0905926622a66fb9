"""The chat page in a real browser, with a scripted bot behind it, as tests look at it."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Browser, Locator, Page, async_playwright, expect

from tests.support.machine import lacking
from tests.support.sandbox_menu_bot import MenuBot
from tests.support.sandbox_play import Play, listening, playing

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run",
]  # fmt: skip


class Boss:
    """The product beside the sandbox: starting, until the test says ready."""

    def __init__(self) -> None:
        self.gateway = "ready"
        self.restarts = 0
        self.shifted = 0

    async def restart_gateway(self) -> None:
        self.restarts += 1

    async def shift_clock(self, seconds: int) -> None:
        self.shifted += seconds

    async def status(self) -> dict[str, Any]:
        return {"gateway": self.gateway}


@asynccontextmanager
async def launched() -> AsyncIterator[Browser]:
    """Chromium as the machine has it; a machine without one says so (see `lacking`)."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        lacking("the page's tests need Chromium: install it, for example `apt-get install -y chromium`")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser
        await browser.close()


class Scene:
    """The page, the bot behind it, and the client's chat."""

    def __init__(self, page: Page, play: Play, bot: MenuBot, boss: Boss) -> None:
        self.page = page
        self.play = play
        self.bot = bot
        self.boss = boss
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda note: self.complaints.append(note.text) if note.type == "error" else None)

    def chat(self, person: int = 1001) -> Locator:
        return self.page.locator(f"#chat-{person}")

    def key(self, label: str, person: int = 1001) -> Locator:
        return self.chat(person).get_by_role("button", name=label)

    async def open(self) -> None:
        await self.page.goto(self.play.url)
        await expect(self.chat().get_by_role("log")).to_be_visible()

    async def start(self, *people: int) -> None:
        for person in people or (1001,):
            await self.chat(person).get_by_role("button", name="START", exact=True).click()
            await expect(self.chat(person).locator(".key").first).to_be_visible()

    async def write(self, text: str, person: int = 1001) -> None:
        box = self.chat(person).get_by_role("textbox")
        await box.fill(text)
        await box.press("Enter")


async def scenes(browser: Browser, **context: Any) -> AsyncIterator[Scene]:
    boss = Boss()
    async with listening() as hook, playing(boss) as play:
        play.sandbox.add_bot("7000002:demo_clinic_token", "Клиника «Заря»", slug="clinic", language="ru")
        bot = MenuBot(play, hook)
        await play.call("setWebhook", url=hook.url, secret_token="secret")
        commands = [{"command": "start", "description": "Begin"}, {"command": "phone", "description": "Your number"}]
        await play.call("setMyCommands", commands=commands)
        await play.call("setMyDescription", description="Book a visit in three taps.")
        page_context = await browser.new_context(**{"viewport": {"width": 1440, "height": 900}, **context})
        page = await page_context.new_page()
        page.set_default_timeout(10_000)
        scene = Scene(page, play, bot, boss)
        await scene.open()
        yield scene
        bot.release.set()
        await page_context.close()
        assert scene.complaints == [], "the browser's console has to stay clean"


# The contrast of an element's text to what lies behind it (WCAG 2).
CONTRAST = """element => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const rgba = (colour) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data]; };
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  let ground = element, back = [0, 0, 0, 0];
  while (ground && back[3] < 200) { back = rgba(getComputedStyle(ground).backgroundColor); ground = ground.parentElement; }
  const [a, b] = [light(rgba(getComputedStyle(element).color)), light(back)].sort((x, y) => y - x);
  return (a + .05) / (b + .05);
}"""
