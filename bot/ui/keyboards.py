"""Screens as data: a text and rows of buttons, and their form on the wire."""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple, TypeVar
from zlib import crc32

import msgspec

from bot.ui import callbacks
from bot.ui.callbacks import NOTICE, Arg, base36
from bot.ui.text import MAX_TEXT, cut_html, one_line

# `Html` is a kind of str
_encoder = msgspec.json.Encoder(enc_hook=str)

T = TypeVar("T")
Style = Literal["primary", "success", "danger"]
MAX_BUTTONS = 100


class Button(NamedTuple):
    """One button: a route with its ids, or an address, or a text to copy."""

    label: str
    route: str = ""
    args: tuple[Arg, ...] = ()
    style: Style | None = None
    url: str | None = None
    copy: str | None = None
    origin: int | None = None


Row = list[Button]


class Screen(NamedTuple):
    """What the menu shows: HTML and buttons; `toast` is said in answer to the press (`alert`: to be acknowledged)."""

    text: str
    rows: list[Row]
    toast: str = ""
    alert: bool = False


def go(label: str, route: str, *args: Arg, style: Style | None = None) -> Button:
    """A button that leads to a route."""
    return Button(label, route, args, style)


def grid(buttons: list[Button], columns: int) -> list[Row]:
    """Buttons in rows of `columns`."""
    return [buttons[at : at + columns] for at in range(0, len(buttons), columns)]


def paged(found: list[T], page: int, size: int, to: Callable[[str, int], Button]) -> tuple[list[T], Row]:
    """What stands on that page (on the last where there are fewer), and the row that turns it; `to(label, page)` is a
    button to another."""
    page = min(page, max(len(found) - 1, 0) // size)
    turning: Row = [to("‹", page - 1)] if page else []
    if len(found) > (page + 1) * size:
        turning.append(to("›", page + 1))
    return found[page * size : (page + 1) * size], turning


def fingerprint(screen: Screen) -> str:
    """Three characters that differ, all but surely, between two different screens."""
    return base36(crc32(_encoder.encode((screen.text, screen.rows))) % 36**3).rjust(3, "0")


def markup(rows: list[Row], mark: str = NOTICE) -> dict[str, Any]:
    """`reply_markup` of an inline keyboard whose buttons carry the fingerprint `mark`."""
    assert sum(map(len, rows)) <= MAX_BUTTONS, "Telegram takes at most 100 buttons"
    return {"inline_keyboard": [[_wire(button, mark) for button in row] for row in rows if row]}


def text(screen: Screen) -> str:
    """The screen's text as Telegram takes it."""
    return cut_html(screen.text, MAX_TEXT)


def _wire(button: Button, mark: str) -> dict[str, Any]:
    wire: dict[str, Any] = {"text": one_line(button.label) or "…"}
    if button.url is not None:
        wire["url"] = button.url
    elif button.copy is not None:
        wire["copy_text"] = {"text": one_line(button.copy, 256)}
    else:
        wire["callback_data"] = callbacks.encode(button.route, button.args, mark, button.origin)
    if button.style is not None:
        wire["style"] = button.style
    return wire
