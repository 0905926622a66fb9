"""What a body's patterns mean, in words: nobody is shown a regular expression."""

import re
from ast import literal_eval
from functools import lru_cache
from typing import Any

from msgspec import inspect

_MISSED = re.compile(r"Expected `str` matching regex ('.*?'|\".*?\")((?: - at `.*`)?)\Z")


def plainly(message: str, wanted: Any) -> str:
    """msgspec's sentence, with what is meant and an example in a pattern's place, as the contract tells of the field."""
    match = _MISSED.match(message)
    if match is None:
        return message
    meaning = patterns(wanted).get(literal_eval(match[1])) or "something written another way"
    return f"Expected {meaning}{match[2]}"


@lru_cache(maxsize=256)
def patterns(wanted: Any) -> dict[str, str]:
    """Every pattern within a body's type, with its meaning: `a price, such as 1500.00`."""
    found: dict[str, str] = {}
    _look(inspect.type_info(wanted), "", found, set())
    return found


def _look(node: Any, meaning: str, found: dict[str, str], seen: set[type]) -> None:
    if isinstance(node, inspect.Metadata):
        told = node.extra_json_schema or {}
        if told.get("description") and told.get("examples"):
            meaning = f"{told['description']}, such as {told['examples'][0]}"
        _look(node.type, meaning, found, seen)
    elif isinstance(node, inspect.StrType):
        if node.pattern is not None:
            found[node.pattern] = meaning
    elif isinstance(node, inspect.StructType):
        if node.cls not in seen:
            seen.add(node.cls)
            for field in node.fields:
                _look(field.type, "", found, seen)
    else:
        inner = (getattr(node, name, None) for name in ("item_type", "key_type", "value_type"))
        for one in (*inner, *getattr(node, "types", ()), *getattr(node, "item_types", ())):
            if one is not None:
                _look(one, "", found, seen)
