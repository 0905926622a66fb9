"""Figures as files: one table as CSV, a sheet for each section as XLSX. Numbers are numbers, shares are shares."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from backend.contract.people import Locale
from backend.contract.reports import Figures, PartFigures, PeriodFigures, Totals, Trend
from backend.reports import service
from backend.reports.files import CSV_SIGNS, WORKBOOK_OPTIONS
from backend.reports.rules import plain_cell
from backend.transactions import UnitOfWork

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

Value = str | int | float | None

# The keys of the columns behind the name; money is in the business's currency, minutes are whole, shares 0 to 1.
_COUNTS = ("booked", "cancelled", "no_show", "clients", "new_clients", "booked_min", "open_min")
_MONEY = ("earned", "planned", "lost")
_SHARES = ("no_show_rate", "occupancy")
_KEYS = (*_COUNTS, *_MONEY, *_SHARES)
_TITLES: dict[Locale, dict[str, str]] = {
    "en": {
        "section": "Section", "name": "Name", "booked": "Bookings", "cancelled": "Cancelled", "no_show": "Did not come",
        "clients": "Clients", "new_clients": "New clients", "booked_min": "Minutes booked", "open_min": "Minutes open",
        "earned": "Earned", "planned": "Planned", "lost": "Lost", "no_show_rate": "Share who did not come",
        "occupancy": "Utilisation", "currency": "Currency", "total": "In all", "week": "Weeks", "month": "Months",
        "day": "Days", "specialist": "Specialists", "service": "Services", "hour": "Hours",
    },
    "ru": {
        "section": "Раздел", "name": "Название", "booked": "Записи", "cancelled": "Отменено", "no_show": "Не пришли",
        "clients": "Клиенты", "new_clients": "Новые клиенты", "booked_min": "Занято минут", "open_min": "Рабочих минут",
        "earned": "Заработано", "planned": "Запланировано", "lost": "Потеряно", "no_show_rate": "Доля не пришедших",
        "occupancy": "Занятость", "currency": "Валюта", "total": "Всего", "week": "Недели", "month": "Месяцы",
        "day": "Дни", "specialist": "Мастера", "service": "Услуги", "hour": "Часы",
    },
}  # fmt: skip
_WEEKDAYS: dict[Locale, tuple[str, ...]] = {
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    "ru": ("пн", "вт", "ср", "чт", "пт", "сб", "вс"),
}


class FigureTables(NamedTuple):
    """What a file of figures is made of."""

    figures: Figures
    weeks: Trend
    months: Trend


class _Line(NamedTuple):
    """A line of a section; `values` by the keys of the columns, what does not apply is left out."""

    section: str
    name: str
    values: dict[str, Value]


def load_tables(unit: UnitOfWork, since: str, until: str, week_start: int) -> FigureTables:
    """Return the figures of local dates, inclusive, with their weeks and months. Raises Invalid."""
    basis = service.load_basis(unit, since, until)
    return FigureTables(
        service.load_figures(unit, basis),
        service.load_trend(unit, basis, "week", week_start),
        service.load_trend(unit, basis, "month"),
    )


def _lines(tables: FigureTables, locale: Locale) -> Iterator[_Line]:
    figures = tables.figures
    whole = PeriodFigures(
        figures.since, figures.until, figures.total, figures.clients, figures.new_clients, figures.booked_min,
        figures.open_min, figures.occupancy,
    )  # fmt: skip
    yield _period_line("total", whole)
    for section, trend in (("week", tables.weeks), ("month", tables.months)):
        for period in trend.periods:
            yield _period_line(section, period)
    for day in figures.days:
        counts: dict[str, Value] = {"booked": day.booked, "cancelled": day.cancelled, "no_show": day.no_show}
        yield _Line("day", day.date, counts | _money(day.earned, day.planned, day.lost))
    for section, parts in (("specialist", figures.specialists), ("service", figures.services)):
        for part in parts:
            yield _Line(section, part.name, _part_values(part))
    for hour in figures.hours:
        weekday = _WEEKDAYS.get(locale, _WEEKDAYS["en"])[hour.weekday]
        share = None if hour.open_min == 0 else round(hour.booked_min / hour.open_min, 4)
        values: dict[str, Value] = {"booked_min": hour.booked_min, "open_min": hour.open_min, "occupancy": share}
        yield _Line("hour", f"{weekday} {hour.hour:02}:00", values)


def _period_line(section: str, period: PeriodFigures) -> _Line:
    values: dict[str, Value] = {
        "clients": period.clients,
        "new_clients": period.new_clients,
        "booked_min": period.booked_min,
        "open_min": period.open_min,
        "occupancy": period.occupancy,
    }
    return _Line(section, f"{period.since} – {period.until}", values | _total_values(period.total))


def _total_values(total: Totals) -> dict[str, Value]:
    counts: dict[str, Value] = {
        "booked": total.booked,
        "cancelled": total.cancelled,
        "no_show": total.no_show,
        "no_show_rate": total.no_show_rate,
    }
    return counts | _money(total.earned, total.planned, total.lost)


def _part_values(part: PartFigures) -> dict[str, Value]:
    counts: dict[str, Value] = {
        "booked": part.booked,
        "cancelled": part.cancelled,
        "no_show": part.no_show,
        "no_show_rate": part.no_show_rate,
        "booked_min": part.booked_min,
        "open_min": part.open_min,
        "occupancy": part.occupancy,
    }
    return counts | _money(part.earned, part.planned, part.lost)


def _money(earned: str, planned: str, lost: str) -> dict[str, Value]:
    return {"earned": float(earned), "planned": float(planned), "lost": float(lost)}


def render_csv(tables: FigureTables, locale: Locale) -> bytes:
    """Return UTF-8 with a byte order mark; separator and decimal sign are those that a spreadsheet in the language expects."""
    titles = _TITLES.get(locale, _TITLES["en"])
    separator, decimal = CSV_SIGNS.get(locale, CSV_SIGNS["en"])
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=separator)
    writer.writerow([titles[key] for key in ("section", "name", *_KEYS, "currency")])
    for line in _lines(tables, locale):
        cells = [_csv_cell(line.values.get(key), decimal, 2 if key in _MONEY else 4) for key in _KEYS]
        writer.writerow([titles[line.section], plain_cell(line.name), *cells, tables.figures.currency])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _csv_cell(value: Value, decimal: str, places: int) -> str | int:
    match value:
        case None:
            return ""
        case float():
            return f"{value:.{places}f}".replace(".", decimal)
        case str():
            return plain_cell(value)
    return value


def render_xlsx(tables: FigureTables, locale: Locale) -> bytes:
    """Return a workbook with a sheet for each section; names are texts, never formulas."""
    titles = _TITLES.get(locale, _TITLES["en"])
    by_section: dict[str, list[_Line]] = {}
    for line in _lines(tables, locale):
        by_section.setdefault(line.section, []).append(line)
    # reports are rare, and backends start often enough
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, WORKBOOK_OPTIONS) as book:
        bold = book.add_format({"bold": True})
        formats = {
            **dict.fromkeys(_COUNTS, book.add_format({"num_format": "0"})),
            **dict.fromkeys(_MONEY, book.add_format({"num_format": "0.00"})),
            **dict.fromkeys(_SHARES, book.add_format({"num_format": "0.0%"})),
        }
        for section, lines in by_section.items():
            used = [key for key in _KEYS if any(line.values.get(key) is not None for line in lines)]
            sheet = book.add_worksheet(titles[section])
            sheet.freeze_panes(1, 0)
            _write_titles(sheet, [titles["name"], *(titles[key] for key in used), titles["currency"]], bold)
            for row, line in enumerate(lines, 1):
                sheet.write_string(row, 0, line.name)
                for column, key in enumerate(used, 1):
                    value = line.values.get(key)
                    if isinstance(value, (int, float)):
                        sheet.write_number(row, column, value, formats[key])
                sheet.write_string(row, len(used) + 1, tables.figures.currency)
    return out.getvalue()


def _write_titles(sheet: "Worksheet", titles: Sequence[str], bold: "Format") -> None:
    for column, title in enumerate(titles):
        sheet.set_column(column, column, 26 if column == 0 else max(12, len(title) + 1))
        sheet.write_string(0, column, title, bold)
