"""A chart as SVG, and as PNG with a font of our own, so that Cyrillic is drawn wherever the bot runs."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

from bot.ui.text import one_line

FONT = Path(__file__).parents[1] / "assets" / "DejaVuSans.ttf"
WIDTH = 960
_LEFT, _TOP, _TALL, _ROW, _CELL = 48, 130, 260, 40, 30
_INK, _FAINT, _BLUE, _GREEN = "#1f2733", "#8a94a3", "#3b82f6", "#22a06b"
# A letter of DejaVu Sans is about so wide, as a part of its size.
_LETTER = 0.62


class Bar(NamedTuple):
    """A bar or column: the text under or beside it, its length, the text at its end."""

    label: str
    value: float
    value_text: str


class HourGrid(NamedTuple):
    """How busy the hours of the week were: a row for each weekday, a column for each hour; None where nothing was open."""

    title: str
    rows: Sequence[str]
    columns: Sequence[str]
    shares: Sequence[Sequence[float | None]]


class Chart(NamedTuple):
    """Values by day, week or month as columns, shares as bars (0 to 1, more is drawn as 1), and the hours of the week."""

    title: str
    summary: str
    days: Sequence[Bar]
    parts_title: str
    parts: Sequence[Bar]
    hours: HourGrid | None = None


def chart_svg(chart: Chart) -> str:
    """Return the chart as SVG. Names come from outside: they are cut to their room and escaped."""
    bottom = _TOP + _TALL + 40
    grid_top = bottom + (70 + _ROW * len(chart.parts) if chart.parts else 30)
    height = grid_top + (0 if chart.hours is None else 90 + _CELL * len(chart.hours.rows))
    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" font-family="DejaVu Sans">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        _text(_LEFT, 54, chart.title, 28, _INK, WIDTH - 2 * _LEFT),
        _text(_LEFT, 92, chart.summary, 20, _FAINT, WIDTH - 2 * _LEFT),
        *_columns(chart.days),
    ]
    if chart.parts:
        drawn.append(_text(_LEFT, bottom + 36, chart.parts_title, 20, _INK, WIDTH - 2 * _LEFT))
        for at, part in enumerate(chart.parts):
            drawn += _bar(part, bottom + 60 + at * _ROW)
    if chart.hours is not None:
        drawn += _grid(chart.hours, grid_top + 26)
    return "\n".join([*drawn, "</svg>"])


def _columns(days: Sequence[Bar]) -> list[str]:
    if not days:
        return []
    step = (WIDTH - 2 * _LEFT) / len(days)
    most = max(1.0, *(day.value for day in days))
    size = 16 if len(days) <= 10 else 12
    base = _TOP + _TALL
    drawn = [f'<line x1="{_LEFT}" y1="{base}" x2="{WIDTH - _LEFT}" y2="{base}" stroke="{_FAINT}"/>']
    for at, day in enumerate(days):
        tall = day.value / most * (_TALL - 30)
        x, middle = _LEFT + at * step + step * 0.15, _LEFT + (at + 0.5) * step
        if tall:
            drawn.append(
                f'<rect x="{x:.1f}" y="{base - tall:.1f}" width="{step * 0.7:.1f}" height="{tall:.1f}" rx="3" fill="{_BLUE}"/>'
            )
            drawn.append(_text(middle, base - tall - 8, day.value_text, size, _INK, step * 1.4, "middle"))
        drawn.append(_text(middle, base + 26, day.label, size, _FAINT, step * 1.2, "middle"))
    return drawn


def _bar(part: Bar, y: float) -> list[str]:
    start, room = 300, 380
    long = min(max(part.value, 0.0), 1.0) * room
    return [
        _text(_LEFT, y + 18, part.label, 18, _INK, start - _LEFT - 16),
        f'<rect x="{start}" y="{y}" width="{room}" height="24" rx="4" fill="#eef1f5"/>',
        f'<rect x="{start}" y="{y}" width="{long:.1f}" height="24" rx="4" fill="{_GREEN}"/>',
        _text(start + room + 16, y + 18, part.value_text, 18, _FAINT, WIDTH - _LEFT - start - room - 16),
    ]


def _grid(grid: HourGrid, top: float) -> list[str]:
    """Return a cell for each hour, the darker the busier; what is closed stays white."""
    start = _LEFT + 60
    width = min(_CELL * 2.0, (WIDTH - _LEFT - start) / max(1, len(grid.columns)))
    drawn = [_text(_LEFT, top, grid.title, 20, _INK, WIDTH - 2 * _LEFT)]
    for place, label in enumerate(grid.columns):
        drawn.append(_text(start + (place + 0.5) * width, top + 34, label, 14, _FAINT, width, "middle"))
    for line, (label, shares) in enumerate(zip(grid.rows, grid.shares, strict=True)):
        y = top + 44 + line * _CELL
        drawn.append(_text(_LEFT, y + 20, label, 16, _FAINT, 56))
        for place, share in enumerate(shares):
            if share is not None:
                shade = 0.08 + 0.92 * min(max(share, 0.0), 1.0)
                x = start + place * width + 1
                drawn.append(
                    f'<rect x="{x:.1f}" y="{y}" width="{width - 2:.1f}" height="{_CELL - 2}" rx="3" fill="{_BLUE}" '
                    f'fill-opacity="{shade:.2f}"/>'
                )
    return drawn


def _text(x: float, y: float, text: str, size: int, colour: str, room: float, anchor: str = "start") -> str:
    words = escape(one_line(text, max(2, int(room / (size * _LETTER)))))
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}" text-anchor="{anchor}">{words}</text>'


def draw_png(chart: Chart) -> bytes:
    """Return the chart as PNG. It takes about a tenth of a second of one core: call it in a thread."""
    from resvg_py import svg_to_bytes  # 19 MB that only this screen needs

    return bytes(
        svg_to_bytes(
            svg_string=chart_svg(chart), skip_system_fonts=True, font_files=[str(FONT)], font_family="DejaVu Sans",
            sans_serif_family="DejaVu Sans",
        )
    )  # fmt: skip
