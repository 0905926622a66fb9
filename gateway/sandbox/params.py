"""The parameters of a Bot API method, from a query string, a form, a multipart body or JSON."""

import json
import re
from dataclasses import dataclass, field

from gateway.sandbox.errors import BadRequest
from gateway.sandbox.model import Json


def parse_integer(value: object, name: str, prefix: str = "") -> int:
    """Return an integer of a structure, which may be written as digits in a string.

    Raises BotApiError with the field's `name`, `prefix` before it.
    """
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,18}", value):
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadRequest(f'{prefix}Field "{name}" must be of type Number')
    return value


@dataclass(frozen=True)
class Upload:
    """A file of a multipart request."""

    name: str
    mime: str
    data: bytes


@dataclass
class Params:
    """Parameters by name. A structure is JSON text where it came in a form, and decoded where it came in JSON."""

    values: Json
    files: dict[str, Upload] = field(default_factory=dict)

    def has(self, name: str) -> bool:
        """Return whether the parameter was sent, with a value other than null."""
        return name in self.values and self.values[name] is not None

    def string(self, name: str) -> str:
        """Return a string, "" if it was not sent; a number or a boolean is written as in a form."""
        value = self.values.get(name)
        if value is None:
            return ""
        if isinstance(value, bool):
            return "true" if value else "false"
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

    def integer(self, name: str, default: int = 0) -> int:
        """Return an integer; as in Telegram, a value that is none counts as the default."""
        text = self.string(name).strip()
        return int(text) if re.fullmatch(r"-?\d{1,18}", text) else default

    def boolean(self, name: str) -> bool:
        """Return whether the value is true, yes or 1."""
        return self.string(name).lower() in ("true", "yes", "1")

    def structure(self, name: str, complaint: str) -> object:
        """Return an object or array, None if it was not sent. Raises BotApiError with `complaint` if it is not JSON."""
        value: object = self.values.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            raise BadRequest(complaint) from None

    def reply_markup(self) -> object:
        """Return `reply_markup`, decoded."""
        return self.structure("reply_markup", "Can't parse reply keyboard markup JSON object")

    def strings(self, name: str) -> list[str] | None:
        """Return a list of strings, None if it was not sent."""
        value = self.structure(name, f"Can't parse {name} JSON object")
        if value is None:
            return None
        if not isinstance(value, list):
            raise BadRequest(f"Can't parse {name}: Expected an Array")
        return [str(item) for item in value]
