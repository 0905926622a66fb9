"""The buttons of the bot's messages as people see them, and whether a phone shows their labels whole."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from bot.ui.labels import label_fits
from gateway.sandbox.model import Message

_fits = cache(label_fits)


class LabelCheck:
    """Looks at each message of a chat when it has come or has other buttons: most have been there at the step before."""

    def __init__(self) -> None:
        self._seen: dict[int, dict[str, Any]] = {}

    def look(self, messages: Iterable[Message]) -> None:
        """Refuse a label that a phone does not show whole."""
        for message in messages:
            # an edit gives a message other buttons as a whole
            if message.markup is None or self._seen.get(message.id) is message.markup:
                continue
            for row in message.markup.get("inline_keyboard", []):
                for button in row:
                    assert _fits(button["text"], len(row)), f"too wide for {len(row)} columns: {button['text']}"
            self._seen[message.id] = message.markup


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
