"""The words of the files: titles of the columns and names of the statuses, in the reader's language. Pure."""

from backend.contract.people import Locale

_COLUMNS: dict[Locale, tuple[str, ...]] = {
    "en": (
        "Booking", "Start", "End", "Status", "Service", "Specialist", "Client", "Phone", "Price", "Currency", "Comment",
        "Booked at",
    ),
    "ru": (
        "Запись", "Начало", "Конец", "Статус", "Услуга", "Мастер", "Клиент", "Телефон", "Цена", "Валюта", "Комментарий",
        "Когда записан",
    ),
}  # fmt: skip
_SHEET: dict[Locale, str] = {"en": "Bookings", "ru": "Записи"}
_STATUSES: dict[Locale, dict[str, str]] = {"ru": {
    "held": "не подтверждена", "pending": "ждёт подтверждения", "confirmed": "подтверждена", "arrived": "клиент пришёл",
    "completed": "состоялась", "no_show": "не пришёл", "cancelled": "отменена", "expired": "не подтверждена вовремя",
}}  # fmt: skip


def columns(locale: Locale) -> tuple[str, ...]:
    """The titles of the columns, in English where a language has none of its own."""
    return _COLUMNS.get(locale, _COLUMNS["en"])


def sheet(locale: Locale) -> str:
    """What the sheet is called."""
    return _SHEET.get(locale, _SHEET["en"])


def status(locale: Locale, name: str) -> str:
    """A status as it is read; in English its stable name."""
    return _STATUSES.get(locale, {}).get(name, name)
