"""What people see of a bot before they have written to it: its description, and the short one that is sent on with a link."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from aiogram import Bot

from bot.context import TenantBot
from bot.session import Session
from bot.ui.i18n import known_locales, words_for

# Telegram's limits, in characters.
DESCRIPTION_MAX, SHORT_DESCRIPTION_MAX = 512, 120


class ProfileText(NamedTuple):
    """A text of the profile in one language; without a `language` for everybody whose own has none."""

    kind: str
    language: str | None
    text: str


def profile_texts(tenant: TenantBot) -> Iterator[ProfileText]:
    """Yield every text of the bot's profile as it should be.

    The languages first: one without a text of its own would answer with that of everybody, as if it had one already."""
    for language in (*known_locales(), None):
        label = words_for(language or tenant.locale).label
        yield ProfileText("Description", language, label("bot-description", business=tenant.name)[:DESCRIPTION_MAX])
        short = label("bot-short-description", business=tenant.name)
        yield ProfileText("ShortDescription", language, short[:SHORT_DESCRIPTION_MAX])


async def set_descriptions(session: Session, bot: Bot, tenant: TenantBot, is_ours: Callable[[str], bool]) -> None:
    """Set those texts of the profile that differ. What somebody has written at @BotFather stays: `is_ours` tells it apart.

    Raises `TelegramRefused` or `TelegramUnavailable`; repeating it does no harm."""
    for kind, language, text in profile_texts(tenant):
        where = {} if language is None else {"language_code": language}
        field = "description" if kind == "Description" else "short_description"
        now = str((await session.call(bot, f"getMy{kind}", where)).get(field, ""))
        if now != text and (not now or is_ours(now)):
            await session.call(bot, f"setMy{kind}", {field: text, **where})
