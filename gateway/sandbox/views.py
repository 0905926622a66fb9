"""How chats look from outside: the Bot API's Message, and the page's richer view of the same."""

from .model import Bot, Chat, File, Json, Message


def file_view(file: File) -> Json:
    """The Bot API's fields of a file, without its path."""
    return {"file_id": file.id, "file_unique_id": file.unique_id, "file_size": file.size}


def wire_message(bot: Bot, chat: Chat, message: Message, *, nested: bool = False) -> Json:
    """The Bot API's Message. A reply carries the message that it answers, one level deep."""
    person = bot.people[chat.person_id]
    wire: Json = {
        "message_id": message.id,
        "from": bot.user() if message.out else person.user(),
        "chat": person.chat(),
        "date": message.date,
    }
    if message.edit_date:
        wire["edit_date"] = message.edit_date
    wire |= message.content
    original = chat.messages.get(message.reply_to) if message.reply_to else None
    if original and not original.deleted and not nested:
        wire["reply_to_message"] = wire_message(bot, chat, original, nested=True)
    if message.markup:
        wire["reply_markup"] = message.markup
    return wire


def message_view(bot: Bot, chat: Chat, message: Message) -> Json:
    """The page's view: the Bot API's Message plus `out`, `deleted`, `pinned`."""
    return {
        **wire_message(bot, chat, message),
        "out": message.out,
        "deleted": message.deleted,
        "pinned": message.id in chat.pinned,
    }


def commands_for(bot: Bot, person_id: int, language: str) -> list[Json]:
    """The commands on a person's menu: the narrowest scope with something in it, their language first."""
    for scope in (f"chat:{person_id}", "all_private_chats", "default"):
        for code in (language[:2], ""):
            commands = bot.commands.get(f"{scope}|{code}")
            if commands:
                return commands
    return []


def chat_view(bot: Bot, chat: Chat, spinning: list[int]) -> Json:
    """Everything that the page needs to draw a chat; `spinning` are the messages with an unanswered press."""
    person = bot.people[chat.person_id]
    return {
        "bot": bot.slug,
        "person": {**person.user(), "role": person.role, "phone": person.phone},
        "started": chat.started,
        "blocked": chat.blocked,
        "keyboard": chat.keyboard,
        "pinned": chat.pinned,
        "menu_button": chat.menu_button or bot.menu_button or {"type": "commands"},
        "commands": commands_for(bot, person.id, person.language_code),
        "spinning": spinning,
        "messages": [message_view(bot, chat, message) for message in chat.messages.values()],
    }


def bot_view(bot: Bot, *, pending: int, flood_s: float, outage: bool) -> Json:
    """A bot on the page's tenant switch. Never the token."""
    return {
        "id": bot.id,
        "slug": bot.slug,
        "name": bot.name,
        "username": bot.username,
        "language": bot.language,
        "people": [
            {**person.user(), "role": person.role, "blocked": bool(chat and chat.blocked)}
            for person in bot.people.values()
            for chat in (bot.chats.get(person.id),)
        ],
        "webhook": bool(bot.webhook.url),
        "last_error": bot.webhook.last_error_message,
        "description": bot.texts.get(f"description|{bot.language}") or bot.texts.get("description|", ""),
        "pending": pending,
        "flood_s": round(max(0.0, flood_s), 1),
        "outage": outage,
    }
