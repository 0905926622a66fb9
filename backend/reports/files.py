"""Bookings as files: CSV, XLSX, ICS. Nothing that a client typed is ever run by what opens them."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import xlsxwriter

from backend import clock
from backend.auth.actor import TenantRow
from backend.contract.people import Locale
from backend.kit.text import format_money
from backend.reports import rules, titles

PRICE = 8
_ICS_STATUS = {"pending": "TENTATIVE", "held": "TENTATIVE", "cancelled": "CANCELLED"}


def _cells(row: Any, tz: ZoneInfo, locale: Locale) -> tuple[str | int | float, ...]:
    """One line, times on the business's wall."""
    return (
        row.id,
        _wall(row.item_start, tz),
        _wall(row.item_end, tz),
        titles.status(locale, row.status),
        row.service,
        row.specialist,
        row.client,
        row.phone or "",
        row.item_price / 100,
        row.currency,
        row.comment,
        _wall(row.created_at, tz),
    )


def _wall(epoch: int, tz: ZoneInfo) -> str:
    return clock.format_wall(epoch, tz).replace("T", " ")


def as_csv(tenant: TenantRow, rows: Iterable[Any], locale: Locale) -> bytes:
    """UTF-8 with a byte order mark, so that Excel reads Cyrillic; RFC 4180 line ends."""
    tz = clock.zone(tenant.timezone)
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(titles.columns(locale))
    for row in rows:
        writer.writerow([rules.plain_cell(c) if isinstance(c, str) else c for c in _csv_cells(row, tz, locale)])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _csv_cells(row: Any, tz: ZoneInfo, locale: Locale) -> Iterator[str | int | float]:
    for column, cell in enumerate(_cells(row, tz, locale)):
        yield format_money(row.item_price) if column == PRICE else cell


def as_xlsx(tenant: TenantRow, rows: Iterable[Any], locale: Locale) -> bytes:
    """One sheet; texts are written as texts, never as formulas or links."""
    tz = clock.zone(tenant.timezone)
    out = io.BytesIO()
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(out, options) as book:
        sheet = book.add_worksheet(titles.sheet(locale))
        bold, money = book.add_format({"bold": True}), book.add_format({"num_format": "0.00"})
        sheet.freeze_panes(1, 0)
        for column, (title, width) in enumerate(
            zip(titles.columns(locale), (9, 17, 17, 11, 22, 18, 22, 17, 10, 9, 40, 17), strict=True)
        ):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, title, bold)
        for line, row in enumerate(rows, 1):
            for column, cell in enumerate(_cells(row, tz, locale)):
                if isinstance(cell, str):
                    sheet.write_string(line, column, cell)
                else:
                    sheet.write_number(line, column, cell, money if column == PRICE else None)
    return out.getvalue()


def as_ics(tenant: TenantRow, rows: Iterable[Any], now: int) -> bytes:
    """RFC 5545: an event for each visit, with the same UID as in the client's own calendar file."""
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Slotgate//Slotgate//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", tenant.name)
    stamp = datetime.fromtimestamp(now, UTC)
    for _, group in groupby(rows, key=lambda row: row.id):
        items = list(group)
        first = items[0]
        event = icalendar.Event()
        event.add("uid", f"booking-{first.id}@{tenant.slug}.slotgate")
        event.add("dtstamp", stamp)
        event.add("dtstart", datetime.fromtimestamp(first.starts_at, UTC))
        event.add("dtend", datetime.fromtimestamp(first.ends_at, UTC))
        event.add("sequence", first.sequence)
        event.add("status", _ICS_STATUS.get(first.status, "CONFIRMED"))
        event.add("summary", f"{', '.join(i.service for i in items)} · {first.client}".strip(" ·"))
        who = ", ".join(dict.fromkeys(i.specialist for i in items))
        event.add("description", "\n".join(part for part in (who, first.phone, first.comment) if part))
        if tenant.address:
            event.add("location", tenant.address)
        calendar.add_component(event)
    return bytes(calendar.to_ical())
