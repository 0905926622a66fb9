"""Bodies and parameters as they come in: of exactly the declared shape, else 400 with the field that is wrong."""

import re
from collections.abc import Iterable
from functools import partial
from typing import Any, get_args

import msgspec
from litestar import Litestar, Request
from litestar.exceptions import HTTPException, ValidationException
from litestar.routes import HTTPRoute

from backend.errors import Invalid
from backend.pattern_messages import explain_pattern

_FRACTION = re.compile(r"[.eE]")
_WHERE = re.compile(r" - at `(?:key in )?\$\.?(.*)`\Z")


class StrictRequest(Request[Any, Any, Any]):
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


def refuse_fractions(app: Litestar) -> None:
    """Have whole numbers in queries written as such: msgspec takes 1.0 and 1e0 for 1 there, and not in a body."""
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for handler, model in route.route_handler_map.values():
                parameters = handler.parsed_fn_signature.parameters
                wanted = [
                    (one.field_name, one.field_alias)
                    for one in model.expected_query_params
                    if _is_whole(parameters[one.field_name].annotation)
                ]
                if wanted:
                    model.extractors.append(partial(_check_whole_numbers, wanted))


def _is_whole(annotation: object) -> bool:
    return annotation is int or any(map(_is_whole, get_args(annotation)))


async def _check_whole_numbers(wanted: Iterable[tuple[str, str]], values: dict[str, Any], _request: Any) -> None:
    for name, alias in wanted:
        given = values.get(name)
        for text in given if isinstance(given, list) else (given,):
            if isinstance(text, str) and _FRACTION.search(text):
                raise Invalid("Expected a whole number.", field=alias)
