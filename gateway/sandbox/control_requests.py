"""The bodies of the control API: what a person does, and what the page's tools do to the sandbox."""

from typing import Literal

import msgspec

from gateway.sandbox.model import Json


class _Strict(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A body whose unknown fields are refused."""


class SendMessage(_Strict):
    """A message of a person: `text`, or `content` with any of the Bot API's content fields (sticker, location…)."""

    bot: str
    person: int
    text: str = ""
    content: Json = {}
    reply_to: int | None = None


class PressButton(_Strict):
    """A press, found by `data` or by a part of the `label`; `forged` presses a button that is not there.

    Without `message_id` the latest message with such a button is taken. `wait_s`: how long to wait for the answer.
    """

    bot: str
    person: int
    message_id: int | None = None
    data: str | None = None
    label: str | None = None
    forged: bool = False
    wait_s: float = 0.0


class ShareContact(_Strict):
    """The person's own contact, or that of another person (`of`)."""

    bot: str
    person: int
    of: int | None = None
    phone: str | None = None


class AddPerson(_Strict):
    """A new person."""

    bot: str
    first_name: str
    last_name: str = ""
    language: str = ""
    id: int | None = None


class AddBusiness(_Strict):
    """A new business; without a name its admin is asked for it in the bot."""

    name: str = ""


class AddToGroup(_Strict):
    """A group that the person makes, with the bot in it."""

    bot: str
    person: int
    title: str
    kind: Literal["group", "supergroup"] = "supergroup"


class InGroup(_Strict):
    """What a member does in a group (its chat id): removes the bot, presses a button (`message_id`, `label`), or writes."""

    bot: str
    person: int
    group: int
    text: str = ""
    reply_to: int | None = None
    message_id: int | None = None
    label: str = ""
    remove: bool = False


class BlockBot(_Strict):
    """The person blocks the bot, or unblocks it."""

    bot: str
    person: int
    on: bool = True


class SetFlood(_Strict):
    """For so many real seconds every sending answers 429; 0 ends it. Without a bot: for all bots."""

    bot: str | None = None
    seconds: float = 10.0


class SetOutage(_Strict):
    """Telegram is down: calls answer 502, nothing is delivered. Without a bot: for all bots."""

    bot: str | None = None
    on: bool = True


class ShiftClock(_Strict):
    """How many seconds the clocks of the sandbox and of the product go forward, or back; None: to the next reminder."""

    seconds: int | None = None


class InjectUpdate(_Strict):
    """A raw update, `{kind: body}`, for events that no person here can cause (groups, channels…)."""

    bot: str
    kind: str
    body: Json
    queue: str = "injected"


class WaitUntilIdle(_Strict):
    """How long to wait until no update is pending. Without a bot: for all bots."""

    bot: str | None = None
    timeout_s: float = 10.0
