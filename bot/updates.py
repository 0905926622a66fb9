"""From Telegram's JSON to an event of aiogram's dispatcher.

Presses are most of the traffic, and of a press the bot needs an id, a sender and two numbers. msgspec picks those out,
under the names of aiogram's `CallbackQuery`, so that the message with the button, its text and its keyboard are not
validated for nothing. Every other update is of aiogram's own types, validated in full.
"""

from typing import Any

import msgspec
from aiogram import Bot
from aiogram.types import MessageEntity, Update
from aiogram.utils.text_decorations import html_decoration
from pydantic import ValidationError


class NotAnUpdate(Exception):
    """The body is JSON, but no update of the Bot API as this version knows it. Names the fields, never their values."""


class Sender(msgspec.Struct, gc=False):
    """The person who pressed."""

    id: int


class _Chat(msgspec.Struct, gc=False):
    type: str


class PressedMessage(msgspec.Struct, gc=False):
    """The message with the button, as it was when that was pressed.

    `date` (epoch seconds) is when it was sent, 0 for one that Telegram no longer shows the bot; `edit_date` is when it was
    last changed, 0 where it never was."""

    message_id: int
    chat: _Chat
    date: int = 0
    edit_date: int = 0
    text: str | None = None
    entities: list[dict[str, Any]] = []

    def html(self) -> str | None:
        """Return its text as HTML, or None where it has none."""
        if self.text is None:
            return None
        return html_decoration.unparse(self.text, [MessageEntity.model_validate(entity) for entity in self.entities])


class Press(msgspec.Struct, gc=False):
    """A `CallbackQuery` as far as the bot looks at it."""

    id: str
    from_user: Sender = msgspec.field(name="from")
    message: PressedMessage | None = None
    data: str | None = None
    # of the update around it
    update_id: int = 0


class _PressUpdate(msgspec.Struct, gc=False):
    update_id: int
    callback_query: Press | None = None


_press_update = msgspec.json.Decoder(_PressUpdate)


def press_of(update: bytes) -> Press | None:
    """Return the press of an update, or None for an update of another kind. Raises NotAnUpdate."""
    try:
        pressed = _press_update.decode(update)
    except msgspec.ValidationError as error:
        raise NotAnUpdate(str(error)[:300]) from None
    if pressed.callback_query is not None:
        pressed.callback_query.update_id = pressed.update_id
    return pressed.callback_query


def update_of(update: bytes, bot: Bot) -> Update:
    """Return any other update as aiogram's type, bound to the bot. Raises NotAnUpdate."""
    try:
        return Update.model_validate(msgspec.json.decode(update), context={"bot": bot})
    except ValidationError as error:
        places = sorted({".".join(map(str, wrong["loc"])) for wrong in error.errors(include_input=False)})
        raise NotAnUpdate(", ".join(places)[:300]) from None
