"""Refusals of what is written wrongly: what was meant, with an example, never a regular expression."""

import importlib
import json
import pkgutil
import re
from collections.abc import Iterator

import msgspec
import pytest

from backend import contract
from backend.bodies import invalid_body
from backend.contract import Request
from backend.contract.broadcasts import Entity
from backend.contract.catalog import NewService
from backend.contract.holds import ConfirmHold
from backend.contract.schedule import DateHours, NewClosure, NewTimeOff
from backend.contract.tenancy import PutTenant, UpdateTenant
from backend.pattern_messages import explain_pattern, pattern_meanings

TENANT = {"name": "x", "timezone": "Europe/Moscow", "locale": "en"}
QUIET = {"policies": {"quiet_hours": {"start": "25:00", "end": "1"}}}


def _bodies() -> Iterator[type]:
    for module in pkgutil.iter_modules(contract.__path__):
        importlib.import_module(f"backend.contract.{module.name}")
    yield from Request.__subclasses__()


def test_every_pattern_of_a_body_says_what_it_means() -> None:
    seen = 0
    for body in _bodies():
        for pattern, meaning in pattern_meanings(body).items():
            words = re.fullmatch(r"(.+), such as (.+)", meaning)
            assert words is not None, body
            said, example = words.groups()
            assert said.split()[0] in ("a", "an"), body
            assert re.search(pattern, example), f"{body.__name__}: {example} is no example of {pattern}"
            seen += 1
    assert seen >= 10


@pytest.mark.parametrize(
    ("body", "sent", "detail", "field"),
    [
        (NewService, {"name": "x", "duration_min": 5, "price": "1,5"}, "a price, such as 1500.00", "price"),
        (NewClosure, {"date": "1.6.2026"}, "a date, such as 2026-06-01", "date"),
        (DateHours, {"shifts": ["9-18"]}, "a shift, such as 09:00-18:00", "shifts[0]"),
        (NewTimeOff, {"start": "x", "end": "y"}, "a local time, such as 2026-06-01T09:00", "start"),
        (ConfirmHold, {"code": "12345"}, "a code of six digits, such as 123456", "code"),
        (PutTenant, TENANT | {"currency": "eur"}, "a currency code, such as EUR", "currency"),
        (UpdateTenant, QUIET, "a time of day, such as 22:00", "policies.quiet_hours.start"),
        (Entity, {"type": "text_link", "offset": 0, "length": 1, "url": "x'\""}, "an address, such as https://", "url"),
    ],
)  # fmt: skip
def test_what_is_written_wrongly_is_told_with_an_example(body: type, sent: object, detail: str, field: str) -> None:
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.json.decode(json.dumps(sent), type=body)
    refused = invalid_body(explain_pattern(str(caught.value), body))
    assert refused.detail.startswith(f"Expected {detail}")
    assert refused.detail.endswith(".")
    assert refused.field == field
    assert "\\" not in refused.detail
