"""The menu of commands beside the text field: by role and language, told to Telegram when either becomes known."""

import logging
from collections import OrderedDict

from bot.request import Request
from bot.telegram import TelegramRefused, TelegramUnavailable
from bot.ui.callbacks import ROUTES
from bot.ui.i18n import words
from bot.ui.keyboards import Screen

# What always works, in every role; the others are each a screen that buttons lead to as well.
ALWAYS = ("start", "help", "cancel")
CLIENT = ("start", "book", "visits", "help", "cancel")
SPECIALIST = ("start", "today", "week", "hours", "dayoff", "book", "visits", "help", "cancel")
ADMIN = ("start", "today", "manage", "bookings", "clients", "help", "cancel")
# A chat that has been told is told again only after a change; so many chats are remembered.
REMEMBERED = 20_000

log = logging.getLogger("slotgate.bot")

_told: OrderedDict[tuple[int, int], tuple[str, tuple[str, ...]]] = OrderedDict()


def names(request: Request) -> tuple[str, ...]:
    """The commands of this person's role."""
    if request.is_admin:
        return ADMIN
    if request.is_specialist and request.person.specialist_id is not None:
        return SPECIALIST
    return CLIENT


def listed(locale: str, commands: tuple[str, ...]) -> list[dict[str, str]]:
    """As setMyCommands takes them."""
    told = words(locale)
    return [{"command": name, "description": told.label(f"command-{name}")} for name in commands]


async def run(request: Request, name: str) -> Screen | None:
    """The screen of a command of this role; None for one that it does not have."""
    if name not in names(request):
        return None
    today, own = request.times.today.toordinal(), request.person.specialist_id or 0
    places: dict[str, tuple[str, tuple[int, ...]]] = {
        "book": ("c.all", (0,)),
        "visits": ("c.mine", (0, 0)),
        "today": ("a.day" if request.is_admin else "s.day", (today,)),
        "week": ("s.week", (today,)),
        "hours": ("h.week", (own,)),
        "dayoff": ("o.menu", (own,)),
        "manage": ("a.menu", ()),
        "bookings": ("a.bks", ()),
        "clients": ("a.cls", ()),
    }
    where, ids = places[name]
    return await ROUTES[where].handler(request, *ids)


async def keep_up(request: Request) -> None:
    """Tells Telegram this chat's commands where the role or the language is news; clients have the bot's own list.

    Fails open: a menu that is out of date leads to a screen all the same."""
    chat, now = (request.bot.id, request.chat), (request.locale, names(request))
    known = _told.get(chat)
    if known == now or (known is None and now[1] == CLIENT and not request.changed):
        return
    params = {"commands": listed(*now), "scope": {"type": "chat", "chat_id": request.chat}}
    try:
        await request.session.call(request.bot, "setMyCommands", params)
    except (TelegramRefused, TelegramUnavailable) as failure:
        log.info("tenant=%s the commands of a chat are not told: %s", request.tenant.slug, failure)
        return
    _told[chat] = now
    _told.move_to_end(chat)
    if len(_told) > REMEMBERED:
        _told.popitem(last=False)


async def forget(request: Request, chat: int) -> None:
    """Somebody is not on the staff any more: their chat has the bot's own commands again."""
    _told.pop((request.bot.id, chat), None)
    try:
        params = {"scope": {"type": "chat", "chat_id": chat}}
        await request.session.call(request.bot, "deleteMyCommands", params)
    except (TelegramRefused, TelegramUnavailable) as failure:
        log.info("tenant=%s the commands of a chat stay: %s", request.tenant.slug, failure)
