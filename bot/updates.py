"""The seam where an update becomes an event of aiogram's dispatcher.

Presses are most of the traffic, and of a press the bot needs an id, a sender and two numbers: those are picked out by
msgspec, under the names of aiogram's `CallbackQuery`, so that the message below the button, with its text and keyboard,
is not validated field by field for nothing. Everything else is aiogram's own types, validated in full.
"""

from typing import Any

import msgspec
from aiogram import Bot
from aiogram.types import MessageEntity, Update
from aiogram.utils.text_decorations import html_decoration
from pydantic import ValidationError


class NotAnUpdate(Exception):
    """The body is JSON, but no update of the Bot API as this version knows it. Says which fields, never their values."""


class Sender(msgspec.Struct, gc=False):
    """Who pressed."""

    id: int


class _Chat(msgspec.Struct, gc=False):
    type: str


class PressedMessage(msgspec.Struct, gc=False):
    """The message below the button. `date` is epoch seconds, 0 for one that Telegram no longer shows us."""

    message_id: int
    chat: _Chat
    date: int = 0
    text: str | None = None
    entities: list[dict[str, Any]] = []

    def html(self) -> str | None:
        """Its text as HTML; None where it has none."""
        if self.text is None:
            return None
        return html_decoration.unparse(self.text, [MessageEntity.model_validate(one) for one in self.entities])


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
        found = _press_update.decode(update)
    except msgspec.ValidationError as error:
        raise NotAnUpdate(str(error)[:300]) from None
    if found.callback_query is not None:
        found.callback_query.update_id = found.update_id
    return found.callback_query


def update_of(update: bytes, bot: Bot) -> Update:
    """Return any other update as aiogram's type, bound to the bot. Raises NotAnUpdate."""
    try:
        return Update.model_validate(msgspec.json.decode(update), context={"bot": bot})
    except ValidationError as error:
        places = sorted({".".join(map(str, one["loc"])) for one in error.errors(include_input=False)})
        raise NotAnUpdate(", ".join(places)[:300]) from None
