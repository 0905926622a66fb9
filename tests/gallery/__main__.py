"""The gallery of every screen: `uv run poe pictures`.

Runs the bot's journeys, which record what people saw, and photographs it: one sheet for each role, topic and language, in
`bot/docs/pictures/screens`, and the page that shows them, `bot/docs/screens.md`. Fails where a button's handler has no screen.
`--recorded FOLDER` takes what an earlier run has recorded with `SLOTGATE_SCREENS=FOLDER`.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from bot.aiogram_models import import_aiogram

import_aiogram()

from tests.gallery.page import write_page  # noqa: E402  aiogram's models are built before any module of the bot is imported
from tests.gallery.sheets import Sheet, photograph_sheets  # noqa: E402  aiogram's models come first
from tests.gallery.topics import SCREENS, TOPICS, choose_screens, list_handlers_without_screen, topic_of  # noqa: E402  aiogram's models come first
from tests.support.chat_page import launched_browser  # noqa: E402  aiogram's models come first
from tests.support.command_line import ROOT  # noqa: E402  aiogram's models come first
from tests.support.recorded_screens import VARIABLE, RecordedScreen, read_recorded  # noqa: E402  aiogram's models come first

PICTURES = ROOT / "bot" / "docs" / "pictures" / "screens"
JOURNEYS = "tests/integration/bot"


def arrange_sheets(recorded: list[RecordedScreen]) -> list[Sheet]:
    """Return the sheets with their screens; a topic with many has several."""
    by_topic: dict[tuple[str, str, str], list[RecordedScreen]] = defaultdict(list)
    for screen in choose_screens(recorded):
        topic = topic_of(screen.source, screen.role)
        if topic is None:
            raise SystemExit(f"tests/gallery/topics.py names no topic for {screen.source}")
        by_topic[topic.role, topic.name, screen.locale].append(screen)
    sheets = []
    for topic in TOPICS:
        for locale in ("en", "ru"):
            screens = by_topic[topic.role, topic.name, locale]
            count = -(-len(screens) // SCREENS)
            size = -(-len(screens) // count) if count else 1
            for number, start in enumerate(range(0, len(screens), size), 1):
                name = f"{topic.role}-{topic.name}" + (f"-{number}" if count > 1 else "")
                sheets.append(Sheet(f"{name}-{locale}", locale, screens[start : start + size]))
    return sheets


async def photograph(sheets: list[Sheet]) -> dict[str, bytes]:
    """Return the pictures of the sheets, by their names."""
    async with launched_browser() as browser:
        return await photograph_sheets(browser, sheets)


def make_gallery(recorded: list[RecordedScreen]) -> None:
    """Write the sheets and the page, and remove sheets of before."""
    sheets = arrange_sheets(recorded)
    pictures = asyncio.run(photograph(sheets))
    PICTURES.mkdir(parents=True, exist_ok=True)
    for outdated in PICTURES.iterdir():
        outdated.unlink()
    for name, picture in pictures.items():
        (PICTURES / f"{name}.webp").write_bytes(picture)
    write_page(PICTURES)
    size = sum(map(len, pictures.values()))
    shown = sum(len(sheet.screens) for sheet in sheets)
    sys.stdout.write(f"{shown} screens on {len(sheets)} sheets, {size / 1e6:.1f} MB\n")


def main() -> None:
    """Make the gallery."""
    parser = argparse.ArgumentParser(prog="python -m tests.gallery", description=__doc__)
    parser.add_argument("--recorded", type=Path, help="a folder with screens that were recorded before")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        recorded_in = asked.recorded or Path(folder)
        if asked.recorded is None:
            run = [sys.executable, "-m", "pytest", "-q", JOURNEYS]
            subprocess.run(run, cwd=ROOT, env={**os.environ, VARIABLE: folder}, check=True)
        recorded = read_recorded(recorded_in)
    make_gallery(recorded)
    if missing := list_handlers_without_screen(recorded):
        raise SystemExit("no journey shows what these make, add one:\n" + "\n".join(missing))


if __name__ == "__main__":
    main()
