"""The bot is a user interface: no database, no web framework comes in with it."""

import subprocess
import sys


def test_the_bot_brings_no_database_and_no_web_framework() -> None:
    # as the gateway imports it: alone, aiogram's models would take seconds
    code = (
        "from bot.aiogram_models import import_aiogram; import_aiogram(); import sys, bot.runtime; "
        "print([m for m in ('sqlalchemy', 'litestar', 'aiosqlite') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
