"""Texts are safe for Telegram whatever people are called and whatever they write."""

import re

from hypothesis import given
from hypothesis import strategies as st

from bot.ui.text import clean_text, cut_html, cut_text, escape, one_line, utf16_length


def test_bidi_and_control_characters_are_removed() -> None:
    assert clean_text("a\u202eb\u2066c\x00d\u200be\ufefff") == "abcdef"
    assert one_line(" a\r\nb\tc \n\n d ") == "a b c d"
    assert one_line("1\u00a0h \u00a0\u00a0 x\u00a0") == "1\u00a0h x", "one space that holds words together stays"


def test_joiners_inside_emoji_stay() -> None:
    family = "👩\u200d👧"
    assert clean_text(family) == family


@given(st.text(max_size=300), st.integers(2, 50))
def test_a_cut_text_fits_and_ends_in_an_ellipsis(text: str, limit: int) -> None:
    short = cut_text(text, limit)
    assert utf16_length(short) <= limit
    assert short == text or short.endswith("…")


@given(st.text(max_size=200), st.integers(2, 60))
def test_cut_html_parses_to_at_most_the_limit_and_closes_its_tags(text: str, limit: int) -> None:
    html = f"<b>{escape(text)}</b>&amp;<i>{escape(text)}</i>"
    short = cut_html(html, limit)
    plain = re.sub(r"&(lt|gt|amp);", "x", re.sub(r"</?[bi]>", "", short))
    assert utf16_length(plain) <= limit
    for tag in "bi":
        assert short.count(f"<{tag}>") == short.count(f"</{tag}>")


def test_markup_in_names_is_shown_literally() -> None:
    assert escape('<b>"&') == '&lt;b&gt;"&amp;'
