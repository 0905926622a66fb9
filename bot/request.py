"""One update being handled: who, where, in which language, with everything that a scenario needs."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiogram import Bot
from aiogram.types import Message

from backend.client.api import Caller
from backend.contract.people import Person
from bot import updates
from bot.context import Context
from bot.dialogs import Dialog
from bot.telegram import Session
from bot.ui.callbacks import Pressed
from bot.ui.i18n import Words, words
from bot.ui.keyboards import Row
from bot.ui.times import Times

PersonChanged = Callable[[str, int], Awaitable[None]]


class Request:
    """Made once per update by the dispatcher and passed to every handler.

    `chat` is the private chat's id, `pressed` the button (None for a message), `now` epoch seconds by the backend's
    clock. Handlers return a `Screen` for the menu, or None when they have answered in another way."""

    def __init__(
        self,
        *,
        context: Context,
        bot: Bot,
        session: Session,
        api: Caller,
        dialog: Dialog,
        chat: int,
        update_id: int,
        now: float,
        pressed: Pressed | None = None,
        message: Message | None = None,
        source: updates.Pressed | None = None,
        person_changed: PersonChanged | None = None,
    ) -> None:
        self.context = context
        self.tenant = context.tenant
        self.person: Person = context.person
        self.bot = bot
        self.session = session
        self.api = api
        self.dialog = dialog
        self.chat = chat
        self.update_id = update_id
        self.now = now
        self.pressed = pressed
        self.message = message
        self._source = source
        # what a handler that changes no menu says in answer to the press
        self.toast = ""
        # the role or the language has changed during this request
        self.changed = False
        self._person_changed = person_changed
        self.locale: str = self.person.locale
        self.t: Words = words(self.locale)
        self.times = Times(self.tenant.timezone, self.locale, now)

    @property
    def source_id(self) -> int | None:
        """The id of the message below the pressed button."""
        return None if self._source is None else self._source.message_id

    @property
    def source_html(self) -> str | None:
        """The text of that message as HTML; None where it has none."""
        return None if self._source is None else self._source.html()

    @property
    def is_admin(self) -> bool:
        return "admin" in self.person.roles

    @property
    def is_specialist(self) -> bool:
        return "specialist" in self.person.roles

    @property
    def origin(self) -> int:
        """The update whose effect this is: this one, or the one that a "Try again" repeats."""
        if self.pressed is not None and self.pressed.origin is not None:
            return self.pressed.origin
        return self.update_id

    def key(self, step: str) -> str:
        """The idempotency key of one write: made of bot, update and step."""
        return f"{self.bot.id}:{self.origin}:{step}"

    async def person_changed(self, person: Person | None = None) -> None:
        """After a change of role or language: the cached context is dropped, this request goes on with `person`."""
        self.changed = True
        if person is not None:
            self.person = person
            self.locale = person.locale
            self.t = words(self.locale)
            self.times = Times(self.tenant.timezone, self.locale, self.now)
        if self._person_changed is not None and self.person.tg_id is not None:
            await self._person_changed(self.tenant.slug, self.person.tg_id)

    async def say(self, html: str, rows: list[Row] | None = None, **params: Any) -> int:
        """Sends a message of its own, which is not the menu; returns its id."""
        from bot.ui.keyboards import markup

        if rows is not None:
            params["reply_markup"] = markup(rows)
        result = await self.call("sendMessage", {"text": html, "parse_mode": "HTML", **params})
        return int(result["message_id"])

    async def send_file(self, name: str, content: bytes, caption: str = "") -> None:
        """Sends a document of its own; `caption` is plain text."""
        params = {"caption": caption} if caption else {}
        await self.call("sendDocument", params, {"document": (name, content)})

    async def call(
        self, method: str, params: Mapping[str, Any], files: Mapping[str, tuple[str, bytes]] | None = None
    ) -> Any:
        """A Bot API call in this chat."""
        return await self.session.call(self.bot, method, {"chat_id": self.chat, **params}, files)
