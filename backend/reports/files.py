"""Bookings as files: CSV, XLSX, ICS. Nothing that a client typed is ever run by the program that opens them."""

import csv
import io
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from backend import clock
from backend.auth.actor import TenantRow
from backend.bookings.calendar_files import CalendarEvent, render_calendar
from backend.contract.bookings import Status
from backend.contract.people import Locale
from backend.kit.text import is_visible
from backend.reports.queries.lines import BookingLine
from backend.reports.rules import phone_cell, plain_cell

Cell = str | int | float | datetime

# Rows are written in order, and texts stay texts.
WORKBOOK_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
PHONE_COLUMN, PRICE_COLUMN = 7, 8
# The separator and the decimal sign that a spreadsheet in the language expects of a CSV.
CSV_SIGNS: dict[Locale, tuple[str, str]] = {"en": (",", "."), "ru": (";", ",")}
_DATE_FORMATS: dict[Locale, str] = {"en": "yyyy-mm-dd hh:mm", "ru": "dd.mm.yyyy hh:mm"}
_COLUMNS: dict[Locale, tuple[str, ...]] = {
    "en": (
        "Booking", "Start", "End", "Status", "Service", "Specialist", "Client", "Phone", "Price", "Currency", "Comment",
        "Booked at", "Telegram", "Tags",
    ),
    "ru": (
        "Запись", "Начало", "Конец", "Статус", "Услуга", "Мастер", "Клиент", "Телефон", "Цена", "Валюта", "Комментарий",
        "Когда создана", "Telegram", "Метки",
    ),
}  # fmt: skip
_NAMELESS: dict[Locale, str] = {"en": "No name", "ru": "Без имени"}
_WIDTHS = (9, 17, 17, 11, 22, 18, 22, 17, 10, 9, 40, 17, 18, 24)
_SHEET: dict[Locale, str] = {"en": "Bookings", "ru": "Записи"}
_STATUSES: dict[Locale, dict[Status, str]] = {"en": {
    "held": "not confirmed yet", "pending": "waiting for an answer", "confirmed": "confirmed", "arrived": "arrived",
    "completed": "completed", "no_show": "did not come", "cancelled": "cancelled", "expired": "not confirmed in time",
}, "ru": {
    "held": "не подтверждена", "pending": "ждёт подтверждения", "confirmed": "подтверждена", "arrived": "клиент пришёл",
    "completed": "состоялась", "no_show": "не пришёл", "cancelled": "отменена", "expired": "не подтверждена вовремя",
}}  # fmt: skip


def _column_titles(locale: Locale) -> tuple[str, ...]:
    """Return the titles of the columns, in English where the language has none of its own."""
    return _COLUMNS.get(locale, _COLUMNS["en"])


def _status_title(locale: Locale, status: Status) -> str:
    """Return the word for a status, in English where the language has none of its own."""
    return _STATUSES.get(locale, _STATUSES["en"])[status]


def _cells(line: BookingLine, tz: ZoneInfo, locale: Locale) -> tuple[Cell, ...]:
    """Return the cells of a line, with times on the business's wall."""
    return (
        line.id,
        _wall_time(line.item_starts_at, tz),
        _wall_time(line.item_ends_at, tz),
        _status_title(locale, line.status),
        line.service,
        line.specialist,
        line.client if is_visible(line.client) else _NAMELESS.get(locale, _NAMELESS["en"]),
        line.phone or "",
        line.item_price / 100,
        line.currency,
        line.comment,
        _wall_time(line.created_at, tz),
        line.username or "",
        ", ".join(sorted((line.tags or "").splitlines(), key=str.casefold)),
    )


def _wall_time(epoch: int, tz: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(epoch, tz).replace(tzinfo=None, second=0)


def render_csv(tenant: TenantRow, lines: Iterable[BookingLine], locale: Locale) -> bytes:
    """Return UTF-8 with a byte order mark, so that Excel reads Cyrillic, and line ends as in RFC 4180.

    Separator and decimal sign are those that a spreadsheet in that language expects, so that a double click opens columns.
    """
    tz = clock.load_zone(tenant.timezone)
    separator, decimal = CSV_SIGNS.get(locale, CSV_SIGNS["en"])
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=separator)
    writer.writerow(_column_titles(locale))
    for line in lines:
        writer.writerow(
            _csv_cell(column, cell, tenant, decimal) for column, cell in enumerate(_cells(line, tz, locale))
        )
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _csv_cell(column: int, cell: Cell, tenant: TenantRow, decimal: str) -> str | int:
    if column == PHONE_COLUMN:
        return phone_cell(str(cell), tenant.phone_region)
    match cell:
        case str():
            return plain_cell(cell)
        case float():
            return f"{cell:.2f}".replace(".", decimal)
        case datetime():
            return f"{cell:%Y-%m-%d %H:%M}"
    return cell


def render_xlsx(tenant: TenantRow, lines: Iterable[BookingLine], locale: Locale) -> bytes:
    """Return a workbook of one sheet; texts are written as texts, never as formulas or links, times as dates."""
    tz = clock.load_zone(tenant.timezone)
    # reports are rare, and backends start often enough
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, WORKBOOK_OPTIONS) as book:
        sheet = book.add_worksheet(_SHEET.get(locale, _SHEET["en"]))
        bold, money = book.add_format({"bold": True}), book.add_format({"num_format": "0.00"})
        moment = book.add_format({"num_format": _DATE_FORMATS.get(locale, _DATE_FORMATS["en"]), "align": "left"})
        sheet.freeze_panes(1, 0)
        for column, (title, width) in enumerate(zip(_column_titles(locale), _WIDTHS, strict=True)):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, title, bold)
        for number, line in enumerate(lines, 1):
            for column, cell in enumerate(_cells(line, tz, locale)):
                if isinstance(cell, str):
                    sheet.write_string(number, column, cell)
                elif isinstance(cell, datetime):
                    sheet.write_datetime(number, column, cell, moment)
                else:
                    sheet.write_number(number, column, cell, money if column == PRICE_COLUMN else None)
    return out.getvalue()


def render_ics(tenant: TenantRow, lines: Iterable[BookingLine], now: int) -> bytes:
    """Return a calendar with an event for each booking."""
    events = (_event(list(items)) for _, items in groupby(lines, key=lambda line: line.id))
    return render_calendar(tenant, events, now, name=tenant.name)


def _event(items: list[BookingLine]) -> CalendarEvent:
    first = items[0]
    specialists = ", ".join(dict.fromkeys(item.specialist for item in items))
    return CalendarEvent(
        first.id,
        first.sequence,
        first.status,
        datetime.fromtimestamp(first.starts_at, UTC),
        datetime.fromtimestamp(first.ends_at, UTC),
        f"{', '.join(item.service for item in items)} · {first.client}".strip(" ·"),
        "\n".join(part for part in (specialists, first.phone, first.comment) if part),
    )
