"""The chat page's dictionary: whatever the page says has its words in every other language."""

import re
from html.parser import HTMLParser
from pathlib import Path

PAGE = Path(__file__).parents[4] / "gateway" / "sandbox" / "page"
# said in the page's HTML, the same in every language
NAMES = {"Slotgate", "…"}


class Texts(HTMLParser):
    """Texts and labels of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "meta":
            self.found |= {value for name, value in attrs if name in ("aria-label", "title") and value}

    def handle_data(self, data: str) -> None:
        self.found.add(data.strip())


def test_everything_that_the_page_says_is_in_the_dictionary() -> None:
    table = (PAGE / "translations.js").read_text()
    known = set(re.findall(r'"((?:[^"\\]|\\.)+)": "', table))
    said: set[str] = set()
    for script in PAGE.glob("*.js"):
        said |= set(re.findall(r'\bt\("([^"]+)"', script.read_text()))
    page = Texts()
    page.feed((PAGE / "index.html").read_text())
    page.found = {text for text in page.found if re.search(r"[A-Za-z]", text)}
    missing = (said | page.found) - known - NAMES - {"The chat page needs JavaScript."}
    assert missing == set()
    assert len(said) > 50
