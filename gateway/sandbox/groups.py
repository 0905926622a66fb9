"""Groups: a bot that is added and removed, and what of the members' messages and presses reaches it.

Chat ids of groups are negative. In privacy mode, which is every bot's default, a bot gets service messages, commands that are
meant for it and replies to its own messages; everything else stays among the people.
"""

from typing import Literal

from gateway.sandbox.entities import clean_text, find_entities, utf16_length
from gateway.sandbox.model import Bot, CallbackQuery, Chat, Group, Json, Message
from gateway.sandbox.people import ActionRefused, find_button, queue_press, require_person
from gateway.sandbox.sandbox import Sandbox
from gateway.sandbox.texts import TEXT_LIMIT, format_typed_text
from gateway.sandbox.views import message_json

TITLE_MAX = 128


def add_to_group(
    sandbox: Sandbox, bot: Bot, person_id: int, title: str, kind: Literal["group", "supergroup"] = "supergroup"
) -> Group:
    """Let a person make a group with the bot in it; the bot gets `my_chat_member` and the service message."""
    require_person(bot, person_id)
    title = clean_text(title).strip()
    if not 1 <= len(title) <= TITLE_MAX:
        raise ActionRefused(f"a group has a title of 1 to {TITLE_MAX} characters", 400)
    number = len(bot.groups) + 1
    # a basic group has a small id, a supergroup one that begins with -100
    group = Group(id=-number - 4_000_000 if kind == "group" else -1_002_000_000_000 - number, title=title, kind=kind)
    group.members = list(bot.people)
    bot.groups[group.id] = group
    chat = sandbox.chat(bot, group.id)
    chat.started = True
    _tell_membership(sandbox, bot, group, person_id, "left", "member")
    _add_message(sandbox, bot, chat, person_id, {"new_chat_members": [bot.user_json()]}, reaches_bot=True)
    sandbox.publish_bots()
    return group


def remove_from_group(sandbox: Sandbox, bot: Bot, group_id: int, person_id: int) -> None:
    """Let a member throw the bot out: it gets the service message and `my_chat_member`, and may write there no more."""
    group, chat = _require_group(sandbox, bot, group_id, person_id)
    if group.status != "member":
        raise ActionRefused("the bot is not in this group")
    _add_message(sandbox, bot, chat, person_id, {"left_chat_member": bot.user_json()}, reaches_bot=True)
    group.status = "kicked"
    _tell_membership(sandbox, bot, group, person_id, "member", "kicked")
    sandbox.publish_chat(bot, chat)


def send_in_group(
    sandbox: Sandbox, bot: Bot, group_id: int, person_id: int, text: str, reply_to: int | None = None
) -> Message:
    """Send a member's text. It reaches the bot as far as privacy mode lets it."""
    text, typed = format_typed_text(clean_text(text).strip())
    if not 1 <= utf16_length(text) <= TEXT_LIMIT:
        raise ActionRefused(f"a message has 1 to {TEXT_LIMIT} characters", 400)
    group, chat = _require_group(sandbox, bot, group_id, person_id)
    if reply_to is not None and reply_to not in chat.messages:
        raise ActionRefused(f"no message {reply_to} in this group", 404)
    entities = sorted(typed + find_entities(text, typed), key=lambda entity: entity["offset"])
    content: Json = {"text": text, **({"entities": entities} if entities else {})}
    reaches = group.status == "member" and (bot.reads_groups or _is_for_bot(bot, chat, text, reply_to))
    return _add_message(sandbox, bot, chat, person_id, content, reaches_bot=reaches, reply_to=reply_to)


def press_in_group(
    sandbox: Sandbox, bot: Bot, group_id: int, person_id: int, message_id: int, label: str
) -> CallbackQuery:
    """Press a button of the bot's message in a group, as every member may."""
    _, chat = _require_group(sandbox, bot, group_id, person_id)
    message = chat.messages.get(message_id)
    button = None if message is None or message.deleted else find_button(message, None, label)
    if button is None:
        raise ActionRefused(f"no such button under message {message_id}", 404)
    return queue_press(sandbox, bot, chat, person_id, message_id, str(button["callback_data"]))


def _require_group(sandbox: Sandbox, bot: Bot, group_id: int, person_id: int) -> tuple[Group, Chat]:
    require_person(bot, person_id)
    group = bot.groups.get(group_id)
    if group is None or person_id not in group.members:
        raise ActionRefused(f"{person_id} is in no group {group_id}", 404)
    return group, sandbox.chat(bot, group_id)


def _is_for_bot(bot: Bot, chat: Chat, text: str, reply_to: int | None) -> bool:
    """Return whether privacy mode lets a text through: a command for this bot, or a reply to it."""
    answered = None if reply_to is None else chat.messages.get(reply_to)
    if answered is not None and answered.out:
        return True
    command, _, named = text.split(maxsplit=1)[0].partition("@")
    # the only bot here: a command without a name is for it
    return command.startswith("/") and len(command) > 1 and named.lower() in ("", bot.username.lower())


def _add_message(
    sandbox: Sandbox,
    bot: Bot,
    chat: Chat,
    person_id: int,
    content: Json,
    *,
    reaches_bot: bool,
    reply_to: int | None = None,
) -> Message:
    content = {"from": bot.people[person_id].user_json(), **content}
    message = sandbox.add_message(bot, chat, out=False, content=content, reply_to=reply_to)
    chat.last_in = sandbox.now()
    if reaches_bot:
        sandbox.enqueue(bot, "message", message_json(bot, chat, message), f"chat:{chat.person_id}")
    return message


def _tell_membership(sandbox: Sandbox, bot: Bot, group: Group, person_id: int, old: str, new: str) -> None:
    def member(status: str) -> Json:
        return {"user": bot.user_json(), "status": status, **({"until_date": 0} if status == "kicked" else {})}

    body = {
        "chat": group.chat_json(), "from": bot.people[person_id].user_json(), "date": int(sandbox.now()),
        "old_chat_member": member(old), "new_chat_member": member(new),
    }  # fmt: skip
    sandbox.enqueue(bot, "my_chat_member", body, f"member:{group.id}")
