"""Marks on a broadcast's outbox rows, what its counts mean, and how its text is kept. Pure."""

from collections.abc import Mapping, Sequence

import msgspec

from backend.contract.broadcasts import Entity
from backend.kit.text import clean_lines

# In a row's `error` while it is leased: its sending has begun, so that after a crash nobody knows whether it arrived.
BEGUN = "begun"
# In a row's `error` once it has failed: it may have arrived; it is never tried again.
UNSURE = "unsure"
# In a progress row's `error`: what is shown now does not change any more.
LAST = "last"
# How often the progress message follows, in seconds.
PROGRESS_S = 3
# Telegram's limit for a message.
MAX_UNITS = 4096


def units(text: str) -> int:
    """Length as Telegram counts it: UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


_entities = msgspec.json.Decoder(list[Entity])


def entities_of(kept: str) -> list[Entity]:
    """Entities out of their column."""
    return _entities.decode(kept)


def cleaned(text: str, entities: Sequence[Entity]) -> tuple[str, list[Entity]]:
    """The text without what cannot be seen, the entities moved to where their stretches are now.

    Raises ValueError for one outside of the text, within a character, or a link without an address."""
    kept = clean_lines(text)
    places = _places(text, kept)
    found = []
    for one in entities:
        start, end = places.get(one.offset), places.get(one.offset + one.length)
        if start is None or end is None:
            raise ValueError("An entity lies outside of the text.")
        if (one.type == "text_link") != (one.url is not None):
            raise ValueError("A text_link has a url, and nothing else has.")
        if end > start:
            found.append(Entity(one.type, start, end - start, one.url))
    return kept, sorted(found, key=lambda one: (one.offset, -one.length))


def _places(text: str, kept: str) -> dict[int, int]:
    """Where each character of the text, and its end, lies in what was kept of it; both in UTF-16 units.

    Cleaning only takes characters away, so what is kept is met again in order."""
    places: dict[int, int] = {}
    was = now = at = 0
    for char in text:
        places[was] = now
        size = 2 if char > "\uffff" else 1
        was += size
        if at < len(kept) and char == kept[at]:
            at += 1
            now += size
    places[was] = now
    return places


def left(status: str, counts: Mapping[str, int]) -> int:
    """How many are still to be reached; those put aside count while it is stopped."""
    found = counts.get("waiting", 0) + counts.get("leased", 0)
    return found + counts.get("dropped", 0) if status == "stopped" else found


def missed(status: str, counts: Mapping[str, int]) -> int:
    """How many could not be reached."""
    found = counts.get("failed", 0)
    return found if status == "stopped" else found + counts.get("dropped", 0)
