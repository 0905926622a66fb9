"""Sentences about patterns: people are told what a field means instead of a regular expression."""

import re
from ast import literal_eval
from functools import lru_cache
from typing import Any

from msgspec import inspect

_MISSED = re.compile(r"Expected `str` matching regex ('.*?'|\".*?\")((?: - at `.*`)?)\Z")


def explain_pattern(message: str, expected: Any) -> str:
    """Return msgspec's sentence with the meaning of the field and an example in place of the pattern."""
    match = _MISSED.match(message)
    if match is None:
        return message
    meaning = pattern_meanings(expected).get(literal_eval(match[1])) or "something written another way"
    return f"Expected {meaning}{match[2]}"


@lru_cache(maxsize=256)
def pattern_meanings(expected: Any) -> dict[str, str]:
    """Return every pattern within a body's type with its meaning: `a price, such as 1500.00`."""
    meanings: dict[str, str] = {}
    _look(inspect.type_info(expected), "", meanings, set())
    return meanings


def _look(node: Any, meaning: str, meanings: dict[str, str], seen: set[type]) -> None:
    if isinstance(node, inspect.Metadata):
        schema = node.extra_json_schema or {}
        if schema.get("description") and schema.get("examples"):
            meaning = f"{schema['description']}, such as {schema['examples'][0]}"
        _look(node.type, meaning, meanings, seen)
    elif isinstance(node, inspect.StrType):
        if node.pattern is not None:
            meanings[node.pattern] = meaning
    elif isinstance(node, inspect.StructType):
        if node.cls not in seen:
            seen.add(node.cls)
            for field in node.fields:
                _look(field.type, "", meanings, seen)
    else:
        inner = (getattr(node, name, None) for name in ("item_type", "key_type", "value_type"))
        for part in (*inner, *getattr(node, "types", ()), *getattr(node, "item_types", ())):
            if part is not None:
                _look(part, "", meanings, seen)
