"""What a program says of itself: its version, its Python, and the revisions of the database that it works with."""

import platform
from functools import cache

# Every revision, oldest first; a test holds this against the migration history. The last is the one that is written.
REVISIONS = (
    "0001",
    "0002",
    "0003",
    "0004",
    "0005",
    "0006",
    "0007",
    "0008",
    "0009",
    "0010",
    "0011",
    "0012",
    "0013",
    "0014",
    "0015",
    "0016",
)
HEAD = REVISIONS[-1]
# The oldest revision that the code can serve: raise it where the code needs what a later migration has added.
OLDEST = "0016"


@cache
def describe_program() -> dict[str, str]:
    """Return what `--version`, `/health/live` and `slotgate_build_info` tell."""
    # a quarter of a command's start
    from importlib.metadata import version

    return {
        "version": version("slotgate"),
        "python": platform.python_version(),
        "database_revision": HEAD,
        "oldest_database_revision": OLDEST,
    }
