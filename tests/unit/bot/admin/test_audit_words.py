"""Whatever the backend writes into the audit log has words in the bot's."""

import re
from pathlib import Path

import backend
from bot.admin.audit import ACTIONS

ACTION = re.compile(r'"((?:access|booking|broadcast|business|client|invitation|person|role|room|schedule|service'
                    r'|specialist|tenant)\.[a-z_]+)"')  # fmt: skip

# What reads like an action: a file, and what traces call a program.
OTHERS = {"booking.db", "service.name", "service.version"}


def test_every_action_has_words() -> None:
    root = Path(backend.__file__).parent
    source = "\n".join(path.read_text(encoding="utf-8") for path in root.rglob("*.py") if "db" not in path.parts)
    written = {found for found in ACTION.findall(source) if not found.endswith(("_id", ".id"))} - OTHERS
    assert written - set(ACTIONS) == set()
