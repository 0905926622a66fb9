"""A method's parameters, whichever way they came: query, form, multipart or JSON."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from .model import Json
from .refusals import bad_request


def number(value: Any, name: str, prefix: str = "") -> int:
    """An integer inside a structure, perhaps as digits in a string. Raises `Refusal` with the field's name."""
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,18}", value):
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise bad_request(f'{prefix}Field "{name}" must be of type Number')
    return value


@dataclass(frozen=True)
class Upload:
    """A file that came with a multipart request."""

    name: str
    mime: str
    data: bytes


@dataclass
class Params:
    """Parameters by name; structures may be JSON text, as in a form, or already decoded, as in a JSON body."""

    values: Json
    files: dict[str, Upload] = field(default_factory=dict)

    def has(self, name: str) -> bool:
        """Whether it was sent at all."""
        return name in self.values and self.values[name] is not None

    def text(self, name: str) -> str:
        """A string, empty if it was not sent; numbers and booleans read as a form would carry them."""
        value = self.values.get(name)
        if value is None:
            return ""
        if isinstance(value, bool):
            return "true" if value else "false"
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

    def whole(self, name: str, default: int = 0) -> int:
        """An integer; what is none counts as the default, as in Telegram."""
        text = self.text(name).strip()
        return int(text) if re.fullmatch(r"-?\d{1,18}", text) else default

    def flag(self, name: str) -> bool:
        """A boolean: true, yes or 1."""
        return self.text(name).lower() in ("true", "yes", "1")

    def structure(self, name: str, complaint: str) -> Any:
        """An object or array; None if it was not sent. Raises `Refusal` with the complaint if it is not JSON."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            raise bad_request(complaint) from None

    def markup(self) -> Any:
        """`reply_markup`, decoded."""
        return self.structure("reply_markup", "Can't parse reply keyboard markup JSON object")

    def names(self, name: str) -> list[str] | None:
        """A list of strings; None if it was not sent."""
        value = self.structure(name, f"Can't parse {name} JSON object")
        if value is None:
            return None
        if not isinstance(value, list):
            raise bad_request(f"Can't parse {name}: Expected an Array")
        return [str(item) for item in value]
