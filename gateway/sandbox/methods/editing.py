"""Methods that change, remove or pin a message, and that answer a press."""

from gateway.sandbox import keyboards
from gateway.sandbox.entities import utf16
from gateway.sandbox.model import PRESS_KEPT_S, Chat, Json, Message
from gateway.sandbox.refusals import bad_request
from gateway.sandbox.views import wire_message

from .registry import Call, method
from .sending import caption_of, media_content, texts_of

DELETE_LIMIT_S = 48 * 3600
SAME = (
    "message is not modified: specified new message content and reply markup are exactly the same as "
    "a current content and reply markup of the message"
)
_CAPTIONED = ("photo", "document")


def _target(call: Call, missing: str) -> tuple[Chat, Message]:
    chat = call.open_chat()
    if not call.params.whole("message_id"):
        raise bad_request("message identifier is not specified")
    message = chat.messages.get(call.params.whole("message_id"))
    if message is None or message.deleted:
        raise bad_request(missing)
    return chat, message


def _edit(call: Call, chat: Chat, message: Message, content: Json, markup: Json | None) -> Json:
    """Every edit replaces the inline keyboard too: without one, it goes."""
    if content == message.content and markup == message.markup:
        raise bad_request(SAME)
    if content != message.content:
        message.edit_date = int(call.sandbox.now())
    message.content, message.markup = content, markup
    call.sandbox.show(call.bot, chat, message)
    return wire_message(call.bot, chat, message)


def _editable(call: Call) -> tuple[Chat, Message, Json | None]:
    inline, reply = keyboards.check(call.params.markup())
    if call.params.has("inline_message_id"):
        raise bad_request("MESSAGE_ID_INVALID")
    chat, message = _target(call, "message to edit not found")
    if not message.out or message.final:
        raise bad_request("message can't be edited")
    if reply is not None:
        raise bad_request("inline keyboard expected")
    return chat, message, inline


@method("editMessageText")
async def edit_text(call: Call) -> Json:
    """New text for a text message."""
    text, entities = texts_of(call)
    chat, message, markup = _editable(call)
    if "text" not in message.content:
        raise bad_request("there is no text in the message to edit")
    kept = {key: value for key, value in message.content.items() if key not in ("text", "entities")}
    content: Json = {"text": text, **({"entities": entities} if entities else {}), **kept}
    return _edit(call, chat, message, content, markup)


@method("editMessageCaption")
async def edit_caption(call: Call) -> Json:
    """New caption for a picture or file."""
    caption = caption_of(call)
    chat, message, markup = _editable(call)
    if not any(kind in message.content for kind in _CAPTIONED):
        raise bad_request("there is no caption in the message to edit")
    kept = {key: value for key, value in message.content.items() if key not in ("caption", "caption_entities")}
    return _edit(call, chat, message, {**kept, **caption}, markup)


@method("editMessageMedia")
async def edit_media(call: Call) -> Json:
    """Another picture or file in the place of the old one, or in the place of text."""
    raw = call.params.structure("media", "Can't parse media JSON object")
    if not raw:
        raise bad_request("media is empty")
    chat, message, markup = _editable(call)
    if not any(kind in message.content for kind in (*_CAPTIONED, "text")):
        raise bad_request("message can't be edited")
    return _edit(call, chat, message, media_content(call, raw), markup)


@method("editMessageReplyMarkup")
async def edit_markup(call: Call) -> Json:
    """Another inline keyboard, or none."""
    chat, message, markup = _editable(call)
    return _edit(call, chat, message, message.content, markup)


def _deletable(call: Call, message: Message) -> bool:
    return call.sandbox.now() - message.date < DELETE_LIMIT_S


def _delete(call: Call, chat: Chat, message: Message) -> None:
    message.deleted = True
    if message.id in chat.pinned:
        chat.pinned.remove(message.id)
    call.sandbox.show(call.bot, chat, message)


@method("deleteMessage")
async def delete_message(call: Call) -> bool:
    """Removes a message of either side, within 48 hours."""
    chat, message = _target(call, "message to delete not found")
    if not _deletable(call, message):
        raise bad_request("message can't be deleted for everyone")
    _delete(call, chat, message)
    return True


@method("deleteMessages")
async def delete_messages(call: Call) -> bool:
    """Removes 1 to 100 messages; those that are not there are skipped."""
    raw = call.params.structure("message_ids", "Can't parse message_ids JSON object")
    if not isinstance(raw, list) or not raw:
        raise bad_request("message identifiers are not specified")
    if len(raw) > 100:
        raise bad_request("too many message identifiers specified")
    chat = call.open_chat()
    found = [chat.messages[int(wanted)] for wanted in raw if str(wanted).isdigit() and int(wanted) in chat.messages]
    found = [message for message in found if not message.deleted]
    if any(not _deletable(call, message) for message in found):
        raise bad_request("message can't be deleted for everyone")
    for message in found:
        _delete(call, chat, message)
    return True


@method("answerCallbackQuery")
async def answer_callback_query(call: Call) -> bool:
    """Stops the spinner; with a text shows a toast or an alert."""
    params = call.params
    if not params.text("callback_query_id"):
        raise bad_request("callback_query_id is empty")
    press = call.live.presses.get(params.text("callback_query_id"))
    if press is None or press.at + PRESS_KEPT_S < call.sandbox.now():
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    if utf16(params.text("text")) > 200:
        raise bad_request("MESSAGE_TOO_LONG")
    if params.text("url") and not params.text("url").startswith(f"https://t.me/{call.bot.username}?"):
        raise bad_request("URL_INVALID")
    if press.answer is None:
        press.answer = {"text": params.text("text"), "show_alert": params.flag("show_alert"), "url": params.text("url")}
        if bell := call.live.bells.pop(press.id, None):
            bell.set()
        call.sandbox.journal.publish(
            "answer",
            {
                "bot": call.bot.slug, "person": press.person_id, "message_id": press.message_id, "data": press.data,
                "query": press.id, **press.answer,
            },
        )  # fmt: skip
    return True


@method("pinChatMessage")
async def pin(call: Call) -> bool:
    """Pins a message."""
    chat, message = _target(call, "message to pin not found")
    if message.id not in chat.pinned:
        chat.pinned.append(message.id)
        call.sandbox.show(call.bot, chat, message)
    return True


@method("unpinChatMessage")
async def unpin(call: Call) -> bool:
    """Unpins one message, or the last one pinned."""
    chat = call.open_chat()
    wanted = call.params.whole("message_id") or (chat.pinned[-1] if chat.pinned else 0)
    if wanted not in chat.pinned:
        raise bad_request("message to unpin not found")
    chat.pinned.remove(wanted)
    call.sandbox.show(call.bot, chat, chat.messages[wanted])
    return True


@method("unpinAllChatMessages")
async def unpin_all(call: Call) -> bool:
    """Unpins everything."""
    chat = call.open_chat()
    unpinned, chat.pinned = chat.pinned, []
    for message_id in unpinned:
        call.sandbox.show(call.bot, chat, chat.messages[message_id])
    return True
