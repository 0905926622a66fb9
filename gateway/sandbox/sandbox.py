"""The sandbox itself: its bots, its clock, its chats and the pending updates."""

import asyncio
import contextlib
import re
import time
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from gateway.sandbox.files import FileStore
from gateway.sandbox.journal import Journal
from gateway.sandbox.long_polling import LongPolls
from gateway.sandbox.model import (
    CALLBACK_QUERY_LIFETIME_S,
    MESSAGES_KEPT,
    UPDATE_LIFETIME_S,
    Bot,
    Chat,
    Json,
    Message,
    Person,
    Role,
    TransientState,
    Update,
)
from gateway.sandbox.persistence import StateFile
from gateway.sandbox.views import message_view

NOT_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
_TOKEN = re.compile(r"\A(\d{1,18}):[A-Za-z0-9_-]{3,128}\Z")
_ROLES: tuple[Role, ...] = ("client", "specialist", "admin")
_NAMES = {
    "en": (("Alex", "Morgan"), ("Sam", "Rivera"), ("Kim", "Novak")),
    "ru": (("Алексей", "Морозов"), ("Светлана", "Рябова"), ("Кира", "Новикова")),
}


def default_people(language: str) -> list[Person]:
    """Return a client 1001, a specialist 1002 and an admin 1003, with names in the language (`ru`, else English)."""
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


class Delivery(Protocol):
    """What delivers pending updates to webhooks (`WebhookDelivery`). It uses the sandbox, which only knows this much."""

    async def start(self) -> None:
        """Begin to deliver."""

    async def stop(self) -> None:
        """Stop every delivery."""

    def deliver(self, bot: Bot) -> None:
        """Begin to deliver what is pending."""

    def retry_now(self, bot: Bot) -> None:
        """End the pauses before further attempts."""

    def webhook_changed(self, bot: Bot) -> None:
        """Use the bot's new webhook."""


class Sandbox:
    """A local Telegram. Times are epoch seconds of the sandbox's own clock: the real one plus `shift`.

    `state_file`: where chats outlive the process (files lie beside it); None keeps everything in memory.
    `retry_base_s`: a failed delivery is repeated at once, then after 2, 4, 8… s; tests make the 2 smaller.
    `bulk_per_s`: how many messages a second a bot may send to people who are silent before it gets a 429.
    """

    def __init__(self, state_file: Path | None = None, *, retry_base_s: float = 2.0, bulk_per_s: int = 30) -> None:
        self.bots: dict[str, Bot] = {}  # by token
        self.transient: dict[str, TransientState] = {}  # by token
        self.retry_base_s = retry_base_s
        self.bulk_per_s = bulk_per_s
        self.journal = Journal(self.now)
        self.files = FileStore(state_file.with_suffix(".files") if state_file else None)
        self.polls = LongPolls()
        self.public_url = ""
        self._state_file = StateFile(state_file, lambda: (self.bots.values(), self.shift))
        self.shift = self._state_file.shift
        self._delivery: Delivery | None = None

    def now(self) -> float:
        """Return the sandbox's time in epoch seconds."""
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
        """Register a bot, before the start or later; a known token renames its bot, whose chats stay.

        `username` defaults to one made of the slug; `slug` (default: the username) is another address of the bot.
        `people` defaults to a client 1001, a specialist 1002 and an admin 1003 named in `language`.
        Raises ValueError for a malformed token and for a username or slug that another bot has.
        """
        match = _TOKEN.match(token)
        if not match:
            raise ValueError("a bot token looks like 123456:letters-and-digits")
        username = username or f"{re.sub(r'[^a-z0-9]+', '_', (slug or name).lower()).strip('_') or 'demo'}_bot"
        slug = slug or username
        for other in self.bots.values():
            if other.token != token and {username.lower(), slug} & {other.username.lower(), other.slug}:
                raise ValueError(f"another bot is called {username} or {slug} already")
        bot = self.bots.get(token) or self._state_file.take_bot(token)
        if bot is None:
            first_update = int((time.time() - 1_735_689_600) * 10)  # above every id that an earlier sandbox gave out
            bot = Bot(token=token, id=int(match[1]), name=name, username=username, slug=slug, language=language,
                      next_update_id=first_update)  # fmt: skip
        bot.name, bot.username, bot.slug, bot.language = name, username, slug, language
        for person in people if people is not None else default_people(language):
            bot.people.setdefault(person.id, person)
        self.bots[token] = bot
        if token not in self.transient:
            transient = self.transient[token] = TransientState()
            for update in bot.pending.values():
                transient.queues.setdefault(update.queue, deque()).append(update.id)
        self.publish_bots()
        return bot

    def find_bot(self, address: str) -> Bot | None:
        """Return the bot with this slug, username (with or without @) or numeric id. A token is no address."""
        address = address.removeprefix("@").lower()
        for bot in self.bots.values():
            if address in (bot.slug.lower(), bot.username.lower(), str(bot.id)):
                return bot
        return None

    def chat(self, bot: Bot, person_id: int) -> Chat:
        """Return the chat of a bot with a person, created on first use."""
        return bot.chats.setdefault(person_id, Chat(person_id=person_id))

    def add_message(self, bot: Bot, chat: Chat, *, out: bool, content: Json, markup: Json | None = None,
                    final: bool = False, reply_to: int | None = None) -> Message:  # fmt: skip
        """Add a message to the chat and show it on the page."""
        message = Message(id=bot.next_message_id, date=int(self.now()), out=out, content=content, markup=markup,
                          final=final, reply_to=reply_to)  # fmt: skip
        bot.next_message_id += 1
        chat.messages[message.id] = message
        while len(chat.messages) > MESSAGES_KEPT:
            chat.messages.pop(next(iter(chat.messages)))
        self.publish_message(bot, chat, message)
        return message

    def publish_message(self, bot: Bot, chat: Chat, message: Message) -> None:
        """Show a new, edited or deleted message on the page, and save."""
        view = message_view(bot, chat, message)
        self.journal.publish("message", {"bot": bot.slug, "person": chat.person_id, "message": view})
        self.save_soon()

    def publish_chat(self, bot: Bot, chat: Chat) -> None:
        """Show a chat's state on the page (reply keyboard, block, menu button), and save."""
        self.journal.publish("chat", {"bot": bot.slug, "person": chat.person_id})
        self.save_soon()

    def publish_bots(self) -> None:
        """Show the list of bots on the page, and save."""
        self.journal.publish("bots", {})
        self.save_soon()

    def save_soon(self) -> None:
        """Have the state saved within a second."""
        self._state_file.save_soon()

    def enqueue(self, bot: Bot, kind: str, body: Json, queue: str) -> Update | None:
        """Queue an update for the bot and deliver it. Returns None for a kind that the bot did not ask for."""
        allowed = bot.webhook.allowed
        if kind in NOT_BY_DEFAULT if not allowed else kind not in allowed:
            return None
        lifetime_s = CALLBACK_QUERY_LIFETIME_S if kind == "callback_query" else UPDATE_LIFETIME_S
        update = Update(id=bot.next_update_id, kind=kind, body=body, queue=queue, expires=self.now() + lifetime_s)
        bot.next_update_id += 1
        bot.pending[update.id] = update
        self.transient[bot.token].queues.setdefault(queue, deque()).append(update.id)
        if self._delivery:
            self._delivery.deliver(bot)
        self.polls.wake(bot)
        self.save_soon()
        return update

    def drop_update(self, bot: Bot, update_id: int) -> None:
        """Remove a pending update: delivered, expired, confirmed by an offset, or dropped on request."""
        update = bot.pending.pop(update_id, None)
        if update is None:
            return
        queues = self.transient[bot.token].queues
        queue = queues.get(update.queue)
        if queue:
            with contextlib.suppress(ValueError):
                queue.remove(update_id)
            if not queue:
                queues.pop(update.queue, None)
        self.save_soon()

    def expire_updates(self, bot: Bot) -> None:
        """Drop the updates that were pending for too long: callback queries after 150 s, the others after 24 h."""
        now = self.now()
        for update in [update for update in bot.pending.values() if update.expires <= now]:
            self.drop_update(bot, update.id)

    def retry_deliveries(self, bot: Bot) -> None:
        """Deliver the pending updates now, and end the pauses after failed attempts."""
        if self._delivery:
            self._delivery.retry_now(bot)

    def webhook_changed(self, bot: Bot) -> None:
        """Deliver to the bot's new webhook, or to none."""
        if self._delivery:
            self._delivery.webhook_changed(bot)
        self.publish_bots()

    def set_outage(self, bot: Bot, *, on: bool) -> None:
        """Take Telegram down for a bot, or bring it back."""
        self.transient[bot.token].outage = on
        if not on:
            self.retry_deliveries(bot)
            self.polls.wake(bot)

    def shift_clock(self, seconds: float) -> None:
        """Move the sandbox's clock forward by `seconds`, or back."""
        self.shift += seconds
        for bot in self.bots.values():
            self.expire_updates(bot)
            self.retry_deliveries(bot)
        self.save_soon()
        self.journal.publish("clock", {"now": self.now(), "shift": self.shift})

    async def wait_until_idle(self, bots: Iterable[Bot], timeout_s: float) -> bool:
        """Wait until none of the bots has a pending update. Returns False if that takes longer than `timeout_s`."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_s
        watched = list(bots)
        while any(bot.pending for bot in watched):
            if loop.time() >= deadline:
                return False
            await asyncio.sleep(0.01)
        return True

    async def start(self, delivery: Delivery) -> None:
        """Begin to deliver and to save."""
        self.journal.open()
        self._delivery = delivery
        await delivery.start()
        self._state_file.start()
        for bot in self.bots.values():
            delivery.deliver(bot)

    def close_streams(self) -> None:
        """End event streams and polls, so that the server that answers them can stop."""
        self.journal.close()
        self.polls.close()

    async def stop(self) -> None:
        """End streams, polls and deliveries under way, and save. A second call only saves again."""
        self.close_streams()
        if self._delivery:
            await self._delivery.stop()
        await self._state_file.stop()
