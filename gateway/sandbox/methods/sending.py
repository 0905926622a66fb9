"""Methods that put a new message into a chat."""

from typing import Any

from gateway.sandbox import keyboards
from gateway.sandbox.entities import utf16
from gateway.sandbox.model import Chat, Json, Message
from gateway.sandbox.params import number
from gateway.sandbox.refusals import bad_request
from gateway.sandbox.texts import caption_text, message_text
from gateway.sandbox.views import wire_message

from .registry import Call, method
from .uploads import photo_sizes, take_file

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


def texts_of(call: Call) -> tuple[str, list[Json]]:
    """`text`, `parse_mode`, `entities` → what is stored."""
    params = call.params
    raw = params.structure("entities", "Can't parse entities JSON object")
    return message_text(params.text("text"), params.text("parse_mode"), raw)


def caption_of(call: Call) -> Json:
    """`caption`, `parse_mode`, `caption_entities` → the message's fields, none for an empty caption."""
    params = call.params
    raw = params.structure("caption_entities", "Can't parse entities JSON object")
    caption, entities = caption_text(params.text("caption"), params.text("parse_mode"), raw)
    if not caption:
        return {}
    return {"caption": caption, **({"caption_entities": entities} if entities else {})}


def reply_of(call: Call, chat: Chat) -> int | None:
    """Which message is answered: `reply_parameters`, or the old `reply_to_message_id`."""
    raw = call.params.structure("reply_parameters", "Can't parse reply parameters JSON object")
    if raw is None:
        wanted, lenient = call.params.whole("reply_to_message_id"), call.params.flag("allow_sending_without_reply")
    elif not isinstance(raw, dict) or "message_id" not in raw:
        raise bad_request('Can\'t find field "message_id"')
    else:
        wanted, lenient = number(raw["message_id"], "message_id"), bool(raw.get("allow_sending_without_reply"))
    if not wanted:
        return None
    original = chat.messages.get(wanted)
    if original is None or original.deleted:
        if lenient:
            return None
        raise bad_request("message to be replied not found")
    return wanted


def send(call: Call, content: Json) -> Message:
    """The common end of every sending method: keyboards checked, the chat asked, the message put there."""
    inline, reply = keyboards.check(call.params.markup())
    chat = call.open_chat()
    answered = reply_of(call, chat)
    if call.params.flag("protect_content"):
        content = {**content, "has_protected_content": True}
    message = call.sandbox.add_message(
        call.bot, chat, out=True, content=content, markup=inline, final=reply is not None, reply_to=answered
    )
    if reply is not None:
        chat.keyboard = None if "remove_keyboard" in reply else reply
        call.sandbox.show_chat(call.bot, chat)
    return message


def sent(call: Call, content: Json) -> Json:
    """Sends, and answers the Message."""
    message = send(call, content)
    return wire_message(call.bot, call.chat(), message)


@method("sendMessage")
async def send_message(call: Call) -> Json:
    """Text."""
    text, entities = texts_of(call)
    content: Json = {"text": text, **({"entities": entities} if entities else {})}
    options = call.params.structure("link_preview_options", "Can't parse link preview options JSON object")
    if isinstance(options, dict):
        for name in ("is_disabled", "prefer_small_media", "prefer_large_media", "show_above_text"):
            if name in options and not isinstance(options[name], bool):
                raise bad_request(f'Field "{name}" must be of type Boolean')
        content["link_preview_options"] = options
    return sent(call, content)


@method("sendPhoto")
async def send_photo(call: Call) -> Json:
    """A picture: an upload or a known `file_id`."""
    caption = caption_of(call)
    call.chat()
    return sent(call, {"photo": photo_sizes(take_file(call, "photo", "photo")), **caption})


@method("sendDocument")
async def send_document(call: Call) -> Json:
    """A file: an upload or a known `file_id`."""
    caption = caption_of(call)
    call.chat()
    file = take_file(call, "document", "document")
    return sent(call, {"document": document(file), **caption})


def document(file: Any) -> Json:
    """The Bot API's Document."""
    return {
        "file_name": file.name, "mime_type": file.mime, "file_id": file.id, "file_unique_id": file.unique_id,
        "file_size": file.size,
    }  # fmt: skip


@method("sendMediaGroup")
async def send_media_group(call: Call) -> list[Json]:
    """An album of 2 to 10 pictures, or of 2 to 10 files."""
    raw = call.params.structure("media", "Can't parse media JSON object")
    if not isinstance(raw, list):
        raise bad_request("Expected an Array of InputMedia")
    if not 2 <= len(raw) <= 10:
        raise bad_request("media group must contain 2-10 items" if raw else "media group is empty")
    contents = [media_content(call, item) for item in raw]
    if len({"photo" in content for content in contents}) > 1:
        raise bad_request("Document can't be mixed with other media types")
    if call.params.markup():
        raise bad_request("reply markup can't be sent with an album")
    chat = call.open_chat()
    answered = reply_of(call, chat)
    group = str(call.bot.next_message_id + 13_000_000_000_000_000)
    answers = []
    for content in contents:
        message = call.sandbox.add_message(
            call.bot, chat, out=True, content={"media_group_id": group, **content}, reply_to=answered
        )
        answers.append(wire_message(call.bot, chat, message))
    return answers


def media_content(call: Call, raw: Any) -> Json:
    """The message fields of one InputMedia: its picture or file, and its caption."""
    if not isinstance(raw, dict) or raw.get("type") not in ("photo", "document"):
        raise bad_request("Can't parse InputMedia: unsupported type specified")
    caption, entities = caption_text(
        str(raw.get("caption") or ""), str(raw.get("parse_mode") or ""), raw.get("caption_entities")
    )
    file = take_file(call, "media", raw["type"], str(raw.get("media") or ""))
    content: Json = {"photo": photo_sizes(file)} if raw["type"] == "photo" else {"document": document(file)}
    if caption:
        content["caption"] = caption
        if entities:
            content["caption_entities"] = entities
    return content


@method("sendChatAction")
async def send_chat_action(call: Call) -> bool:
    """ "typing…", for 5 seconds or until the next message."""
    action = call.params.text("action").lower()
    if action not in _ACTIONS:
        raise bad_request("wrong parameter action in request")
    chat = call.open_chat()
    call.sandbox.journal.publish("action", {"bot": call.bot.slug, "person": chat.person_id, "action": action})
    return True


def _place(call: Call) -> Json:
    place: Json = {}
    for name, limit in (("latitude", 90.0), ("longitude", 180.0)):
        text = call.params.text(name)
        if not text:
            raise bad_request(f"{name} is empty")
        try:
            place[name] = float(text)
        except ValueError:
            raise bad_request(f"{name} is invalid") from None
        if not -limit <= place[name] <= limit:
            raise bad_request(f"{name} is invalid")
    return place


@method("sendLocation")
async def send_location(call: Call) -> Json:
    """A point on the map."""
    return sent(call, {"location": _place(call)})


@method("sendVenue")
async def send_venue(call: Call) -> Json:
    """A place with a name and an address."""
    location = _place(call)
    title, address = call.params.text("title"), call.params.text("address")
    if not title or not address:
        raise bad_request("venue title must be non-empty" if not title else "venue address must be non-empty")
    return sent(call, {"location": location, "venue": {"location": location, "title": title, "address": address}})


@method("sendContact")
async def send_contact(call: Call) -> Json:
    """A phone number with a name."""
    params = call.params
    phone, first = params.text("phone_number"), params.text("first_name")
    if not phone:
        raise bad_request("phone_number is empty")
    if not first:
        raise bad_request("first_name is empty")
    if utf16(params.text("vcard")) > 2048:
        raise bad_request("vcard is too long")
    contact = {"phone_number": phone, "first_name": first}
    contact |= {name: params.text(name) for name in ("last_name", "vcard") if params.text(name)}
    return sent(call, {"contact": contact})
