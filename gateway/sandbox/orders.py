"""Bodies of the control API: what a person or the page may order."""

from typing import Any

import msgspec


class _Strict(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    pass


class SendIn(_Strict):
    """A message: `text`, or `content` with any of the Bot API's content fields (sticker, voice, location…)."""

    bot: str
    person: int
    text: str = ""
    content: dict[str, Any] = {}
    reply_to: int | None = None


class PressIn(_Strict):
    """A press, found by `data` or by a part of the `label`; `forged` presses what is not there.

    `message_id` may be left out: then the latest message that has such a button. `wait_s`: how long to wait for
    the answer.
    """

    bot: str
    person: int
    message_id: int | None = None
    data: str | None = None
    label: str | None = None
    forged: bool = False
    wait_s: float = 0.0


class ContactIn(_Strict):
    """The person's own contact, or that of another person (`of`)."""

    bot: str
    person: int
    of: int | None = None
    phone: str | None = None


class PersonIn(_Strict):
    """A new person."""

    bot: str
    first_name: str
    last_name: str = ""
    language: str = ""
    id: int | None = None


class BlockIn(_Strict):
    """The person blocks the bot, or no longer does."""

    bot: str
    person: int
    on: bool = True


class FloodIn(_Strict):
    """For so many (real) seconds every sending answers 429; 0 ends it. Without a bot: all."""

    bot: str | None = None
    seconds: float = 10.0


class OutageIn(_Strict):
    """Telegram is down for the bot (or all): calls answer 502, nothing is delivered."""

    bot: str | None = None
    on: bool = True


class ClockIn(_Strict):
    """Skips so many seconds, in the sandbox and, through `Control`, in the product."""

    seconds: int


class InjectIn(_Strict):
    """A raw update, `{kind: body}`, for what no person here can do (groups, channels…)."""

    bot: str
    kind: str
    body: dict[str, Any]
    queue: str = "injected"


class WaitIn(_Strict):
    """Waits until no update is under way. Without a bot: for all bots."""

    bot: str | None = None
    timeout_s: float = 10.0
