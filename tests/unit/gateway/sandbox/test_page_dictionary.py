"""The chat page's translations: every text of the page is there in every other language."""

import re
from html.parser import HTMLParser
from pathlib import Path

PAGE = Path(__file__).parents[4] / "gateway" / "sandbox" / "page"
# in the page's HTML, the same in every language
NAMES = {"Slotgate", "…"}


class PageTexts(HTMLParser):
    """Texts and labels of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "meta":
            self.texts |= {value for name, value in attrs if name in ("aria-label", "title") and value}

    def handle_data(self, data: str) -> None:
        self.texts.add(data.strip())


def test_every_text_of_the_page_is_translated() -> None:
    table = (PAGE / "translations.js").read_text()
    known = set(re.findall(r'"((?:[^"\\]|\\.)+)": "', table))
    script_texts: set[str] = set()
    for script in PAGE.glob("*.js"):
        script_texts |= set(re.findall(r'\bt\("([^"]+)"', script.read_text()))
    page = PageTexts()
    page.feed((PAGE / "index.html").read_text())
    page.texts = {text for text in page.texts if re.search(r"[A-Za-z]", text)}
    missing = (script_texts | page.texts) - known - NAMES - {"The chat page needs JavaScript."}
    assert missing == set()
    assert len(script_texts) > 50
