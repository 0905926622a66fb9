"""A person in a real browser, on the product as it is started: book in three taps, look, move, cancel; both languages.

The README's picture is taken here: SLOTGATE_PICTURES=1 writes it into the repository.
"""

import os
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, async_playwright, expect

from tests.support.running_demo import ROOT, RunningDemo

PICTURE = ROOT / "gateway" / "sandbox" / "pictures" / "chat.png"
TIME = re.compile(r"\d\d:\d\d")
CLIENT, SPECIALIST, ADMIN = 1001, 1002, 1003

WORDS = {
    "en": {
        "business": "Nail & Yoga Studio",
        "home": "Welcome to Nail & Yoga Studio. What would you like to book?",
        "asks": "would you like to book?",
        "service": "Manicure",
        "nearest": "Nearest free times",
        "held": "Held for you until",
        "confirm": "Confirm",
        "done": "You're booked. See you",
        "to_home": "Home",
        "mine": "My bookings",
        "move": "Move",
        "move_ask": "Move from",
        "yes_move": "Yes, move",
        "moved": "Moved. See you",
        "cancel": "Cancel",
        "yes_cancel": "Yes, cancel",
        "cancelled": "is cancelled",
        "none": "You have no upcoming visits",
    },
    "ru": {
        "business": "Барбер Хаус",
        "home": "Барбер Хаус: на что записать вас?",
        "asks": "на что записать вас?",
        "service": "Стрижка",
        "nearest": "Ближайшее свободное время",
        "held": "Держим время до",
        "confirm": "Подтвердить",
        "done": "Вы записаны. Ждём вас",
        "to_home": "На главную",
        "mine": "Мои записи",
        "move": "Перенести",
        "move_ask": "Перенести",
        "yes_move": "Да, перенести",
        "moved": "Перенесли. Ждём вас",
        "cancel": "Отменить",
        "yes_cancel": "Да, отменить",
        "cancelled": "отменена",
        "none": "Предстоящих записей нет",
    },
}


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.fail("this journey needs Chromium: install it, for example `apt-get install -y chromium`")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        await browser.close()


class Visit:
    """A person's chat with one business."""

    def __init__(self, page: Page, person: int = CLIENT) -> None:
        self.page = page
        self.chat = page.locator(f"#chat-{person}")

    async def open(self, demo: RunningDemo, business: str) -> None:
        await self.page.goto(demo.chat + "/")
        await expect(self.page.locator("#status")).to_have_text("bot ready", timeout=60_000)
        await self.page.get_by_role("button", name=business).click()

    async def start(self) -> None:
        """/start, by the button of a new chat or in writing."""
        button = self.chat.get_by_role("button", name="START", exact=True)
        box = self.chat.get_by_role("textbox")
        await expect(button.or_(box)).to_be_visible()
        if await button.count():
            await button.click()
        else:
            await box.fill("/start")
            await box.press("Enter")

    async def press(self, label: str | re.Pattern[str], *, nth: int = 0, then: str, exact: bool = False) -> None:
        """One tap, and what the menu says then."""
        await self.chat.get_by_role("button", name=label, exact=exact).nth(nth).click()
        await expect(self.menu).to_contain_text(then)

    @property
    def menu(self) -> Locator:
        """The one live menu: the bot's first message, edited in place ever since."""
        return self.chat.locator(".bubble").nth(1)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("language", ["en", "ru"])
async def test_book_look_move_and_cancel(demo: RunningDemo, browser: Browser, language: str) -> None:
    w = WORDS[language]
    page = await browser.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(15_000)
    expect.set_options(timeout=15_000)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    client = Visit(page)
    await client.open(demo, w["business"])
    await client.start()
    await expect(client.menu).to_contain_text(w["home"])

    # three taps to a confirmed booking
    await client.press(re.compile(rf"^{w['service']} · "), then=w["nearest"])
    await client.press(TIME, then=w["held"])
    await client.press(w["confirm"], exact=True, then=w["done"])

    await client.press(w["to_home"], exact=True, then=w["service"])
    await client.press(w["mine"], exact=True, then="")
    await client.press(re.compile(rf"{TIME.pattern} · {w['service']}"), then=w["service"])

    # three to move it
    await client.press(w["move"], exact=True, then=w["nearest"])
    await client.press(TIME, nth=3, then=w["move_ask"])
    await client.press(w["yes_move"], exact=True, then=w["moved"])

    # two to cancel it
    await client.press(w["cancel"], exact=True, then="?")
    await client.press(w["yes_cancel"], exact=True, then=w["cancelled"])
    await client.press(w["to_home"], exact=True, then=w["asks"])
    await client.press(w["mine"], exact=True, then=w["none"])

    # one live menu through all of it: one message of the bot's was edited, nothing but notices came besides
    await expect(client.chat.locator(".mark", has_text="edited")).to_have_count(1)
    assert complaints == []
    await page.close()


@pytest.mark.timeout(240)
async def test_the_picture_of_the_readme(demo: RunningDemo, browser: Browser, tmp_path: Path) -> None:
    """A visit booked, as the client, the specialist and the admin see it."""
    w = WORDS["en"]
    page = await browser.new_page(viewport={"width": 1440, "height": 900}, device_scale_factor=1)
    page.set_default_timeout(15_000)
    expect.set_options(timeout=15_000)
    client = Visit(page)
    await client.open(demo, w["business"])
    await client.start()
    await client.chat.get_by_role("button", name=re.compile(rf"^{w['service']} · ")).last.click()
    await client.chat.get_by_role("button", name=TIME).first.click()
    await client.chat.get_by_role("button", name=w["confirm"], exact=True).click()
    await expect(client.chat.locator(".bubble", has_text=w["done"])).to_be_visible()
    for person in (SPECIALIST, ADMIN):
        colleague = Visit(page, person)
        await colleague.start()
        await expect(colleague.chat.locator(".bubble").last).to_contain_text(re.compile("booking|Booking"))
    picture = PICTURE if os.environ.get("SLOTGATE_PICTURES") else tmp_path / "chat.png"
    picture.parent.mkdir(exist_ok=True)
    await page.screenshot(path=picture, animations="disabled")
    assert picture.stat().st_size > 20_000
    await page.close()
