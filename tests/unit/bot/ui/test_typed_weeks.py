"""Hours of a week as people type them at once: read as they were meant, and a guess is asked back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ui.typed_weeks import ALL_DAYS, WEEKEND, WORKDAYS, TypedWeek, read_week

BY_DAY, LONG, SHORT, AT_NIGHT = ["09:00-17:00"], ["09:00-18:00"], ["10:00-14:00"], ["09:00-05:00"]


def week(*parts: tuple[tuple[int, ...], list[str]]) -> dict[int, list[str]]:
    """Return the shifts of each day that is named."""
    return {day: shifts for days, shifts in parts for day in days}


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("пн-пт 9-18", week((WORKDAYS, LONG))),
        ("Mo-Fr 09:00-18:00", week((WORKDAYS, LONG))),
        ("M-F 9am-6pm", week((WORKDAYS, LONG))),
        ("9-18 mon-fri, 10-14 sat", week((WORKDAYS, LONG), ((5,), SHORT))),
        ("Monday through Friday 9am-6pm", week((WORKDAYS, LONG))),
        ("с понедельника по пятницу с 9 до 18", week((WORKDAYS, LONG))),
        ("weekdays 9-18, weekends off", week((WORKDAYS, LONG), (WEEKEND, []))),
        ("по будням с 9 до 18, в выходные с 10 до 14", week((WORKDAYS, LONG), (WEEKEND, SHORT))),
        ("пн–пт с 9 до 18, сб с 10 до 14, вс выходной", week((WORKDAYS, LONG), ((5,), SHORT), ((6,), []))),
        ("сб, вс — выходные", week((WEEKEND, []))),
        ("Mon, Wed, Fri 10-14; Sat 9-18", week(((0, 2, 4), SHORT), ((5,), LONG))),
        ("пн ср пт 10-14", week(((0, 2, 4), SHORT))),
        (
            "Mon: 10-14\nTue: closed\nWed: 9-12, 1-5",
            week(((0,), SHORT), ((1,), []), ((2,), ["09:00-12:00", "13:00-17:00"])),
        ),
        ("mon-fri 9-13, 14-18, sat 10-14", week((WORKDAYS, ["09:00-13:00", "14:00-18:00"]), ((5,), SHORT))),
        ("sat-mon 10-14", week(((5, 6, 0), SHORT))),
        ("пт и сб 22:00-02:00", week(((4, 5), ["22:00-02:00"]))),
        ("every day 10-14", week((ALL_DAYS, SHORT))),
        ("с 10 до 14 без выходных", week((ALL_DAYS, SHORT))),
        ("24/7", week((ALL_DAYS, ["00:00-24:00"]))),
        ("fri 10-14 and sat 9-18", week(((4,), SHORT), ((5,), LONG))),
        ("сб 10:00–14:00. вс — нет", week(((5,), SHORT), ((6,), []))),
    ],
)
def test_a_week_is_read_as_it_was_meant(text: str, read: dict[int, list[str]]) -> None:
    assert read_week(text) == TypedWeek((read,), certain=True)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        # a day's work on a clock of twelve hours: likely, and the other reading is offered
        ("mon-fri 9-5", TypedWeek((week((WORKDAYS, BY_DAY)), week((WORKDAYS, AT_NIGHT))), certain=True)),
        (
            "mon-fri 9-5, sat 10-14",
            TypedWeek(
                (week((WORKDAYS, BY_DAY), ((5,), SHORT)), week((WORKDAYS, AT_NIGHT), ((5,), SHORT))), certain=True
            ),
        ),
        ("sat 1-5", TypedWeek(({5: ["13:00-17:00"]}, {5: ["01:00-05:00"]}), certain=False)),
        # no day: of the workdays or of all days
        ("9-18", TypedWeek((week((WORKDAYS, LONG)), week((ALL_DAYS, LONG))), certain=False)),
        ("с 9 до 18", TypedWeek((week((WORKDAYS, LONG)), week((ALL_DAYS, LONG))), certain=False)),
    ],
)
def test_a_guess_has_its_other_reading(text: str, read: TypedWeek) -> None:
    assert read_week(text) == read


@pytest.mark.parametrize(
    "text",
    [
        "", "mon", "mon-fri", "alex", "Monica 9-5", "off", "выходной", "mon 9-5, mon 10-18", "mon-wed 9-18, tue 10-14",
        "9-18 кроме вс", "mon-fri 9-18 except wed", "mon-fri 9-17, lunch 13-14", "mon 25-30", "12.12 10-14", "mon-fri 9",
        "mon 9-18 " * 100,
    ],
)  # fmt: skip
def test_what_is_no_week_is_not_read(text: str) -> None:
    assert read_week(text) is None


@given(st.text(alphabet="monfrisatпнптсб 0123456789-:,;.\nи&/", max_size=600))
def test_whatever_is_typed_is_answered(text: str) -> None:
    """It never fails, and what is read has days and hours that the backend takes."""
    read = read_week(text)
    assert read is None or all(set(reading) <= set(ALL_DAYS) and reading for reading in read.readings)
