"""Methods that change, delete or pin a message, and answerCallbackQuery."""

from gateway.sandbox.entities import utf16_length
from gateway.sandbox.errors import BadRequest
from gateway.sandbox.keyboards import check_reply_markup
from gateway.sandbox.methods.registry import Call, api_method
from gateway.sandbox.methods.sending import read_caption, read_media, read_text
from gateway.sandbox.model import CALLBACK_QUERY_LIFETIME_S, Chat, Json, Message
from gateway.sandbox.views import message_json

DELETE_LIMIT_S = 48 * 3600
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as "
    "a current content and reply markup of the message"
)
_CAPTIONED = ("photo", "document", "voice")


def _require_message(call: Call, missing: str) -> tuple[Chat, Message]:
    """Return the message of `chat_id` and `message_id` with its chat. Raises BotApiError, with `missing` for none."""
    chat = call.writable_chat()
    if not call.params.integer("message_id"):
        raise BadRequest("message identifier is not specified")
    message = chat.messages.get(call.params.integer("message_id"))
    if message is None or message.deleted:
        raise BadRequest(missing)
    return chat, message


def _edit(call: Call, chat: Chat, message: Message, content: Json, markup: Json | None) -> Json:
    """Replace content and inline keyboard (an edit without one removes it). Returns the Bot API's Message."""
    if content == message.content and markup == message.markup:
        raise BadRequest(NOT_MODIFIED)
    if content != message.content:
        message.edit_date = int(call.sandbox.now())
    message.content, message.markup = content, markup
    call.sandbox.publish_message(call.bot, chat, message)
    return message_json(call.bot, chat, message)


def _require_editable(call: Call) -> tuple[Chat, Message, Json | None]:
    """Return the chat, the message and the new inline keyboard. Raises BotApiError if it can't be edited."""
    inline, reply = check_reply_markup(call.params.reply_markup())
    if call.params.has("inline_message_id"):
        raise BadRequest("MESSAGE_ID_INVALID")
    chat, message = _require_message(call, "message to edit not found")
    if not message.out or message.final:
        raise BadRequest("message can't be edited")
    if reply is not None:
        raise BadRequest("inline keyboard expected")
    return chat, message, inline


@api_method("editMessageText")
async def edit_message_text(call: Call) -> Json:
    """Replace the text of a text message."""
    text, entities = read_text(call)
    chat, message, markup = _require_editable(call)
    if "text" not in message.content:
        raise BadRequest("there is no text in the message to edit")
    kept = {key: value for key, value in message.content.items() if key not in ("text", "entities")}
    content: Json = {"text": text, **({"entities": entities} if entities else {}), **kept}
    return _edit(call, chat, message, content, markup)


@api_method("editMessageCaption")
async def edit_message_caption(call: Call) -> Json:
    """Replace the caption of a picture, recording or file."""
    caption = read_caption(call)
    chat, message, markup = _require_editable(call)
    if not any(kind in message.content for kind in _CAPTIONED):
        raise BadRequest("there is no caption in the message to edit")
    kept = {key: value for key, value in message.content.items() if key not in ("caption", "caption_entities")}
    return _edit(call, chat, message, {**kept, **caption}, markup)


@api_method("editMessageMedia")
async def edit_message_media(call: Call) -> Json:
    """Put a picture or file in the place of another one, or of a text."""
    raw = call.params.structure("media", "Can't parse media JSON object")
    if not raw:
        raise BadRequest("media is empty")
    chat, message, markup = _require_editable(call)
    if not any(kind in message.content for kind in ("photo", "document", "text")):
        raise BadRequest("message can't be edited")
    return _edit(call, chat, message, read_media(call, raw), markup)


@api_method("editMessageReplyMarkup")
async def edit_message_reply_markup(call: Call) -> Json:
    """Replace or remove the inline keyboard."""
    chat, message, markup = _require_editable(call)
    return _edit(call, chat, message, message.content, markup)


def _is_deletable(call: Call, message: Message) -> bool:
    return call.sandbox.now() - message.date < DELETE_LIMIT_S


def _delete(call: Call, chat: Chat, message: Message) -> None:
    message.deleted = True
    if message.id in chat.pinned:
        chat.pinned.remove(message.id)
    call.sandbox.publish_message(call.bot, chat, message)


@api_method("deleteMessage")
async def delete_message(call: Call) -> bool:
    """Delete a message of either side that is less than 48 hours old."""
    chat, message = _require_message(call, "message to delete not found")
    if not _is_deletable(call, message):
        raise BadRequest("message can't be deleted for everyone")
    _delete(call, chat, message)
    return True


@api_method("deleteMessages")
async def delete_messages(call: Call) -> bool:
    """Delete 1 to 100 messages; those that do not exist are skipped."""
    raw = call.params.structure("message_ids", "Can't parse message_ids JSON object")
    if not isinstance(raw, list) or not raw:
        raise BadRequest("message identifiers are not specified")
    if len(raw) > 100:
        raise BadRequest("too many message identifiers specified")
    chat = call.writable_chat()
    message_ids = [int(item) for item in raw if str(item).isdigit()]
    messages = [chat.messages[message_id] for message_id in message_ids if message_id in chat.messages]
    messages = [message for message in messages if not message.deleted]
    if any(not _is_deletable(call, message) for message in messages):
        raise BadRequest("message can't be deleted for everyone")
    for message in messages:
        _delete(call, chat, message)
    return True


@api_method("answerCallbackQuery")
async def answer_callback_query(call: Call) -> bool:
    """Stop the button's spinner, and show a text as a toast or an alert."""
    params = call.params
    if not params.string("callback_query_id"):
        raise BadRequest("callback_query_id is empty")
    query = call.transient.callback_queries.get(params.string("callback_query_id"))
    if query is None or query.pressed_at + CALLBACK_QUERY_LIFETIME_S < call.sandbox.now():
        raise BadRequest("query is too old and response timeout expired or query ID is invalid")
    if utf16_length(params.string("text")) > 200:
        raise BadRequest("MESSAGE_TOO_LONG")
    if params.string("url") and not params.string("url").startswith(f"https://t.me/{call.bot.username}?"):
        raise BadRequest("URL_INVALID")
    if query.answer is None:
        answer = {
            "text": params.string("text"), "show_alert": params.boolean("show_alert"), "url": params.string("url"),
        }  # fmt: skip
        query.answer = answer
        if answered := call.transient.answered.pop(query.id, None):
            answered.set()
        call.sandbox.journal.publish(
            "answer",
            {
                "bot": call.bot.slug, "person": query.person_id, "message_id": query.message_id, "data": query.data,
                "query": query.id, **answer,
            },
        )  # fmt: skip
    return True


@api_method("pinChatMessage")
async def pin_chat_message(call: Call) -> bool:
    """Pin a message."""
    chat, message = _require_message(call, "message to pin not found")
    if message.id not in chat.pinned:
        chat.pinned.append(message.id)
        call.sandbox.publish_message(call.bot, chat, message)
    return True


@api_method("unpinChatMessage")
async def unpin_chat_message(call: Call) -> bool:
    """Unpin a message, by default the one pinned last."""
    chat = call.writable_chat()
    message_id = call.params.integer("message_id") or (chat.pinned[-1] if chat.pinned else 0)
    if message_id not in chat.pinned:
        raise BadRequest("message to unpin not found")
    chat.pinned.remove(message_id)
    call.sandbox.publish_message(call.bot, chat, chat.messages[message_id])
    return True


@api_method("unpinAllChatMessages")
async def unpin_all_chat_messages(call: Call) -> bool:
    """Unpin every message."""
    chat = call.writable_chat()
    unpinned, chat.pinned = chat.pinned, []
    for message_id in unpinned:
        call.sandbox.publish_message(call.bot, chat, chat.messages[message_id])
    return True
