"""The records of the sandbox: bots, people, chats, messages, updates. `persistence` saves them as they are."""

import asyncio
from collections import deque
from typing import Any, Literal, TypeAlias

import msgspec

# An object of the Bot API. Its fields depend on the method, the update or the message, and bots may send any: the
# modules that take one check what they use.
Json: TypeAlias = dict[str, Any]
Role = Literal["client", "specialist", "admin", "guest"]

MESSAGES_KEPT = 2000  # per chat; an older message is "not found" to its bot
UPDATE_LIFETIME_S = 24 * 3600
CALLBACK_QUERY_LIFETIME_S = 150


class Person(msgspec.Struct, kw_only=True):
    """A Telegram account. `id` is the Telegram id, `phone` has digits only, without the plus, as Telegram sends it."""

    id: int
    first_name: str
    role: Role = "guest"
    last_name: str | None = None
    username: str | None = None
    language_code: str = "en"
    phone: str = ""
    # their settings let nobody send them recordings
    no_voice: bool = False

    def user_json(self) -> Json:
        """Return the Bot API's User."""
        user: Json = {"id": self.id, "is_bot": False, "first_name": self.first_name}
        if self.last_name:
            user["last_name"] = self.last_name
        if self.username:
            user["username"] = self.username
        user["language_code"] = self.language_code
        return user

    def chat_json(self) -> Json:
        """Return the Bot API's Chat of a private chat with this person."""
        chat = {key: value for key, value in self.user_json().items() if key not in ("is_bot", "language_code")}
        return {**chat, "type": "private"}


class Group(msgspec.Struct, kw_only=True):
    """A group or supergroup with the bot in it, or once in it: `status` is the bot's own. `members` are the people."""

    id: int
    title: str
    kind: Literal["group", "supergroup"] = "supergroup"
    members: list[int] = []
    status: Literal["member", "left", "kicked"] = "member"

    def chat_json(self) -> Json:
        """Return the Bot API's Chat."""
        return {"id": self.id, "title": self.title, "type": self.kind}


class Message(msgspec.Struct, kw_only=True):
    """A message of a chat. `content` holds the Bot API's own fields (text, entities, photo, contact…).

    `out`: the bot sent it. `final`: it was sent with a reply keyboard and can't be edited. A deleted message is kept,
    since the page shows it crossed out. Dates are epoch seconds.
    """

    id: int
    date: int
    out: bool
    content: Json
    markup: Json | None = None
    final: bool = False
    edit_date: int | None = None
    deleted: bool = False
    reply_to: int | None = None


class Chat(msgspec.Struct, kw_only=True):
    """The chat of a bot with a person, or a group (`person_id` is the group's then).

    `keyboard` is the reply keyboard on the person's screen.

    `last_in`: when the person last wrote or pressed a button, in epoch seconds of the sandbox's clock.
    """

    person_id: int
    started: bool = False
    blocked: bool = False
    messages: dict[int, Message] = {}
    keyboard: Json | None = None
    pinned: list[int] = []
    menu_button: Json | None = None
    last_in: float = 0.0


class Webhook(msgspec.Struct, kw_only=True):
    """Where updates are delivered. `allowed` is None for the default kinds.

    `gone_since`: when the first of the latest answers 410 in a row came (epoch seconds), or 0.
    """

    url: str = ""
    secret: str = ""
    max_connections: int = 40
    ip_address: str = ""
    allowed: list[str] | None = None
    last_error_date: int = 0
    last_error_message: str = ""
    gone_since: float = 0.0

    def __repr__(self) -> str:
        return f"Webhook({self.url!r})"


class Update(msgspec.Struct, kw_only=True):
    """A pending update. Telegram delivers the updates of one `queue` in order. `expires` is in the sandbox's time."""

    id: int
    kind: str
    body: Json
    queue: str
    expires: float
    fails: int = 0

    def to_json(self) -> Json:
        """Return the Bot API's Update."""
        return {"update_id": self.id, self.kind: self.body}


class CallbackQuery(msgspec.Struct, kw_only=True):
    """A press of an inline button, which spins until the bot answers. `pressed_at` is in the sandbox's time."""

    id: str
    person_id: int
    message_id: int
    data: str
    pressed_at: float
    answer: Json | None = None


class File(msgspec.Struct, kw_only=True):
    """An uploaded file; the file store holds its bytes under `path`."""

    id: str
    unique_id: str
    path: str
    name: str
    mime: str
    size: int
    kind: str
    width: int = 0
    height: int = 0


class Bot(msgspec.Struct, kw_only=True):
    """A bot with everything that Telegram's servers would know about it. `token` is a secret."""

    token: str
    id: int
    name: str
    username: str
    slug: str
    language: str
    people: dict[int, Person] = {}
    groups: dict[int, Group] = {}
    # privacy mode is off: it gets every message of its groups
    reads_groups: bool = False
    chats: dict[int, Chat] = {}
    next_message_id: int = 1
    next_update_id: int = 1
    webhook: Webhook = msgspec.field(default_factory=Webhook)
    pending: dict[int, Update] = {}
    commands: dict[str, list[Json]] = {}
    texts: dict[str, str] = {}
    menu_button: Json | None = None
    files: dict[str, File] = {}

    def __repr__(self) -> str:
        return f"Bot({self.username!r})"

    def user_json(self) -> Json:
        """Return the Bot API's User of the bot itself."""
        return {"id": self.id, "is_bot": True, "first_name": self.name, "username": self.username}

    def group_of(self, chat: Chat) -> Group | None:
        """Return the group of a chat; None for a private one."""
        return self.groups.get(chat.person_id)


class TransientState:
    """The part of a bot's state that is never saved. Times are those of `time.monotonic`."""

    def __init__(self) -> None:
        self.queues: dict[str, deque[int]] = {}  # ids of pending updates by queue
        self.callback_queries: dict[str, CallbackQuery] = {}
        self.answered: dict[str, asyncio.Event] = {}  # by callback query, while a request waits for its answer
        self.flood_until: float = 0.0
        self.outage: bool = False
        self.set_webhook_allowed_at: float = 0.0
        self.bulk_sent_at: deque[float] = deque()
