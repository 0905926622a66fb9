"""What the sandbox keeps: bots, people, chats, messages, updates. Plain records, saved as they are."""

import asyncio
from collections import deque
from typing import Any, Literal

import msgspec

Json = dict[str, Any]
Role = Literal["client", "specialist", "admin", "guest"]

MESSAGES_KEPT = 2000  # per chat; older ones are forgotten, as a bot would find them "not found"
UPDATE_KEPT_S = 24 * 3600
PRESS_KEPT_S = 150


class Person(msgspec.Struct, kw_only=True):
    """Somebody with a Telegram account. `id` is the Telegram id, `phone` in digits without plus, as Telegram sends it."""

    id: int
    first_name: str
    role: Role = "guest"
    last_name: str | None = None
    username: str | None = None
    language_code: str = "en"
    phone: str = ""

    def user(self) -> Json:
        """The Bot API's User."""
        user: Json = {"id": self.id, "is_bot": False, "first_name": self.first_name}
        if self.last_name:
            user["last_name"] = self.last_name
        if self.username:
            user["username"] = self.username
        user["language_code"] = self.language_code
        return user

    def chat(self) -> Json:
        """The Bot API's private Chat with this person."""
        chat = {key: value for key, value in self.user().items() if key not in ("is_bot", "language_code")}
        return {**chat, "type": "private"}


class Message(msgspec.Struct, kw_only=True):
    """One message of a chat. `content` are the Bot API's own fields (text, entities, photo, contact…).

    `final`: it was sent with a reply keyboard, so it cannot be edited any more. Deleted ones stay, for the page.
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
    """The chat between one bot and one person. `keyboard` is the reply keyboard on the person's screen."""

    person_id: int
    started: bool = False
    blocked: bool = False
    messages: dict[int, Message] = {}
    keyboard: Json | None = None
    pinned: list[int] = []
    menu_button: Json | None = None
    last_in: float = 0.0


class Webhook(msgspec.Struct, kw_only=True):
    """Where updates go. `allowed` None means the default kinds; `gone_since` is the first 410 in a row."""

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
    """One update that waits. `queue` is what Telegram keeps in order; `expires` is in sandbox time."""

    id: int
    kind: str
    body: Json
    queue: str
    expires: float
    fails: int = 0

    def wire(self) -> Json:
        """The Bot API's Update."""
        return {"update_id": self.id, self.kind: self.body}


class Press(msgspec.Struct, kw_only=True):
    """A press of an inline button that spins until it is answered. `at` is in sandbox time."""

    id: str
    person_id: int
    message_id: int
    data: str
    at: float
    answer: Json | None = None


class File(msgspec.Struct, kw_only=True):
    """An uploaded file; its bytes lie in the file store under `path`."""

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

    def user(self) -> Json:
        """The Bot API's User of the bot itself."""
        return {"id": self.id, "is_bot": True, "first_name": self.name, "username": self.username}


class Live:
    """What belongs to a running bot only and is never saved."""

    def __init__(self) -> None:
        self.queues: dict[str, deque[int]] = {}
        self.presses: dict[str, Press] = {}
        self.bells: dict[str, asyncio.Event] = {}  # by press, for whoever waits for its answer
        self.flood_until: float = 0.0
        self.outage: bool = False
        self.next_set_webhook: float = 0.0
        self.bulk: deque[float] = deque()
