"""A browser's window on the running demo: its chats, and the product's database read beside it."""

import os
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from typing import Any, NamedTuple

import aiohttp
from playwright.async_api import Browser, FloatRect, Locator, Page, expect

from tests.support.chat_page import PHONE_FONT
from tests.support.command_line import ROOT
from tests.support.running_demo import RunningDemo

PICTURES = ROOT / "bot" / "docs" / "pictures"
SPECIALIST, ADMIN = 1002, 1003
TIME = re.compile(r"\d\d:\d\d")
WAIT_MS = 20_000

# The callback data of a notice's buttons ends in `~-`; any other callback button belongs to a menu.
_MENU = '.message.them:not(.deleted):has(.key[data-data]:not([data-data$="~-"]))'


class BookingRow(NamedTuple):
    """A row of the bookings. `starts_at` is in epoch seconds."""

    id: int
    status: str
    starts_at: int
    comment: str
    coming: bool


class Chat:
    """A person's chat in a window. `taps` counts presses since the test last set it to 0."""

    def __init__(self, window: "Window", person: int) -> None:
        self.window = window
        self.person = person
        self.box = window.page.locator(f"#chat-{person}")
        self.taps = 0

    @property
    def menu(self) -> Locator:
        """The menu: the last message with buttons that is no notice."""
        return self.box.locator(_MENU).last

    @property
    def last_message(self) -> Locator:
        """The bot's latest message, menu or notice."""
        return self.box.locator(".message.them:not(.deleted)").last

    async def expect_one_menu(self) -> None:
        """Expect that the chat has one menu, never two."""
        menus = self.box.locator(_MENU)
        try:
            await expect(menus).to_have_count(1)
        except AssertionError:
            shown = [(await menu.get_attribute("data-id"), await menu.inner_text()) for menu in await menus.all()]
            raise AssertionError(f"not one menu but {len(shown)}: {shown}") from None

    async def press_start(self) -> None:
        """Press START, or write /start where an earlier test has pressed it."""
        button = self.box.get_by_role("button", name="START", exact=True)
        await expect(button.or_(self.box.get_by_role("textbox")).first).to_be_visible()
        if await button.is_visible():
            await button.click()
            await expect(self.menu).to_be_visible()
        else:
            await self.write("/start", then="")

    async def tap(self, label: str | re.Pattern[str], *, nth: int = 0, then: str, on: Locator | None = None) -> None:
        """Press a button of the menu, or of the message `on`, and expect `then` in the menu. `label`: whole, or a pattern."""
        key = (on or self.menu).get_by_role("button", name=label, exact=isinstance(label, str), disabled=False).nth(nth)
        await key.click()
        self.taps += 1
        await expect(self.menu).to_contain_text(then)
        await expect(self.box.locator(".key.busy")).to_have_count(0)
        await self.expect_one_menu()

    async def write(self, text: str, *, then: str) -> None:
        """Write a message, and expect a new menu below it that contains `then`."""
        before = await self.menu.get_attribute("data-id") if await self.menu.count() else None
        field = self.box.get_by_role("textbox")
        await field.fill(text)
        await field.press("Enter")
        if before is not None:
            await expect(self.menu).not_to_have_attribute("data-id", before)
        await expect(self.menu).to_contain_text(then)
        await self.expect_one_menu()

    async def read_button(self, label: str | re.Pattern[str]) -> tuple[int, str]:
        """Return the message id and the data of a menu's button, for `press_outdated`."""
        key = self.menu.get_by_role("button", name=label, exact=isinstance(label, str)).first
        message, data = await key.get_attribute("data-message"), await key.get_attribute("data-data")
        assert message is not None
        assert data is not None
        return int(message), data

    async def press_outdated(self, message_id: int, data: str, *, wait_s: float = 15.0) -> Any:
        """Press a button that may be gone, as an outdated screen does. Returns `{text, show_alert}` or None."""
        body = {"person": self.person, "message_id": message_id, "data": data, "forged": True, "wait_s": wait_s}
        return (await self.window.control("press", bot=self.window.slug, **body))["answer"]

    def list_bookings(self) -> list[BookingRow]:
        """Return this person's bookings, oldest first."""
        rows = self.window.query(
            "SELECT b.id, b.status, b.starts_at, b.comment, b.coming_at IS NOT NULL FROM bookings b"
            " JOIN people p ON p.id = b.client_id JOIN tenants t ON t.id = p.tenant_id"
            " WHERE t.slug = ? AND p.tg_id = ? ORDER BY b.id",
            self.window.slug,
            self.person,
        )
        return [BookingRow(id_, status, at, comment, bool(coming)) for id_, status, at, comment, coming in rows]

    def list_active_bookings(self) -> list[BookingRow]:
        """Return the bookings that are neither cancelled nor expired."""
        return [booking for booking in self.list_bookings() if booking.status not in ("cancelled", "expired")]

    async def save_picture(self, name: str, *, of: Locator | None = None) -> None:
        """Save the menu, or the message `of`, as a picture of the docs, if SLOTGATE_PICTURES is set."""
        if not os.environ.get("SLOTGATE_PICTURES"):
            return
        shown = of or self.menu
        await shown.scroll_into_view_if_needed()
        await self.window.wait_until_still()
        edge = 10
        box = await shown.bounding_box()
        assert box is not None
        clip: FloatRect = {
            "x": box["x"] - edge,
            "y": box["y"] - edge,
            "width": box["width"] + 2 * edge,
            "height": box["height"] + 2 * edge,
        }
        PICTURES.mkdir(parents=True, exist_ok=True)
        await self.window.page.screenshot(path=PICTURES / f"{name}.png", clip=clip)


class Window:
    """A browser's window on one business of the demo, with the inspector closed."""

    def __init__(self, page: Page, demo: RunningDemo, slug: str, http: aiohttp.ClientSession) -> None:
        self.page = page
        self.demo = demo
        self.slug = slug
        self.http = http
        self.page_errors: list[str] = []
        page.on("pageerror", lambda error: self.page_errors.append(str(error)))

    def chat(self, person: int) -> Chat:
        """Return a person's chat."""
        return Chat(self, person)

    async def start_staff(self) -> tuple[Chat, Chat]:
        """Return the chats of the specialist and of the admin, both started."""
        chats = self.chat(SPECIALIST), self.chat(ADMIN)
        for chat in chats:
            await chat.press_start()
        return chats

    async def add_person(self, name: str) -> Chat:
        """Return the started chat of a new person."""
        panels = await self.page.locator(".panel").count()
        await self.page.get_by_role("button", name="Add a person").click()
        dialog = self.page.get_by_role("dialog")
        await dialog.get_by_label("First name").fill(name)
        await dialog.get_by_role("button", name="Add").click()
        await expect(self.page.locator(".panel")).to_have_count(panels + 1)
        element_id = await self.page.locator(".panel").last.get_attribute("id")
        assert element_id is not None
        chat = self.chat(int(element_id.removeprefix("chat-")))
        await chat.press_start()
        return chat

    async def control(self, action: str, **body: Any) -> Any:
        """Post to the control API, where the page has no button or is too slow. Returns the answer."""
        async with self.http.post(f"{self.demo.chat}/sandbox/{action}", json=body) as response:
            answer = await response.json()
            assert response.status < 300, answer
            return answer

    async def list_calls(self, method: str, person: int) -> list[dict[str, Any]]:
        """Return the journal's calls of a method for a person's chat."""
        async with self.http.get(f"{self.demo.chat}/sandbox/calls", params={"bot": self.slug}) as response:
            calls = (await response.json())["calls"]
        return [
            call for call in calls if call["method"] == method and str(call["params"].get("chat_id")) == str(person)
        ]

    def query(self, sql: str, *values: Any) -> list[Any]:
        """Return rows of the product's database, through a connection that cannot write."""
        uri = f"file:{self.demo.data / 'sqlite' / 'booking.db'}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            return connection.execute(sql, values).fetchall()

    async def wait_until_still(self) -> None:
        """Wait until no animation runs and no toast shows, so that a picture can be taken."""
        await expect(self.page.locator(".toast")).to_have_count(0)
        await self.page.evaluate("document.activeElement?.blur()")
        await self.page.evaluate(
            "Promise.all(document.getAnimations().map(animation => animation.finished.catch(() => null)))"
            ".then(() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))))"
        )


@asynccontextmanager
async def opened_window(browser: Browser, demo: RunningDemo, slug: str, **options: Any) -> AsyncIterator[Window]:
    """Open a window on a business, with `options` for the browser. The page must raise no error."""
    expect.set_options(timeout=WAIT_MS)
    await demo.skip_slot_edge()
    timezone = {"barber": "Europe/Moscow", "studio": "Europe/London"}[slug]
    region = {"locale": "ru-RU" if slug == "barber" else "en-GB", "timezone_id": timezone}
    pictures = bool(os.environ.get("SLOTGATE_PICTURES"))
    # room for a picture of a whole screen and what has come below it, as wide as on a phone
    width, height = (2000, 2400) if pictures else (1440, 900)
    # as somebody who wants little motion: each frame of an animation is drawn by the processor. The page's own tests have them.
    calm = {"viewport": {"width": width, "height": height}, "reduced_motion": "reduce", "bypass_csp": pictures}
    context = await browser.new_context(**{**calm, **region, **options})
    await context.add_init_script(
        f"localStorage.setItem('sandbox.bot', '{slug}'); localStorage.setItem('sandbox.inspector', '0');"
        # the tests know the page's own labels in English only
        "localStorage.setItem('sandbox.language', 'en')"
    )
    page = await context.new_page()
    page.set_default_timeout(WAIT_MS)
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as http:
        window = Window(page, demo, slug, http)
        await page.goto(demo.chat + "/")
        if pictures:
            await page.add_style_tag(content=PHONE_FONT)
        await expect(page.locator("#status")).to_have_text("bot ready", timeout=60_000)
        await expect(page.locator(f"#chat-{ADMIN}").get_by_role("log")).to_be_visible()
        yield window
    await context.close()
    assert window.page_errors == []
