"""Records the screens that the bot's journeys reach, for the gallery (`uv run poe pictures`)."""

import base64
import json
import os
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import msgspec
from aiogram.types import TelegramObject
from typing_extensions import override

from backend.contract.notices import Notice, Report
from backend.contract.people import Role
from bot.context import Context, TenantBot
from bot.dispatcher import dispatcher
from bot.runtime import Runtime
from gateway.sandbox.model import Bot as SandboxBot
from gateway.sandbox.model import Message
from gateway.sandbox.people import find_button
from gateway.sandbox.sandbox import Sandbox

# the folder in which every process of the tests writes a file of its own; nothing is recorded without it
VARIABLE = "SLOTGATE_SCREENS"
_FILES = ("photo", "document", "voice")

# the name of the handler that took the message under way
_handler: ContextVar[str] = ContextVar("handler")


class RecordedScreen(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody saw after a press, a message or a notice.

    `source` is the module and name of the handler (`bot.client.book.show_services`), or `notice.` and the kind. `content` and
    `markup` are the Bot API's own fields, `file` the file that was sent, in base64. `answer` is what popped up over the chat."""

    source: str
    role: str
    locale: str
    content: dict[str, Any]
    markup: dict[str, Any] | None = None
    keyboard: dict[str, Any] | None = None
    file: str | None = None
    answer: str = ""

    @property
    def text(self) -> str:
        """What is read, its buttons' labels apart."""
        return str(self.content.get("text") or self.content.get("caption") or "")

    @property
    def kind(self) -> tuple[str, ...]:
        """What two screens have in common that differ in figures and names of buttons alone."""
        buttons = str(len(self.labels))
        return self.source, self.role, self.locale, buttons, re.sub(r"\d+", "0", self.text), self.answer

    @property
    def labels(self) -> list[str]:
        """The labels of the buttons."""
        rows = (self.markup or {}).get("inline_keyboard", [])
        return [button["text"] for row in rows for button in row]


def read_recorded(folder: Path) -> list[RecordedScreen]:
    """Return what all processes have recorded in the folder."""
    lines = (line for path in sorted(folder.glob("*.jsonl")) for line in path.read_bytes().splitlines())
    return [msgspec.json.decode(line, type=RecordedScreen) for line in lines]


class RecordingRuntime(Runtime):
    """The bot, which writes down what the sandbox's people see after each update and notice."""

    def __init__(self, sandbox: Sandbox, **options: Any) -> None:
        super().__init__(**options)
        self._sandbox = sandbox
        self._path = Path(os.environ[VARIABLE]) / f"{os.getpid()}.jsonl"
        self._kinds: set[tuple[str, ...]] = set()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        if _name_handler not in dispatcher.message.middleware:
            dispatcher.message.middleware(_name_handler)

    @override
    async def process_update(self, context: Context, update: bytes) -> bytes | None:
        event = json.loads(update)
        before = self._shown(context.tenant)
        # a press may remove its own button
        source = self._find_press_handler(context.tenant, event.get("callback_query"))
        _handler.set("")
        answer = await super().process_update(context, update)
        source = source or _handler.get()
        told_of = event.get("callback_query") or event.get("message")
        if source and told_of:
            person = told_of["from"]["id"]
            told = str(json.loads(answer).get("text", "")) if answer else ""
            roles: tuple[Role, ...] = ("admin", "specialist", "client")
            role = next(role for role in roles if role in context.person.roles or role == "client")
            self._record(
                context.tenant, before, person, source=source, role=role, locale=context.person.locale, answer=told
            )
        return answer

    @override
    async def send_notice(self, tenant: TenantBot, notice: Notice) -> Report:
        before = self._shown(tenant)
        report = await super().send_notice(tenant, notice)
        source, role = f"notice.{notice.kind}", notice.role
        self._record(tenant, before, notice.tg_id, source=source, role=role, locale=notice.locale, answer="")
        return report

    def _find_press_handler(self, tenant: TenantBot, press: dict[str, Any] | None) -> str:
        """Return the name of the handler of a press, nothing for a button that nobody sees: tests press such as well."""
        if press is None:
            return ""
        chat = self._sandbox_bot(tenant).chats.get(press["from"]["id"])
        message = chat.messages.get(press["message"]["message_id"]) if chat and "message" in press else None
        if message is None or message.deleted or find_button(message, press["data"], None) is None:
            return ""
        found = dispatcher.presses.find(press["data"])
        return _full_name(found[0].handle) if found else ""

    def _sandbox_bot(self, tenant: TenantBot) -> SandboxBot:
        return self._sandbox.bots[tenant.token]

    def _shown(self, tenant: TenantBot) -> dict[tuple[int, int], bytes]:
        """Return what all chats show, by person and message."""
        return {
            (person, message.id): msgspec.json.encode([message.content, message.markup])
            for person, message in _messages(self._sandbox_bot(tenant))
        }

    def _record(
        self,
        tenant: TenantBot,
        before: dict[tuple[int, int], bytes],
        person: int,
        *,
        answer: str,
        **told: Any,  # the fields of RecordedScreen that are known
    ) -> None:
        """Write down what the person's chat shows now and did not before; without news, what has popped up over it."""
        now = self._shown(tenant)
        bot = self._sandbox_bot(tenant)
        new = [
            one for chat, one in _messages(bot) if chat == person and now[chat, one.id] != before.get((chat, one.id))
        ]
        keyboard = bot.chats[person].keyboard if new and new[-1].final else None
        screens = [
            RecordedScreen(
                **told,
                content=one.content,
                markup=one.markup,
                keyboard=keyboard,
                file=self._file(bot, one),
                answer=answer,
            )
            for one in new
        ]
        if answer and not new:
            screens = [RecordedScreen(**told, content={}, answer=answer)]
        unknown = [screen for screen in screens if screen.kind not in self._kinds]
        self._kinds.update(screen.kind for screen in unknown)
        with self._path.open("ab") as file:
            file.writelines(msgspec.json.encode(screen) + b"\n" for screen in unknown)

    def _file(self, bot: SandboxBot, message: Message) -> str | None:
        for kind in _FILES:
            if kind in message.content:
                sent = message.content[kind]
                file_id = sent[-1]["file_id"] if kind == "photo" else sent["file_id"]
                with suppress(KeyError):
                    content = self._sandbox.files.read(bot, bot.files[file_id].path)
                    return base64.b64encode(content).decode() if content else None
        return None


def _messages(bot: SandboxBot) -> Iterator[tuple[int, Message]]:
    for person, chat in bot.chats.items():
        for message in chat.messages.values():
            if message.out and not message.deleted:
                yield person, message


def _full_name(handler: Any) -> str:  # Any: a function, which aiogram may have wrapped
    return f"{handler.__module__}.{handler.__name__}"


async def _name_handler(
    handle: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]], event: TelegramObject, data: dict[str, Any]
) -> Any:  # Any: aiogram's middlewares return what their handlers do
    _handler.set(_full_name(data["handler"].callback))
    return await handle(event, data)
