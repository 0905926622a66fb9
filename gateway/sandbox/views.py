"""How chats look from outside: the objects of the Bot API, and the page's richer views of the same."""

from gateway.sandbox.model import Bot, Chat, File, Json, Message


def file_json(file: File) -> Json:
    """Return the fields that every file of the Bot API has."""
    return {"file_id": file.id, "file_unique_id": file.unique_id, "file_size": file.size}


def photo_json(file: File) -> list[Json]:
    """Return the Bot API's array of PhotoSize; one size is enough here."""
    return [{**file_json(file), "width": file.width, "height": file.height}]


def document_json(file: File) -> Json:
    """Return the Bot API's Document."""
    return {"file_name": file.name, "mime_type": file.mime, **file_json(file)}


def voice_json(file: File) -> Json:
    """Return the Bot API's Voice; how long it lasts is not looked at here."""
    return {"duration": 1, "mime_type": file.mime, **file_json(file)}


def chat_json(bot: Bot, chat: Chat) -> Json:
    """Return the Bot API's Chat, of a person or of a group."""
    group = bot.group_of(chat)
    return bot.people[chat.person_id].chat_json() if group is None else group.chat_json()


def message_json(bot: Bot, chat: Chat, message: Message, *, nested: bool = False) -> Json:
    """Return the Bot API's Message. A reply holds the message that it answers, one level deep."""
    # what a member of a group writes says itself who that is
    person = None if message.out else bot.people.get(chat.person_id)
    result: Json = {
        "message_id": message.id,
        "from": bot.user_json() if person is None else person.user_json(),
        "chat": chat_json(bot, chat),
        "date": message.date,
    }
    if message.edit_date:
        result["edit_date"] = message.edit_date
    result |= message.content
    original = chat.messages.get(message.reply_to) if message.reply_to else None
    if original and not original.deleted and not nested:
        result["reply_to_message"] = message_json(bot, chat, original, nested=True)
    if message.markup:
        result["reply_markup"] = message.markup
    return result


def message_view(bot: Bot, chat: Chat, message: Message) -> Json:
    """Return the page's view of a message: the Bot API's Message with `out`, `deleted` and `pinned`."""
    return {
        **message_json(bot, chat, message),
        "out": message.out,
        "deleted": message.deleted,
        "pinned": message.id in chat.pinned,
    }


def menu_commands(bot: Bot, person_id: int, language: str) -> list[Json]:
    """Return the commands on a person's menu: those of the narrowest scope that has any, in their language first."""
    for scope in (f"chat:{person_id}", "all_private_chats", "default"):
        for code in (language[:2], ""):
            commands = bot.commands.get(f"{scope}|{code}")
            if commands:
                return commands
    return []


def chat_view(bot: Bot, chat: Chat, spinning: list[int]) -> Json:
    """Return the page's view of a chat. `spinning`: ids of the messages with a callback query that has no answer."""
    group = bot.group_of(chat)
    if group is None:
        person = bot.people[chat.person_id]
        whose, commands = {**person.user_json(), "role": person.role, "phone": person.phone}, person.language_code
    else:
        whose, commands = {"id": group.id, "first_name": group.title, "role": "group", "members": group.members}, ""
    return {
        "bot": bot.slug,
        "person": whose,
        "started": chat.started,
        "blocked": chat.blocked if group is None else group.status != "member",
        "keyboard": chat.keyboard,
        "pinned": chat.pinned,
        "menu_button": chat.menu_button or bot.menu_button or {"type": "commands"},
        "commands": menu_commands(bot, chat.person_id, commands),
        "spinning": spinning,
        "messages": [message_view(bot, chat, message) for message in chat.messages.values()],
    }


def bot_view(bot: Bot, *, flood_s: float, outage: bool) -> Json:
    """Return the page's view of a bot, without its token. `flood_s`: how many seconds it gets 429s from now."""
    return {
        "id": bot.id,
        "slug": bot.slug,
        "name": bot.name,
        "username": bot.username,
        "language": bot.language,
        "people": [
            {**person.user_json(), "role": person.role, "blocked": bool(chat and chat.blocked)}
            for person in bot.people.values()
            for chat in (bot.chats.get(person.id),)
        ],
        "groups": [{**group.chat_json(), "members": group.members} for group in bot.groups.values()],
        "webhook": bool(bot.webhook.url),
        "last_error": bot.webhook.last_error_message,
        "description": bot.texts.get(f"description|{bot.language}") or bot.texts.get("description|", ""),
        "pending": len(bot.pending),
        "flood_s": round(max(0.0, flood_s), 1),
        "outage": outage,
    }
