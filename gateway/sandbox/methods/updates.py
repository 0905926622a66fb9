"""How a bot receives: setWebhook and its kin, getUpdates, getMe."""

import re
import time
from urllib.parse import urlsplit

from gateway.sandbox.model import Json, Webhook
from gateway.sandbox.refusals import bad_request, too_many

from .registry import Call, Described, method

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


@method("getMe")
async def get_me(call: Call) -> Json:
    """Who the bot is."""
    return {
        **call.bot.user(), "can_join_groups": True, "can_read_all_group_messages": False,
        "supports_inline_queries": False, "can_connect_to_business": False, "has_main_web_app": False,
    }  # fmt: skip


def _allowed(call: Call, current: list[str] | None) -> list[str] | None:
    """The kinds to deliver. Not sent: as before; empty: the default ones. Unknown names are passed over."""
    wanted = call.params.names("allowed_updates")
    if wanted is None:
        return current
    return sorted({name.lower() for name in wanted} & KINDS) or None


def _drop_pending(call: Call) -> None:
    for update_id in list(call.bot.pending):
        call.sandbox.drop(call.bot, update_id)


@method("setWebhook")
async def set_webhook(call: Call) -> Described:
    """Registers the webhook; with unchanged parameters nothing happens."""
    params, bot, old = call.params, call.bot, call.bot.webhook
    url = params.text("url").strip()
    if not url:
        return await delete_webhook(call)
    secret = params.text("secret_token")
    if len(secret) > 256:
        raise bad_request("secret token is too long")
    if not re.fullmatch(r"[A-Za-z0-9_-]*", secret):
        raise bad_request("secret token contains unallowed characters")
    try:
        address = urlsplit(url)
        host, _ = address.hostname, address.port
    except ValueError:
        host = None
    if not host or address.scheme not in ("http", "https"):
        raise bad_request("invalid webhook URL specified")
    connections = params.whole("max_connections", 40)
    new = Webhook(
        url=url, secret=secret, max_connections=min(max(connections, 1), 100), ip_address=params.text("ip_address"),
        allowed=_allowed(call, old.allowed),
    )  # fmt: skip
    fields = ("url", "secret", "max_connections", "ip_address", "allowed")
    if params.flag("drop_pending_updates"):
        _drop_pending(call)
    elif all(getattr(new, name) == getattr(old, name) for name in fields):
        return Described("Webhook is already set")
    now = time.monotonic()
    if now < call.live.next_set_webhook:
        raise too_many(1)
    call.live.next_set_webhook = now + 1
    bot.webhook = new
    call.sandbox.mailbox.end(bot, "terminated by setWebhook request")
    call.sandbox.courier.resize(bot)
    call.sandbox.courier.wake(bot)
    _told(call)
    return Described("Webhook was set")


@method("deleteWebhook")
async def delete_webhook(call: Call) -> Described:
    """Removes the webhook; what is pending stays unless it is told to go."""
    if call.params.flag("drop_pending_updates"):
        _drop_pending(call)
    bot = call.bot
    if not bot.webhook.url:
        return Described("Webhook is already deleted")
    bot.webhook = Webhook(allowed=bot.webhook.allowed)
    call.sandbox.courier.wake(bot)
    _told(call)
    return Described("Webhook was deleted")


def _told(call: Call) -> None:
    call.sandbox.changed()
    call.sandbox.journal.publish("bots", {})


@method("getWebhookInfo")
async def get_webhook_info(call: Call) -> Json:
    """What is registered; of the secret not a word, as in Telegram."""
    call.sandbox.expire(call.bot)
    hook = call.bot.webhook
    info: Json = {"url": hook.url, "has_custom_certificate": False, "pending_update_count": len(call.bot.pending)}
    if hook.last_error_date:
        info |= {"last_error_date": hook.last_error_date, "last_error_message": hook.last_error_message}
    if hook.url:
        info["max_connections"] = hook.max_connections
        info["ip_address"] = hook.ip_address or "127.0.0.1"
    if hook.allowed:
        info["allowed_updates"] = hook.allowed
    return info


@method("getUpdates")
async def get_updates(call: Call) -> list[Json]:
    """Long polling."""
    params = call.params
    if not call.bot.webhook.url:
        call.bot.webhook.allowed = _allowed(call, call.bot.webhook.allowed)
    limit = params.whole("limit", 100)
    return await call.sandbox.mailbox.fetch(
        call.bot,
        offset=params.whole("offset"),
        limit=limit if 1 <= limit <= 100 else 100,
        timeout_s=float(params.whole("timeout")),
    )
