"""What a button carries: a callback class with aiogram's interface, packed into at most 64 bytes.

`1c.pick:2s-b:1f:hl3k2!9zq~x7a`: version 1, prefix `c.pick`, the fields in base 36 (several ids joined by `-`, texts as they
are), after `!` the update whose effect a "Try again" repeats, after `~` the fingerprint of the screen with the button.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import ClassVar, NamedTuple, Self, cast, dataclass_transform

import msgspec

VERSION = "1"
MAX_BYTES = 64
MAX_PREFIX = 7
# The fingerprint of a button on a message of its own (a notice), not on the menu.
NOTICE = "-"

# Several ids in one field: the services of a booking. The limit leaves room for the other fields of the widest callback.
Ids = tuple[int, ...]
MAX_IDS_CHARS = 18
Value = int | str | Ids

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_MAX_INT = 2**53
_PREFIX = re.compile(r"[a-z.-]+")
_NUMBER = re.compile(r"[0-9a-z]{1,11}")
_TEXT = re.compile(r"[A-Za-z0-9_-]+")

# Every callback class by its prefix.
CALLBACKS: dict[str, type["Callback"]] = {}


@lru_cache(maxsize=4096)  # ids and dates come again on every button of a screen
def to_base36(number: int) -> str:
    """Return a non-negative number in base 36."""
    if number < 0:
        raise ValueError(f"{number} is negative")
    if number == 0:
        return "0"
    out = ""
    while number:
        number, digit = divmod(number, 36)
        out = _DIGITS[digit] + out
    return out


def _write(value: Value) -> str:
    if isinstance(value, int):
        return to_base36(value)
    if isinstance(value, tuple):
        return "-".join(map(to_base36, value))
    if _TEXT.fullmatch(value) is None:
        raise ValueError(f"{value!r} has other characters than letters, digits, _ and -")
    return value


def _read_int(text: str) -> int:
    if _NUMBER.fullmatch(text) is None:
        raise ValueError("not a number in base 36")
    number = int(text, 36)
    if number >= _MAX_INT:
        raise ValueError("a number beyond 2**53")
    return number


def _read_bool(text: str) -> bool:
    return _read_int(text) != 0


def _read_str(text: str) -> str:
    if _TEXT.fullmatch(text) is None:
        raise ValueError("other characters than letters, digits, _ and -")
    return text


def _read_ids(text: str) -> Ids:
    if len(text) > MAX_IDS_CHARS:
        raise ValueError(f"ids longer than {MAX_IDS_CHARS} characters")
    return tuple(map(_read_int, text.split("-")))


_READERS: dict[object, Callable[[str], Value]] = {
    int: _read_int,
    bool: _read_bool,
    str: _read_str,
    Ids: _read_ids,
}


def _register(cls: type["Callback"], prefix: str) -> None:
    """Add a class to `CALLBACKS`. Raises TypeError where its prefix or a field's type cannot be."""
    if _PREFIX.fullmatch(prefix) is None or len(prefix) > MAX_PREFIX:
        raise TypeError(f"{cls.__name__} needs a prefix of one to {MAX_PREFIX} letters and dots, not {prefix!r}")
    if prefix in CALLBACKS:
        raise TypeError(f"{cls.__name__} and {CALLBACKS[prefix].__name__} have the same prefix {prefix!r}")
    fields = msgspec.structs.fields(cls)
    if unknown := [field.name for field in fields if field.type not in _READERS]:
        raise TypeError(f"{cls.__name__}: the fields {unknown} are not int, bool, str or Ids")
    cls.__prefix__ = prefix
    cls._head = VERSION + prefix
    cls._readers = tuple(_READERS[field.type] for field in fields)
    cls._required = sum(field.required for field in fields)
    CALLBACKS[prefix] = cls


class CallbackMeta(msgspec.StructMeta):
    """Makes the classes: frozen structs that know their prefix and how each field is read."""

    def __new__(
        mcs,
        name: str,
        bases: tuple[type, ...],
        namespace: dict[str, object],
        /,
        *,
        prefix: str = "",
        frozen: bool = True,
    ) -> "CallbackMeta":
        """Make the class and enter it under its prefix. Raises TypeError."""
        made = super().__new__(
            mcs, name, bases, namespace, frozen=frozen, array_like=True, gc=False, tag=prefix or None
        )
        if bases != (msgspec.Struct,):
            _register(cast("type[Callback]", made), prefix)
        return made


# the decorator tells type checkers that subclasses are frozen as well, so that they inherit from a frozen class
@dataclass_transform(frozen_default=True, field_specifiers=(msgspec.field,))
class Callback(msgspec.Struct, frozen=True, metaclass=CallbackMeta):
    """What a button does: `class RoomCard(Callback, prefix="a.rm"): room_id: int`.

    Fields are `int`, `bool`, `str` (letters, digits, `_`, `-`) or `Ids`; trailing fields with a default may be missing in
    a packed text."""

    __prefix__: ClassVar[str]
    _head: ClassVar[str]
    _readers: ClassVar[tuple[Callable[[str], Value], ...]]
    _required: ClassVar[int]

    def pack(self) -> str:
        """Return the callback data without origin and fingerprint. Raises ValueError where it is too long."""
        packed = ":".join([self._head, *map(_write, msgspec.structs.astuple(self))])
        if len(packed) > MAX_BYTES:
            raise ValueError(f"{packed!r} is longer than {MAX_BYTES} bytes")
        return packed

    @classmethod
    def unpack(cls, value: str) -> Self:
        """Return the callback that `pack` made the text of. Raises ValueError for any other text."""
        head, *parts = value.split(":")
        if head != cls._head or not cls._required <= len(parts) <= len(cls._readers):
            raise ValueError(f"not a {cls.__name__}")
        return cls(*[read(part) for read, part in zip(cls._readers, parts, strict=False)])


class Home(Callback, prefix="home"):
    """The screen of /start, by role."""


class Pressed(NamedTuple):
    """A pressed button, parsed. It is not to be trusted: the backend decides what the person may do."""

    callback: Callback
    origin: int | None
    fingerprint: str


def pack_button(callback: Callback, fingerprint: str, origin: int | None = None) -> str:
    """Return a button's whole callback data. Raises ValueError where it is longer than 64 bytes."""
    return add_fingerprint(pack_origin(callback, origin), fingerprint)


def pack_origin(callback: Callback, origin: int | None) -> str:
    """Return a button's callback data without the fingerprint of its screen."""
    packed = callback.pack()
    return packed if origin is None else f"{packed}!{to_base36(origin)}"


def add_fingerprint(packed: str, fingerprint: str) -> str:
    """Return a button's whole callback data. Raises ValueError where it is longer than 64 bytes."""
    data = f"{packed}~{fingerprint}"
    if len(data) > MAX_BYTES:
        raise ValueError(f"callback data {data!r} is longer than {MAX_BYTES} bytes")
    return data


def unpack_button(data: str) -> tuple[str, int | None, str] | None:
    """Return (packed callback, origin, fingerprint) of a button's callback data; None for another version or form."""
    if not data.startswith(VERSION) or len(data) > MAX_BYTES:
        return None
    packed, _, fingerprint = data.partition("~")
    packed, again, raw_origin = packed.partition("!")
    try:
        return packed, _read_int(raw_origin) if again else None, fingerprint
    except ValueError:
        return None


def prefix_of(packed: str) -> str:
    """Return the prefix of a packed callback."""
    return packed[len(VERSION) :].partition(":")[0]


def ids_fit(ids: Ids) -> bool:
    """Return whether so many ids go into one field."""
    return 0 < len(_write(ids)) <= MAX_IDS_CHARS
