"""The admin's chat in a test: pressed and read by the keys of the locales, so that one journey runs in every language."""

from collections.abc import Callable
from typing import Any

from bot.ui.i18n import words_for
from tests.support.bot_stage import ADMIN, CLIENT, Stage

LANGUAGES = ("en", "ru")


class Desk:
    """The admin's chat, in words of their language."""

    def __init__(self, on: Stage, locale: str) -> None:
        self.on, self.t = on, words_for(locale)

    async def press(self, key: str, **args: Any) -> str:
        """Presses the button with these words of the locales."""
        return await self.on.press(ADMIN, self.t.label(key, **args))

    async def tap(self, label: str) -> str:
        """Presses a button by a part of its label."""
        return await self.on.press(ADMIN, label)

    async def say(self, text: str) -> str:
        """Types."""
        return await self.on.say(ADMIN, text)

    def says(self, key: str, **args: Any) -> bool:
        """Whether the menu says this."""
        said = str(self.t.label(key, **args)).replace("<b>", "").replace("</b>", "")
        return said.replace("\u00a0", " ") in self.on.text(ADMIN)

    @property
    def labels(self) -> list[str]:
        return self.on.labels(ADMIN)


async def opened(stages: Callable[..., Any], locale: str, **more: Any) -> Desk:
    on: Stage = await stages(locale=locale, **more)
    await on.admin()
    await on.say(CLIENT, "/start")
    await on.say(ADMIN, "/start")
    desk = Desk(on, locale)
    if desk.t.label("button-my-day") in desk.labels:  # the first steps are not done yet
        await desk.press("button-my-day")
    return desk
