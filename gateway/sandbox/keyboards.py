"""Checks `reply_markup` as Telegram does: every kind of keyboard, button by button."""

from collections.abc import Callable

from gateway.sandbox.entities import find_link_error, utf16_length
from gateway.sandbox.errors import BadRequest
from gateway.sandbox.model import Json

_STYLES = ("danger", "success", "primary")
_INLINE = "Can't parse inline keyboard button: "
_REPLY = "Can't parse keyboard button: "
_ACTIONS = (
    "url", "callback_data", "web_app", "login_url", "switch_inline_query", "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat", "copy_text", "callback_game", "pay", "disabled",
)  # fmt: skip
DATA_LIMIT = 64  # bytes
BUTTONS_LIMIT = 100


def check_reply_markup(raw: object) -> tuple[Json | None, Json | None]:
    """Return `(inline, reply)`: the inline keyboard, and the reply keyboard, its removal or the forced reply.

    At most one of the two is not None. Raises BotApiError where Telegram would refuse the markup.
    """
    if raw is None or raw == "":
        return None, None
    if not isinstance(raw, dict):
        raise BadRequest("Object expected as reply markup")
    if "inline_keyboard" in raw:
        rows = _check_rows(raw, "inline_keyboard", _check_inline_button)
        return ({"inline_keyboard": rows} if rows else None), None
    if "keyboard" in raw:
        rows = _check_rows(raw, "keyboard", _check_reply_button)
        flags = dict.fromkeys(
            _true_flags(raw, "resize_keyboard", "one_time_keyboard", "is_persistent", "selective"), True
        )
        return None, {"keyboard": rows, **flags, **_check_placeholder(raw)}
    if "remove_keyboard" in raw and _true_flags(raw, "remove_keyboard", "selective"):
        return None, {"remove_keyboard": True}
    if "force_reply" in raw and _true_flags(raw, "force_reply", "selective"):
        return None, {"force_reply": True, **_check_placeholder(raw)}
    return None, None


def _true_flags(raw: Json, *names: str) -> list[str]:
    """Return those of the names whose field is true."""
    for name in names:
        if name in raw and not isinstance(raw[name], bool):
            raise BadRequest(f'Field "{name}" must be of type Boolean')
    return [name for name in names if raw.get(name)]


def _check_placeholder(raw: Json) -> Json:
    text = raw.get("input_field_placeholder")
    if text is None:
        return {}
    if not isinstance(text, str):
        raise BadRequest('Field "input_field_placeholder" must be of type String')
    return {"input_field_placeholder": text[:64]} if text else {}


def _check_rows(raw: Json, name: str, check_button: Callable[[object], Json]) -> list[list[Json]]:
    rows = raw[name]
    if not isinstance(rows, list):
        raise BadRequest(f'Field "{name}" must be of type Array')
    checked = []
    for row in rows:
        if not isinstance(row, list):
            raise BadRequest(f'Field "{name}" must be an Array of Arrays')
        if row:
            checked.append([check_button(item) for item in row])
    if sum(len(row) for row in checked) > BUTTONS_LIMIT:
        raise BadRequest("REPLY_MARKUP_TOO_LONG")
    return checked


def _check_appearance(raw: Json, prefix: str) -> Json:
    """Return what every button has: its label, a style, an icon."""
    if "text" not in raw:
        raise BadRequest(f'{prefix}Can\'t find field "text"')
    if not isinstance(raw["text"], str):
        raise BadRequest(f'{prefix}Field "text" must be of type String')
    appearance: Json = {"text": raw["text"]}
    style = raw.get("style")
    if style not in (None, "", "default"):
        if style not in _STYLES:
            raise BadRequest("Invalid button style specified")
        appearance["style"] = style
    if icon := raw.get("icon_custom_emoji_id"):
        if not str(icon).isdigit():
            raise BadRequest("Invalid custom emoji identifier specified")
        appearance["icon_custom_emoji_id"] = str(icon)
    return appearance


def _check_inline_button(raw: object) -> Json:
    if isinstance(raw, str):
        raise BadRequest(f"{_INLINE}Text buttons are unallowed in the inline keyboard")
    if not isinstance(raw, dict):
        raise BadRequest(f"{_INLINE}InlineKeyboardButton must be an Object")
    button = _check_appearance(raw, _INLINE)
    actions = [name for name in _ACTIONS if raw.get(name) is not None and (raw[name] != "" or "switch" in name)]
    if not actions:
        raise BadRequest(f"{_INLINE}Text buttons are unallowed in the inline keyboard")
    if not button["text"].strip():
        raise BadRequest("Inline keyboard button text must be non-empty")
    action = actions[0]
    return {**button, action: _check_inline_action(action, raw[action])}


def _check_inline_action(action: str, value: object) -> object:
    if action in ("url", "callback_data"):
        if not isinstance(value, str):
            raise BadRequest(f'{_INLINE}Field "{action}" must be of type String')
        if action == "callback_data" and len(value.encode("utf-8", "surrogatepass")) > DATA_LIMIT:
            raise BadRequest("BUTTON_DATA_INVALID")
        if action == "url" and (reason := find_link_error(value)):
            raise BadRequest(f"inline keyboard button URL '{value}' is invalid: {reason}")
    elif action == "copy_text":
        text = value.get("text") if isinstance(value, dict) else None
        if not isinstance(text, str) or not 1 <= utf16_length(text) <= 256:
            raise BadRequest("BUTTON_COPY_TEXT_INVALID")
        return {"text": text}
    elif action == "web_app":
        return _check_web_app(value, "inline keyboard button")
    elif action in ("pay", "callback_game"):
        raise BadRequest("BUTTON_TYPE_INVALID")
    elif action == "login_url":
        raise BadRequest("BOT_DOMAIN_INVALID")
    return value


def _check_web_app(value: object, where: str) -> Json:
    url = str(value.get("url", "")) if isinstance(value, dict) else ""
    if not url.lower().startswith("https://"):
        raise BadRequest(f"{where} Web App URL '{url}' is invalid: Only HTTPS links are allowed")
    return {"url": url}


def _check_reply_button(raw: object) -> Json:
    if isinstance(raw, str):
        raw = {"text": raw}
    if not isinstance(raw, dict):
        raise BadRequest(f"{_REPLY}KeyboardButton must be an Object")
    button = _check_appearance(raw, _REPLY)
    for name in ("request_contact", "request_location"):
        if name in raw and not isinstance(raw[name], bool):
            raise BadRequest(f'{_REPLY}Field "{name}" must be of type Boolean')
        if raw.get(name):
            return {**button, name: True}
    if "web_app" in raw:
        return {**button, "web_app": _check_web_app(raw["web_app"], "keyboard button")}
    for name in ("request_users", "request_chat"):
        if name in raw:
            if not isinstance(raw[name], dict) or "request_id" not in raw[name]:
                raise BadRequest(f'{_REPLY}Can\'t find field "request_id"')
            return {**button, name: raw[name]}
    if not button["text"].strip():
        raise BadRequest("keyboard button text must be non-empty")
    return button
