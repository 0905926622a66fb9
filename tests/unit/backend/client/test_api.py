"""The typed client of `/v1`: its groups of routes make up one class."""

from collections import Counter

from backend.client.api import Caller


def test_no_method_of_a_group_hides_that_of_another() -> None:
    """Two of the same name: one was called for the other, and the bot pressed the wrong route."""
    names = Counter(name for group in Caller.__mro__[1:-1] for name in vars(group) if not name.startswith("_"))
    assert len(names) > 80
    assert [name for name, count in names.items() if count > 1] == []
