"""People of the demo in a real browser: they tap, write and look; what was kept is read back beside the product."""

import os
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from typing import Any, NamedTuple

import aiohttp
from playwright.async_api import Browser, Locator, Page, expect

from tests.support.running_demo import ROOT, RunningDemo

PICTURES = ROOT / "bot" / "docs" / "pictures"
SPECIALIST, ADMIN = 1002, 1003
TIME = re.compile(r"\d\d:\d\d")
WAIT_MS = 20_000

# A notice's buttons end in `~-`; any other callback button belongs to a menu.
_LIVE = '.message.them:not(.deleted):has(.key[data-data]:not([data-data$="~-"]))'


class Visit(NamedTuple):
    """A row of the bookings as the database has it; `starts_at` in epoch seconds."""

    id: int
    status: str
    starts_at: int
    comment: str
    coming: bool


class Chat:
    """One person's chat, in one window. `taps` counts presses since the test last set it to 0."""

    def __init__(self, window: "Window", person: int) -> None:
        self.window = window
        self.person = person
        self.box = window.page.locator(f"#chat-{person}")
        self.taps = 0

    @property
    def menu(self) -> Locator:
        """The live menu."""
        return self.box.locator(_LIVE).last

    @property
    def last(self) -> Locator:
        """The bot's latest message, menu or notice."""
        return self.box.locator(".message.them:not(.deleted)").last

    async def one_menu(self) -> None:
        """The chat holds one live menu, never two."""
        await expect(self.box.locator(_LIVE)).to_have_count(1)

    async def start(self) -> None:
        """Presses START; whoever did so in an earlier test writes it."""
        button = self.box.get_by_role("button", name="START", exact=True)
        await expect(button.or_(self.box.get_by_role("textbox")).first).to_be_visible()
        if await button.is_visible():
            await button.click()
            await expect(self.menu).to_be_visible()
        else:
            await self.write("/start", then="")

    async def tap(self, label: str | re.Pattern[str], *, nth: int = 0, then: str, on: Locator | None = None) -> None:
        """One tap on the menu (or on another message), and what the menu says when it was answered."""
        key = (on or self.menu).get_by_role("button", name=label, exact=isinstance(label, str)).nth(nth)
        await key.click()
        self.taps += 1
        await expect(self.menu).to_contain_text(then)
        await expect(self.box.locator(".key.busy")).to_have_count(0)
        await self.one_menu()

    async def write(self, text: str, *, then: str) -> None:
        """Types a message; the menu follows below it."""
        before = await self.menu.get_attribute("data-id") if await self.menu.count() else None
        field = self.box.get_by_role("textbox")
        await field.fill(text)
        await field.press("Enter")
        if before is not None:
            await expect(self.menu).not_to_have_attribute("data-id", before)
        await expect(self.menu).to_contain_text(then)
        await self.one_menu()

    async def data_of(self, label: str | re.Pattern[str]) -> tuple[int, str]:
        """Where a button stands and what it carries, for pressing it once more when it is out of date."""
        key = self.menu.get_by_role("button", name=label, exact=isinstance(label, str)).first
        message, data = await key.get_attribute("data-message"), await key.get_attribute("data-data")
        assert message is not None
        assert data is not None
        return int(message), data

    async def press_old(self, message_id: int, data: str, *, wait_s: float = 15.0) -> Any:
        """Presses what another screen of the person's still shows; the answer: `{text, show_alert}` or None."""
        body = {"person": self.person, "message_id": message_id, "data": data, "forged": True, "wait_s": wait_s}
        return (await self.window.order("press", bot=self.window.slug, **body))["answer"]

    def visits(self) -> list[Visit]:
        """This person's bookings, oldest first."""
        rows = self.window.read(
            "SELECT b.id, b.status, b.starts_at, b.comment, b.coming_at IS NOT NULL FROM bookings b"
            " JOIN people p ON p.id = b.client_id JOIN tenants t ON t.id = p.tenant_id"
            " WHERE t.slug = ? AND p.tg_id = ? ORDER BY b.id",
            self.window.slug,
            self.person,
        )
        return [Visit(id_, status, at, comment, bool(coming)) for id_, status, at, comment, coming in rows]

    def live_visits(self) -> list[Visit]:
        """Those that stand."""
        return [one for one in self.visits() if one.status not in ("cancelled", "expired")]

    async def picture(self, name: str, *, of: Locator | None = None) -> None:
        """The menu (or another message) as a picture of the docs, when pictures are asked for."""
        if not os.environ.get("SLOTGATE_PICTURES"):
            return
        shown = of or self.menu
        await shown.scroll_into_view_if_needed()
        await self.window.still()
        edge = 10
        box = await shown.bounding_box()
        assert box is not None
        clip = {
            "x": box["x"] - edge,
            "y": box["y"] - edge,
            "width": box["width"] + 2 * edge,
            "height": box["height"] + 2 * edge,
        }
        PICTURES.mkdir(parents=True, exist_ok=True)
        await self.window.page.screenshot(path=PICTURES / f"{name}.png", clip=clip)  # type: ignore[arg-type]


class Window:
    """A browser's window on one business of the demo, with the inspector closed."""

    def __init__(self, page: Page, demo: RunningDemo, slug: str, http: aiohttp.ClientSession) -> None:
        self.page = page
        self.demo = demo
        self.slug = slug
        self.http = http
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def chat(self, person: int) -> Chat:
        return Chat(self, person)

    async def staff(self) -> tuple[Chat, Chat]:
        """The specialist and the admin, who have said /start."""
        both = self.chat(SPECIALIST), self.chat(ADMIN)
        for one in both:
            await one.start()
        return both

    async def newcomer(self, name: str) -> Chat:
        """Somebody whom the business has never seen."""
        known = await self.page.locator(".panel").count()
        await self.page.get_by_role("button", name="Add a person").click()
        dialog = self.page.get_by_role("dialog")
        await dialog.get_by_label("First name").fill(name)
        await dialog.get_by_role("button", name="Add").click()
        await expect(self.page.locator(".panel")).to_have_count(known + 1)
        mark = await self.page.locator(".panel").last.get_attribute("id")
        assert mark is not None
        chat = self.chat(int(mark.removeprefix("chat-")))
        await chat.start()
        return chat

    async def order(self, deed: str, **body: Any) -> Any:
        """What the page has no button for, or what must happen at one instant."""
        async with self.http.post(f"{self.demo.chat}/sandbox/{deed}", json=body) as response:
            answer = await response.json()
            assert response.status < 300, answer
            return answer

    async def calls(self, method: str, person: int) -> list[dict[str, Any]]:
        """What the bot called for that person's chat, from the inspector's journal."""
        async with self.http.get(f"{self.demo.chat}/sandbox/calls", params={"bot": self.slug}) as response:
            made = (await response.json())["calls"]
        return [one for one in made if one["method"] == method and str(one["params"].get("chat_id")) == str(person)]

    def read(self, query: str, *values: Any) -> list[Any]:
        """Rows of the product's own database, through a connection that cannot write."""
        where = f"file:{self.demo.data / 'sqlite' / 'booking.db'}?mode=ro"
        with closing(sqlite3.connect(where, uri=True)) as connection:
            return connection.execute(query, values).fetchall()

    async def still(self) -> None:
        """Nothing moves any more: fit for a picture."""
        await expect(self.page.locator(".toast")).to_have_count(0)
        await self.page.evaluate("document.activeElement?.blur()")
        await self.page.evaluate(
            "Promise.all(document.getAnimations().map(one => one.finished.catch(() => null)))"
            ".then(() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))))"
        )


@asynccontextmanager
async def looking_at(browser: Browser, demo: RunningDemo, slug: str, **options: Any) -> AsyncIterator[Window]:
    """A fresh window; its console must stay clean."""
    expect.set_options(timeout=WAIT_MS)
    zone = {"barber": "Europe/Moscow", "studio": "Europe/London"}[slug]
    home = {"locale": "ru-RU" if slug == "barber" else "en-GB", "timezone_id": zone}
    # a picture shows a screen whole, whatever has come below it
    height = 1500 if os.environ.get("SLOTGATE_PICTURES") else 900
    context = await browser.new_context(**{"viewport": {"width": 1440, "height": height}, **home, **options})
    await context.add_init_script(
        f"localStorage.setItem('sandbox.bot', '{slug}'); localStorage.setItem('sandbox.inspector', '0');"
        # the page's own labels are named in English by the tests, whatever the business speaks
        "localStorage.setItem('sandbox.language', 'en')"
    )
    page = await context.new_page()
    page.set_default_timeout(WAIT_MS)
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as http:
        window = Window(page, demo, slug, http)
        await page.goto(demo.chat + "/")
        await expect(page.locator("#status")).to_have_text("bot ready", timeout=60_000)
        await expect(page.locator(f"#chat-{ADMIN}").get_by_role("log")).to_be_visible()
        yield window
    await context.close()
    assert window.complaints == []
