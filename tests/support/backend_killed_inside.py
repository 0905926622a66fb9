"""A backend that kills itself (`kill -9`) inside its next change: run as `python -m tests.support.backend_killed_inside serve`.

The file that `SLOTGATE_TEST_KILL` names holds the place (`KILL_PLACES`); it is taken away by the kill, so that it comes once.
Its clock stands at `NOW`, so that no test depends on the hour.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from backend import idempotency
from backend.outbox import queries
from tests.support.business_rows import NOW

ORDER = "SLOTGATE_TEST_KILL"
# In the middle of the transaction, when the change is written and its message is not; and between the commit and the answer.
KILL_PLACES = BEFORE_MESSAGE, BEFORE_ANSWER = "before the message", "before the answer"


def kill_at(place: str) -> None:
    """Kill this process and its parent, which is in the same session, where the order names this place."""
    order = Path(os.environ[ORDER])
    if order.exists() and order.read_text() == place:
        order.unlink()
        os.killpg(os.getpgid(0), 9)


def _armed(function: Callable[..., Any], place: str) -> Callable[..., Any]:
    def call(*arguments: Any, **named: Any) -> Any:
        kill_at(place)
        return function(*arguments, **named)

    return call


def arm() -> None:
    """Put the kill before the functions that write messages and answer; before anybody has imported them by name."""
    queries.insert_notices = _armed(queries.insert_notices, BEFORE_MESSAGE)
    idempotency._response = _armed(idempotency._response, BEFORE_ANSWER)


if __name__ == "__main__":
    arm()
    # these import what was armed
    from backend.__main__ import main
    from backend.app import create_app

    assert create_app.__kwdefaults__ is not None
    create_app.__kwdefaults__["clock"] = lambda: float(NOW)
    sys.exit(main())
