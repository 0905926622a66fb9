"""The admin's chat in a test: pressed and read by the keys of the locales, so that one journey runs in every language."""

from collections.abc import Callable
from typing import Any

from bot.ui.i18n import words_for
from tests.support.bot_chats import ADMIN, CLIENT, BotChats

LANGUAGES = ("en", "ru")


class AdminChat:
    """The admin's chat, in words of their language."""

    def __init__(self, chats: BotChats, locale: str) -> None:
        self.chats, self.t = chats, words_for(locale)

    async def press(self, key: str, **args: Any) -> str:
        """Press the button with these words of the locales."""
        return await self.chats.press(ADMIN, self.t.label(key, **args))

    async def tap(self, label: str) -> str:
        """Press a button by a part of its label."""
        return await self.chats.press(ADMIN, label)

    async def say(self, text: str) -> str:
        """Type a text."""
        return await self.chats.say(ADMIN, text)

    def says(self, key: str, **args: Any) -> bool:
        """Return whether the menu says this."""
        said = str(self.t.label(key, **args)).replace("<b>", "").replace("</b>", "")
        return said.replace("\u00a0", " ") in self.chats.text(ADMIN)

    @property
    def labels(self) -> list[str]:
        """The labels of the menu's buttons."""
        return self.chats.labels(ADMIN)


async def open_admin_chat(open_chats: Callable[..., Any], locale: str, **more: Any) -> AdminChat:
    """Open the admin's chat with a bot that has a client already."""
    chats: BotChats = await open_chats(locale=locale, **more)
    await chats.admin()
    await chats.say(CLIENT, "/start")
    await chats.say(ADMIN, "/start")
    chat = AdminChat(chats, locale)
    if chat.t.label("button-my-day") in chat.labels:  # the first steps are not done yet
        await chat.press("button-my-day")
    return chat
