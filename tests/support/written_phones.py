"""The ways in which people write one phone number."""

from hypothesis import strategies as st

# country code, trunk prefix and the number behind them, as (region, code, trunk, national)
NUMBERS = (
    ("RU", "7", "8", "9161234567"),
    ("GB", "44", "0", "7911123456"),
    ("DE", "49", "0", "3012345678"),
    ("US", "1", "1", "2125550123"),
    ("IL", "972", "0", "541234567"),
    ("KZ", "7", "8", "7011234567"),
)
_GAPS = ("", " ", "-", "\u00a0", "\u2009", "\u2011", " – ", "—", ".", "/", " (", ") ", "\u202f", "−", "\u2060")


@st.composite
def written(draw: st.DrawFn, code: str, trunk: str, national: str) -> str:
    """Draw a way to write the number in its own region: its beginning, and anything between its digits."""
    beginnings = [f"+{code}", f"00{code}", f"＋{code}", f"tel:+{code}", trunk, code]
    if trunk == "0":
        beginnings += [f"+{code} (0)", f"+{code}(0) ", f"00{code} (0)"]
    text = draw(st.sampled_from(beginnings))
    for digit in national:
        text += draw(st.sampled_from(_GAPS)) + digit
    if draw(st.booleans()):
        text = f"\u202a{text}\u202c"
    if draw(st.booleans()) and not text.startswith(("tel", "\u202atel")):
        text = text.translate({ord(str(n)): chr(0x0660 + n) for n in range(10)})
    return text
