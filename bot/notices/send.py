"""Sending a notice, and what becomes of it."""

from typing import Literal

from aiogram import Bot

from backend.contract.notices import Notice, Report
from bot.context import TenantBot
from bot.notices.compose import compose_notice
from bot.session import Session
from bot.telegram import TelegramRefused, TelegramUnavailable
from bot.ui.keyboards import keyboard_markup
from bot.ui.text import cut_html


async def send_notice(session: Session, bot: Bot, tenant: TenantBot, notice: Notice, now: float) -> Report:
    """Send it and return what became of it. Telegram's refusals and outages are in the report, never raised."""
    screen = compose_notice(tenant, notice, now)
    params: dict[str, object] = {
        "chat_id": notice.tg_id,
        "text": cut_html(screen.text),
        "parse_mode": "HTML",
        "link_preview_options": {"is_disabled": True},
    }
    if screen.rows:
        params["reply_markup"] = keyboard_markup(screen.rows)
    try:
        message_id = await _post(session, bot, notice, params)
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


async def _post(session: Session, bot: Bot, notice: Notice, params: dict[str, object]) -> int:
    """Send it, or edit the message that is there already; return the message's id."""
    if notice.kind == "progress" and notice.message_id is not None:
        try:
            await session.call(bot, "editMessageText", {"message_id": notice.message_id, **params})
        except TelegramRefused as refusal:
            if not refusal.gone and not refusal.unchanged:
                raise
            if refusal.unchanged:
                return notice.message_id
        else:
            return notice.message_id
    sent = await session.call(bot, "sendMessage", params)
    return int(sent["message_id"])
