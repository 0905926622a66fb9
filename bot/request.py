"""One update being handled: who, where, in which language, with everything that a scenario needs."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

from aiogram import Bot
from aiogram.types import Message
from msgspec.structs import replace

from backend.client.api import BackendClient, Caller
from backend.contract.people import Person
from backend.contract.tenancy import Tenant
from backend.kit.redis_link import RedisLink
from bot.context import Context
from bot.fsm import RedisStorage, UpdateState
from bot.session import Session
from bot.ui.callbacks import NOTICE, Pressed
from bot.ui.i18n import Words, words_for
from bot.ui.keyboards import Row, keyboard_markup
from bot.ui.times import Times
from bot.updates import Press

PersonChanged = Callable[[str, int], Awaitable[None]]


class RoleLost(Exception):
    """Raised by a handler that finds the person's role gone since the context was read."""


class Services(NamedTuple):
    """What all requests share; made once by the runtime.

    `person_changed(slug, tg_id)` is called after a person's role or language has changed."""

    session: Session
    backend: BackendClient
    redis: RedisLink
    storage: RedisStorage
    person_changed: PersonChanged | None

    def caller(self, context: Context, user_id: int) -> Caller:
        """Return the backend's routes as this person may call them."""
        return self.backend.act_as(context.tenant.slug, user_id, context.request_id)


class Request:
    """Made once per press or message by a middleware and given to its handler.

    `state` is aiogram's FSM context, `pressed` the button (None for a message and for unknown data), `now` epoch seconds by
    the backend's clock. Handlers return a `Screen` for the menu, or None when they have answered in another way."""

    def __init__(
        self,
        services: Services,
        context: Context,
        bot: Bot,
        state: UpdateState,
        update_id: int,
        event: Press | Message,
        pressed: Pressed | None = None,
    ) -> None:
        self.services = services
        self.context = context
        self.tenant = context.tenant
        self.person: Person = context.person
        self.bot = bot
        self.session = services.session
        self.state = state
        self.update_id = update_id
        self.pressed = pressed
        self.press = event if isinstance(event, Press) else None
        self.message = None if isinstance(event, Press) else event
        # in a private chat the chat's id is the person's
        self.chat_id = state.key.chat_id
        self.api = services.caller(context, self.chat_id)
        self.now = services.backend.now()
        # what a handler that changes no menu says in answer to the press
        self.toast = ""
        # the message of the menu that stays in the chat as a message of its own: the next menu goes below it
        self.left_message_id: int | None = None
        # whether Redis could not tell which menu the chat has
        self.menu_unread = False
        # whether the role or the language has changed during this request
        self.person_changed = False
        self.locale: str = self.person.locale
        self.t: Words = words_for(self.locale)
        self.times = Times(self.tenant.timezone, self.locale, self.now)

    @property
    def source_message_id(self) -> int | None:
        """The id of the message with the pressed button."""
        return None if self.press is None or self.press.message is None else self.press.message.message_id

    @property
    def on_notice(self) -> bool:
        """Whether the pressed button is on a message of its own, not on the menu."""
        return self.pressed is not None and self.pressed.fingerprint == NOTICE

    @property
    def source_html(self) -> str | None:
        """The text of that message as HTML; None where it has none."""
        return None if self.press is None or self.press.message is None else self.press.message.html()

    @property
    def is_admin(self) -> bool:
        """Whether the person runs this business."""
        return "admin" in self.person.roles

    @property
    def is_specialist(self) -> bool:
        """Whether the person is one of its specialists."""
        return "specialist" in self.person.roles

    @property
    def origin(self) -> int:
        """The update whose effect this is: this one, or the one that a "Try again" repeats."""
        if self.pressed is not None and self.pressed.origin is not None:
            return self.pressed.origin
        return self.update_id

    def idempotency_key(self, step: str) -> str:
        """Return the key of one write: made of bot, update and step."""
        return f"{self.bot.id}:{self.origin}:{step}"

    async def refresh_person(self, person: Person | None = None) -> None:
        """Drop the cached person after a change of role or language; this request goes on with `person`."""
        self.person_changed = True
        if person is not None:
            self.person = person
            self.locale = person.locale
            self.t = words_for(self.locale)
            self.times = Times(self.tenant.timezone, self.locale, self.now)
        if self.services.person_changed is not None and self.person.tg_id is not None:
            await self.services.person_changed(self.tenant.slug, self.person.tg_id)

    def refresh_tenant(self, tenant: Tenant) -> None:
        """Go on with the business as it is after a change of its name, zone, language or currency."""
        self.tenant = replace(
            self.tenant,
            name=tenant.name,
            timezone=tenant.timezone,
            locale=tenant.locale,
            currency=tenant.currency,
        )
        self.times = Times(self.tenant.timezone, self.locale, self.now)

    async def send_message(self, html: str, rows: list[Row] | None = None, **params: object) -> int:
        """Send a message that is not the menu; return its id. `params` are the Bot API's."""
        if rows is not None:
            params["reply_markup"] = keyboard_markup(rows)
        result = await self.call_telegram("sendMessage", {"text": html, "parse_mode": "HTML", **params})
        return int(result["message_id"])

    async def send_file(self, name: str, content: bytes, caption: str = "") -> None:
        """Send a document; `caption` is plain text."""
        params = {"caption": caption} if caption else {}
        await self.call_telegram("sendDocument", params, {"document": (name, content)})

    async def call_telegram(
        self, method: str, params: Mapping[str, object], files: Mapping[str, tuple[str, bytes]] | None = None
    ) -> Any:
        """Call a method of the Bot API in this chat; return its decoded result."""
        return await self.session.call(self.bot, method, {"chat_id": self.chat_id, **params}, files)
