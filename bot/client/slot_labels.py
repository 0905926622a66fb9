"""The buttons of free times: each says when, and what differs between the times: who, at which price, for how long."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from backend.contract.catalog import Specialist
from backend.contract.overviews import Choice
from backend.contract.schedule import Slot
from bot.client.purpose import Purpose
from bot.request import Request
from bot.ui import cards
from bot.ui.keyboards import Button
from bot.ui.labels import label_fits
from bot.ui.text import DOT, one_line

_NAME_MAX = 20


class _Terms(NamedTuple):
    """What must be told of a time: everything that is not the same with every specialist."""

    specialists: list[Specialist]
    names_differ: bool
    prices_differ: bool
    lengths_differ: bool


def slot_buttons(
    request: Request, purpose: Purpose, choice: Choice, slots: Sequence[Slot], whens: Sequence[str]
) -> list[Button]:
    """Return a button for each of the times; `whens` is how each reads by itself."""
    terms = _find_terms(purpose, choice)
    return [_slot_button(request, purpose, terms, slot, when) for slot, when in zip(slots, whens, strict=True)]


def columns_of(buttons: Sequence[Button], whens: Sequence[str], most: int) -> int:
    """Return in how many columns the buttons stand: `most` where they only say when, otherwise two or one."""
    if all(button.label == when for button, when in zip(buttons, whens, strict=True)):
        return most
    return 2 if all(label_fits(button.label, 2) for button in buttons) else 1


def terms_text(request: Request, purpose: Purpose, choice: Choice, specialist: Specialist) -> str:
    """Return `3 000 ₽ · 1 h 30 min`, as far as it is not the same with everybody."""
    return DOT.join(filter(None, _terms_parts(request, _find_terms(purpose, choice), [specialist])))


def _find_terms(purpose: Purpose, choice: Choice) -> _Terms:
    able = [specialist for specialist in choice.specialists if specialist.price is not None]
    if purpose.specialist_id or len(choice.specialists) < 2:
        return _Terms(choice.specialists, names_differ=False, prices_differ=False, lengths_differ=False)
    # a booking that moves keeps its price and its length
    stays = choice.booking is not None
    return _Terms(
        choice.specialists,
        names_differ=True,
        prices_differ=not stays and len({(each.price, each.price_from) for each in able}) > 1,
        lengths_differ=not stays and len({each.duration_min for each in able}) > 1,
    )


def _terms_parts(request: Request, terms: _Terms, free: Sequence[Specialist]) -> list[str]:
    """Return the price and the length with the specialists who are free, empty where they tell nothing."""
    prices = {(Decimal(each.price), each.price_from) for each in free if each.price is not None}
    lengths = [each.duration_min for each in free if each.duration_min is not None]
    price = ""
    if prices and terms.prices_differ:
        least, at_least = min(prices)
        currency = next((each.currency for each in free if each.currency), "")
        price = cards.price_text(request, str(least), currency, at_least=at_least or len(prices) > 1)
    length = request.times.span_range(lengths) if lengths and terms.lengths_differ else ""
    return [price, length]


def _slot_button(request: Request, purpose: Purpose, terms: _Terms, slot: Slot, when: str) -> Button:
    """Return `Mon 18:00 · Maya · 3 000 ₽`; of a group `Mon 18:00 · Maya · 5 places left`.

    What names a specialist is taken with that specialist alone. Where a phone cannot show everything, the name becomes its
    first word, then the length is left out, then the price."""
    in_group = slot.places_left is not None
    free = [each for each in terms.specialists if each.id in slot.specialist_ids]
    who = free[0] if len(slot.specialist_ids) == len(free) == 1 and (terms.names_differ or in_group) else None
    name = "" if who is None else one_line(who.name, _NAME_MAX)
    if not slot.specialist_ids and terms.names_differ:
        name = request.t.label("slot-in-turn")
    places = request.t.label("places-left", count=slot.places_left) if in_group else ""
    price, length = _terms_parts(request, terms, free)
    short = name.split(" ", maxsplit=1)[0]
    labels = [
        DOT.join(filter(None, (when, each, places, *tail)))
        for each, tail in ((name, (price, length)), (short, (price, length)), (short, (price,)), (short, ()))
    ]
    label = next((label for label in labels if label_fits(label, 1)), labels[-1])
    return purpose.pick_button(label, slot, None if who is None else who.id)
