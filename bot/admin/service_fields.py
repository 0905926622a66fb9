"""What can be set about a service: how it reads, which values one tap sets, how a typed one is understood."""

from bot.request import Request
from bot.ui import cards, typed_values
from bot.ui.text import clean_text, one_line

# A button carries the place in this list: new ones go to the end.
NAMES = (
    "price",
    "duration_min",
    "name",
    "description",
    "buffer_before_min",
    "buffer_after_min",
    "capacity",
    "room_ids",
)
BUTTONS = (
    "button-price",
    "button-duration",
    "button-name",
    "button-description",
    "button-buffer-before",
    "button-buffer-after",
    "button-capacity",
    "button-rooms",
)
QUESTIONS = {
    "price": "ask-price",
    "duration_min": "ask-duration",
    "name": "ask-service-name",
    "description": "ask-description",
    "buffer_before_min": "ask-buffer-before",
    "buffer_after_min": "ask-buffer-after",
    "capacity": "ask-capacity",
}
# Those that a button can carry as a number: prices in hundredths, spans in minutes.
COUNTED = ("price", "duration_min", "buffer_before_min", "buffer_after_min", "capacity")
DURATIONS = (15, 30, 45, 60, 90, 120, 150, 180, 240)
_BUFFERS = (0, 5, 10, 15, 20, 30, 45, 60, 90)
_CAPACITIES = (1, 2, 4, 6, 8, 10, 12, 15, 20)
# What a visit costs where a unit is worth little, and where it is worth much.
_PRICES_MANY = (0, 500, 1000, 1500, 2000, 2500, 3000, 4000, 5000)
_PRICES_FEW = (0, 10, 20, 30, 40, 50, 60, 80, 100)
_STRONG = {"EUR", "USD", "GBP", "CHF", "AUD", "CAD", "NZD", "SGD", "KWD", "BHD", "BGN", "BYN", "GEL", "AZN", "PLN"}


def prices(currency: str) -> tuple[int, ...]:
    """Preset prices, in hundredths."""
    return tuple(one * 100 for one in (_PRICES_FEW if currency in _STRONG else _PRICES_MANY))


def presets(request: Request, name: str) -> tuple[int, ...]:
    """Values that one tap sets."""
    if name == "price":
        return prices(request.tenant.currency)
    if name == "duration_min":
        return DURATIONS
    if name == "capacity":
        return _CAPACITIES
    return _BUFFERS if name.startswith("buffer") else ()


def said(request: Request, name: str, value: int) -> str:
    """A preset as its button reads."""
    if name == "price":
        amount = hundredths(value)
        return cards.price_text(request, amount, request.tenant.currency) or request.t.label("price-none")
    return str(value) if name == "capacity" else request.times.span(value)


def hundredths(value: int) -> str:
    """`1500.00`"""
    value = min(value, 99_999_999_999)
    return f"{value // 100}.{value % 100:02}"


def from_preset(name: str, value: int) -> object:
    """The value as the backend takes it. A forged one is refused there or kept within bounds here."""
    if name == "price":
        return hundredths(value)
    least = 0 if name.startswith("buffer") else 1
    return min(max(value, least), 1000 if name == "capacity" else 1440)


def read(name: str, text: str) -> object | None:
    """What has been typed, as the backend takes it; None for what cannot be understood."""
    if name == "price":
        return typed_values.read_price(text)
    if name == "duration_min":
        return typed_values.read_minutes(text) or None
    if name.startswith("buffer"):
        return typed_values.read_minutes(text)
    if name == "capacity":
        return typed_values.read_number(text, 1, 1000)
    if name == "description":
        return clean_text(text, 1000)
    return one_line(text) or None
