"""When the last backup was completed: a file beside the data, for `doctor` and the metrics.

Not in the database: beside a running backend no other process may write to SQLite.
"""

import contextlib
import time
from pathlib import Path

from sqlalchemy.engine import make_url

NAME = "last-backup"


def data_folder(database_url: str, data_dir: Path) -> Path:
    """Return where the data are: the folder of SQLite's file, else the data directory."""
    url = make_url(database_url)
    return Path(url.database or "").parent if url.drivername.startswith("sqlite") else data_dir


def record_backup(folder: Path) -> None:
    """Note that a backup has been completed now. A folder that cannot be written to changes nothing about the backup."""
    part = folder / f"{NAME}.part"
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        part.write_text(f"{int(time.time())}\n")
        part.replace(folder / NAME)


def read_backup_record(folder: Path) -> int | None:
    """Return when the last backup was completed (epoch seconds); None where none is known."""
    try:
        return int((folder / NAME).read_text())
    except (OSError, ValueError):
        return None
