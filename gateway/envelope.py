"""The envelope of an update: which kind, which chat, who; everything that is no update is refused here.

The whole body is decoded once, because the bot needs it all and because bad UTF-8 or broken nesting anywhere must be
a 400 here and not a failure later; only the envelope is looked at.
"""

import re
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

Kind = Literal["message", "callback_query", "pre_checkout_query", "my_chat_member", "ignored"]
_Id = Annotated[int, Meta(ge=-(2**53), le=2**53)]

# A number that may pass 2^63; rare, and only then is the tree searched. Not one in quotes: `chat_instance` is.
_LONG_NUMBER = re.compile(rb"[:\[,][ \t\r\n]*-?\d{19}")
_LIMIT = 2**63


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


class _Number(msgspec.Struct, gc=False):
    update_id: int


_number = msgspec.json.Decoder(_Number)


def number_of(body: bytes) -> int | None:
    """The update's id alone, to tell a repeated one at the least cost; None where the body is to be looked at."""
    try:
        return _number.decode(body).update_id
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None


def parse(body: bytes) -> tuple[Envelope, dict[str, Any]]:
    """The envelope and the whole update. Raises NotAnUpdate for whatever else the body may be."""
    try:
        raw = msgspec.json.decode(body)
        if _LONG_NUMBER.search(body) and _too_long(raw):
            raise NotAnUpdate
        return look(raw), raw
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise NotAnUpdate from None


def look(raw: Any) -> Envelope:
    """The envelope of a decoded update. Raises msgspec.ValidationError or NotAnUpdate."""
    update = msgspec.convert(raw, _Update)
    if len(raw) > 2 and sum(raw.get(kind) is not None for kind in _KINDS) > 1:
        raise NotAnUpdate  # an update is one thing; with two, the person checked might not be the one acted for
    if (message := update.message) is not None:
        if message.from_ is None or message.from_.is_bot or message.chat.type != "private":
            return Envelope(update.update_id, "ignored")
        paid = message.successful_payment is not None
        return Envelope(update.update_id, "message", message.from_, message.chat.id, exempt=paid)
    if (press := update.callback_query) is not None:
        if press.from_.is_bot or press.message is None or press.message.chat.type != "private":
            return Envelope(update.update_id, "ignored")
        return Envelope(update.update_id, "callback_query", press.from_, press.message.chat.id, press.id)
    if (query := update.pre_checkout_query) is not None:
        return Envelope(update.update_id, "pre_checkout_query", query.from_, query.from_.id, query.id, exempt=True)
    if (member := update.my_chat_member) is not None and member.chat.type == "private" and not member.from_.is_bot:
        return Envelope(update.update_id, "my_chat_member", member.from_, member.chat.id, exempt=True)
    return Envelope(update.update_id, "ignored")


def asks_in_group(raw: dict[str, Any]) -> bool:
    """Whether an update that is ignored is a command of a person in a group: that one is told where the bot is."""
    message = raw.get("message")
    if not isinstance(message, dict) or message["chat"]["type"] not in ("group", "supergroup"):
        return False
    sender, text = message.get("from"), message.get("text")
    return isinstance(text, str) and text.startswith("/") and isinstance(sender, dict) and not sender.get("is_bot")


_KINDS = ("message", "callback_query", "pre_checkout_query", "my_chat_member")


def _too_long(value: Any) -> bool:
    if isinstance(value, int):
        return not -_LIMIT <= value < _LIMIT
    if isinstance(value, list):
        return any(map(_too_long, value))
    return isinstance(value, dict) and any(map(_too_long, value.values()))
