"""What a broadcast's counts mean, how its text is stored, and when it is sent. Pure; instants are epoch seconds."""

from collections.abc import Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from backend import clock
from backend.contract.broadcasts import MAX_CAPTION, Audience, BroadcastStatus, Entity
from backend.kit.text import clean_lines

# How often the progress message follows, in seconds.
PROGRESS_S = 3
# Telegram's limit for a message.
MAX_UNITS = 4096
# How far ahead a broadcast can be scheduled.
MAX_AHEAD_S = 366 * 86_400
# One whose time has passed by so much, because nothing served, is not sent by itself any more: its news may be old.
LATE_S = 86_400
# A draft that was written and left stays in the list for so long.
DRAFT_KEPT_S = 7 * 86_400
# By which field an audience of a kind is chosen.
_CHOSEN_BY = {"service": "id", "specialist": "id", "not_seen": "days", "tag": "tag"}


class MessageCounts(NamedTuple):
    """How many messages of a broadcast are in each status; `failed` leaves out those that are `unsure` or `blocked`."""

    waiting: int = 0
    leased: int = 0
    sent: int = 0
    failed: int = 0
    dropped: int = 0
    unsure: int = 0
    blocked: int = 0


def utf16_length(text: str) -> int:
    """Return the length as Telegram counts it: in UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


_entities = msgspec.json.Decoder(list[Entity])
_audience = msgspec.json.Decoder(Audience)


def decode_entities(column: str) -> list[Entity]:
    """Decode the column `entities`."""
    return _entities.decode(column)


def decode_audience(column: str) -> Audience:
    """Decode the column `audience`."""
    return _audience.decode(column)


def names_its_choice(audience: Audience) -> bool:
    """Return whether an audience has what its kind is chosen by, and nothing else."""
    given = {name for name in ("id", "days", "tag") if getattr(audience, name) is not None}
    return given == {_CHOSEN_BY[audience.kind]} if audience.kind in _CHOSEN_BY else not given


def longest_text(photo: str | None) -> int:
    """Return how many UTF-16 units a text may have, below a picture or alone."""
    return MAX_UNITS if photo is None else MAX_CAPTION


def scheduled_instant(send_local: str, tz: ZoneInfo) -> int:
    """Return the instant of a wall time of the business; one that the clocks have come to skip moves forward."""
    return clock.wall_to_epoch(clock.parse_wall(send_local), tz)


def clean_text(text: str, entities: Sequence[Entity]) -> tuple[str, list[Entity]]:
    """Return the text without invisible characters, and the entities moved to where their stretches are now.

    Raises ValueError for an entity outside of the text or within a character, and for a link without an address.
    """
    cleaned = clean_lines(text)
    places = _places(text, cleaned)
    moved = []
    for entity in entities:
        start, end = places.get(entity.offset), places.get(entity.offset + entity.length)
        if start is None or end is None:
            raise ValueError("An entity lies outside of the text.")
        if (entity.type == "text_link") != (entity.url is not None):
            raise ValueError("A text_link has a url, and nothing else has.")
        if end > start:
            moved.append(Entity(entity.type, start, end - start, entity.url))
    return cleaned, sorted(moved, key=lambda entity: (entity.offset, -entity.length))


def _places(text: str, cleaned: str) -> dict[int, int]:
    """Return where each character of the text, and its end, lies in the cleaned text; both in UTF-16 units.

    Cleaning only takes characters away, so the characters of the cleaned text are met again in order.
    """
    places: dict[int, int] = {}
    was = now = at = 0
    for char in text:
        places[was] = now
        size = 2 if char > "\uffff" else 1
        was += size
        if at < len(cleaned) and char == cleaned[at]:
            at += 1
            now += size
    places[was] = now
    return places


def count_left(status: BroadcastStatus, counts: MessageCounts) -> int:
    """Return how many are still to be reached; while a broadcast is stopped, dropped messages count too."""
    open_ = counts.waiting + counts.leased
    return open_ + counts.dropped if status == "stopped" else open_


def count_missed(status: BroadcastStatus, counts: MessageCounts) -> int:
    """Return how many could not be reached."""
    return counts.failed if status == "stopped" else counts.failed + counts.dropped
