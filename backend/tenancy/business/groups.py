"""How the clients of a group start, where a business file says it."""

from collections.abc import Iterable

from backend.tenancy.business.queries import StoredService
from backend.tenancy.business.structs import Service


def starts_of(wanted: Service, known: Iterable[StoredService]) -> dict[str, object]:
    """Return the columns of how clients start: what the file says, of a new service in any case."""
    is_new = all(row.name != wanted.name for row in known)
    if wanted.starts is None and not is_new:
        return {}
    return {"starts": wanted.starts or "together", "starts_undecided": False}


def names_of(columns: Iterable[str]) -> str:
    """Return what a file calls these columns."""
    return ", ".join(column.removesuffix("_min") for column in columns if column != "starts_undecided")
