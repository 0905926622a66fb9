"""The page `bot/docs/add-a-screen.md` goes with the code: what it writes passes the type checker where it says to write it."""

import re
from pathlib import Path
from textwrap import dedent, indent

from tests.support.type_checking import type_errors

ROOT = Path(__file__).parents[3]


def _blocks() -> list[str]:
    """Return the indented blocks of code, in the order of the page."""
    page = (ROOT / "bot" / "docs" / "add-a-screen.md").read_text()
    return [dedent(block) for block in re.findall(r"^ {3}```\w*\n(.*?)^ {3}```", page, re.DOTALL | re.MULTILINE)]


def test_the_page_can_be_followed() -> None:
    button, screen, link, words, test, _ = _blocks()
    callbacks = (ROOT / "bot" / "client" / "callbacks.py").read_text()
    home = (ROOT / "bot" / "client" / "home.py").read_text()
    last = home.splitlines()[-1]
    assert last.strip().startswith("return Screen("), "the page replaces the last line of `show_contacts`"
    linked = home.removesuffix(f"{last}\n") + indent(link, "    ")
    linked = linked.replace("    MyData,\n", "    MyData,\n    Parking,\n", 1)
    changed = {"bot/client/callbacks.py": f"{callbacks}\n\n{button}", "bot/client/home.py": linked}
    assert type_errors(changed, screen) == []
    keys = re.findall(r"^([\w-]+) =", words, re.MULTILINE)
    for language in ("en", "ru"):
        known = (ROOT / "bot" / "locales" / f"{language}.ftl").read_text()
        assert not [key for key in keys if f"\n{key} =" in known]
    assert set(keys) == set(re.findall(r't\.\w+\("((?:button-)?parking)"', screen + link))
    compile(test, "test_parking.py", "exec")
