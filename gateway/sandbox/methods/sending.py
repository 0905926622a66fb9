"""Methods that send a message."""

from gateway.sandbox.entities import utf16_length
from gateway.sandbox.errors import BadRequest
from gateway.sandbox.keyboards import check_reply_markup
from gateway.sandbox.methods.registry import Call, api_method
from gateway.sandbox.methods.uploads import take_file
from gateway.sandbox.model import Chat, Json
from gateway.sandbox.params import parse_integer
from gateway.sandbox.texts import format_caption, format_message_text
from gateway.sandbox.views import document_json, message_json, photo_json, voice_json

_ACTIONS = frozenset(
    [
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    ]
)


def read_text(call: Call) -> tuple[str, list[Json]]:
    """Return the text and entities that `text`, `parse_mode` and `entities` make. Raises BotApiError."""
    params = call.params
    raw = params.structure("entities", "Can't parse entities JSON object")
    return format_message_text(params.string("text"), params.string("parse_mode"), raw)


def read_caption(call: Call) -> Json:
    """Return the message's fields that `caption`, `parse_mode` and `caption_entities` make, none without a caption.

    Raises BotApiError.
    """
    params = call.params
    raw = params.structure("caption_entities", "Can't parse entities JSON object")
    caption, entities = format_caption(params.string("caption"), params.string("parse_mode"), raw)
    if not caption:
        return {}
    return {"caption": caption, **({"caption_entities": entities} if entities else {})}


def _read_reply_to(call: Call, chat: Chat) -> int | None:
    """Return the message id of `reply_parameters` or of the older `reply_to_message_id`. Raises BotApiError."""
    raw = call.params.structure("reply_parameters", "Can't parse reply parameters JSON object")
    if raw is None:
        message_id = call.params.integer("reply_to_message_id")
        optional = call.params.boolean("allow_sending_without_reply")
    elif not isinstance(raw, dict) or "message_id" not in raw:
        raise BadRequest('Can\'t find field "message_id"')
    else:
        message_id = parse_integer(raw["message_id"], "message_id")
        optional = bool(raw.get("allow_sending_without_reply"))
    if not message_id:
        return None
    original = chat.messages.get(message_id)
    if original is None or original.deleted:
        if optional:
            return None
        raise BadRequest("message to be replied not found")
    return message_id


def _send(call: Call, content: Json) -> Json:
    """Check keyboard, chat and reply, and send a message with this content. Returns the Bot API's Message."""
    inline, reply = check_reply_markup(call.params.reply_markup())
    chat = call.writable_chat()
    reply_to = _read_reply_to(call, chat)
    if call.params.boolean("protect_content"):
        content = {**content, "has_protected_content": True}
    message = call.sandbox.add_message(
        call.bot, chat, out=True, content=content, markup=inline, final=reply is not None, reply_to=reply_to
    )
    if reply is not None:
        chat.keyboard = None if "remove_keyboard" in reply else reply
        call.sandbox.publish_chat(call.bot, chat)
    return message_json(call.bot, chat, message)


@api_method("sendMessage")
async def send_message(call: Call) -> Json:
    """Send a text."""
    text, entities = read_text(call)
    content: Json = {"text": text, **({"entities": entities} if entities else {})}
    options = call.params.structure("link_preview_options", "Can't parse link preview options JSON object")
    if isinstance(options, dict):
        for name in ("is_disabled", "prefer_small_media", "prefer_large_media", "show_above_text"):
            if name in options and not isinstance(options[name], bool):
                raise BadRequest(f'Field "{name}" must be of type Boolean')
        content["link_preview_options"] = options
    return _send(call, content)


@api_method("sendPhoto")
async def send_photo(call: Call) -> Json:
    """Send a picture: an upload or a known `file_id`."""
    caption = read_caption(call)
    call.chat()
    return _send(call, {"photo": photo_json(take_file(call, "photo", "photo")), **caption})


@api_method("sendDocument")
async def send_document(call: Call) -> Json:
    """Send a file: an upload or a known `file_id`."""
    caption = read_caption(call)
    call.chat()
    file = take_file(call, "document", "document")
    return _send(call, {"document": document_json(file), **caption})


@api_method("sendVoice")
async def send_voice(call: Call) -> Json:
    """Send a recording: an upload or a known `file_id`. Some people take none from bots."""
    caption = read_caption(call)
    chat = call.chat()
    file = take_file(call, "voice", "voice")
    person = call.bot.people.get(chat.person_id)
    if person is not None and person.no_voice:
        raise BadRequest("VOICE_MESSAGES_FORBIDDEN")
    return _send(call, {"voice": voice_json(file), **caption})


@api_method("sendMediaGroup")
async def send_media_group(call: Call) -> list[Json]:
    """Send an album of 2 to 10 pictures, or of 2 to 10 files."""
    raw = call.params.structure("media", "Can't parse media JSON object")
    if not isinstance(raw, list):
        raise BadRequest("Expected an Array of InputMedia")
    if not 2 <= len(raw) <= 10:
        raise BadRequest("media group must contain 2-10 items" if raw else "media group is empty")
    contents = [read_media(call, item) for item in raw]
    if len({"photo" in content for content in contents}) > 1:
        raise BadRequest("Document can't be mixed with other media types")
    if call.params.reply_markup():
        raise BadRequest("reply markup can't be sent with an album")
    chat = call.writable_chat()
    reply_to = _read_reply_to(call, chat)
    group = str(call.bot.next_message_id + 13_000_000_000_000_000)
    messages = []
    for content in contents:
        message = call.sandbox.add_message(
            call.bot, chat, out=True, content={"media_group_id": group, **content}, reply_to=reply_to
        )
        messages.append(message_json(call.bot, chat, message))
    return messages


def read_media(call: Call, raw: object) -> Json:
    """Return the message's fields that an InputMedia makes: picture or file, and caption. Raises BotApiError."""
    if not isinstance(raw, dict) or raw.get("type") not in ("photo", "document"):
        raise BadRequest("Can't parse InputMedia: unsupported type specified")
    caption, entities = format_caption(
        str(raw.get("caption") or ""), str(raw.get("parse_mode") or ""), raw.get("caption_entities")
    )
    file = take_file(call, "media", raw["type"], str(raw.get("media") or ""))
    content: Json = {"photo": photo_json(file)} if raw["type"] == "photo" else {"document": document_json(file)}
    if caption:
        content["caption"] = caption
        if entities:
            content["caption_entities"] = entities
    return content


@api_method("sendChatAction")
async def send_chat_action(call: Call) -> bool:
    """Show "typing…" or the like for 5 seconds, or until the next message."""
    action = call.params.string("action").lower()
    if action not in _ACTIONS:
        raise BadRequest("wrong parameter action in request")
    chat = call.writable_chat()
    call.sandbox.journal.publish("action", {"bot": call.bot.slug, "person": chat.person_id, "action": action})
    return True


def _read_location(call: Call) -> Json:
    location: Json = {}
    for name, limit in (("latitude", 90.0), ("longitude", 180.0)):
        text = call.params.string(name)
        if not text:
            raise BadRequest(f"{name} is empty")
        try:
            location[name] = float(text)
        except ValueError:
            raise BadRequest(f"{name} is invalid") from None
        if not -limit <= location[name] <= limit:
            raise BadRequest(f"{name} is invalid")
    return location


@api_method("sendLocation")
async def send_location(call: Call) -> Json:
    """Send a point on the map."""
    return _send(call, {"location": _read_location(call)})


@api_method("sendVenue")
async def send_venue(call: Call) -> Json:
    """Send a place with a name and an address."""
    location = _read_location(call)
    title, address = call.params.string("title"), call.params.string("address")
    if not title or not address:
        raise BadRequest("venue title must be non-empty" if not title else "venue address must be non-empty")
    return _send(call, {"location": location, "venue": {"location": location, "title": title, "address": address}})


@api_method("sendContact")
async def send_contact(call: Call) -> Json:
    """Send a phone number with a name."""
    params = call.params
    phone, first_name = params.string("phone_number"), params.string("first_name")
    if not phone:
        raise BadRequest("phone_number is empty")
    if not first_name:
        raise BadRequest("first_name is empty")
    if utf16_length(params.string("vcard")) > 2048:
        raise BadRequest("vcard is too long")
    contact = {"phone_number": phone, "first_name": first_name}
    contact |= {name: params.string(name) for name in ("last_name", "vcard") if params.string(name)}
    return _send(call, {"contact": contact})
