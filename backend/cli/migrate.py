"""`migrate`: in a file of its own, since every start of an installation waits for it and it needs little else."""

import rich_click as click

from backend.contract.versions import HEAD
from backend.db import schema
from backend.settings import database_url


@click.command()
def migrate() -> None:
    """Bring the database to the newest schema; safe while an older version serves."""
    revision = schema.migrate(database_url())
    newer = "" if revision == HEAD else f", newer than this program's {HEAD}, and can be used as it is"
    click.echo(f"The database is at version {revision}{newer}.", err=True)
