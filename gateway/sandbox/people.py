"""What the people of the sandbox do: write, press, share a contact, send a file, block."""

import asyncio
import contextlib
import secrets
from typing import Any

from .entities import clean, find, utf16
from .files import FileStore
from .methods.sending import document
from .methods.uploads import photo_sizes
from .model import Bot, Chat, Json, Message, Person, Press
from .params import Upload
from .texts import TEXT_LIMIT
from .typed import formatted
from .views import wire_message
from .world import Sandbox

INACCESSIBLE_S = 48 * 3600  # what Telegram no longer shows to a bot whole
PRESSES_KEPT = 5000


class Impossible(Exception):
    """Something that a person could not do in a messenger: one sentence, and an HTTP status for the control API."""

    def __init__(self, sentence: str, status: int = 409) -> None:
        super().__init__(sentence)
        self.status = status


def someone(bot: Bot, person_id: int) -> Person:
    """The person, or Impossible (404)."""
    person = bot.people.get(person_id)
    if person is None:
        raise Impossible(f"nobody called {person_id} at @{bot.username}", 404)
    return person


def _open(sandbox: Sandbox, bot: Bot, person_id: int) -> Chat:
    someone(bot, person_id)
    chat = sandbox.chat(bot, person_id)
    if chat.blocked:
        raise Impossible("the bot is blocked: unblock it first")
    return chat


def put(sandbox: Sandbox, bot: Bot, person_id: int, content: Json, reply_to: int | None = None) -> Message:
    """A message of a person, with any of the Bot API's content fields, and its update on the way."""
    chat = _open(sandbox, bot, person_id)
    if reply_to is not None and reply_to not in chat.messages:
        raise Impossible(f"no message {reply_to} in this chat", 404)
    chat.started, chat.last_in = True, sandbox.now()
    message = sandbox.add_message(bot, chat, out=False, content=content, reply_to=reply_to)
    sandbox.enqueue(bot, "message", wire_message(bot, chat, message), f"chat:{person_id}")
    return message


def say(sandbox: Sandbox, bot: Bot, person_id: int, text: str, reply_to: int | None = None) -> Message:
    """A text. Pressing a button of a one-time reply keyboard is saying its label, and puts the keyboard away."""
    text, formats = formatted(clean(text).strip())
    if not text:
        raise Impossible("an empty message cannot be sent", 400)
    if utf16(text) > TEXT_LIMIT:
        raise Impossible(f"a message holds {TEXT_LIMIT} characters at most", 400)
    chat = _open(sandbox, bot, person_id)
    _put_away(sandbox, bot, chat, text)
    entities = sorted(formats + find(text, formats), key=lambda one: one["offset"])
    return put(sandbox, bot, person_id, {"text": text, **({"entities": entities} if entities else {})}, reply_to)


def _put_away(sandbox: Sandbox, bot: Bot, chat: Chat, label: str) -> None:
    keyboard = chat.keyboard or {}
    labels = {button["text"] for row in keyboard.get("keyboard", []) for button in row}
    if keyboard.get("force_reply") or (keyboard.get("one_time_keyboard") and label in labels):
        chat.keyboard = None
        sandbox.show_chat(bot, chat)


def find_button(message: Message, data: str | None, label: str | None) -> Json | None:
    """The first callback button with this data, or with this label (or a part of it; a space that does not break is one)."""
    wanted = None if label is None else label.replace("\u00a0", " ")
    rows = (message.markup or {}).get("inline_keyboard", [])
    for button in (button for row in rows for button in row):
        if "callback_data" not in button or data not in (None, button["callback_data"]):
            continue
        if wanted is None or wanted in button["text"].replace("\u00a0", " "):
            return dict(button)
    return None


def press(sandbox: Sandbox, bot: Bot, person_id: int, message_id: int, *, data: str | None = None,
          label: str | None = None, forged: bool = False) -> Press:  # fmt: skip
    """Presses an inline button, found by its data or by (a part of) its label.

    `forged` presses what is not there, as a tampered client or a screen out of date would.
    """
    chat = _open(sandbox, bot, person_id)
    message = chat.messages.get(message_id)
    if message is None or (message.deleted and not forged):
        raise Impossible(f"no message {message_id} in this chat", 404)
    button = find_button(message, data, label)
    if button is None and not (forged and data is not None):
        raise Impossible(f"no such button under message {message_id}", 404)
    pressed = Press(id=str(secrets.randbits(62)), person_id=person_id, message_id=message_id,
                    data=data if button is None else button["callback_data"], at=sandbox.now())  # type: ignore[arg-type]  # fmt: skip
    presses = sandbox.live[bot.token].presses
    presses[pressed.id] = pressed
    while len(presses) > PRESSES_KEPT:
        presses.pop(next(iter(presses)))
    chat.last_in = sandbox.now()
    person = bot.people[person_id]
    shown: Json = wire_message(bot, chat, message)
    if message.deleted or sandbox.now() - message.date > INACCESSIBLE_S:
        shown = {"chat": person.chat(), "message_id": message.id, "date": 0}
    body = {
        "id": pressed.id, "from": person.user(), "message": shown,
        "chat_instance": str(bot.id * 1_000_003 + person_id), "data": pressed.data,
    }  # fmt: skip
    sandbox.journal.publish(
        "press",
        {"bot": bot.slug, "person": person_id, "message_id": message_id, "data": pressed.data, "query": pressed.id},
    )
    sandbox.enqueue(bot, "callback_query", body, f"user:{person_id}")
    return pressed


async def answered(sandbox: Sandbox, bot: Bot, pressed: Press, timeout_s: float) -> None:
    """Waits until the press is answered, or so long."""
    if pressed.answer is None:
        bells = sandbox.live[bot.token].bells
        bell = bells.setdefault(pressed.id, asyncio.Event())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(bell.wait(), timeout_s)
        bells.pop(pressed.id, None)


def share_contact(
    sandbox: Sandbox, bot: Bot, person_id: int, of: int | None = None, phone: str | None = None
) -> Message:
    """Shares the person's own contact, or (`of`) somebody else's from the address book."""
    owner = someone(bot, of if of is not None else person_id)
    chat = _open(sandbox, bot, person_id)
    contact: Json = {"phone_number": phone or owner.phone or "12025550100", "first_name": owner.first_name}
    if owner.last_name:
        contact["last_name"] = owner.last_name
    contact["user_id"] = owner.id
    if (chat.keyboard or {}).get("one_time_keyboard"):
        chat.keyboard = None
        sandbox.show_chat(bot, chat)
    return put(sandbox, bot, person_id, {"contact": contact})


def send_file(sandbox: Sandbox, bot: Bot, person_id: int, upload: Upload, caption: str = "") -> Message:
    """A picture or a file from the person's device."""
    _open(sandbox, bot, person_id)
    kind = "photo" if upload.mime.startswith("image/") else "document"
    store: FileStore = sandbox.files
    file = store.add(bot, upload, kind)
    content: Json = {"photo": photo_sizes(file)} if kind == "photo" else {"document": document(file)}
    return put(sandbox, bot, person_id, {**content, **({"caption": caption} if caption else {})})


def block(sandbox: Sandbox, bot: Bot, person_id: int, *, blocked: bool) -> None:
    """Blocks or unblocks the bot; the bot is told by `my_chat_member`."""
    person = someone(bot, person_id)
    chat = sandbox.chat(bot, person_id)
    if chat.blocked == blocked:
        return
    chat.blocked = blocked

    def member(status: str) -> dict[str, Any]:
        return {"user": bot.user(), "status": status, **({"until_date": 0} if status == "kicked" else {})}

    old, new = ("member", "kicked") if blocked else ("kicked", "member")
    body = {
        "chat": person.chat(), "from": person.user(), "date": int(sandbox.now()),
        "old_chat_member": member(old), "new_chat_member": member(new),
    }  # fmt: skip
    sandbox.enqueue(bot, "my_chat_member", body, f"member:{person_id}")
    sandbox.show_chat(bot, chat)


def add_person(sandbox: Sandbox, bot: Bot, first_name: str, last_name: str = "", language: str = "",
               person_id: int | None = None) -> Person:  # fmt: skip
    """One more person who knows the bot; ids go on from 1004."""
    name = clean(first_name).strip()
    if not name:
        raise Impossible("a person needs a name", 400)
    number = person_id if person_id is not None else max([1003, *bot.people]) + 1
    if number in bot.people or not 0 < number < 2**52:
        raise Impossible(f"there is somebody with the id {number} already, or it is none")
    person = Person(id=number, first_name=name[:64], last_name=clean(last_name).strip()[:64] or None,
                    language_code=language or bot.language, phone=f"1202555{number % 10000:04}")  # fmt: skip
    bot.people[number] = person
    sandbox.changed()
    sandbox.journal.publish("bots", {})
    return person
