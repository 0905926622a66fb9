"""Finding one service among many: by its category, or by words of its name."""

from typing import NamedTuple

from backend.contract.catalog import Service
from backend.kit.text import fold_for_search

# From so many services on, a list has a search.
MANY = 30


class Category(NamedTuple):
    """A category with its services, in the business's own order; `name` is empty for those without one."""

    name: str
    services: list[Service]


def list_categories(services: list[Service]) -> list[Category]:
    """Return the categories in the order of their first services, those without one last; none where there is but one."""
    if len({service.category for service in services}) < 2:
        return []
    named: dict[str, list[Service]] = {}
    for service in services:
        named.setdefault(service.category, []).append(service)
    return [Category(*entry) for entry in sorted(named.items(), key=lambda entry: entry[0] == "")]


def find_services(services: list[Service], text: str) -> list[Service]:
    """Return the services whose name or category has every word of the text; those whose name begins with it first."""
    query = fold_for_search(text).strip()
    words = query.split()
    found = [
        service
        for service in services
        if words and all(word in fold_for_search(f"{service.name} {service.category}") for word in words)
    ]
    return sorted(found, key=lambda service: not fold_for_search(service.name).startswith(query))
