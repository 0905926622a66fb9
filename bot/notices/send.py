"""Sending a notice, and what becomes of it."""

import logging
from typing import Literal

from aiogram import Bot
from msgspec.structs import replace

from backend.client.api import BackendClient, BackendRefused, BackendUnavailable
from backend.contract.messages import ClientMessage
from backend.contract.notices import REPLACED, Notice, Report
from backend.contract.people import ClientJoin
from bot.context import TenantBot
from bot.notices.admin_notices import join_id_of
from bot.notices.compose import compose_notice
from bot.session import Session
from bot.telegram import TelegramRefused, TelegramUnavailable
from bot.ui.i18n import words_for
from bot.ui.keyboards import Screen, keyboard_markup
from bot.ui.text import MAX_CAPTION, cut_html

log = logging.getLogger("slotgate.bot")


async def send_notice(session: Session, backend: BackendClient, bot: Bot, tenant: TenantBot, notice: Notice) -> Report:
    """Send it and return what became of it. Refusals and outages, Telegram's and ours, are in the report, never raised."""
    try:
        join = await _load_join(backend, tenant, notice)
    except BackendUnavailable as failure:
        return Report(epoch=notice.epoch, outcome="retry", error=str(failure)[:500])
    screen = compose_notice(tenant, notice, backend.now(), join)
    try:
        message_id = await _post(session, bot, notice, screen)
    except TelegramUnavailable as failure:
        if notice.kind == "broadcast" and failure.unsure:
            # it may have arrived, and nobody gets a broadcast twice: it is not sent again
            return Report(epoch=notice.epoch, outcome="unsure")
        after = float(min(failure.retry_after, 86_400)) if failure.limited else None
        return Report(epoch=notice.epoch, outcome="retry", retry_after_s=after, error=str(failure)[:500])
    except TelegramRefused as refusal:
        # 401: the token is wrong or has been changed; the notice waits for the operator to mend it
        outcome: Literal["blocked", "retry", "failed"] = (
            "blocked" if refusal.blocked else "retry" if refusal.code == 401 else "failed"
        )
        return Report(epoch=notice.epoch, outcome=outcome, error=refusal.description[:500])
    return Report(epoch=notice.epoch, outcome="sent", message_id=message_id)


async def _load_join(backend: BackendClient, tenant: TenantBot, notice: Notice) -> ClientJoin | None:
    """Return the join that the notice asks for, as it is now; None where it asks for none, or it is over."""
    join_id = join_id_of(notice)
    if join_id is None:
        return None
    admin = backend.act_as(tenant.slug, notice.tg_id, f"notice-{notice.id}")
    try:
        joins = (await admin.list_client_joins()).items
    except BackendRefused:
        return None  # no admin any more
    return next((join for join in joins if join.id == join_id), None)


async def _post(session: Session, bot: Bot, notice: Notice, screen: Screen) -> int:
    """Send it, or bring the message that is there already up to date; return the message's id."""
    if (media := _passed_on(notice)) is not None:
        return await _post_media(session, bot, notice, screen, media)
    if notice.photo is not None:
        return await _post_picture(session, bot, notice, screen)
    params = _text_params(notice, screen)
    if notice.message_id is not None and notice.kind not in REPLACED:
        try:
            await session.call(bot, "editMessageText", {"message_id": notice.message_id, **params})
        except TelegramRefused as refusal:
            if not refusal.gone and not refusal.unchanged:
                raise
            if refusal.unchanged or notice.kind != "progress":
                # what the person has deleted says nothing wrong any more
                return notice.message_id
        else:
            return notice.message_id
    sent = await session.call(bot, "sendMessage", params)
    if notice.message_id is not None and notice.kind in REPLACED:
        await _delete(session, bot, {"chat_id": notice.tg_id, "message_id": notice.message_id})
    return int(sent["message_id"])


def _passed_on(notice: Notice) -> ClientMessage | None:
    """Return a client's words to staff that are a picture or a recording; None for all else."""
    words = notice.words
    return words if notice.kind == "words" and words is not None and words.file_id is not None else None


async def _post_media(session: Session, bot: Bot, notice: Notice, screen: Screen, words: ClientMessage) -> int:
    """Pass a picture or a recording on under what is said about it, or change what is said.

    One that Telegram does not let through is told of in words (some people take no recordings)."""
    params = _target(notice, screen) | {"caption": cut_html(screen.text, MAX_CAPTION)}
    try:
        if notice.message_id is not None:
            await session.call(bot, "editMessageCaption", {"message_id": notice.message_id, **params})
            return notice.message_id
        method = "sendPhoto" if words.media == "photo" else "sendVoice"
        sent = await session.call(bot, method, {str(words.media): words.file_id, **params})
        return int(sent["message_id"])
    except TelegramRefused as refusal:
        if notice.message_id is not None and (refusal.unchanged or refusal.gone):
            return notice.message_id
        if refusal.blocked or refusal.code == 401:
            raise
    told = words_for(notice.locale).html("media-lost")
    in_words = screen._replace(text=f"{screen.text}\n\n{told}")
    return await _post(session, bot, replace(notice, words=replace(words, file_id=None)), in_words)


async def _post_picture(session: Session, bot: Bot, notice: Notice, screen: Screen) -> int:
    """Send a broadcast below its picture; alone where Telegram does not know the picture any more, as the bot is another."""
    params = _target(notice, screen) | {"photo": notice.photo, "caption": cut_html(screen.text, MAX_CAPTION)}
    try:
        sent = await session.call(bot, "sendPhoto", params)
    except TelegramRefused as refusal:
        if refusal.blocked or refusal.code == 401:
            raise
        log.warning("a broadcast goes without its picture: %s", refusal.description)
        sent = await session.call(bot, "sendMessage", _text_params(notice, screen))
    return int(sent["message_id"])


def _target(notice: Notice, screen: Screen) -> dict[str, object]:
    target: dict[str, object] = {"chat_id": notice.tg_id, "parse_mode": "HTML"}
    if screen.rows:
        target["reply_markup"] = keyboard_markup(screen.rows)
    return target


def _text_params(notice: Notice, screen: Screen) -> dict[str, object]:
    return _target(notice, screen) | {"text": cut_html(screen.text), "link_preview_options": {"is_disabled": True}}


async def _delete(session: Session, bot: Bot, message: dict[str, object]) -> None:
    """Delete a message that another has replaced; one that stays all the same is no failure."""
    try:
        await session.call(bot, "deleteMessage", message)
    except (TelegramRefused, TelegramUnavailable) as failure:
        log.info("a message that was replaced stays: %s", failure)
