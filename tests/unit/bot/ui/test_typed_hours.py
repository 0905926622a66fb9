"""Hours as people type them: read as they were meant, and a guess that makes a night shift is asked back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ui.typed_hours import TypedHours, read_hours


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("10:00-14:00, 15:00-19:00", ["10:00-14:00", "15:00-19:00"]),
        ("10-14, 15:00–19:30", ["10:00-14:00", "15:00-19:30"]),
        ("с 9 до 18", ["09:00-18:00"]),
        ("9.30 to 18 and 19 to 21", ["09:30-18:00", "19:00-21:00"]),
        ("10-14 и 15-19", ["10:00-14:00", "15:00-19:00"]),
        ("22:00-02:00", ["22:00-02:00"]),
        ("0-24", ["00:00-24:00"]),
        ("Выходной", []),
        ("off", []),
        ("24:00-10:00", None),
        ("10", None),
        ("10-25", None),
        ("10:61-12", None),
        ("10-14 19", None),
        ("", None),
        ("in the morning", None),
        ("9am-5pm", ["09:00-17:00"]),
        ("9a-5p", ["09:00-17:00"]),
        ("10-00 - 19-00", ["10:00-19:00"]),
        ("с 9-30 до 18-00", ["09:30-18:00"]),
        ("9 a.m. to 5:30 p.m.", ["09:00-17:30"]),
        ("с 9 по 18", ["09:00-18:00"]),
        ("9 утра – 6 вечера", ["09:00-18:00"]),
        ("с 9 часов до 18 часов", ["09:00-18:00"]),
        ("9-5pm", ["09:00-17:00"]),
        ("2-5pm", ["14:00-17:00"]),
        ("10pm-2am", ["22:00-02:00"]),
        ("0900-1730", ["09:00-17:30"]),
        ("noon-8pm", ["12:00-20:00"]),
        ("9-12, 1-5", ["09:00-12:00", "13:00-17:00"]),
        ("9—18", ["09:00-18:00"]),
        ("13pm-15", None),
        ("٠٩:٠٠-١٨:٠٠", ["09:00-18:00"]),
        (",".join(["1-2"] * 25), None),
    ],
)
def test_hours(text: str, read: list[str] | None) -> None:
    found = read_hours(text)
    assert found is None if read is None else found is not None and (found.shifts, found.certain) == (read, True)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("9-5", TypedHours(["09:00-17:00"], ["09:00-05:00"])),
        ("9:00-5:00", TypedHours(["09:00-17:00"], ["09:00-05:00"])),
        ("8-8", TypedHours(["08:00-20:00"], ["08:00-08:00"])),
        ("10-13, 2-6", TypedHours(["10:00-13:00", "14:00-18:00"])),
        ("22-2", TypedHours(["22:00-02:00"], certain=False)),
        ("с 22 до 6", TypedHours(["22:00-06:00"], certain=False)),
        ("2-6", TypedHours(["14:00-18:00"], ["02:00-06:00"], certain=False)),
        ("22:00-06:00", TypedHours(["22:00-06:00"])),
        ("09:00-05:00", TypedHours(["09:00-05:00"])),
    ],
)
def test_a_guess_that_makes_a_night_shift_is_not_certain(text: str, read: TypedHours) -> None:
    assert read_hours(text) == read


@given(st.integers(0, 23), st.integers(1, 24), st.sampled_from(["-", " – ", " to ", " до ", "—"]))
def test_no_bare_numbers_make_a_night_shift_that_is_not_asked(begin: int, stop: int, dash: str) -> None:
    read = read_hours(f"{begin}{dash}{stop}")
    assert read is not None
    start, _, end = read.shifts[0].partition("-")
    assert not read.certain or end > start or end == "00:00"


@pytest.mark.parametrize(
    ("text", "shifts"),
    [
        ("24/7", ["00:00-24:00"]),
        ("круглосуточно", ["00:00-24:00"]),
        ("around the clock", ["00:00-24:00"]),
        ("9-13 14-18", ["09:00-13:00", "14:00-18:00"]),
        ("9:00-13:00 14:00-18:00", ["09:00-13:00", "14:00-18:00"]),
        ("900-1700", ["09:00-17:00"]),
        ("930-1800", ["09:30-18:00"]),
        ("midnight-8am", ["00:00-08:00"]),
    ],
)
def test_hours_that_people_type_as_well(text: str, shifts: list[str]) -> None:
    read = read_hours(text)
    assert read is not None
    assert (read.shifts, read.certain) == (shifts, True)
