"""Commands in a group: the answer is one sentence that leads to the private chat. Nothing is kept about the sender."""

import logging
from collections.abc import Mapping
from typing import Any

import msgspec
from aiogram import Bot

from backend.contract.redis import redis_key
from backend.kit.redis import RedisFailure
from backend.kit.redis_link import RedisLink
from bot.context import TenantBot
from bot.session import Session
from bot.telegram import TelegramRefused, TelegramUnavailable
from bot.ui.i18n import known_locales, words_for

ONCE_IN_S = 3600
_ANSWERED = ("start", "help")

log = logging.getLogger("slotgate.bot")
_encoder = msgspec.json.Encoder()


async def group_answer(
    session: Session, bot: Bot, redis: RedisLink, tenant: TenantBot, message: Mapping[str, Any]
) -> bytes | None:
    """Return the answer as a Bot API call in JSON, at most once an hour in a group; None for no answer.

    A failure gives no answer either: nobody waits for this sentence."""
    command, _, addressed = str(message["text"]).partition(" ")[0][1:].partition("@")
    if command.lower() not in _ANSWERED:
        return None
    chat = message["chat"]["id"]
    try:
        username = await session.username(bot)
        if addressed and addressed.lower() != username.lower():
            return None
        mark = redis_key("attempts", tenant.slug, "group", chat).encode()
        if await redis.call(b"SET", mark, b"1", b"NX", b"EX", b"%d" % ONCE_IN_S) is None:
            return None
    except (RedisFailure, TelegramRefused, TelegramUnavailable) as error:
        log.warning("tenant=%s a group gets no answer: %s", tenant.slug, type(error).__name__)
        return None
    t = words_for(_locale(tenant, message))
    call = {
        "method": "sendMessage",
        "chat_id": chat,
        "text": str(t.html("in-group", business=tenant.name)),
        "parse_mode": "HTML",
        # below the command, so also in its topic
        "reply_parameters": {"message_id": message["message_id"], "allow_sending_without_reply": True},
        "reply_markup": {"inline_keyboard": [[{"text": t.label("button-private"), "url": f"https://t.me/{username}"}]]},
    }
    return _encoder.encode(call)


def _locale(tenant: TenantBot, message: Mapping[str, Any]) -> str:
    language = str(message["from"].get("language_code") or "").partition("-")[0]
    return language if language in known_locales() else tenant.locale
