"""The menu of commands beside the text field, by role and language; told to Telegram when either becomes known."""

import logging
from collections import OrderedDict

from bot.request import Request
from bot.telegram import TelegramRefused, TelegramUnavailable
from bot.ui.i18n import words_for

CLIENT = ("start", "book", "mybookings", "help", "cancel")
SPECIALIST = ("start", "today", "week", "hours", "dayoff", "book", "mybookings", "help", "cancel")
ADMIN = ("start", "today", "week", "manage", "bookings", "clients", "help", "cancel")
# A chat's commands are sent again only after a change; so many chats are remembered.
REMEMBERED = 20_000

log = logging.getLogger("slotgate.bot")

# (bot id, chat id) -> the language and the commands that the chat has
_sent: OrderedDict[tuple[int, int], tuple[str, tuple[str, ...]]] = OrderedDict()


def role_commands(request: Request) -> tuple[str, ...]:
    """Return the commands of this person's role."""
    if request.is_admin:
        return ADMIN
    if request.is_specialist and request.person.specialist_id is not None:
        return SPECIALIST
    return CLIENT


def bot_commands(locale: str, commands: tuple[str, ...]) -> list[dict[str, str]]:
    """Return the commands with their descriptions, as setMyCommands takes them."""
    t = words_for(locale)
    return [{"command": name, "description": t.label(f"command-{name}")} for name in commands]


async def update_command_menu(request: Request) -> None:
    """Send this chat's commands where the role or the language has changed; clients have the bot's own list.

    A failure is only logged: a menu that is out of date leads to a screen all the same."""
    chat, wanted = (request.bot.id, request.chat_id), (request.locale, role_commands(request))
    known = _sent.get(chat)
    if known == wanted or (known is None and wanted[1] == CLIENT and not request.person_changed):
        return
    params = {"commands": bot_commands(*wanted), "scope": {"type": "chat", "chat_id": request.chat_id}}
    try:
        await request.session.call(request.bot, "setMyCommands", params)
    except (TelegramRefused, TelegramUnavailable) as failure:
        log.info("tenant=%s the commands of a chat are not sent: %s", request.tenant.slug, failure)
        return
    _sent[chat] = wanted
    _sent.move_to_end(chat)
    if len(_sent) > REMEMBERED:
        _sent.popitem(last=False)


async def reset_command_menu(request: Request, chat_id: int) -> None:
    """Give the chat of somebody who has left the staff the bot's own commands again."""
    _sent.pop((request.bot.id, chat_id), None)
    try:
        params = {"scope": {"type": "chat", "chat_id": chat_id}}
        await request.session.call(request.bot, "deleteMyCommands", params)
    except (TelegramRefused, TelegramUnavailable) as failure:
        log.info("tenant=%s the commands of a chat stay: %s", request.tenant.slug, failure)
