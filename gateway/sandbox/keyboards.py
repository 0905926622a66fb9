"""`reply_markup`: every kind of keyboard checked as Telegram checks it, button by button."""

from typing import Any

from .entities import check_link, utf16
from .model import Json
from .refusals import bad_request

_STYLES = ("danger", "success", "primary")
_INLINE = "Can't parse inline keyboard button: "
_REPLY = "Can't parse keyboard button: "
_ACTIONS = (
    "url", "callback_data", "web_app", "login_url", "switch_inline_query", "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat", "copy_text", "callback_game", "pay", "disabled",
)  # fmt: skip
DATA_LIMIT = 64  # bytes
BUTTONS_LIMIT = 100


def check(raw: Any) -> tuple[Json | None, Json | None]:
    """`(inline, reply)`: the inline keyboard, or the reply keyboard / removal / forced reply. Raises `Refusal`."""
    if raw is None or raw == "":
        return None, None
    if not isinstance(raw, dict):
        raise bad_request("Object expected as reply markup")
    if "inline_keyboard" in raw:
        rows = _rows(raw, "inline_keyboard", _inline_button)
        return ({"inline_keyboard": rows} if rows else None), None
    if "keyboard" in raw:
        rows = _rows(raw, "keyboard", _reply_button)
        flags = dict.fromkeys(_flags(raw, "resize_keyboard", "one_time_keyboard", "is_persistent", "selective"), True)
        return None, {"keyboard": rows, **flags, **_placeholder(raw)}
    if "remove_keyboard" in raw and _flags(raw, "remove_keyboard", "selective"):
        return None, {"remove_keyboard": True}
    if "force_reply" in raw and _flags(raw, "force_reply", "selective"):
        return None, {"force_reply": True, **_placeholder(raw)}
    return None, None


def _flags(raw: Json, *names: str) -> list[str]:
    for name in names:
        if name in raw and not isinstance(raw[name], bool):
            raise bad_request(f'Field "{name}" must be of type Boolean')
    return [name for name in names if raw.get(name)]


def _placeholder(raw: Json) -> Json:
    text = raw.get("input_field_placeholder")
    if text is None:
        return {}
    if not isinstance(text, str):
        raise bad_request('Field "input_field_placeholder" must be of type String')
    return {"input_field_placeholder": text[:64]} if text else {}


def _rows(raw: Json, name: str, button: Any) -> list[list[Json]]:
    rows = raw[name]
    if not isinstance(rows, list):
        raise bad_request(f'Field "{name}" must be of type Array')
    checked = []
    for row in rows:
        if not isinstance(row, list):
            raise bad_request(f'Field "{name}" must be an Array of Arrays')
        if row:
            checked.append([button(item) for item in row])
    if sum(len(row) for row in checked) > BUTTONS_LIMIT:
        raise bad_request("REPLY_MARKUP_TOO_LONG")
    return checked


def _look(raw: Json, prefix: str) -> Json:
    """What every button has: its label, a style, an icon."""
    if "text" not in raw:
        raise bad_request(f'{prefix}Can\'t find field "text"')
    if not isinstance(raw["text"], str):
        raise bad_request(f'{prefix}Field "text" must be of type String')
    look: Json = {"text": raw["text"]}
    style = raw.get("style")
    if style not in (None, "", "default"):
        if style not in _STYLES:
            raise bad_request("Invalid button style specified")
        look["style"] = style
    if icon := raw.get("icon_custom_emoji_id"):
        if not str(icon).isdigit():
            raise bad_request("Invalid custom emoji identifier specified")
        look["icon_custom_emoji_id"] = str(icon)
    return look


def _inline_button(raw: Any) -> Json:
    if isinstance(raw, str):
        raise bad_request(f"{_INLINE}Text buttons are unallowed in the inline keyboard")
    if not isinstance(raw, dict):
        raise bad_request(f"{_INLINE}InlineKeyboardButton must be an Object")
    button = _look(raw, _INLINE)
    actions = [name for name in _ACTIONS if raw.get(name) is not None and (raw[name] != "" or "switch" in name)]
    if not actions:
        raise bad_request(f"{_INLINE}Text buttons are unallowed in the inline keyboard")
    if not button["text"].strip():
        raise bad_request("Inline keyboard button text must be non-empty")
    action = actions[0]
    return {**button, action: _inline_action(action, raw[action])}


def _inline_action(action: str, value: Any) -> Any:
    if action in ("url", "callback_data") and not isinstance(value, str):
        raise bad_request(f'{_INLINE}Field "{action}" must be of type String')
    if action == "url":
        if reason := check_link(value):
            raise bad_request(f"inline keyboard button URL '{value}' is invalid: {reason}")
    elif action == "callback_data":
        if len(value.encode("utf-8", "surrogatepass")) > DATA_LIMIT:
            raise bad_request("BUTTON_DATA_INVALID")
    elif action == "copy_text":
        text = value.get("text") if isinstance(value, dict) else None
        if not isinstance(text, str) or not 1 <= utf16(text) <= 256:
            raise bad_request("BUTTON_COPY_TEXT_INVALID")
        return {"text": text}
    elif action == "web_app":
        return _web_app(value, "inline keyboard button")
    elif action in ("pay", "callback_game"):
        raise bad_request("BUTTON_TYPE_INVALID")
    elif action == "login_url":
        raise bad_request("BOT_DOMAIN_INVALID")
    return value


def _web_app(value: Any, where: str) -> Json:
    url = str(value.get("url", "")) if isinstance(value, dict) else ""
    if not url.lower().startswith("https://"):
        raise bad_request(f"{where} Web App URL '{url}' is invalid: Only HTTPS links are allowed")
    return {"url": url}


def _reply_button(raw: Any) -> Json:
    if isinstance(raw, str):
        raw = {"text": raw}
    if not isinstance(raw, dict):
        raise bad_request(f"{_REPLY}KeyboardButton must be an Object")
    button = _look(raw, _REPLY)
    for name in ("request_contact", "request_location"):
        if name in raw and not isinstance(raw[name], bool):
            raise bad_request(f'{_REPLY}Field "{name}" must be of type Boolean')
        if raw.get(name):
            return {**button, name: True}
    if "web_app" in raw:
        return {**button, "web_app": _web_app(raw["web_app"], "keyboard button")}
    for name in ("request_users", "request_chat"):
        if name in raw:
            if not isinstance(raw[name], dict) or "request_id" not in raw[name]:
                raise bad_request(f'{_REPLY}Can\'t find field "request_id"')
            return {**button, name: raw[name]}
    if not button["text"].strip():
        raise bad_request("keyboard button text must be non-empty")
    return button
