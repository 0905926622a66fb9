"""A rate as tenant files and the policy table state it: `30/minute burst 60`."""

import re

import msgspec

MAX_RATE = 1_000_000
_PERIODS = {"second": 1, "minute": 60, "hour": 3600}
_RATE = re.compile(r"\A([0-9]{1,7})/(second|minute|hour)(?: burst ([0-9]{1,7}))?\Z")


class Rate(msgspec.Struct, frozen=True, gc=False):
    """`count` per `period_s` seconds on average, at most `burst` at once."""

    count: int
    period_s: int
    burst: int

    @classmethod
    def parse(cls, text: str) -> "Rate":
        """Return the rate that a text states; the burst is the count where none is given.

        Raises ValueError with the part of a sentence that follows the setting's name.
        """
        match = _RATE.match(text)
        if match is None:
            raise ValueError("must read N/second, N/minute or N/hour, optionally with a burst: 30/minute burst 60")
        count = int(match[1])
        burst = int(match[3] or count)
        if not (1 <= count <= MAX_RATE and 1 <= burst <= MAX_RATE):
            raise ValueError(f"must lie between 1 and {MAX_RATE}")
        return cls(count, _PERIODS[match[2]], burst)
