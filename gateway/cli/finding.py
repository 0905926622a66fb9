"""What `doctor` finds: one check, how it ended, and what to do about it."""

import msgspec


class Finding(msgspec.Struct, frozen=True):
    """The result of one check. `code` is the exit code that it calls for if it is not `ok`.

    One that is `ok` and has a remedy is a warning: it works, and could be better."""

    what: str
    ok: bool
    seen: str
    remedy: str = ""
    code: int = 4
