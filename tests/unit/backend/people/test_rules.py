"""Codes of invitations."""

from backend.people.rules import CODE_LENGTH, new_code, normalize_code


def test_a_code_can_be_told_from_a_word_however_it_is_typed() -> None:
    """One without a digit, typed in lower case, was taken for a word: one code in thirteen."""
    codes = {new_code() for _ in range(2000)}
    assert len(codes) == 2000
    for code in codes:
        assert len(code) == CODE_LENGTH
        assert any(character.isdigit() for character in code)
        assert normalize_code(code.lower()) == code
