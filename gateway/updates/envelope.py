"""The envelope of an update: which kind, which chat, who; everything that is no update is refused here.

The whole body is read here, because bad UTF-8 or broken nesting anywhere must be a 400 and not a failure later; only the
envelope is kept. The update itself goes on as the bytes that came, for whoever needs more of it.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

Kind = Literal["message", "callback_query", "pre_checkout_query", "my_chat_member", "ignored"]
_Id = Annotated[int, Meta(ge=-(2**53), le=2**53)]

_LIMIT = 2**63
# A number that may pass that has nineteen digits in a row: looked for in the body with every digit made a zero.
_DIGITS = bytes(ord("0") if chr(byte).isdigit() else ord(" ") for byte in range(128)).ljust(256)
_LONG = b"0" * 19


class NotAnUpdate(Exception):
    """The body is not an update of the Bot API."""


class User(msgspec.Struct, gc=False):
    """Who speaks."""

    id: Annotated[int, Meta(ge=1, lt=2**53)]
    is_bot: bool = False
    first_name: str = ""
    username: str | None = None
    language_code: str | None = None


class _Chat(msgspec.Struct, gc=False):
    id: _Id
    type: str


class _Message(msgspec.Struct, gc=False):
    chat: _Chat
    message_id: _Id
    date: Annotated[int, Meta(ge=0, le=2**40)] = 0
    from_: User | None = msgspec.field(name="from", default=None)
    successful_payment: dict[str, Any] | None = None


class _Press(msgspec.Struct, gc=False):
    id: str
    from_: User = msgspec.field(name="from")
    message: _Message | None = None


class _Query(msgspec.Struct, gc=False):
    id: str
    from_: User = msgspec.field(name="from")


class _Member(msgspec.Struct, gc=False):
    chat: _Chat
    from_: User = msgspec.field(name="from")


class _Update(msgspec.Struct, gc=False):
    update_id: Annotated[int, Meta(ge=0, le=2**53)]
    message: _Message | None = None
    callback_query: _Press | None = None
    pre_checkout_query: _Query | None = None
    my_chat_member: _Member | None = None


class Envelope(msgspec.Struct, gc=False):
    """What the gateway needs to know. `user` is None exactly when the update is to be ignored.

    `exempt` is never rated or dropped (payments, membership). `chat_id` and `query_id` serve to answer in place."""

    update_id: int
    kind: Kind
    user: User | None = None
    chat_id: int = 0
    query_id: str = ""
    exempt: bool = False


_update = msgspec.json.Decoder(_Update)


def parse(body: bytes) -> Envelope:
    """The envelope of an update. Raises NotAnUpdate for whatever else the body may be."""
    try:
        update = _update.decode(body)
        if update.callback_query is None:
            whole = msgspec.json.decode(body)
        else:
            # of a press nobody reads more than its fields; what was passed over has been checked but for this
            body.decode()
            whole = None
        if _has_long_number(body) and _too_long(msgspec.json.decode(body) if whole is None else whole):
            raise NotAnUpdate
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise NotAnUpdate from None
    return _envelope(update)


def _envelope(update: _Update) -> Envelope:
    things = (update.message, update.callback_query, update.pre_checkout_query, update.my_chat_member)
    if things.count(None) < len(things) - 1:
        raise NotAnUpdate  # an update is one thing; with two, the person checked might not be the one acted for
    if (press := update.callback_query) is not None:
        if press.from_.is_bot or press.message is None or press.message.chat.type != "private":
            return Envelope(update.update_id, "ignored")
        return Envelope(update.update_id, "callback_query", press.from_, press.message.chat.id, press.id)
    if (message := update.message) is not None:
        if message.from_ is None or message.from_.is_bot or message.chat.type != "private":
            return Envelope(update.update_id, "ignored")
        paid = message.successful_payment is not None
        return Envelope(update.update_id, "message", message.from_, message.chat.id, exempt=paid)
    if (query := update.pre_checkout_query) is not None:
        return Envelope(update.update_id, "pre_checkout_query", query.from_, query.from_.id, query.id, exempt=True)
    if (member := update.my_chat_member) is not None and member.chat.type == "private" and not member.from_.is_bot:
        return Envelope(update.update_id, "my_chat_member", member.from_, member.chat.id, exempt=True)
    return Envelope(update.update_id, "ignored")


def message_in_group(body: bytes) -> dict[str, Any] | None:
    """The message of an update that is ignored, where it is a command of a person in a group: that one is told where
    the bot is. None for any other."""
    message = msgspec.json.decode(body).get("message")
    if not isinstance(message, dict) or message["chat"]["type"] not in ("group", "supergroup"):
        return None
    sender, text = message.get("from"), message.get("text")
    asks = isinstance(text, str) and text.startswith("/") and isinstance(sender, dict) and not sender.get("is_bot")
    return message if asks else None


def _has_long_number(body: bytes) -> bool:
    """Whether there may be a number of nineteen digits; one in quotes is none (`chat_instance` always is)."""
    shape = body.translate(_DIGITS)
    at = shape.find(_LONG)
    while at >= 0:
        before = body[at - 1 : at] if body[at - 1 : at] != b"-" else body[at - 2 : at - 1]
        if before != b'"':
            return True
        at = shape.find(_LONG, shape.find(b" ", at))
    return False


def _too_long(value: Any) -> bool:
    if isinstance(value, int):
        return not -_LIMIT <= value < _LIMIT
    if isinstance(value, list):
        return any(map(_too_long, value))
    return isinstance(value, dict) and any(map(_too_long, value.values()))
