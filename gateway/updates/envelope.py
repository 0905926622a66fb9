"""The envelope of an update: its kind, chat and sender. Everything that is not an update is refused here.

The whole body is checked, because bad UTF-8 or broken nesting anywhere must be a 400 and not a failure later; only the
envelope is kept. The update itself goes on as the bytes that came.
"""

import re
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Kind = Literal["message", "callback_query", "pre_checkout_query", "my_chat_member", "ignored"]
_Id = Annotated[int, Meta(ge=-(2**53), le=2**53)]

_LIMIT = 2**63
# Only a number with nineteen digits in a row can exceed the limit: they are looked for with every digit made a zero.
_DIGITS = bytes(ord("0") if chr(byte).isdigit() else ord(" ") for byte in range(128)).ljust(256)
_LONG = b"0" * 19


class NotAnUpdate(Exception):
    """The body is not an update of the Bot API."""


class User(msgspec.Struct, gc=False):
    """The sender, as Telegram describes them."""

    id: Annotated[int, Meta(ge=1, lt=2**53)]
    is_bot: bool = False
    first_name: str = ""
    last_name: str = ""
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
    successful_payment: dict[str, object] | None = None


class _CallbackQuery(msgspec.Struct, gc=False):
    id: str
    from_: User = msgspec.field(name="from")
    message: _Message | None = None


class _PreCheckoutQuery(msgspec.Struct, gc=False):
    id: str
    from_: User = msgspec.field(name="from")


class _ChatMember(msgspec.Struct, gc=False):
    chat: _Chat
    from_: User = msgspec.field(name="from")


class _Update(msgspec.Struct, gc=False):
    update_id: Annotated[int, Meta(ge=0, le=2**53)]
    message: _Message | None = None
    callback_query: _CallbackQuery | None = None
    pre_checkout_query: _PreCheckoutQuery | None = None
    my_chat_member: _ChatMember | None = None


class Envelope(msgspec.Struct, gc=False):
    """What the gateway needs to know of an update. `user` is None exactly when the update is to be ignored.

    `exempt` is never rated or dropped (payments, membership). `chat_id` and `query_id` are for a call in the answer.
    """

    update_id: int
    kind: Kind
    user: User | None = None
    chat_id: int = 0
    query_id: str = ""
    exempt: bool = False


# What every update that is exempt has in it; and how Telegram begins each.
_EXEMPT = (b'"pre_checkout_query"', b'"successful_payment"', b'"my_chat_member"')
_BEGINNING = re.compile(rb'\A\s*{\s*"update_id"\s*:\s*([0-9]{1,15})\s*[,}]')
_update_decoder = msgspec.json.Decoder(_Update)


def parse_envelope(body: bytes) -> Envelope:
    """Return the envelope of an update. Raises NotAnUpdate for any other body."""
    try:
        update = _update_decoder.decode(body)
        if update.callback_query is None:
            whole = msgspec.json.decode(body)
        else:
            # of a button press only the fields above are used; what the decoder skipped it checked, but for its UTF-8
            body.decode()
            whole = None
        if _may_hold_long_number(body) and _holds_long_number(msgspec.json.decode(body) if whole is None else whole):
            raise NotAnUpdate
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise NotAnUpdate from None
    return _envelope_of(update)


def peek_rated_id(body: bytes) -> int | None:
    """Return the id of an update that is certainly not exempt, without parsing it; None where that is not certain."""
    beginning = _BEGINNING.match(body)
    return None if beginning is None or any(mark in body for mark in _EXEMPT) else int(beginning[1])


def _envelope_of(update: _Update) -> Envelope:
    contents = (update.message, update.callback_query, update.pre_checkout_query, update.my_chat_member)
    if contents.count(None) < len(contents) - 1:
        raise NotAnUpdate  # with two contents, the person who is checked might not be the one who is acted for
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


def find_group_command(body: bytes) -> dict[str, object] | None:
    """Return the message of an ignored update if it is a command that a person wrote in a group, else None.

    That person is answered with where to write: the bot works in private chats only.
    """
    match msgspec.json.decode(body):
        case {
            "message": {"chat": {"type": "group" | "supergroup"}, "from": {**sender}, "text": str(text)} as message
        } if text.startswith("/") and not sender.get("is_bot"):
            assert isinstance(message, dict)
            return message
    return None


def _may_hold_long_number(body: bytes) -> bool:
    """Return whether there may be a number of nineteen digits; one in quotes is none (`chat_instance` always is)."""
    shape = body.translate(_DIGITS)
    at = shape.find(_LONG)
    while at >= 0:
        before = body[at - 1 : at] if body[at - 1 : at] != b"-" else body[at - 2 : at - 1]
        if before != b'"':
            return True
        at = shape.find(_LONG, shape.find(b" ", at))
    return False


def _holds_long_number(value: object) -> bool:
    if isinstance(value, int):
        return not -_LIMIT <= value < _LIMIT
    if isinstance(value, list):
        return any(map(_holds_long_number, value))
    return isinstance(value, dict) and any(map(_holds_long_number, value.values()))
