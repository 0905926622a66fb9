"""Names as people have them: such that must stay as typed, and such that show nothing."""

KEPT_NAMES = (
    "Стрижка 💇‍♀️",
    "Ben 🧔‍♂️",
    "می‌خواهم",
    "Ngọc\u0323 Ánh",
    "Zoe\u0301",
    "श्रीमान् क्‍ष",
    "👩‍👩‍👧‍👦",
    "🏴󠁧󠁢󠁥󠁮󠁧󠁿 Kim",
    "葛\U000e0100飾",
    "Kaffee\u00adklatsch",
    "❤️",
)
UNSEEN_NAMES = (
    "\u3164", "\u2800", "\u00ad", "\u200d", "\u200c\u200c", "\u115f\u1160", "\uffa0", "\u034f", "\ufe0f", "\u180e",
    " \u3164 \u2800\u00a0", "\u200b \u202e", "\u2063", "\U000e0100",
)  # fmt: skip
