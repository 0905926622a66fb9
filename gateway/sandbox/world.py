"""The sandbox itself: its bots, its clock, its people, and the road that updates take to a bot."""

import asyncio
import contextlib
import re
import time
from collections import deque
from collections.abc import Iterable
from pathlib import Path

from .delivery import Courier
from .files import FileStore
from .journal import Journal
from .model import (
    MESSAGES_KEPT,
    PRESS_KEPT_S,
    UPDATE_KEPT_S,
    Bot,
    Chat,
    Json,
    Live,
    Message,
    Person,
    Role,
    Update,
)
from .polling import Mailbox
from .saving import Saver
from .views import message_view

NOT_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
_TOKEN = re.compile(r"\A(\d{1,18}):[A-Za-z0-9_-]{3,128}\Z")
_ROLES: tuple[Role, ...] = ("client", "specialist", "admin")
_NAMES = {
    "en": (("Alex", "Morgan"), ("Sam", "Rivera"), ("Kim", "Novak")),
    "ru": (("Алексей", "Морозов"), ("Светлана", "Рябова"), ("Кира", "Новикова")),
}


def default_people(language: str) -> list[Person]:
    """A client 1001, a specialist 1002 and an admin 1003, with names in the language (`ru`, else English)."""
    names = _NAMES.get(language, _NAMES["en"])
    people = []
    for number, (role, (first, last)) in enumerate(zip(_ROLES, names, strict=True), 1):
        people.append(
            Person(
                id=1000 + number,
                first_name=first,
                last_name=last,
                username=f"{role}_demo",
                language_code=language,
                role=role,
                phone=f"7999000100{number}" if language == "ru" else f"1202555010{number}",
            )
        )
    return people


class Sandbox:
    """A local Telegram. Times are epoch seconds of the sandbox's own clock: the real one plus `shift`.

    `state_file`: where chats outlive the process (files lie beside it); None keeps everything in memory.
    `retry_base_s`: Telegram comes again at once, then after 2, 4, 8… s; tests make the 2 smaller.
    `bulk_per_s`: how many messages a second a bot may send to people who are silent before it meets a 429.
    """

    def __init__(self, state_file: Path | None = None, *, retry_base_s: float = 2.0, bulk_per_s: int = 30) -> None:
        self.bots: dict[str, Bot] = {}  # by token
        self.live: dict[str, Live] = {}  # by token
        self.shift = 0.0
        self.bulk_per_s = bulk_per_s
        self.journal = Journal()
        self.files = FileStore(state_file.with_suffix(".files") if state_file else None)
        self.courier = Courier(self, retry_base_s)
        self.mailbox = Mailbox(self)
        self.saver = Saver(self, state_file)
        self.public_url = ""

    def now(self) -> float:
        """The sandbox's clock, epoch seconds."""
        return time.time() + self.shift

    def add_bot(
        self,
        token: str,
        name: str,
        username: str | None = None,
        people: Iterable[Person] | None = None,
        *,
        language: str = "en",
        slug: str | None = None,
    ) -> Bot:
        """Registers a bot, before or while running; again with the same token renames it and keeps its chats.

        `username` defaults to one made of the slug; `slug` (default: the username) is another address of the bot.
        `people` defaults to a client 1001, a specialist 1002 and an admin 1003 named in `language`.
        Raises ValueError for a token that is none or a username or slug that another bot has.
        """
        match = _TOKEN.match(token)
        if not match:
            raise ValueError("a bot token looks like 123456:letters-and-digits")
        username = username or f"{re.sub(r'[^a-z0-9]+', '_', (slug or name).lower()).strip('_') or 'demo'}_bot"
        slug = slug or username
        for other in self.bots.values():
            if other.token != token and {username.lower(), slug} & {other.username.lower(), other.slug}:
                raise ValueError(f"another bot is called {username} or {slug} already")
        bot = self.bots.get(token) or self.saver.saved(token)
        if bot is None:
            first_update = int((time.time() - 1_735_689_600) * 10)  # never below what an earlier sandbox gave out
            bot = Bot(token=token, id=int(match[1]), name=name, username=username, slug=slug, language=language,
                      next_update_id=first_update)  # fmt: skip
        bot.name, bot.username, bot.slug, bot.language = name, username, slug, language
        for person in people if people is not None else default_people(language):
            bot.people.setdefault(person.id, person)
        self.bots[token] = bot
        self._enliven(bot)
        self.changed()
        self.journal.publish("bots", {})
        return bot

    def remove_bot(self, token: str) -> None:
        """Forgets a bot and its chats."""
        bot = self.bots.pop(token, None)
        if bot:
            self.courier.forget(bot)
            self.live.pop(token, None)
            self.changed()
            self.journal.publish("bots", {})

    def _enliven(self, bot: Bot) -> None:
        if bot.token not in self.live:
            live = self.live[bot.token] = Live()
            for update in bot.pending.values():
                live.queues.setdefault(update.queue, deque()).append(update.id)

    def find_bot(self, address: str) -> Bot | None:
        """A bot by slug, username (with or without @) or numeric id; never by token."""
        wanted = address.removeprefix("@").lower()
        for bot in self.bots.values():
            if wanted in (bot.slug.lower(), bot.username.lower(), str(bot.id)):
                return bot
        return None

    def chat(self, bot: Bot, person_id: int) -> Chat:
        """The chat of this bot and this person, made on first use."""
        return bot.chats.setdefault(person_id, Chat(person_id=person_id))

    def add_message(self, bot: Bot, chat: Chat, *, out: bool, content: Json, markup: Json | None = None,
                    final: bool = False, reply_to: int | None = None) -> Message:  # fmt: skip
        """Puts a message into the chat and shows it on the page."""
        message = Message(id=bot.next_message_id, date=int(self.now()), out=out, content=content, markup=markup,
                          final=final, reply_to=reply_to)  # fmt: skip
        bot.next_message_id += 1
        chat.messages[message.id] = message
        while len(chat.messages) > MESSAGES_KEPT:
            chat.messages.pop(next(iter(chat.messages)))
        self.show(bot, chat, message)
        return message

    def show(self, bot: Bot, chat: Chat, message: Message) -> None:
        """Tells the page about a new, edited or deleted message, and the saver that something changed."""
        view = message_view(bot, chat, message)
        self.journal.publish("message", {"bot": bot.slug, "person": chat.person_id, "message": view})
        self.changed()

    def show_chat(self, bot: Bot, chat: Chat) -> None:
        """Tells the page about a chat's state: reply keyboard, block, pins."""
        self.journal.publish("chat", {"bot": bot.slug, "person": chat.person_id})
        self.changed()

    def enqueue(self, bot: Bot, kind: str, body: Json, queue: str) -> Update | None:
        """An update on its way to the bot, unless the bot did not ask for its kind. None if it was not wanted."""
        allowed = bot.webhook.allowed
        if kind in NOT_BY_DEFAULT if not allowed else kind not in allowed:
            return None
        kept = PRESS_KEPT_S if kind == "callback_query" else UPDATE_KEPT_S
        update = Update(id=bot.next_update_id, kind=kind, body=body, queue=queue, expires=self.now() + kept)
        bot.next_update_id += 1
        bot.pending[update.id] = update
        self.live[bot.token].queues.setdefault(queue, deque()).append(update.id)
        self.courier.kick(bot)
        self.mailbox.ring(bot)
        self.changed()
        return update

    def drop(self, bot: Bot, update_id: int) -> None:
        """An update is done (delivered, expired, confirmed by an offset or dropped on request)."""
        update = bot.pending.pop(update_id, None)
        if update is None:
            return
        queues = self.live[bot.token].queues
        queue = queues.get(update.queue)
        if queue:
            with contextlib.suppress(ValueError):
                queue.remove(update_id)
            if not queue:
                queues.pop(update.queue, None)
        self.changed()

    def expire(self, bot: Bot) -> None:
        """Drops what nobody fetched in time: messages after 24 h, presses after 150 s."""
        now = self.now()
        for update in [update for update in bot.pending.values() if update.expires <= now]:
            self.drop(bot, update.id)

    def skip(self, seconds: float) -> None:
        """Moves the sandbox's clock forward (or back) by so many seconds."""
        self.shift += seconds
        for bot in self.bots.values():
            self.expire(bot)
            self.courier.wake(bot)
        self.changed()
        self.journal.publish("clock", {"now": self.now(), "shift": self.shift})

    def changed(self) -> None:
        """Something worth saving happened."""
        self.saver.soon()

    async def idle(self, bots: Iterable[Bot], timeout_s: float) -> bool:
        """Waits until none of the bots has an update under way; False if the time ran out."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_s
        watched = list(bots)
        while any(bot.pending for bot in watched):
            if loop.time() >= deadline:
                return False
            await asyncio.sleep(0.01)
        return True

    async def start(self) -> None:
        """Begins to deliver and to save."""
        self.journal.open()
        await self.courier.start()
        self.saver.start()
        for bot in self.bots.values():
            self.courier.kick(bot)

    async def stop(self) -> None:
        """Ends event streams, polls and deliveries under way, and saves."""
        self.journal.close()
        self.mailbox.close()
        await self.courier.stop()
        await self.saver.stop()
