"""The registry of the Bot API's methods, and how one is called: found by its name, limited, recorded in the journal."""

import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from gateway.sandbox.errors import BadRequest, BotApiError, Forbidden, MethodNotFound, TooManyRequests
from gateway.sandbox.model import Bot, Chat, Json, TransientState
from gateway.sandbox.params import Params
from gateway.sandbox.sandbox import Sandbox

BULK_SILENCE_S = 60  # a person who wrote less than a minute ago is in a conversation, and no message to them is bulk


@dataclass
class Call:
    """A call of a method: the bot that makes it, and its parameters."""

    sandbox: Sandbox
    bot: Bot
    params: Params

    @property
    def transient(self) -> TransientState:
        """The bot's state that is not saved."""
        return self.sandbox.transient[self.bot.token]

    def chat(self, name: str = "chat_id") -> Chat:
        """Return the chat that a parameter names, whether or not the bot may write there. Raises BotApiError."""
        text = self.params.string(name).strip()
        if not text:
            raise BadRequest(f"{name} is empty")
        try:
            person_id = int(text)
        except ValueError:
            raise BadRequest("chat not found") from None
        if person_id not in self.bot.people and person_id not in self.bot.groups:
            raise BadRequest("chat not found")
        return self.sandbox.chat(self.bot, person_id)

    def writable_chat(self) -> Chat:
        """Return the chat of `chat_id`. Raises a 403 if the person has not started the bot, or has blocked it.

        Of a group: if the bot is not in it (any more)."""
        chat = self.chat()
        if (group := self.bot.group_of(chat)) is not None and group.status != "member":
            was = "was kicked from" if group.status == "kicked" else "is not a member of"
            raise Forbidden(f"bot {was} the {group.kind} chat")
        if chat.blocked:
            raise Forbidden("bot was blocked by the user")
        if not chat.started:
            raise Forbidden("bot can't initiate conversation with a user")
        return chat


@dataclass
class Described:
    """The result `true` with a description beside it, as setWebhook answers."""

    description: str


Result: TypeAlias = Json | list[Json] | bool | Described
Handler = Callable[[Call], Awaitable[Result]]
H = TypeVar("H", bound=Handler)

METHODS: dict[str, tuple[str, Handler]] = {}  # (documented name, handler) by the name in small letters


def api_method(name: str) -> Callable[[H], H]:
    """Register the decorated function as the method with this documented name."""

    def register(handler: H) -> H:
        METHODS[name.lower()] = (name, handler)
        return handler

    return register


async def call_method(sandbox: Sandbox, bot: Bot, name: str, params: Params, *, via: str = "call") -> tuple[int, Json]:
    """Call a method by its name in any case. Returns the HTTP status and the JSON body, as Telegram answers.

    `via` is the journal's word for the way the call came.
    """
    started = time.perf_counter()
    documented_name, handler = METHODS.get(name.lower(), (name, None))
    status = 200
    body: Json = {}
    try:
        if handler is None:
            raise MethodNotFound()
        _check_limits(sandbox, bot, documented_name, params)
        result = await handler(Call(sandbox, bot, params))
        body = {"ok": True, "result": result}
        if isinstance(result, Described):
            body = {"ok": True, "result": True, "description": result.description}
    except BotApiError as error:
        status, body = error.code, error.body()
    if not (documented_name == "getUpdates" and body.get("result") == []):
        sandbox.journal.record(
            via, bot.slug, documented_name, {**params.values, **params.files}, ok=status == 200,
            result=body.get("result", body.get("description")), started=started,
        )  # fmt: skip
    return status, body


def _check_limits(sandbox: Sandbox, bot: Bot, name: str, params: Params) -> None:
    """Raise BotApiError during an outage or a flood, and above Telegram's limit for bulk messages."""
    transient = sandbox.transient[bot.token]
    if transient.outage:
        raise BotApiError(502, "Bad Gateway")
    if not name.startswith(("send", "edit", "delete", "copy", "pin")) or name.startswith(("deleteMy", "deleteWeb")):
        return
    now = time.monotonic()
    if now < transient.flood_until:
        raise TooManyRequests(max(1, math.ceil(transient.flood_until - now)))
    if not name.startswith(("send", "copy")) or name == "sendChatAction":
        return
    chat = bot.chats.get(params.integer("chat_id"))
    if chat and sandbox.now() - chat.last_in < BULK_SILENCE_S:
        return
    while transient.bulk_sent_at and transient.bulk_sent_at[0] <= now - 1:
        transient.bulk_sent_at.popleft()
    if len(transient.bulk_sent_at) >= sandbox.bulk_per_s:
        raise TooManyRequests(1)
    transient.bulk_sent_at.append(now)
