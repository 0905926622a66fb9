"""What a button carries: version, route, short ids, fingerprint, in at most 64 bytes; and who handles which route.

`1c.pick:2s-b:1f:hl3k2!9zq~x7a`: version 1, route `c.pick`, integers in base 36 (several in one argument joined by `-`,
texts as they are), after `!` the update whose effect a "Try again" repeats, after `~` the fingerprint of the screen that
the button stands on.
"""

import inspect
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

if TYPE_CHECKING:
    from bot.ui.keyboards import Screen

VERSION = "1"
MAX_BYTES = 64
# The fingerprint of a button that stands on a message of its own (a notice), not on the menu.
NOTICE = "-"

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_MAX_INT = 2**53
_TEXT = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")

# Several ids in one argument: the services of a visit. So many characters leave room for the rest of the widest route.
Ids = tuple[int, ...]
MAX_IDS_CHARS = 18

Arg = int | str | Ids
Handler = Callable[..., Awaitable["Screen | None"]]
H = TypeVar("H", bound=Handler)


class Route(NamedTuple):
    """A handler with what its arguments are. `books` tells that it makes a booking (the words of an outage differ)."""

    name: str
    handler: Handler
    kinds: tuple[Any, ...]
    required: int
    books: bool


class Pressed(NamedTuple):
    """A button's data, decoded: still a stranger's word, rights are the backend's to decide."""

    route: Route
    args: tuple[Arg, ...]
    origin: int | None
    fingerprint: str


ROUTES: dict[str, Route] = {}


def route(name: str, *, books: bool = False) -> Callable[[H], H]:
    """Registers `async def handler(request, *ids) -> Screen | None` for the buttons of that route.

    Arguments are annotated `int`, `Ids` or `str` (letters, digits, `_`, `-`); those with a default may be left out."""

    def register(handler: H) -> H:
        assert name not in ROUTES, f"the route {name} is registered twice"
        assert len(name) <= 7, f"the route {name} is too long"
        parameters = list(inspect.signature(handler, eval_str=True).parameters.values())[1:]
        kinds = tuple(parameter.annotation for parameter in parameters)
        assert set(kinds) <= {int, str, Ids}, f"the route {name} takes only int, str and Ids"
        required = sum(1 for parameter in parameters if parameter.default is inspect.Parameter.empty)
        ROUTES[name] = Route(name, handler, kinds, required, books)
        return handler

    return register


def base36(number: int) -> str:
    """A non-negative number in base 36."""
    if number == 0:
        return "0"
    out = ""
    while number:
        number, digit = divmod(number, 36)
        out = _DIGITS[digit] + out
    return out


def fit(ids: Ids) -> bool:
    """Whether so many ids go into one argument."""
    return 0 < len(_written(ids)) <= MAX_IDS_CHARS


def _written(arg: Arg) -> str:
    if isinstance(arg, tuple):
        return "-".join(base36(one) for one in arg)
    return arg if isinstance(arg, str) else base36(arg)


def encode(name: str, args: tuple[Arg, ...], fingerprint: str, origin: int | None = None) -> str:
    """The callback data; a text longer than 64 bytes is a programming error."""
    parts = [VERSION + name, *[_written(arg) for arg in args]]
    again = "" if origin is None else f"!{base36(origin)}"
    data = f"{':'.join(parts)}{again}~{fingerprint}"
    assert len(data) <= MAX_BYTES, f"callback data of {name} is {len(data)} bytes long"
    return data


def decode(data: str) -> Pressed | None:
    """The pressed button, or None for what no current screen could have made."""
    if not data.startswith(VERSION) or len(data) > MAX_BYTES:
        return None
    head, _, fingerprint = data[1:].partition("~")
    head, again, raw_origin = head.partition("!")
    name, *raw = head.split(":")
    found = ROUTES.get(name)
    if found is None or not found.required <= len(raw) <= len(found.kinds):
        return None
    args = [_argument(kind, text) for kind, text in zip(found.kinds, raw, strict=False)]
    origin = _argument(int, raw_origin) if again else None
    if None in args or (again and origin is None):
        return None
    return Pressed(found, tuple(arg for arg in args if arg is not None), _int(origin), fingerprint)


def _argument(kind: Any, text: str) -> Arg | None:
    if kind is str:
        return text if text and set(text) <= _TEXT else None
    if kind == Ids:
        ids = [_int(_argument(int, part)) for part in text.split("-")] if len(text) <= MAX_IDS_CHARS else []
        return tuple(one for one in ids if one is not None) if ids and None not in ids else None
    if not 1 <= len(text) <= 11 or not text.isascii() or not text.isalnum() or text != text.lower():
        return None
    number = int(text, 36)
    return number if number < _MAX_INT else None


def _int(value: Any) -> int | None:
    return value if isinstance(value, int) else None
