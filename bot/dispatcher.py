"""The map of the bot: a press goes to its route, a command to its scenario, typed words to the step that waits."""

import logging
import time
from importlib import import_module
from pkgutil import iter_modules

import msgspec
from aiogram import Bot, Dispatcher
from aiogram.fsm.storage.base import BaseStorage
from aiogram.types import ChatMemberUpdated, Message, Update

from backend.client.api import BackendClient, BackendRefused, BackendUnavailable
from backend.contract.people import UpdateMe
from bot import admin, client, command_menu, fallback, specialist, updates
from bot.context import Context
from bot.dialogs import STEPS, Dialog
from bot.home import home
from bot.request import PersonChanged, Request
from bot.telegram import Session, TelegramRefused
from bot.ui import callbacks
from bot.ui.callbacks import NOTICE, Pressed
from bot.ui.keyboards import Screen
from bot.ui.screen import DOUBLE_TAP_S, LastMenu, Menus
from bot.ui.waiting import WaitingIndicator
from bot.updates import Person, Press

# Every scenario registers its routes and steps by being imported: a new file needs no entry anywhere.
for _package in (client, specialist, admin):
    for _module in iter_modules(_package.__path__, _package.__name__ + "."):
        import_module(_module.name)

from bot.client import links, phone  # noqa: E402  after the scenarios, which these two lead to

log = logging.getLogger("slotgate.bot")

_encoder = msgspec.json.Encoder()
_GONE = ("kicked", "left")


class Hub:
    """What the handlers share; made once by the runtime."""

    def __init__(
        self,
        *,
        session: Session,
        backend: BackendClient,
        storage: BaseStorage,
        menus: Menus,
        person_changed: PersonChanged | None,
    ) -> None:
        self.session = session
        self.backend = backend
        self.storage = storage
        self.menus = menus
        self.person_changed = person_changed

    def request(
        self,
        context: Context,
        bot: Bot,
        user: Person,
        update_id: int,
        *,
        pressed: Pressed | None = None,
        message: Message | None = None,
        source: updates.Pressed | None = None,
    ) -> Request:
        """The surroundings of one update."""
        return Request(
            context=context,
            bot=bot,
            session=self.session,
            api=self.backend.act_as(context.tenant.slug, user.id, context.request_id),
            dialog=Dialog(self.storage, bot.id, context.tenant.slug, user.id),
            chat=user.id,
            update_id=update_id,
            now=self.backend.now(),
            pressed=pressed,
            message=message,
            source=source,
            person_changed=self.person_changed,
        )


def dispatcher(hub: Hub) -> Dispatcher:
    """aiogram's Dispatcher for all but presses, which `on_press` takes as they are; drafts are read only where one types."""
    made = Dispatcher(disable_fsm=True, hub=hub)
    made.message.register(on_message)
    made.my_chat_member.register(on_membership)
    return made


async def on_press(query: Press, bot: Bot, context: Context, hub: Hub, update_id: int) -> bytes | None:
    """A pressed button. Returns answerCallbackQuery as JSON, unless it has been sent already."""
    source = query.message
    if source is None or source.chat.type != "private":
        return _answer(query.id)
    pressed = callbacks.decode(query.data or "")
    request = hub.request(context, bot, query.from_user, update_id, pressed=pressed, source=source)
    async with WaitingIndicator(request, query.id) as patience:
        last = await hub.menus.last(request)
        try:
            toast, alert = await _react(hub, request, pressed, last, source.message_id, float(source.date))
        except TelegramRefused as refusal:
            toast, alert = _unreachable(request, refusal), False
        await command_menu.keep_up(request)
    if patience.answered:
        return None
    return _answer(query.id, toast, alert)


async def _react(
    hub: Hub, request: Request, pressed: Pressed | None, last: LastMenu | None, source_id: int, sent_at: float
) -> tuple[str, bool]:
    """Does what the button says and shows the result; returns the toast."""
    current = last is None or last.message_id == source_id
    if pressed is not None and pressed.fingerprint == NOTICE:
        screen = await _run(request, pressed)
        below = True
    elif pressed is not None and current and (last is None or last.fingerprint == pressed.fingerprint):
        screen = await _run(request, pressed)
        below = False
        last = last or LastMenu(source_id, "", sent_at)
    elif current and pressed is not None and last is not None and _double_tap(last):
        return "", False
    else:
        screen = (await fallback.guarded(request, home(request)))._replace(toast=request.t.label("menu-refreshed"))
        below = not current
        if below:
            await hub.menus.take_away(request, source_id, sent_at)
        last = last or LastMenu(source_id, "", sent_at)
    if screen is None:
        return request.toast, False
    await hub.menus.show(request, screen, last, below=below)
    return screen.toast, screen.alert


def _double_tap(last: LastMenu) -> bool:
    """Whether the menu has changed a moment ago, so that this press is the second half of a double tap."""
    return time.time() - last.changed_at < DOUBLE_TAP_S


async def _run(request: Request, pressed: Pressed) -> Screen | None:
    """The route's screen; refusals and outages are screens as well."""
    try:
        return await pressed.route.handler(request, *pressed.args)
    except BackendRefused as refusal:
        return await fallback.refused(request, refusal)
    except BackendUnavailable as outage:
        log.warning("tenant=%s request=%s %s", request.tenant.slug, request.context.request_id, outage)
        return fallback.unavailable(request, pressed)


async def on_message(message: Message, bot: Bot, context: Context, hub: Hub, update_id: int) -> None:
    """Whatever a person sends. An outage of the backend is raised: Telegram keeps the message and sends it again."""
    if message.chat.type != "private" or message.from_user is None or message.from_user.is_bot:
        return
    request = hub.request(context, bot, message.from_user, update_id, message=message)
    async with WaitingIndicator(request, None):
        last = await hub.menus.last(request)
        try:
            screen = await _typed(request, message)
            if screen is None:
                return
            await hub.menus.show(request, screen, last, below=True)
        except TelegramRefused as no:
            _unreachable(request, no)
            return
        await command_menu.keep_up(request)


async def on_membership(event: ChatMemberUpdated, event_update: Update, bot: Bot, context: Context, hub: Hub) -> None:
    """Somebody has blocked the bot, or no longer does: nothing is sent to them from now on, or again."""
    request = hub.request(context, bot, event.from_user, event_update.update_id)
    reachable = event.new_chat_member.status not in _GONE
    try:
        await request.api.update_me(UpdateMe(reachable=reachable), key=request.key("member"))
    except BackendRefused as refusal:
        log.info("tenant=%s membership not kept: %s", request.tenant.slug, refusal.code)


def _unreachable(request: Request, refusal: TelegramRefused) -> str:
    """Nothing to be shown to somebody who has blocked the bot meanwhile; any other refusal is a failure."""
    if not refusal.blocked:
        raise refusal
    log.info("tenant=%s the person has blocked the bot", request.tenant.slug)
    return ""


async def _typed(request: Request, message: Message) -> Screen | None:
    """What is said to what was sent; a refusal of the backend is a screen as well."""
    try:
        return await _said(request, message)
    except BackendRefused as refusal:
        return await fallback.refused(request, refusal)


async def _said(request: Request, message: Message) -> Screen | None:
    if message.contact is not None:
        return await phone.contact(request, message.contact)
    text = message.text or ""
    if text.startswith("/"):
        return await _command(request, text)
    draft = await request.dialog.read()
    waiting = STEPS.get(str(draft.get("step")))
    if waiting is not None:
        return await waiting(request, text, draft)
    if text and (screen := await links.typed_code(request, text)) is not None:
        return screen
    return await fallback.not_understood(request)


async def _command(request: Request, text: str) -> Screen | None:
    name, _, payload = text[1:].partition(" ")
    name = name.partition("@")[0].lower()
    if name == "start" and payload:
        return await links.follow(request, payload.strip())
    if name == "help":
        return fallback.help_screen(request)
    if name not in command_menu.ALWAYS:
        return await command_menu.run(request, name) or await fallback.not_understood(request)
    await request.dialog.pause()
    return await home(request)


def _answer(query_id: str, toast: str = "", alert: bool = False) -> bytes:
    answer: dict[str, object] = {"method": "answerCallbackQuery", "callback_query_id": query_id}
    if toast:
        answer["text"] = toast[:200]
        answer["show_alert"] = alert
    return _encoder.encode(answer)
