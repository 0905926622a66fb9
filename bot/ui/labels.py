"""Labels that fit a phone: what a button shows on a screen 390 pixels wide, and how a longer label is made to fit.

Telegram shows a label on one line and cuts what does not fit at its end. So the names of things give way first, wherever
they stand in a label, and a row whose labels need more room becomes several rows. Times, prices and people are never cut.
"""

from functools import lru_cache
from unicodedata import category

from backend.kit.text import cut_position

# What Telegram leaves for buttons below a message on a phone 390 pixels wide, between two buttons, and beside a label.
_KEYBOARD = 330
_GAP = 4
_PADDING = 15
# A name is not cut below so many characters: less tells nothing.
_SHORTEST_NAME = 6
# Around a name that may be cut. No text contains these: Unicode has no such characters.
_OPEN, _CLOSE = "\ufdd0", "\ufdd1"
_NO_MARKS = {ord(_OPEN): None, ord(_CLOSE): None}
# Pixels of a character in 15 px Roboto Medium, the font of Android; that of iOS hardly differs.
_CHARACTERS = {
    3: ",'‘’",
    4: " \u00a0\u202f!.:;I[]ijl|·",
    5: '"()-`frt{}•‹›',
    6: "/\\^г“”",
    7: "*?_vyту«»",
    8: "+<=>EFJLabcdehknpsuxzГЕабезкрсхчьэяЁё×−",
    9: "#$0123456789BKRSTXYZgoqBВЗТУХЬЯвдийлнопц€£",
    10: "&ACDGOPQUV~АКОРСЧЭъ–₽",
    11: "%HNwДИЙЛНПЦЪмф…",
    12: "Фжшыю—",
    13: "@WMmМЫщ",
    14: "ЖШЮ",
    15: "Щ№",
}
_WIDTHS = {char: width for width, chars in _CHARACTERS.items() for char in chars}
_OTHER_LETTER, _WIDEST = 9, 20


@lru_cache(maxsize=8192)  # a business's names stand on every screen
def cuttable_name(name: str) -> str:
    """Return a name (of a service, a room, a category) marked so that a label may show less of it."""
    return f"{_OPEN}{name.translate(_NO_MARKS)}{_CLOSE}"


def without_marks(label: str) -> str:
    """Return the label as people read it, with its names whole."""
    return label.translate(_NO_MARKS)


def column_width(columns: int) -> int:
    """Return the pixels for a label in a row of so many buttons."""
    return (_KEYBOARD - _GAP * (columns - 1)) // columns - _PADDING


@lru_cache(maxsize=8192)  # months, times and names come again and again
def label_width(label: str) -> int:
    """Return the pixels that a label takes; of letters that the table lacks, those of a wide one."""
    return sum(map(_character_width, without_marks(label)))


@lru_cache(maxsize=8192)
def fit_label(label: str, columns: int) -> str:
    """Return the label as a row of so many buttons shows it: its marked names cut as far as needed."""
    too_much = label_width(label) - column_width(columns)
    if too_much <= 0 or _OPEN not in label:
        return without_marks(label)
    pieces = label.replace(_CLOSE, _OPEN).split(_OPEN)  # a name is every second piece
    while too_much > 0:
        longest = max(range(1, len(pieces), 2), key=lambda at: label_width(pieces[at]))
        shorter = _cut_to_width(pieces[longest], label_width(pieces[longest]) - too_much)
        if shorter == pieces[longest]:
            break
        too_much -= label_width(pieces[longest]) - label_width(shorter)
        pieces[longest] = shorter
    return "".join(pieces)


def label_fits(label: str, columns: int) -> bool:
    """Return whether a row of so many buttons shows all of the label that must be read."""
    return label_width(fit_label(label, columns)) <= column_width(columns)


def _cut_to_width(name: str, width: int) -> str:
    """Return the beginning of a name that fits into a width, with an ellipsis; never less than a few characters."""
    kept = len(name)
    while kept > _SHORTEST_NAME and label_width(name[:kept]) + _WIDTHS["…"] > width:
        kept = cut_position(name, kept - 1)
    return f"{name[:kept].rstrip()}…" if kept < len(name) else name


def _character_width(char: str) -> int:
    if (known := _WIDTHS.get(char)) is not None:
        return known
    kind = category(char)
    if kind in ("Mn", "Me", "Cf"):
        return 0
    return _OTHER_LETTER if kind.startswith("L") and char < "\u1100" else _WIDEST
