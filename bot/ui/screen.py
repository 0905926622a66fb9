"""The one live menu of a chat: edited in place, or sent anew below a message of the person's, the old one removed."""

import logging
import time
from collections.abc import Mapping

import msgspec

from backend.contract.redis import redis_key
from backend.kit.redis import RedisFailure
from bot.request import Request
from bot.telegram import TelegramRefused
from bot.ui.keyboards import Screen, keyboard_markup, menu_text, screen_fingerprint

KEPT_S = 90 * 86_400
# Telegram lets a bot delete its messages for 48 hours; an hour is left for clocks that differ.
DELETABLE_S = 47 * 3600
# A second press within this time after the menu has changed is the same tap, not a press on an outdated button.
DOUBLE_TAP_S = 3.0

log = logging.getLogger("slotgate.bot")


class LastMenu(msgspec.Struct):
    """What Redis holds under `last_menu:{slug}:<chat>`. Times are epoch seconds; `changed_at` tells double taps."""

    message_id: int
    fingerprint: str
    sent_at: float
    changed_at: float = 0.0


_decoder = msgspec.json.Decoder(LastMenu)
_encoder = msgspec.json.Encoder()


async def load_last_menu(request: Request) -> LastMenu | None:
    """Return the chat's menu, or None where it is unknown."""
    try:
        raw = await request.services.redis.call(b"GET", _key(request))
        return _decoder.decode(raw) if isinstance(raw, bytes) else None
    except RedisFailure as error:
        log.warning("the last menu cannot be read: %s", type(error).__name__)
    except msgspec.DecodeError:
        pass
    return None


async def show_menu(request: Request, screen: Screen, last: LastMenu | None, *, below: bool) -> None:
    """Make the screen the chat's menu: edit `last`, or send a new one `below` and remove the old one."""
    mark = screen_fingerprint(screen)
    params = {
        "text": menu_text(screen),
        "parse_mode": "HTML",
        "reply_markup": keyboard_markup(screen.rows, mark),
        "link_preview_options": {"is_disabled": True},
    }
    now = time.time()
    if last is not None and not below:
        if last.fingerprint == mark:
            return
        if await _edit(request, last.message_id, params):
            _keep(request, LastMenu(last.message_id, mark, last.sent_at, now))
            return
    result = await request.call_telegram("sendMessage", params)
    _keep(request, LastMenu(int(result["message_id"]), mark, now, now))
    if last is not None:
        await remove_menu(request, last.message_id, last.sent_at)


async def remove_menu(request: Request, message_id: int, sent_at: float) -> None:
    """Delete an old menu; one too old to be deleted, or of unknown age, loses at least its buttons."""
    if time.time() - sent_at < DELETABLE_S:
        try:
            await request.call_telegram("deleteMessage", {"message_id": message_id})
        except TelegramRefused:
            pass
        else:
            return
    try:
        await request.call_telegram("editMessageReplyMarkup", {"message_id": message_id})
    except TelegramRefused as refusal:
        log.debug("the old menu stays: %s", refusal.description)


async def _edit(request: Request, message_id: int, params: Mapping[str, object]) -> bool:
    """Return whether the message now shows the screen; False when it must be sent anew."""
    try:
        await request.call_telegram("editMessageText", {"message_id": message_id, **params})
    except TelegramRefused as refusal:
        if refusal.unchanged:
            return True
        if refusal.gone:
            return False
        raise
    return True


def _keep(request: Request, menu: LastMenu) -> None:
    """Remember the chat's menu without waiting: the next read of it goes over the same connection."""
    try:
        request.services.redis.tell(b"SET", _key(request), _encoder.encode(menu), b"EX", b"%d" % KEPT_S)
    except RedisFailure as error:
        log.warning("the last menu cannot be kept: %s", type(error).__name__)


def _key(request: Request) -> bytes:
    return redis_key("last_menu", request.tenant.slug, request.chat_id).encode()
