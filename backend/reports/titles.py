"""The words of the files: titles of the columns and names of the statuses, in the reader's language. Pure."""

from backend.contract.people import Locale

COLUMNS: dict[Locale, tuple[str, ...]] = {
    "en": (
        "Booking", "Start", "End", "Status", "Service", "Specialist", "Client", "Phone", "Price", "Currency", "Comment",
        "Booked at",
    ),
    "ru": (
        "Запись", "Начало", "Конец", "Статус", "Услуга", "Мастер", "Клиент", "Телефон", "Цена", "Валюта", "Комментарий",
        "Когда записан",
    ),
}  # fmt: skip
SHEET: dict[Locale, str] = {"en": "Bookings", "ru": "Записи"}
_STATUSES_RU = {
    "held": "не подтверждена", "pending": "ждёт подтверждения", "confirmed": "подтверждена", "arrived": "клиент пришёл",
    "completed": "состоялась", "no_show": "не пришёл", "cancelled": "отменена", "expired": "не подтверждена вовремя",
}  # fmt: skip


def status(locale: Locale, name: str) -> str:
    """A status as it is read; in English its stable name."""
    return _STATUSES_RU.get(name, name) if locale == "ru" else name
