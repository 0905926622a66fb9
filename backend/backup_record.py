"""When the last backup was completed: a file in the data directory, for `doctor` and the metrics.

Not in the database: beside a running backend no other process may write to SQLite.
"""

import time
from pathlib import Path

NAME = "last-backup"


def record_backup(data_dir: Path) -> None:
    """Note that a backup has been completed now."""
    data_dir.mkdir(parents=True, exist_ok=True)
    part = data_dir / f"{NAME}.part"
    part.write_text(f"{int(time.time())}\n")
    part.replace(data_dir / NAME)


def read_backup_record(data_dir: Path) -> int | None:
    """Return when the last backup was completed (epoch seconds); None where none is known."""
    try:
        return int((data_dir / NAME).read_text())
    except (OSError, ValueError):
        return None
