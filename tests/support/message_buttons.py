"""The buttons of the bot's messages as people see them, and whether a phone shows their labels whole."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from bot.ui.labels import label_fits
from gateway.sandbox.model import Message

# every message of every chat is looked at after every step, and most have been there before
_fits = cache(label_fits)


def check_labels(messages: Iterable[Message]) -> None:
    """Refuse a label that a phone does not show whole."""
    for message in messages:
        for row in (message.markup or {}).get("inline_keyboard", []):
            for button in row:
                assert _fits(button["text"], len(row)), f"too wide for {len(row)} columns: {button['text']}"


def buttons_of(message: Message) -> list[dict[str, Any]]:
    """Return the buttons of a message, row after row."""
    return [button for row in (message.markup or {}).get("inline_keyboard", []) for button in row]


def labels_of(message: Message) -> list[str]:
    """Return the labels of its buttons; a space that does not break is a space."""
    return [button["text"].replace("\u00a0", " ") for button in buttons_of(message)]


def shown_cell(button: dict[str, Any]) -> str:
    """Return what a button of a calendar shows; one that cannot be pressed has brackets."""
    label = str(button["text"]).strip("\u2800")
    return f"[{label}]" if label and "disabled" in button else label


def callback_data_of(message: Message) -> list[str]:
    """Return the callback data of its buttons."""
    return [button["callback_data"] for button in buttons_of(message) if "callback_data" in button]
