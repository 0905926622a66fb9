"""Sending a notice, and what becomes of it."""

from typing import Literal

from aiogram import Bot

from backend.client.api import BackendClient, BackendRefused, BackendUnavailable
from backend.contract.notices import Notice, Report
from backend.contract.people import ClientJoin
from bot.context import TenantBot
from bot.notices.admin_notices import join_id_of
from bot.notices.compose import compose_notice
from bot.session import Session
from bot.telegram import TelegramRefused, TelegramUnavailable
from bot.ui.keyboards import keyboard_markup
from bot.ui.text import cut_html


async def send_notice(session: Session, backend: BackendClient, bot: Bot, tenant: TenantBot, notice: Notice) -> Report:
    """Send it and return what became of it. Refusals and outages, Telegram's and ours, are in the report, never raised."""
    try:
        join = await _load_join(backend, tenant, notice)
    except BackendUnavailable as failure:
        return Report(epoch=notice.epoch, outcome="retry", error=str(failure)[:500])
    screen = compose_notice(tenant, notice, backend.now(), join)
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
