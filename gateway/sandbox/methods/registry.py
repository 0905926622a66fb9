"""How a method is called: looked up without regard to case, refused where Telegram would, noted in the journal."""

import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from gateway.sandbox.model import Bot, Chat, Json, Live
from gateway.sandbox.params import Params
from gateway.sandbox.refusals import Refusal, bad_request, forbidden, too_many, unknown_method

if TYPE_CHECKING:
    from gateway.sandbox.world import Sandbox

BULK_SILENCE_S = 60  # whoever wrote within a minute is in a conversation, not in a mailing


@dataclass
class Call:
    """One call of a method: by which bot, with what."""

    sandbox: "Sandbox"
    bot: Bot
    params: Params

    @property
    def live(self) -> Live:
        """The bot's unsaved side."""
        return self.sandbox.live[self.bot.token]

    def chat(self, name: str = "chat_id") -> Chat:
        """The chat that a parameter names, or "chat not found"; no one is asked yet whether the bot may write."""
        text = self.params.text(name).strip()
        if not text:
            raise bad_request(f"{name} is empty")
        try:
            person_id = int(text)
        except ValueError:
            raise bad_request("chat not found") from None
        if person_id not in self.bot.people:
            raise bad_request("chat not found")
        return self.sandbox.chat(self.bot, person_id)

    def open_chat(self) -> Chat:
        """The chat, if the bot may write into it: 403 when it never began or the person blocked the bot."""
        chat = self.chat()
        if chat.blocked:
            raise forbidden("bot was blocked by the user")
        if not chat.started:
            raise forbidden("bot can't initiate conversation with a user")
        return chat


@dataclass
class Described:
    """A result `true` with a sentence beside it, as setWebhook answers."""

    description: str


Handler = Callable[[Call], Awaitable[Any]]
KNOWN: dict[str, tuple[str, Handler]] = {}


H = TypeVar("H", bound=Handler)


def method(name: str) -> Callable[[H], H]:
    """Registers a method under its name as documented."""

    def register(handler: H) -> H:
        KNOWN[name.lower()] = (name, handler)
        return handler

    return register


async def call(sandbox: "Sandbox", bot: Bot, name: str, params: Params, *, via: str = "call") -> tuple[int, Json]:
    """Calls a method: HTTP status and JSON body, as Telegram answers. Noted for the inspector."""
    started = time.perf_counter()
    proper, handler = KNOWN.get(name.lower(), (name, None))
    status = 200
    body: Json = {}
    try:
        if handler is None:
            raise unknown_method()
        _flood(sandbox, bot, proper, params)
        result = await handler(Call(sandbox, bot, params))
        body = {"ok": True, "result": result}
        if isinstance(result, Described):
            body = {"ok": True, "result": True, "description": result.description}
    except Refusal as refusal:
        status, body = refusal.code, refusal.body()
    if not (proper == "getUpdates" and body.get("result") == []):
        sandbox.journal.note(
            via, bot.slug, proper, {**params.values, **params.files}, ok=status == 200,
            result=body.get("result", body.get("description")), at=sandbox.now(),
            ms=(time.perf_counter() - started) * 1000,
        )  # fmt: skip
    return status, body


def _flood(sandbox: "Sandbox", bot: Bot, name: str, params: Params) -> None:
    """The outage, the flood button, and Telegram's own limit for messages to people who did not just write."""
    live = sandbox.live[bot.token]
    if live.outage:
        raise Refusal(502, "Bad Gateway")
    if not name.startswith(("send", "edit", "delete", "copy", "pin")) or name.startswith(("deleteMy", "deleteWeb")):
        return
    now = time.monotonic()
    if now < live.flood_until:
        raise too_many(max(1, math.ceil(live.flood_until - now)))
    if not name.startswith(("send", "copy")) or name == "sendChatAction":
        return
    chat = bot.chats.get(params.whole("chat_id"))
    if chat and sandbox.now() - chat.last_in < BULK_SILENCE_S:
        return
    while live.bulk and live.bulk[0] <= now - 1:
        live.bulk.popleft()
    if len(live.bulk) >= sandbox.bulk_per_s:
        raise too_many(1)
    live.bulk.append(now)
