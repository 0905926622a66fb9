"""What the people of the sandbox do: write, press buttons, share contacts, send files, block the bot."""

import asyncio
import contextlib
import secrets

from gateway.sandbox.entities import clean_text, find_entities, utf16_length
from gateway.sandbox.model import Bot, CallbackQuery, Chat, Json, Message, Person
from gateway.sandbox.params import Upload
from gateway.sandbox.sandbox import Sandbox
from gateway.sandbox.texts import TEXT_LIMIT, format_typed_text
from gateway.sandbox.views import chat_json, document_json, message_json, photo_json, voice_json

INACCESSIBLE_AFTER_S = 48 * 3600  # a callback query about an older message does not hold the message
CALLBACK_QUERIES_KEPT = 5000


class ActionRefused(Exception):
    """Something that a person can't do in a messenger. `str()` is one sentence; `status` is the control API's."""

    def __init__(self, sentence: str, status: int = 409) -> None:
        super().__init__(sentence)
        self.status = status


def require_person(bot: Bot, person_id: int) -> Person:
    """Return the person. Raises ActionRefused (404)."""
    person = bot.people.get(person_id)
    if person is None:
        raise ActionRefused(f"nobody called {person_id} at @{bot.username}", 404)
    return person


def _require_unblocked_chat(sandbox: Sandbox, bot: Bot, person_id: int) -> Chat:
    require_person(bot, person_id)
    chat = sandbox.chat(bot, person_id)
    if chat.blocked:
        raise ActionRefused("the bot is blocked: unblock it first")
    return chat


def send_content(sandbox: Sandbox, bot: Bot, person_id: int, content: Json, reply_to: int | None = None) -> Message:
    """Send a message with any of the Bot API's content fields. Returns it; its update is pending."""
    chat = _require_unblocked_chat(sandbox, bot, person_id)
    if reply_to is not None and reply_to not in chat.messages:
        raise ActionRefused(f"no message {reply_to} in this chat", 404)
    chat.started, chat.last_in = True, sandbox.now()
    message = sandbox.add_message(bot, chat, out=False, content=content, reply_to=reply_to)
    sandbox.enqueue(bot, "message", message_json(bot, chat, message), f"chat:{person_id}")
    return message


def send_text(sandbox: Sandbox, bot: Bot, person_id: int, text: str, reply_to: int | None = None) -> Message:
    """Send a text with Telegram's typed marks. The label of a one-time reply keyboard's button puts the keyboard away."""
    text, typed = format_typed_text(clean_text(text).strip())
    if not text:
        raise ActionRefused("an empty message cannot be sent", 400)
    if utf16_length(text) > TEXT_LIMIT:
        raise ActionRefused(f"a message holds {TEXT_LIMIT} characters at most", 400)
    chat = _require_unblocked_chat(sandbox, bot, person_id)
    keyboard = chat.keyboard or {}
    labels = {button["text"] for row in keyboard.get("keyboard", []) for button in row}
    if keyboard.get("force_reply") or (keyboard.get("one_time_keyboard") and text in labels):
        _remove_keyboard(sandbox, bot, chat)
    entities = sorted(typed + find_entities(text, typed), key=lambda entity: entity["offset"])
    content: Json = {"text": text, **({"entities": entities} if entities else {})}
    return send_content(sandbox, bot, person_id, content, reply_to)


def _remove_keyboard(sandbox: Sandbox, bot: Bot, chat: Chat) -> None:
    chat.keyboard = None
    sandbox.publish_chat(bot, chat)


def find_button(message: Message, data: str | None, label: str | None) -> Json | None:
    """Return the first callback button with this data and with this text in its label; None matches any.

    A non-breaking space counts as a space.
    """
    text = None if label is None else label.replace("\u00a0", " ")
    rows = (message.markup or {}).get("inline_keyboard", [])
    for button in (button for row in rows for button in row):
        if "callback_data" not in button or data not in (None, button["callback_data"]):
            continue
        if text is None or text in button["text"].replace("\u00a0", " "):
            return dict(button)
    return None


def press_button(sandbox: Sandbox, bot: Bot, person_id: int, message_id: int, *, data: str | None = None,
                 label: str | None = None, forged: bool = False) -> CallbackQuery:  # fmt: skip
    """Press an inline button, found by its data or by a part of its label. The callback query is pending then.

    `forged` presses a button that the message does not have, as a tampered client or an outdated screen does.
    """
    chat = _require_unblocked_chat(sandbox, bot, person_id)
    message = chat.messages.get(message_id)
    if message is None or (message.deleted and not forged):
        raise ActionRefused(f"no message {message_id} in this chat", 404)
    if button := find_button(message, data, label):
        data = str(button["callback_data"])
    elif not forged or data is None:
        raise ActionRefused(f"no such button under message {message_id}", 404)
    assert data is not None
    return queue_press(sandbox, bot, chat, person_id, message_id, data)


def queue_press(sandbox: Sandbox, bot: Bot, chat: Chat, person_id: int, message_id: int, data: str) -> CallbackQuery:
    """Let the press of a button reach the bot, and keep it until it is answered."""
    query = CallbackQuery(
        id=str(secrets.randbits(62)), person_id=person_id, message_id=message_id, data=data, pressed_at=sandbox.now()
    )
    queries = sandbox.transient[bot.token].callback_queries
    queries[query.id] = query
    while len(queries) > CALLBACK_QUERIES_KEPT:
        queries.pop(next(iter(queries)))
    chat.last_in = sandbox.now()
    sandbox.journal.publish(
        "press", {"bot": bot.slug, "person": person_id, "message_id": message_id, "data": data, "query": query.id}
    )
    sandbox.enqueue(bot, "callback_query", callback_query_json(sandbox, bot, chat, query), f"user:{person_id}")
    return query


def callback_query_json(sandbox: Sandbox, bot: Bot, chat: Chat, query: CallbackQuery) -> Json:
    """Return the Bot API's CallbackQuery of a press in that chat."""
    person, message = bot.people[query.person_id], chat.messages[query.message_id]
    shown = message_json(bot, chat, message)
    if message.deleted or sandbox.now() - message.date > INACCESSIBLE_AFTER_S:
        shown = {"chat": chat_json(bot, chat), "message_id": message.id, "date": 0}
    return {
        "id": query.id, "from": person.user_json(), "message": shown,
        "chat_instance": str(bot.id * 1_000_003 + chat.person_id), "data": query.data,
    }  # fmt: skip


async def wait_for_answer(sandbox: Sandbox, bot: Bot, query: CallbackQuery, timeout_s: float) -> None:
    """Wait until the callback query is answered, or until the time is over."""
    if query.answer is None:
        events = sandbox.transient[bot.token].answered
        answered = events.setdefault(query.id, asyncio.Event())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(answered.wait(), timeout_s)
        events.pop(query.id, None)


def share_contact(
    sandbox: Sandbox, bot: Bot, person_id: int, of: int | None = None, phone: str | None = None
) -> Message:
    """Share the person's own contact, or that of the person `of` from their address book."""
    owner = require_person(bot, of if of is not None else person_id)
    chat = _require_unblocked_chat(sandbox, bot, person_id)
    contact: Json = {"phone_number": phone or owner.phone or "12025550100", "first_name": owner.first_name}
    if owner.last_name:
        contact["last_name"] = owner.last_name
    contact["user_id"] = owner.id
    if (chat.keyboard or {}).get("one_time_keyboard"):
        _remove_keyboard(sandbox, bot, chat)
    return send_content(sandbox, bot, person_id, {"contact": contact})


def send_file(sandbox: Sandbox, bot: Bot, person_id: int, upload: Upload, caption: str = "") -> Message:
    """Send a picture, a recording (Ogg) or a file. Raises BotApiError where Telegram would refuse it."""
    _require_unblocked_chat(sandbox, bot, person_id)
    kind = "photo" if upload.mime.startswith("image/") else "voice" if upload.mime == "audio/ogg" else "document"
    file = sandbox.files.add(bot, upload, kind)
    shown = {"photo": photo_json, "voice": voice_json, "document": document_json}[kind](file)
    content: Json = {kind: shown}
    return send_content(sandbox, bot, person_id, {**content, **({"caption": caption} if caption else {})})


def set_blocked(sandbox: Sandbox, bot: Bot, person_id: int, *, blocked: bool) -> None:
    """Block or unblock the bot, which gets a `my_chat_member` update."""
    person = require_person(bot, person_id)
    chat = sandbox.chat(bot, person_id)
    if chat.blocked == blocked:
        return
    chat.blocked = blocked

    def member(status: str) -> Json:
        return {"user": bot.user_json(), "status": status, **({"until_date": 0} if status == "kicked" else {})}

    old, new = ("member", "kicked") if blocked else ("kicked", "member")
    body = {
        "chat": person.chat_json(), "from": person.user_json(), "date": int(sandbox.now()),
        "old_chat_member": member(old), "new_chat_member": member(new),
    }  # fmt: skip
    sandbox.enqueue(bot, "my_chat_member", body, f"member:{person_id}")
    sandbox.publish_chat(bot, chat)


def add_person(sandbox: Sandbox, bot: Bot, first_name: str, last_name: str = "", language: str = "",
               person_id: int | None = None) -> Person:  # fmt: skip
    """Add a person who knows the bot. Their id is the next one from 1004 on, unless `person_id` names it."""
    name = clean_text(first_name).strip()
    if not name:
        raise ActionRefused("a person needs a name", 400)
    number = person_id if person_id is not None else max([1003, *bot.people]) + 1
    if number in bot.people or not 0 < number < 2**52:
        raise ActionRefused(f"there is somebody with the id {number} already, or it is none")
    person = Person(id=number, first_name=name[:64], last_name=clean_text(last_name).strip()[:64] or None,
                    language_code=language or bot.language, phone=f"1202555{number % 10000:04}")  # fmt: skip
    bot.people[number] = person
    sandbox.publish_bots()
    return person
