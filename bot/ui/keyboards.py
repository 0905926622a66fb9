"""Screens as data: a text and rows of buttons, and their form on the wire."""

from collections.abc import Callable
from functools import lru_cache
from typing import Literal, NamedTuple, TypeVar
from zlib import crc32

import msgspec

from bot.ui.callbacks import NOTICE, Callback, add_fingerprint, pack_origin, to_base36
from bot.ui.labels import fit_label, label_fits
from bot.ui.text import MAX_TEXT, cut_html, one_line

# `Html` is a kind of str
_encoder = msgspec.json.Encoder(enc_hook=str)

T = TypeVar("T")
Style = Literal["primary", "success", "danger"]
MAX_BUTTONS = 100
# Telegram takes no empty label: a braille blank shows nothing.
BLANK_LABEL = "\u2800"


class Button(NamedTuple):
    """One button: a callback, an address, or a text to copy; with none of them it is disabled.

    `origin` is the update that a "Try again" repeats."""

    label: str
    callback: Callback | None = None
    style: Style | None = None
    url: str | None = None
    copy: str | None = None
    origin: int | None = None


Row = list[Button]


class Screen(NamedTuple):
    """What the menu shows: HTML and buttons. `toast` answers the press; with `alert` it must be acknowledged."""

    text: str
    rows: list[Row]
    toast: str = ""
    alert: bool = False


def button_to(label: str, callback: Callback, *, style: Style | None = None) -> Button:
    """Return a button whose press is handled by the callback's handler."""
    return Button(label, callback, style)


def disabled_button(label: str = BLANK_LABEL) -> Button:
    """Return a button that Telegram shows dimmed and that does nothing; without a label it only fills a place in a grid."""
    return Button(label)


def button_grid(buttons: list[Button], columns: int) -> list[Row]:
    """Return the buttons in rows of `columns`."""
    return [buttons[at : at + columns] for at in range(0, len(buttons), columns)]


def page_of(items: list[T], page: int, size: int, to: Callable[[int], Callback]) -> tuple[list[T], Row]:
    """Return the items of that page (of the last where there are fewer), and the row that turns it.

    `to(page)` is the callback of another page."""
    page = min(page, max(len(items) - 1, 0) // size)
    return items[page * size : (page + 1) * size], turning_buttons(page, len(items), size, to)


def turning_buttons(page: int, count: int, size: int, to: Callable[[int], Callback]) -> Row:
    """Return the row that turns a page of `count` things, `size` a page; `to(page)` is the callback of another page."""
    turning: Row = [button_to("‹", to(page - 1))] if page else []
    if count > (page + 1) * size:
        turning.append(button_to("›", to(page + 1)))
    return turning


def screen_fingerprint(screen: Screen) -> str:
    """Return three characters that differ, all but surely, between two different screens."""
    return to_base36(crc32(_encoder.encode((screen.text, screen.rows))) % 36**3).rjust(3, "0")


def keyboard_markup(rows: list[Row], mark: str = NOTICE) -> dict[str, object]:
    """Return the `reply_markup` of an inline keyboard whose buttons carry the fingerprint `mark`."""
    assert sum(map(len, rows)) <= MAX_BUTTONS, "Telegram takes at most 100 buttons"
    return {
        "inline_keyboard": [
            [
                wire if packed is None else {**wire, "callback_data": add_fingerprint(packed, mark)}
                for wire, packed in part
            ]
            for row in rows
            for part in _unmarked_rows(tuple(row))
        ]
    }


def menu_text(screen: Screen) -> str:
    """Return the screen's text as Telegram takes it."""
    return cut_html(screen.text, MAX_TEXT)


@lru_cache(maxsize=4096)  # the same buttons stand on the screens of all of a business's people
def _unmarked_rows(row: tuple[Button, ...]) -> list[list[tuple[dict[str, object], str | None]]]:
    """Return a row on the wire as `_unmarked_wire` has it: as several rows where a phone would not show its labels whole."""
    return [[_unmarked_wire(button, len(part)) for button in part] for part in _fitting_rows(list(row))]


def _fitting_rows(row: Row) -> list[Row]:
    for rows in range(1, len(row)):
        columns = -(-len(row) // rows)
        if all(label_fits(button.label, columns) for button in row):
            return button_grid(row, columns)
    return button_grid(row, 1)


def _unmarked_wire(button: Button, columns: int) -> tuple[dict[str, object], str | None]:
    """Return the button on the wire, and its callback data without the fingerprint; None where it has no callback."""
    wire: dict[str, object] = {"text": one_line(fit_label(button.label, columns)) or "…"}
    packed = None
    if button.url is not None:
        wire["url"] = button.url
    elif button.copy is not None:
        wire["copy_text"] = {"text": one_line(button.copy, 256)}
    elif button.callback is not None:
        packed = pack_origin(button.callback, button.origin)
    else:
        wire["disabled"] = {}
    if button.style is not None:
        wire["style"] = button.style
    return wire, packed
