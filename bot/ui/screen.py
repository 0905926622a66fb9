"""The one live menu of a chat: edited in place, or sent anew below a message of the person's, the old one removed."""

import logging
import time
from collections.abc import Mapping

import msgspec

from backend.contract.redis import redis_key
from backend.kit.redis import RedisFailure
from backend.kit.redis_link import take_reply
from bot.request import Request
from bot.telegram import TelegramRefused, TelegramUnavailable
from bot.ui.keyboards import Screen, keyboard_markup, menu_text, screen_fingerprint
from bot.updates import PressedMessage

KEPT_S = 90 * 86_400
# Telegram lets a bot delete its messages for 48 hours; an hour is left for clocks that differ.
DELETABLE_S = 47 * 3600
# A second press within this time after the menu has changed is the same tap, not a press on an outdated button.
DOUBLE_TAP_S = 3.0
MAX_LEFT = 5

log = logging.getLogger("slotgate.bot")


class LastMenu(msgspec.Struct):
    """What Redis holds under `last_menu:{slug}:<chat>`. Times are epoch seconds; `changed_at` tells double taps.

    `edited_at` is Telegram's own time of the last change, 0 where it is unknown. `left` are the ids of menus that have become
    messages of their own of late: a second tap on one of them must not take it away. `outdated` are menus that are still to be
    removed, each with the time at which it was sent."""

    message_id: int
    fingerprint: str
    sent_at: float
    changed_at: float = 0.0
    edited_at: int = 0
    left: tuple[int, ...] = ()
    outdated: tuple[tuple[int, float], ...] = ()


_decoder = msgspec.json.Decoder(LastMenu)
_encoder = msgspec.json.Encoder()


async def load_last_menu(request: Request) -> LastMenu | None:
    """Return the chat's menu, or None where it is unknown. Of a press the FSM's state comes along in the same exchange."""
    redis, menu_read = request.services.redis, (b"GET", _key(request))
    try:
        if request.press is None:
            raw = await redis.call(*menu_read)
        else:
            state = request.state
            raw, step = await redis.call_all((menu_read, state.storage.state_read(state.key)))
            state.keep_read(step)
            raw = take_reply(raw)
        return _decoder.decode(raw) if isinstance(raw, bytes) else None
    except RedisFailure as error:
        request.menu_unread = True
        log.warning("the last menu cannot be read: %s", type(error).__name__)
    except msgspec.DecodeError:
        pass
    return None


def is_behind(request: Request, last: LastMenu, pressed: PressedMessage) -> bool:
    """Return whether the pressed message shows a later menu than the one that Redis remembers.

    A Redis that was killed has forgotten its last second, and a menu may have been shown while it was away. Telegram tells
    which is later: message ids grow, and the message comes as it was when its button was pressed."""
    if pressed.message_id != last.message_id:
        return pressed.message_id > last.message_id
    shown_at = pressed.edit_date or pressed.date
    if not last.edited_at or not shown_at or shown_at != last.edited_at:
        return 0 < last.edited_at < shown_at
    # within one of Telegram's seconds: then what was remembered before the connection began may be the earlier one
    return last.changed_at < request.services.redis.connected_at


async def show_menu(request: Request, screen: Screen, last: LastMenu | None, *, below: bool) -> None:
    """Make the screen the chat's menu: edit `last`, or send a new one `below` and remove the old one.

    A menu that has become a message of its own stays, and the new one goes below it."""
    mark = screen_fingerprint(screen)
    params = {
        "text": menu_text(screen),
        "parse_mode": "HTML",
        "reply_markup": keyboard_markup(screen.rows, mark),
        "link_preview_options": {"is_disabled": True},
    }
    now = time.time()
    left, outdated = ((), ()) if last is None else (last.left, last.outdated)
    if request.left_message_id is not None:
        left, below = (*left, request.left_message_id)[-MAX_LEFT:], True
        if last is not None and last.message_id == request.left_message_id:
            last = None
    if last is not None and not below:
        if last.fingerprint == mark:
            return
        edited_at = await _edit(request, last.message_id, params)
        if edited_at is not None:
            await _keep(request, LastMenu(last.message_id, mark, last.sent_at, now, edited_at, left, outdated))
            return
    result = await request.call_telegram("sendMessage", params)
    if last is None and request.menu_unread:
        # a connection that was given up is soon there again; the menu before this one is not to stay
        last = await load_last_menu(request)
    if last is not None and last.message_id not in left:
        outdated = (*outdated, (last.message_id, last.sent_at))[-MAX_LEFT:]
    sent_at = int(result.get("date", 0))
    await _keep(request, LastMenu(int(result["message_id"]), mark, now, now, sent_at, left, outdated))


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


async def _edit(request: Request, message_id: int, params: Mapping[str, object]) -> int | None:
    """Return Telegram's time of the edit, 0 where it is unknown; None when the screen must be sent anew."""
    try:
        result = await request.call_telegram("editMessageText", {"message_id": message_id, **params})
    except TelegramRefused as refusal:
        if refusal.unchanged:
            return 0
        if refusal.gone:
            return None
        raise
    return int(result.get("edit_date", 0)) if isinstance(result, dict) else 0


async def _keep(request: Request, menu: LastMenu) -> None:
    """Remember the chat's menu, then remove those before it; one that cannot be removed now is removed after the next change.

    Nothing waits for Redis: the next read goes over the same connection."""
    _tell(request, menu)
    if not menu.outdated:
        return
    outdated = list(menu.outdated)
    try:
        for message_id, sent_at in menu.outdated:
            await remove_menu(request, message_id, sent_at)
            outdated.remove((message_id, sent_at))
    except TelegramUnavailable as failure:
        log.warning("tenant=%s an old menu stays for now: %s", request.tenant.slug, failure)
    _tell(request, msgspec.structs.replace(menu, outdated=tuple(outdated)))


def _tell(request: Request, menu: LastMenu) -> None:
    request.services.redis.tell(b"SET", _key(request), _encoder.encode(menu), b"EX", b"%d" % KEPT_S)


def _key(request: Request) -> bytes:
    return redis_key("last_menu", request.tenant.slug, request.chat_id).encode()
