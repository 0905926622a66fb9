"""Name, zone, language and currency of a business: what its file says wins, the rest is what an admin has said."""

from collections.abc import Mapping

import msgspec
from babel.core import get_global

from backend import clock
from backend.contract.tenancy import PutTenant, UpdateTenant
from backend.errors import IllegalStep, Invalid
from backend.kit.text import clean_line
from backend.tenancy.queries import FileRow, Steps

BASICS = ("name", "timezone", "locale", "currency")
NAME_MAX = 64
# What counts until somebody has said it; the name is made of the slug.
_DEFAULTS: Mapping[str, str] = {"timezone": "UTC", "locale": "en", "currency": "USD"}


def new_values(slug: str, body: PutTenant) -> dict[str, object]:
    """Return the columns of a new business: of what its file leaves out, a default that nobody has said."""
    defaults = {"name": slug.replace("-", " ").title(), **_DEFAULTS}
    values = _without_basics(body)
    for field in BASICS:
        said = getattr(body, field)
        values[field] = defaults[field] if said is None else said
        values[f"{field}_source"] = "default" if said is None else "file"
    return values


def changed_values(row: FileRow, body: PutTenant, *, booked: bool) -> dict[str, object]:
    """Return the columns of a business that its file changes. What it leaves out stays, and is the admin's from now on.

    The currency of a business with bookings stays, whatever the file says: their prices are in it."""
    values = _without_basics(body)
    for field in BASICS:
        said = getattr(body, field)
        source = getattr(row, f"{field}_source")
        if said is None:
            values[f"{field}_source"] = "bot" if source == "file" else source
            continue
        values[f"{field}_source"] = "file"
        if field != "currency" or not booked:
            values[field] = said
    return {name: value for name, value in values.items() if getattr(row, name) != value}


def _without_basics(body: PutTenant) -> dict[str, object]:
    """Return what else the file says; without a bot's name, the one that is known stays."""
    values = msgspec.structs.asdict(body)
    if body.bot_username is None:
        del values["bot_username"]
    return {name: value for name, value in values.items() if name not in BASICS}


def typed_values(body: UpdateTenant, steps: Steps) -> dict[str, object]:
    """Return the columns of the basics that an admin changes. Raises Invalid, or IllegalStep for what they may not."""
    values: dict[str, object] = {}
    for field in BASICS:
        said = getattr(body, field)
        if said is not None:
            values[field], values[f"{field}_source"] = said, "bot"
    # what is no name, zone or currency at all is said first
    if body.name is not None:
        values["name"] = _check_name(body.name)
    if body.timezone is not None:
        clock.load_zone(body.timezone)
    if body.currency is not None and body.currency not in get_global("all_currencies"):
        raise Invalid("This is not an ISO currency code, such as EUR.", field="currency")
    for field in BASICS:
        if field in values and getattr(steps, f"{field}_source") == "file":
            raise IllegalStep(
                f"The business's file says its {field}; the operator of the server can change it.", field=field
            )
    if body.currency is not None and steps.booked:
        raise IllegalStep("There are bookings in the business's currency, so that it stays.", field="currency")
    return values


def _check_name(text: str) -> str:
    name = clean_line(text, len(text))
    if not 1 <= len(name) <= NAME_MAX:
        raise Invalid(f"The name of the business must have 1 to {NAME_MAX} characters that can be seen.", field="name")
    return name
