"""Bookings as files: CSV, XLSX, ICS. Nothing that a client typed is ever run by the program that opens them."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import groupby
from zoneinfo import ZoneInfo

import xlsxwriter

from backend import clock
from backend.auth.actor import TenantRow
from backend.bookings.calendar_files import CalendarEvent, render_calendar
from backend.contract.bookings import Status
from backend.contract.people import Locale
from backend.kit.text import format_money
from backend.reports.queries import BookingLine
from backend.reports.rules import plain_cell

Cell = str | int | float

PRICE_COLUMN = 8
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
_WIDTHS = (9, 17, 17, 11, 22, 18, 22, 17, 10, 9, 40, 17)
_SHEET: dict[Locale, str] = {"en": "Bookings", "ru": "Записи"}
_STATUSES: dict[Locale, dict[Status, str]] = {"ru": {
    "held": "не подтверждена", "pending": "ждёт подтверждения", "confirmed": "подтверждена", "arrived": "клиент пришёл",
    "completed": "состоялась", "no_show": "не пришёл", "cancelled": "отменена", "expired": "не подтверждена вовремя",
}}  # fmt: skip


def _column_titles(locale: Locale) -> tuple[str, ...]:
    """Return the titles of the columns, in English where the language has none of its own."""
    return _COLUMNS.get(locale, _COLUMNS["en"])


def _status_title(locale: Locale, status: Status) -> str:
    """Return the word for a status; in English its stable name."""
    return _STATUSES.get(locale, {}).get(status, status)


def _cells(line: BookingLine, tz: ZoneInfo, locale: Locale) -> tuple[Cell, ...]:
    """Return the cells of a line, with times on the business's wall."""
    return (
        line.id,
        _wall_time(line.item_starts_at, tz),
        _wall_time(line.item_ends_at, tz),
        _status_title(locale, line.status),
        line.service,
        line.specialist,
        line.client,
        line.phone or "",
        line.item_price / 100,
        line.currency,
        line.comment,
        _wall_time(line.created_at, tz),
    )


def _wall_time(epoch: int, tz: ZoneInfo) -> str:
    return clock.format_wall(epoch, tz).replace("T", " ")


def render_csv(tenant: TenantRow, lines: Iterable[BookingLine], locale: Locale) -> bytes:
    """Return UTF-8 with a byte order mark, so that Excel reads Cyrillic, and line ends as in RFC 4180."""
    tz = clock.load_zone(tenant.timezone)
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(_column_titles(locale))
    for line in lines:
        cells = _csv_cells(line, tz, locale)
        writer.writerow([plain_cell(cell) if isinstance(cell, str) else cell for cell in cells])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _csv_cells(line: BookingLine, tz: ZoneInfo, locale: Locale) -> Iterator[Cell]:
    for column, cell in enumerate(_cells(line, tz, locale)):
        yield format_money(line.item_price) if column == PRICE_COLUMN else cell


def render_xlsx(tenant: TenantRow, lines: Iterable[BookingLine], locale: Locale) -> bytes:
    """Return a workbook of one sheet; texts are written as texts, never as formulas or links."""
    tz = clock.load_zone(tenant.timezone)
    out = io.BytesIO()
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(out, options) as book:
        sheet = book.add_worksheet(_SHEET.get(locale, _SHEET["en"]))
        bold, money = book.add_format({"bold": True}), book.add_format({"num_format": "0.00"})
        sheet.freeze_panes(1, 0)
        for column, (title, width) in enumerate(zip(_column_titles(locale), _WIDTHS, strict=True)):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, title, bold)
        for number, line in enumerate(lines, 1):
            for column, cell in enumerate(_cells(line, tz, locale)):
                if isinstance(cell, str):
                    sheet.write_string(number, column, cell)
                else:
                    sheet.write_number(number, column, cell, money if column == PRICE_COLUMN else None)
    return out.getvalue()


def render_ics(tenant: TenantRow, lines: Iterable[BookingLine], now: int) -> bytes:
    """Return a calendar with an event for each booking."""
    events = (_event(list(items)) for _, items in groupby(lines, key=lambda line: line.id))
    return render_calendar(tenant, events, now, x_wr_calname=tenant.name)


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
