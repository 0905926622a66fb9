"""Which schema this code speaks, and how it is brought about (Alembic, from the `alembic` directory)."""

from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError

if TYPE_CHECKING:
    from alembic.config import Config

# Every revision, oldest first; a test holds this against the migration history. The last is the one that is needed.
REVISIONS = ("0001", "0002")
HEAD = REVISIONS[-1]

# Alembic keeps what it is doing in globals.
_ONE_AT_A_TIME = Lock()


class DatabaseUnusable(Exception):
    """The database cannot be served from, told in one sentence. `exit_code` is the command line's."""

    def __init__(self, sentence: str, *, exit_code: int = 3) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code


def check_revision(found: str | None) -> None:
    """Raise DatabaseUnusable unless the database stands at HEAD."""
    if found == HEAD:
        return
    if found is None:
        raise DatabaseUnusable("The database has no tables yet: run `slotgate migrate`.")
    if found in REVISIONS:
        raise DatabaseUnusable(f"The database is at version {found}, version {HEAD} is needed: run `slotgate migrate`.")
    raise DatabaseUnusable(f"The database comes from a newer version of Slotgate ({found}): upgrade Slotgate first.")


def alembic_config(url: str) -> "Config":
    """Return Alembic's configuration for a database address."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_scripts()).replace("%", "%%"))
    config.attributes["url"] = url
    return config


def _scripts() -> Path:
    """Return the folder of the migrations: a package of ours in a wheel, the top-level directory in the repository.

    In this order: beside an installed `backend` stands the library of that name."""
    packed = Path(__file__).parents[1] / "migrations"
    return packed if packed.is_dir() else Path(__file__).resolve().parents[2] / "alembic"


def migrate(url: str) -> None:
    """Bring the database to HEAD; also while an older version serves, also twice at once.

    Blocking, with an event loop of its own. A failed migration leaves the schema as it was.
    """
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    from alembic import command

    config = alembic_config(url)
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD
    try:
        with _ONE_AT_A_TIME:
            command.upgrade(config, "head")
    except CommandError as exc:
        if "Can't locate revision" in str(exc):
            raise DatabaseUnusable(
                "The database comes from a newer version of Slotgate: upgrade Slotgate first."
            ) from None
        raise
    except (DBAPIError, OSError, TimeoutError) as exc:
        raise _failed(exc) from exc


def _failed(exc: Exception) -> DatabaseUnusable:
    cause = str(exc.orig if isinstance(exc, DBAPIError) else exc).strip().splitlines()
    said = (cause[0] if cause else type(exc).__name__).rstrip(".")
    if isinstance(exc, (OSError, TimeoutError)) and not isinstance(exc, PermissionError):
        return DatabaseUnusable(f"The database cannot be reached: {said}.", exit_code=4)
    if "not a database" in said or "malformed" in said:
        return DatabaseUnusable("The database is damaged or is no database: restore it from a backup.")
    return DatabaseUnusable(f"The migration failed and changed nothing: {said}.", exit_code=1)
