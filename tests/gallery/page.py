"""Writes `bot/docs/screens.md`, the page with all sheets."""

from pathlib import Path

from tests.gallery.topics import TOPICS
from tests.support.command_line import ROOT

PAGE = ROOT / "bot" / "docs" / "screens.md"
_ROLES = {"client": "Clients", "specialist": "Specialists", "admin": "Admins"}
_LANGUAGES = {"en": "English", "ru": "Russian"}
_HEAD = """# Every screen of the bot

What people see, as the bot's own tests saw it: `uv run poe pictures` runs them and writes the sheets and this page. Above
each screen stands the handler that made it, or the kind of the notice. A handler is shown at most twice in each language;
where the tests walk in one language only, that is the one shown.
"""

_DEMO = """
## One by one

Single screens of the two businesses of `slotgate demo`, taken in its chat page
(`SLOTGATE_PICTURES=1 uv run pytest tests/e2e/demo`); the owner's pages tell about most of them.

"""


def write_page(pictures: Path) -> None:
    """Write the page that shows the pictures of a folder."""
    sheets = sorted(pictures.iterdir())
    parts = [_HEAD]
    for role, title in _ROLES.items():
        parts.append(f"\n## {title}\n")
        for topic in (topic for topic in TOPICS if topic.role == role):
            parts.append(f"\n**{topic.name.capitalize()}**: {topic.about}.\n")
            for path in sheets:
                topic_name, _, language = path.stem.rpartition("-")
                if topic_name.rstrip("0123456789").rstrip("-") == f"{role}-{topic.name}":
                    alt = f"{title}, {topic.name}, {_LANGUAGES[language]}"
                    parts.append(f"\n![{alt}]({path.relative_to(PAGE.parent).as_posix()})\n")
    parts.append(_DEMO)
    single = sorted(pictures.parent.glob("*.png"))
    parts += [f"- [{path.stem}]({path.relative_to(PAGE.parent).as_posix()})\n" for path in single]
    PAGE.write_text("".join(parts))
