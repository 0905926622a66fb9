"""Methods for what people see of a bot besides messages: commands, name, descriptions, menu button; and getChat."""

import re

from gateway.sandbox.entities import utf16_length
from gateway.sandbox.errors import BadRequest
from gateway.sandbox.methods.registry import Call, api_method
from gateway.sandbox.model import Json
from gateway.sandbox.views import chat_json, message_json

_SCOPES = ("default", "all_private_chats", "all_group_chats", "all_chat_administrators")
_TEXTS = {"Name": ("name", 64), "Description": ("description", 512), "ShortDescription": ("short_description", 120)}


def _read_language(call: Call) -> str:
    code = call.params.string("language_code")
    if code and not re.fullmatch(r"[a-z]{2}", code):
        raise BadRequest("invalid language code specified")
    return code


def _read_scope(call: Call) -> str:
    """Return the key of a list of commands: scope and language."""
    raw = call.params.structure("scope", "Can't parse BotCommandScope JSON object")
    if raw is None:
        return f"default|{_read_language(call)}"
    if not isinstance(raw, dict) or "type" not in raw:
        raise BadRequest("Can't parse BotCommandScope: Can't find field \"type\"")
    kind = raw["type"]
    if kind in _SCOPES:
        return f"{kind}|{_read_language(call)}"
    if kind not in ("chat", "chat_administrators", "chat_member"):
        raise BadRequest("Can't parse BotCommandScope: Unsupported type specified")
    if "chat_id" not in raw:
        raise BadRequest("Can't parse BotCommandScope: Can't find field \"chat_id\"")
    if str(raw["chat_id"]) not in {str(person_id) for person_id in call.bot.people}:
        raise BadRequest("chat not found")
    if kind != "chat":
        raise BadRequest("can't use specified scope in private chats")
    return f"chat:{raw['chat_id']}|{_read_language(call)}"


@api_method("setMyCommands")
async def set_my_commands(call: Call) -> bool:
    """Set the commands of a scope and a language."""
    raw = call.params.structure("commands", "Can't parse commands JSON object")
    if not isinstance(raw, list):
        raise BadRequest("Expected an Array of BotCommand")
    if len(raw) > 100:
        raise BadRequest("BOT_COMMANDS_TOO_MUCH")
    commands = []
    for item in raw:
        if not isinstance(item, dict):
            raise BadRequest("Expected an Object as BotCommand")
        for name in ("command", "description"):
            if not isinstance(item.get(name), str):
                raise BadRequest(f"Can't parse BotCommand: Can't find field \"{name}\"")
        command, description = item["command"].removeprefix("/"), item["description"].strip()
        if not re.fullmatch(r"[a-z0-9_]{1,32}", command):
            raise BadRequest("BOT_COMMAND_INVALID")
        if not 1 <= utf16_length(description) <= 256:
            raise BadRequest("BOT_COMMAND_DESCRIPTION_INVALID")
        commands.append({"command": command, "description": description})
    call.bot.commands[_read_scope(call)] = commands
    call.sandbox.publish_bots()
    return True


@api_method("getMyCommands")
async def get_my_commands(call: Call) -> list[Json]:
    """Return the commands of exactly this scope and language."""
    return call.bot.commands.get(_read_scope(call), [])


@api_method("deleteMyCommands")
async def delete_my_commands(call: Call) -> bool:
    """Remove the commands of a scope and a language."""
    call.bot.commands.pop(_read_scope(call), None)
    call.sandbox.publish_bots()
    return True


def _register_text_methods(name: str, field: str, limit: int) -> None:
    @api_method(f"setMy{name}")
    async def setter(call: Call) -> bool:
        text = call.params.string(field)
        if utf16_length(text) > limit:
            raise BadRequest(f"bot {field.replace('_', ' ')} is too long")
        call.bot.texts[f"{field}|{_read_language(call)}"] = text
        call.sandbox.publish_bots()
        return True

    @api_method(f"getMy{name}")
    async def getter(call: Call) -> Json:
        texts = call.bot.texts
        text = texts.get(f"{field}|{_read_language(call)}") or texts.get(f"{field}|") or ""
        return {field: text or (call.bot.name if field == "name" else "")}


for _name, (_field, _limit) in _TEXTS.items():
    _register_text_methods(_name, _field, _limit)


@api_method("setChatMenuButton")
async def set_chat_menu_button(call: Call) -> bool:
    """Set the button beside the message box: commands, a web app, or the default."""
    raw = call.params.structure("menu_button", "Can't parse MenuButton JSON object") or {"type": "default"}
    if not isinstance(raw, dict) or raw.get("type") not in ("commands", "default", "web_app"):
        raise BadRequest("MenuButton has unsupported type")
    kind = raw["type"]
    web_app = raw.get("web_app")
    if kind == "web_app" and not (isinstance(web_app, dict) and str(web_app.get("url", "")).startswith("https://")):
        raise BadRequest("menu button Web App URL is invalid: Only HTTPS links are allowed")
    button = None if kind == "default" else raw
    if call.params.has("chat_id"):
        chat = call.chat()
        chat.menu_button = button
        call.sandbox.publish_chat(call.bot, chat)
    else:
        call.bot.menu_button = button
    call.sandbox.publish_bots()
    return True


@api_method("getChatMenuButton")
async def get_chat_menu_button(call: Call) -> Json:
    """Return the menu button of a chat, or the default one."""
    button = call.chat().menu_button if call.params.has("chat_id") else None
    return button or call.bot.menu_button or {"type": "commands" if call.bot.commands else "default"}


@api_method("getChat")
async def get_chat(call: Call) -> Json:
    """Return a chat, with its pinned message."""
    chat = call.chat()
    if not chat.started:
        raise BadRequest("chat not found")
    full: Json = {
        **chat_json(call.bot, chat), "accent_color_id": chat.person_id % 7, "max_reaction_count": 11,
        "accepted_gift_types": {
            "unlimited_gifts": False, "limited_gifts": False, "unique_gifts": False, "premium_subscription": False,
            "gifts_from_channels": False,
        },
    }  # fmt: skip
    if chat.pinned:
        full["pinned_message"] = message_json(call.bot, chat, chat.messages[chat.pinned[-1]])
    return full
