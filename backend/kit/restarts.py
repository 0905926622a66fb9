"""When a process that has ended is started again: at once if it was killed, after growing pauses if it cannot start."""

import time
from collections import deque

LONGEST_PAUSE_S = 30.0
FIRST_PAUSE_S = 0.25
# a process that has run for so long had started: what ends it then is no failure to start
SOUND_S = 60.0
# so many deaths by signal in a minute get no pause: somebody kills them, or the machine is short of memory
KILLS_AT_ONCE = 10
_MINUTE_S = 60.0


class RestartPauses:
    """The pauses before the restarts of one process, or of a group of the same kind."""

    def __init__(self) -> None:
        self._failures = 0
        self._kills: deque[float] = deque(maxlen=KILLS_AT_ONCE)

    def pause_after(self, lived_s: float, *, killed: bool) -> float:
        """Return for how many seconds to wait before the next start.

        `lived_s`: how long the process that has ended ran. `killed`: by a signal, not by an exit of its own.
        """
        if lived_s >= SOUND_S:
            self._failures = 0
        if killed and not self._is_killed_often():
            return 0.0
        self._failures += 1
        return min(FIRST_PAUSE_S * 2.0 ** (self._failures - 1), LONGEST_PAUSE_S)

    def _is_killed_often(self) -> bool:
        now = time.monotonic()
        often = len(self._kills) == KILLS_AT_ONCE and now - self._kills[0] < _MINUTE_S
        self._kills.append(now)
        return often
