"""Labels on a phone: names of things give way, rows break, and the words of each language fit."""

import re

import pytest

from bot.ui.i18n import LOCALES_DIR, known_locales, words_for
from bot.ui.keyboards import disabled_button, keyboard_markup
from bot.ui.labels import column_width, cuttable_name, fit_label, label_fits, label_width
from bot.ui.text import escape

LONG = "Permanent make-up of eyebrows with a correction after a month"
# What stands for an argument of a label, where the words say no more: as long as such a thing usually is.
ARGUMENTS = {
    "name": "Alexandra",
    "client": "Alexandra Ivanova",
    "specialist": "Alexandra",
    "walkin": "Alexandra",
    "when": "Wed 24 Dec 14:30",
    "start": "14:30",
    "end": "15:30",
    "day": "Wed 24 Dec",
    "count": 12,
    "price": "12 500 ₽",
}


def _labels(*rows: list[str]) -> list[list[str]]:
    markup = keyboard_markup([[disabled_button(label) for label in row] for row in rows])
    keyboard = markup["inline_keyboard"]
    assert isinstance(keyboard, list)
    return [[button["text"] for button in row] for row in keyboard]


def test_a_long_name_is_cut_and_what_follows_it_is_not() -> None:
    label = fit_label(f"14:30 · {cuttable_name(LONG)} · Maria Petrova ✓", 1)
    assert label.startswith("14:30 · Permanent make-")
    assert label.endswith("… · Maria Petrova ✓")
    assert column_width(1) - 20 < label_width(label) <= column_width(1)


def test_the_longest_of_several_names_gives_way_first() -> None:
    label = fit_label(f"{cuttable_name('Haircut')} + {cuttable_name(LONG)} · 12 500 ₽", 1)
    assert label.startswith("Haircut + Permanent")
    assert label.endswith("… · 12 500 ₽")


def test_a_name_that_fits_is_left_alone() -> None:
    assert fit_label(f"{cuttable_name('Haircut')} · 1 500 ₽ · 45 min", 1) == "Haircut · 1 500 ₽ · 45 min"
    assert _labels([cuttable_name("Haircut")]) == [["Haircut"]]


def test_an_emoji_is_not_torn_by_a_cut() -> None:
    family = "👨‍👩‍👧‍👦"
    label = fit_label(cuttable_name(family * 30), 1)
    assert set(label.removesuffix("…").split(family)) == {""}


def test_no_mark_is_seen_or_typed() -> None:
    assert escape(f"{cuttable_name('<Cut>')}, please") == "&lt;Cut&gt;, please"
    assert fit_label(cuttable_name("a\ufdd0b\ufdd1c"), 1) == "abc"


def test_a_row_whose_labels_do_not_fit_becomes_several() -> None:
    assert _labels(["Yes", "No"]) == [["Yes", "No"]]
    assert _labels(["Write to the administrator", "No"]) == [["Write to the administrator"], ["No"]]
    assert _labels(["Mon 24 Dec 14:30"] * 4) == [["Mon 24 Dec 14:30"] * 2] * 2


@pytest.mark.parametrize("columns", [1, 2, 3])
def test_a_column_is_as_wide_as_a_phone_shows_it(columns: int) -> None:
    """Measured: 390 pixels hold some 37, 17 and 11 characters."""
    assert label_fits("n" * (37, 17, 11)[columns - 1], columns)
    assert not label_fits("n" * (41, 20, 13)[columns - 1], columns)


@pytest.mark.parametrize("locale", known_locales())
def test_the_words_of_every_button_fit_in_one_column(locale: str) -> None:
    keys = re.findall(
        r"^((?:button|label)-[a-z0-9-]+) =", (LOCALES_DIR / f"{locale}.ftl").read_text("utf-8"), re.MULTILINE
    )
    assert len(keys) > 100
    words = words_for(locale)
    too_wide = {}
    for key in keys:
        label = words.label(key, **ARGUMENTS, **_other_arguments(locale, key))
        if not label_fits(label, 1):
            too_wide[key] = label
    assert not too_wide


def _other_arguments(locale: str, key: str) -> dict[str, str]:
    """Return a name that may be cut for every argument that is none of `ARGUMENTS`."""
    source = (LOCALES_DIR / f"{locale}.ftl").read_text("utf-8")
    message = re.search(rf"^{key} =(.*(?:\n .*)*)", source, re.MULTILINE)
    assert message is not None
    return {name: cuttable_name(LONG) for name in re.findall(r"\$(\w+)", message[1]) if name not in ARGUMENTS}


@pytest.mark.parametrize("locale", ["en", "ru"])
@pytest.mark.parametrize("name", ["Константиновский Константин", "Щ" * 24, "W" * 24])
def test_what_a_held_place_is_held_for_is_read_beside_any_name(locale: str, name: str) -> None:
    """Also where a client asks to move into a class with four places, at a time of the 12-hour clock."""
    t = words_for(locale)
    places = t.label("places-count", count=4)
    for booking in (f"10:30 PM · {cuttable_name(name)}", f"{cuttable_name(name)} · {places}"):
        label = t.label("label-asks-to-move", booking=booking)
        assert label_fits(label, 1)
        assert fit_label(label, 1).endswith(t.label("label-asks-to-move", booking="|").split("|")[1])
