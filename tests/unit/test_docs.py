"""The pages: whatever they link to is there, and every picture is looked at somewhere."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
_LINK = re.compile(r"\]\(([^)\s]+)\)")


def pages() -> list[Path]:
    """Every page of the repository."""
    listed = subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.split()]


def links(page: Path) -> list[Path]:
    """Where a page leads within the repository."""
    found = (one.partition("#")[0] for one in _LINK.findall(page.read_text()))
    return [(page.parent / one).resolve() for one in found if one and "://" not in one]


def test_links_and_pictures_are_there() -> None:
    assert len(pages()) > 5
    broken = [f"{page.relative_to(ROOT)}: {to.name}" for page in pages() for to in links(page) if not to.exists()]
    assert broken == []


def test_every_picture_is_on_a_page() -> None:
    shown = {to for page in pages() for to in links(page)}
    pictures = [path for path in (ROOT / "bot" / "docs" / "pictures").rglob("*") if path.is_file()]
    assert len(pictures) > 100
    assert [path.name for path in pictures if path not in shown] == []


def test_both_languages_show_the_same_screens_of_the_staff() -> None:
    shown = []
    for language in ("en", "ru"):
        page = (ROOT / "bot" / "docs" / f"owner.{language}.md").read_text()
        shown.append(set(re.findall(rf"pictures/((?:admin|specialist)-[\w-]+)-{language}\.png", page)))
    english, russian = shown
    assert len(english) > 20
    assert english - russian == set()
