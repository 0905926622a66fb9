"""Names and texts: what makes up letters and emoji stays as typed, what shows nothing is none, cuts tear nothing."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kit.text import (
    clean_line,
    clean_lines,
    cut_position,
    fold_for_search,
    has_invisible_characters,
    is_visible,
)
from tests.support.names import KEPT_NAMES, UNSEEN_NAMES

ENGLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"


@pytest.mark.parametrize("name", KEPT_NAMES)
def test_names_are_kept_as_typed(name: str) -> None:
    assert (clean_line(name, 64), clean_lines(name)) == (name, name)
    assert is_visible(name)
    assert not has_invisible_characters(name)


@pytest.mark.parametrize("name", UNSEEN_NAMES)
def test_names_that_show_nothing_are_none(name: str) -> None:
    assert not is_visible(name)
    assert (clean_line(name, 64), clean_lines(name)) == ("", "")


@pytest.mark.parametrize("hidden", ["\u202e", "\u200b", "\u2066", "\ufeff", "\u061c", "\x00", "\u2028", "\U000e0041"])
def test_what_turns_or_hides_is_still_taken_out(hidden: str) -> None:
    assert has_invisible_characters(f"An{hidden}na")
    assert clean_line(f"An{hidden}na", 64) in ("Anna", "An na")


def test_tags_are_kept_in_a_flag_alone() -> None:
    assert clean_line(f"Jo {ENGLAND}", 64) == f"Jo {ENGLAND}"
    assert clean_line("Jo\U000e0067\U000e007f", 64) == "Jo"


@pytest.mark.parametrize("whole", ["👨‍👩‍👧‍👦", "🧔🏽‍♂️", "🇬🇧", ENGLAND, "e\u0301\u0323"])
def test_a_cut_tears_no_character(whole: str) -> None:
    text = "x" * 10 + whole
    for most in range(10, len(text)):
        assert text[: cut_position(text, most)] == "x" * 10
    assert cut_position(text, len(text)) == len(text)


@given(st.text(max_size=80), st.integers(1, 40))
def test_a_cut_fits_and_leaves_something(text: str, most: int) -> None:
    at = cut_position(text, most)
    assert at <= most
    assert at > 0 or not text


@given(st.text(max_size=60))
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    once = clean_line(text, 64)
    assert clean_line(once, 64) == once
    assert not has_invisible_characters(once)


def test_a_search_finds_a_name_with_joiners_and_in_either_form() -> None:
    assert fold_for_search("می\u200cخواهم") == fold_for_search("میخواهم")
    assert fold_for_search(unicodedata.normalize("NFD", "Алёна Й")) == "алена й"
