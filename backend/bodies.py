"""Bodies as they come in: strict JSON of exactly the declared shape, else 400 with the field that is wrong."""

import re
from typing import Any

import msgspec
from litestar import Request as LitestarRequest
from litestar.exceptions import HTTPException, ValidationException

from backend.errors import Invalid
from backend.pattern_messages import explain_pattern

_WHERE = re.compile(r" - at `(?:key in )?\$\.?(.*)`\Z")


class Request(LitestarRequest[Any, Any, Any]):
    """Decodes straight into the struct that the handler asks for: a "5" is no number and an unknown field an error."""

    async def json(self) -> Any:
        """Return the decoded body. Raises Invalid."""
        body = await self.body()
        field = self.route_handler.parsed_data_field
        try:
            return msgspec.json.decode(body, type=Any if field is None else field.annotation)
        except msgspec.ValidationError as exc:
            raise invalid_body(explain_pattern(str(exc), None if field is None else field.annotation)) from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise Invalid("The body is not valid JSON.") from None


def invalid_body(message: str) -> Invalid:
    """Return msgspec's sentence as a refusal that names the field, e.g. `items[0].name`."""
    match = _WHERE.search(message)
    unknown = re.search(r"unknown field `(.+?)`", message) or re.search(r"missing required field `(.+?)`", message)
    path = match[1] if match else ""
    if unknown:
        path = f"{path}.{unknown[1]}" if path else unknown[1]
    sentence = _WHERE.sub("", message).replace("Object", "The body" if not match else "It")
    return Invalid(sentence.rstrip(".") + ".", field=path or None)


def invalid_parameters(exc: ValidationException | HTTPException) -> Invalid:
    """Return the framework's refusal of query, path or header parameters as Invalid, with the first that is wrong."""
    extra = exc.extra
    if isinstance(extra, list) and extra and isinstance(extra[0], dict):
        if extra[0].get("key") == "data":  # the framework's name for the body
            return Invalid("A JSON body is required.")
        return Invalid(str(extra[0].get("message", "")).rstrip(".") + ".", field=extra[0].get("key"))
    missing = re.match(r"Missing required (?:\w+ )?parameter '?(.+?)'?(?: |\Z)", exc.detail)
    if missing:
        return Invalid("This parameter is required.", field=missing[1])
    return Invalid()
