"""Methods for receiving updates (setWebhook and the like, getUpdates), and getMe."""

import asyncio
import contextlib
import re
import time
from urllib.parse import urlsplit

from gateway.sandbox.errors import BadRequest, Conflict, TooManyRequests
from gateway.sandbox.methods.registry import Call, Described, api_method
from gateway.sandbox.model import Bot, Json, Webhook
from gateway.sandbox.sandbox import Sandbox

LONGEST_POLL_S = 50
KINDS = frozenset(
    [
        "message",
        "edited_message",
        "channel_post",
        "edited_channel_post",
        "business_connection",
        "business_message",
        "edited_business_message",
        "deleted_business_messages",
        "guest_message",
        "message_reaction",
        "message_reaction_count",
        "inline_query",
        "chosen_inline_result",
        "callback_query",
        "shipping_query",
        "pre_checkout_query",
        "purchased_paid_media",
        "poll",
        "poll_answer",
        "my_chat_member",
        "chat_member",
        "chat_join_request",
        "chat_boost",
        "removed_chat_boost",
        "managed_bot",
        "subscription",
        "stopped_message_generation",
    ]
)


@api_method("getMe")
async def get_me(call: Call) -> Json:
    """Return the bot itself."""
    return {
        **call.bot.user_json(), "can_join_groups": True, "can_read_all_group_messages": False,
        "supports_inline_queries": False, "can_connect_to_business": False, "has_main_web_app": False,
    }  # fmt: skip


def _read_allowed_updates(call: Call, current: list[str] | None) -> list[str] | None:
    """Return the kinds to deliver: `current` if none were sent, None (the default ones) for an empty list.

    Unknown names are ignored.
    """
    names = call.params.strings("allowed_updates")
    if names is None:
        return current
    return sorted({name.lower() for name in names} & KINDS) or None


def _drop_pending(call: Call) -> None:
    for update_id in list(call.bot.pending):
        call.sandbox.drop_update(call.bot, update_id)


@api_method("setWebhook")
async def set_webhook(call: Call) -> Described:
    """Register the webhook; with unchanged parameters nothing happens."""
    params, bot, old = call.params, call.bot, call.bot.webhook
    url = params.string("url").strip()
    if not url:
        return await delete_webhook(call)
    secret = params.string("secret_token")
    if len(secret) > 256:
        raise BadRequest("secret token is too long")
    if not re.fullmatch(r"[A-Za-z0-9_-]*", secret):
        raise BadRequest("secret token contains unallowed characters")
    try:
        address = urlsplit(url)
        host, _ = address.hostname, address.port
    except ValueError:
        host = None
    if not host or address.scheme not in ("http", "https"):
        raise BadRequest("invalid webhook URL specified")
    connections = params.integer("max_connections", 40)
    new = Webhook(
        url=url, secret=secret, max_connections=min(max(connections, 1), 100), ip_address=params.string("ip_address"),
        allowed=_read_allowed_updates(call, old.allowed),
    )  # fmt: skip
    fields = ("url", "secret", "max_connections", "ip_address", "allowed")
    if params.boolean("drop_pending_updates"):
        _drop_pending(call)
    elif all(getattr(new, name) == getattr(old, name) for name in fields):
        return Described("Webhook is already set")
    now = time.monotonic()
    if now < call.transient.set_webhook_allowed_at:
        raise TooManyRequests(1)
    call.transient.set_webhook_allowed_at = now + 1
    bot.webhook = new
    call.sandbox.polls.end(bot, "terminated by setWebhook request")
    call.sandbox.webhook_changed(bot)
    return Described("Webhook was set")


@api_method("deleteWebhook")
async def delete_webhook(call: Call) -> Described:
    """Remove the webhook. Pending updates stay unless `drop_pending_updates` is true."""
    if call.params.boolean("drop_pending_updates"):
        _drop_pending(call)
    bot = call.bot
    if not bot.webhook.url:
        return Described("Webhook is already deleted")
    bot.webhook = Webhook(allowed=bot.webhook.allowed)
    call.sandbox.webhook_changed(bot)
    return Described("Webhook was deleted")


@api_method("getWebhookInfo")
async def get_webhook_info(call: Call) -> Json:
    """Return the webhook without its secret, as Telegram does."""
    call.sandbox.expire_updates(call.bot)
    webhook = call.bot.webhook
    info: Json = {"url": webhook.url, "has_custom_certificate": False, "pending_update_count": len(call.bot.pending)}
    if webhook.last_error_date:
        info |= {"last_error_date": webhook.last_error_date, "last_error_message": webhook.last_error_message}
    if webhook.url:
        info["max_connections"] = webhook.max_connections
        info["ip_address"] = webhook.ip_address or "127.0.0.1"
    if webhook.allowed:
        info["allowed_updates"] = webhook.allowed
    return info


@api_method("getUpdates")
async def get_updates(call: Call) -> list[Json]:
    """Return pending updates, waiting for one up to `timeout` seconds."""
    params = call.params
    if not call.bot.webhook.url:
        call.bot.webhook.allowed = _read_allowed_updates(call, call.bot.webhook.allowed)
    limit = params.integer("limit", 100)
    return await fetch_updates(
        call.sandbox,
        call.bot,
        offset=params.integer("offset"),
        limit=limit if 1 <= limit <= 100 else 100,
        timeout_s=float(params.integer("timeout")),
    )


async def fetch_updates(sandbox: Sandbox, bot: Bot, *, offset: int, limit: int, timeout_s: float) -> list[Json]:
    """Return pending updates from `offset` on, at most `limit`, waiting for one up to `timeout_s` (and up to 50 s).

    Updates below `offset` are dropped; a negative one means the last updates only. Raises a 409 while a webhook is
    set, and when another request ends this one.
    """
    if bot.webhook.url:
        raise Conflict(
            "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
        )
    poll = sandbox.polls.begin(bot)
    try:
        sandbox.expire_updates(bot)
        if offset < 0:
            offset = max([*bot.pending, 0]) + 1 + offset
        for update_id in [update_id for update_id in bot.pending if offset and update_id < offset]:
            sandbox.drop_update(bot, update_id)
        deadline = asyncio.get_running_loop().time() + min(max(timeout_s, 0.0), LONGEST_POLL_S)
        while True:
            if poll.error:
                raise poll.error
            if bot.pending and not sandbox.transient[bot.token].outage:
                return [update.to_json() for update in list(bot.pending.values())[:limit]]
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0 or sandbox.polls.closed:
                return []
            poll.wake.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(poll.wake.wait(), left)
    finally:
        sandbox.polls.finish(bot, poll)
