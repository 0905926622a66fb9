"""What can be set about a service: how it reads, which values one tap sets, how a typed one is understood."""

from collections.abc import Callable
from typing import NamedTuple, get_args

from backend.contract.catalog import Starts, UpdateService
from bot.request import Request
from bot.ui import cards, typed_values
from bot.ui.text import clean_text, one_line, visible_name

DURATIONS = (15, 30, 45, 60, 90, 120, 150, 180, 240)
_BUFFERS = (0, 5, 10, 15, 20, 30, 45, 60, 90)
_CAPACITIES = (1, 2, 4, 6, 8, 10, 12, 15, 20)
# What a service costs where a unit of the currency is worth little, and where it is worth much.
_PRICES_MANY = (0, 500, 1000, 1500, 2000, 2500, 3000, 4000, 5000)
_PRICES_FEW = (0, 10, 20, 30, 40, 50, 60, 80, 100)
_STRONG = {"EUR", "USD", "GBP", "CHF", "AUD", "CAD", "NZD", "SGD", "KWD", "BHD", "BGN", "BYN", "GEL", "AZN", "PLN"}
_MAX_HUNDREDTHS = 99_999_999_999
MAX_MIN = 1440
STARTS: tuple[Starts, ...] = get_args(Starts)
_STARTS_LABELS = {"together": "starts-together", "any": "starts-any"}


class TypedField(NamedTuple):
    """One field of a service.

    `presets` are numbers that buttons can carry (prices in hundredths, spans in minutes), `preset_label` words one and
    `from_preset` makes the change of it. `from_text` makes it of a typed text, None for what cannot be read. Bookings
    ahead keep the old value of a field that `is_term`."""

    button: str
    question: str
    from_text: Callable[[str], UpdateService | None]
    presets: Callable[[Request], tuple[int, ...]] = lambda _: ()
    preset_label: Callable[[Request, int], str] = lambda _, value: str(value)
    from_preset: Callable[[int], UpdateService] | None = None
    is_term: bool = False


def preset_prices(request: Request) -> tuple[int, ...]:
    """Return prices in hundredths, as they are usual in the business's currency."""
    prices = _PRICES_FEW if request.tenant.currency in _STRONG else _PRICES_MANY
    return tuple(price * 100 for price in prices)


def price_label(request: Request, hundredths: int) -> str:
    """Return `1 500 ₽`, or that it costs nothing."""
    price = format_price(hundredths)
    return cards.price_text(request, price, request.tenant.currency) or request.t.label("price-none")


def format_price(hundredths: int) -> str:
    """Return `1500.00`."""
    hundredths = min(hundredths, _MAX_HUNDREDTHS)
    return f"{hundredths // 100}.{hundredths % 100:02}"


def clamp_minutes(minutes: int, least: int = 1) -> int:
    """Return the minutes of a button, kept within a day."""
    return min(max(minutes, least), MAX_MIN)


def _span_label(request: Request, minutes: int) -> str:
    return request.times.span(minutes)


def _price_from_text(text: str) -> UpdateService | None:
    terms = typed_values.read_price_terms(text)
    return None if terms is None else UpdateService(price=terms.amount, price_from=terms.at_least)


def _category_from_text(text: str) -> UpdateService | None:
    """Return the change to a category; a dash takes it away."""
    return UpdateService(category="" if text.strip() in ("-", "–", "—") else one_line(text))


def _duration_from_text(text: str) -> UpdateService | None:
    minutes = typed_values.read_minutes(text)
    return UpdateService(duration_min=minutes) if minutes else None


def _name_from_text(text: str) -> UpdateService | None:
    name = visible_name(text)
    return UpdateService(name=name) if name else None


def _before_from_text(text: str) -> UpdateService | None:
    minutes = typed_values.read_minutes(text)
    return None if minutes is None else UpdateService(buffer_before_min=minutes)


def _after_from_text(text: str) -> UpdateService | None:
    minutes = typed_values.read_minutes(text)
    return None if minutes is None else UpdateService(buffer_after_min=minutes)


def _capacity_from_text(text: str) -> UpdateService | None:
    count = typed_values.read_number(text, 1, 1000)
    return None if count is None else UpdateService(capacity=count)


def _starts_from_text(text: str) -> UpdateService | None:
    starts = next((each for each in STARTS if each == text.strip().lower()), None)
    return None if starts is None else UpdateService(starts=starts)


# A button carries the place, which must not change: new fields are put behind the rooms.
ROOMS_PLACE = 7
_FIELDS = (
    TypedField(
        "button-price",
        "ask-price",
        _price_from_text,
        preset_prices,
        price_label,
        lambda value: UpdateService(price=format_price(value), price_from=False),
        is_term=True,
    ),
    TypedField(
        "button-duration",
        "ask-duration",
        _duration_from_text,
        lambda _: DURATIONS,
        _span_label,
        lambda value: UpdateService(duration_min=clamp_minutes(value)),
        is_term=True,
    ),
    TypedField("button-name", "ask-service-name", _name_from_text),
    TypedField("button-description", "ask-description", lambda text: UpdateService(description=clean_text(text, 1000))),
    TypedField(
        "button-buffer-before",
        "ask-buffer-before",
        _before_from_text,
        lambda _: _BUFFERS,
        _span_label,
        lambda value: UpdateService(buffer_before_min=clamp_minutes(value, 0)),
    ),
    TypedField(
        "button-buffer-after",
        "ask-buffer-after",
        _after_from_text,
        lambda _: _BUFFERS,
        _span_label,
        lambda value: UpdateService(buffer_after_min=clamp_minutes(value, 0)),
    ),
    TypedField(
        "button-capacity",
        "ask-capacity",
        _capacity_from_text,
        lambda _: _CAPACITIES,
        from_preset=lambda value: UpdateService(capacity=min(max(value, 1), 1000)),
    ),
)
STARTS_PLACE = ROOMS_PLACE + 2
FIELDS = dict(enumerate(_FIELDS)) | {
    ROOMS_PLACE + 1: TypedField("button-category", "ask-category", _category_from_text),
    STARTS_PLACE: TypedField(
        "button-starts",
        "ask-starts",
        _starts_from_text,
        lambda _: tuple(range(len(STARTS))),
        lambda request, value: request.t.label(_STARTS_LABELS[STARTS[value]]),
        lambda value: UpdateService(starts=STARTS[min(max(value, 0), 1)]),
        is_term=True,
    ),
}
PRICE, DURATION = FIELDS[0], FIELDS[1]
