"""Photographs recorded screens: posts them by the strict Bot API, and lays out what the chat page makes of them."""

import base64
from collections.abc import Iterable
from typing import Any, NamedTuple

import aiohttp
import msgspec
from playwright.async_api import Browser, expect

from gateway.sandbox import Sandbox, serve_sandbox
from tests.support.chat_page import PHONE_FONT
from tests.support.local_backend import MONDAY
from tests.support.recorded_screens import RecordedScreen

PERSON = 1001
COLUMNS, PHONE_WIDTH, GAP = 4, 390, 12
WIDTH = COLUMNS * PHONE_WIDTH + (COLUMNS + 1) * GAP
# WebP's largest side
MAX_HEIGHT = 16_383
QUALITY = 60

_REGIONS = {"en": "en-GB", "ru": "ru-RU"}
_METHODS = {
    "text": "sendMessage",
    "photo": "sendPhoto",
    "document": "sendDocument",
    "voice": "sendVoice",
    "venue": "sendVenue",
    "location": "sendLocation",
}

# Lays the messages out as on a phone, each in a figure with its caption; labels have the room that `bot.ui.labels` reckons
# with. Returns the sheet's height.
_LAY_OUT = """async ([figures, width, gap]) => {
  const make = (tag, name, ...inside) => {
    const element = Object.assign(document.createElement(tag), {className: name});
    element.append(...inside);
    return element;
  };
  const sheet = make("main", "sheet", ...figures.map(({caption, message, keyboard, answer}) => {
    const shown = make("ol", "log");
    if (message) shown.append(document.querySelector(`#chat-1001 .message[data-id="${message}"]`));
    const keys = make("div", "reply-keys", ...keyboard.map((label) => make("button", "reply-key", label)));
    const inside = [make("figcaption", "", caption)];
    if (message) inside.push(make("div", "wall", shown));
    if (keyboard.length) inside.push(keys);
    if (answer) inside.push(make("div", "popped", make("div", "toast", answer)));
    return make("figure", "", ...inside);
  }));
  document.body.replaceChildren(sheet);
  document.head.append(make("style", "", `
    html, body { height: auto; overflow: visible; background: #fff; }
    *, *::before, *::after { animation: none !important; transition: none !important; }
    .sheet { columns: 4; column-gap: ${gap}px; padding: ${gap}px; }
    figure { width: ${width}px; margin: 0 0 ${gap}px; border: 1px solid var(--line); break-inside: avoid; overflow: hidden; }
    figcaption { padding: 3px 8px; font: 12px monospace; color: #444; background: #f2f2f2; overflow-wrap: anywhere; }
    .popped { padding: 8px; background: #ddd; }
    .reply-keys { padding: 8px; max-height: none; }
    .log { overflow: visible; }
    .message:has(.keys) { width: 330px; max-width: none; }`));
  const images = [...document.querySelectorAll("img")];
  for (const image of images) image.loading = "eager";
  await Promise.all(images.map((image) => image.decode().catch(() => null)));
  await document.fonts.ready;
  return Math.ceil(sheet.getBoundingClientRect().height);
}"""


class Sheet(NamedTuple):
    """A picture with several screens. `name` is its file's, without the ending."""

    name: str
    locale: str
    screens: list[RecordedScreen]


async def photograph_sheets(browser: Browser, sheets: Iterable[Sheet]) -> dict[str, bytes]:
    """Return a WebP for each sheet, by its name."""
    sandbox = Sandbox(bulk_per_s=100_000)
    pictures: dict[str, bytes] = {}
    async with serve_sandbox(sandbox) as url, aiohttp.ClientSession() as http:
        for number, sheet in enumerate(sheets, 1):
            token = f"{7000 + number}:{'A' * 35}"
            bot = sandbox.add_bot(token, "Barber House", language=sheet.locale, slug=sheet.name)
            sandbox.chat(bot, PERSON).started = True
            figures = [await _post(http, f"{url}/bot{token}", screen) for screen in sheet.screens]
            for message in sandbox.chat(bot, PERSON).messages.values():
                # the same picture in each run
                message.date = MONDAY
            pictures[sheet.name] = await _photograph(browser, url, sheet, figures)
    return pictures


async def _post(http: aiohttp.ClientSession, bot_url: str, screen: RecordedScreen) -> dict[str, Any]:
    """Send the screen as the bot would, and return its figure for `_LAY_OUT`."""
    caption = screen.source.removeprefix("bot.")
    figure: dict[str, Any] = {
        "caption": f"{caption} · {screen.role}",
        "message": None,
        "keyboard": [],
        "answer": screen.answer,
    }
    if not screen.content:
        return figure
    kind = next(kind for kind in _METHODS if kind in screen.content)
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("chat_id", str(PERSON))
    if screen.markup:
        form.add_field("reply_markup", msgspec.json.encode(screen.markup).decode())
    for field in ("text", "entities", "caption", "caption_entities"):
        if field in screen.content:
            value = screen.content[field]
            form.add_field(field, value if isinstance(value, str) else msgspec.json.encode(value).decode())
    if kind in ("venue", "location"):
        place = screen.content[kind]
        for field, value in {**place, **place.get("location", {})}.items():
            if not isinstance(value, dict):
                form.add_field(field, str(value))
    elif kind != "text":
        assert screen.file is not None, f"no file of {screen}"
        name = screen.content[kind].get("file_name", kind) if kind == "document" else kind
        form.add_field(kind, base64.b64decode(screen.file), filename=name)
    async with http.post(f"{bot_url}/{_METHODS[kind]}", data=form) as response:
        answer = await response.json()
    assert answer["ok"], (answer, screen)
    rows = (screen.keyboard or {}).get("keyboard", [])
    labels = [button["text"] for row in rows for button in row]
    return {**figure, "message": answer["result"]["message_id"], "keyboard": labels}


async def _photograph(browser: Browser, url: str, sheet: Sheet, figures: list[dict[str, Any]]) -> bytes:
    context = await browser.new_context(
        viewport={"width": WIDTH, "height": 1000},
        timezone_id="Europe/Moscow",
        locale=_REGIONS[sheet.locale],
        # the page allows no styles beside its own
        bypass_csp=True,
    )
    await context.add_init_script(
        f"localStorage.setItem('sandbox.bot', '{sheet.name}'); localStorage.setItem('sandbox.inspector', '0');"
        f"localStorage.setItem('sandbox.language', '{sheet.locale}')"
    )
    page = await context.new_page()
    await page.goto(url)
    posted = [figure["message"] for figure in figures if figure["message"]]
    await expect(page.locator(f"#chat-{PERSON} .message")).to_have_count(len(posted))
    await page.add_style_tag(content=PHONE_FONT)
    height = await page.evaluate(_LAY_OUT, [figures, PHONE_WIDTH, GAP])
    assert height <= MAX_HEIGHT, f"{sheet.name} is {height} pixels high"
    devtools = await context.new_cdp_session(page)
    # Playwright's own screenshots are PNG and JPEG, which are several times as large
    clip = {"x": 0, "y": 0, "width": WIDTH, "height": height, "scale": 0.8}
    options = {"format": "webp", "quality": QUALITY, "clip": clip, "captureBeyondViewport": True}
    picture = await devtools.send("Page.captureScreenshot", options)
    await context.close()
    return base64.b64decode(picture["data"])
