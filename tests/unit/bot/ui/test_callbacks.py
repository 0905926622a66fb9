"""Callback data: every button fits into 64 bytes, comes back as it was, and nothing forged is taken."""

import msgspec
import pytest

from bot.dispatcher import dispatcher
from bot.ui.callbacks import (
    CALLBACKS,
    MAX_BYTES,
    MAX_IDS_CHARS,
    NOTICE,
    Callback,
    Ids,
    Pressed,
    ids_fit,
    pack_button,
)

BIGGEST_ID = 2**53 - 1
LONGEST_TOKEN = "A" * 22
UPDATE = 2**31 - 1
# 18 characters, as many as one field takes
MOST_IDS = (36**5 - 1, 36**5 - 1, 36**6 - 1)
NEAR = CALLBACKS["c.near"]


def _widest(kind: type[Callback]) -> Callback:
    """Ids as large as the contract lets them be; days, months and starts of the year 9999."""
    return kind(*[_wide(field.type, BIGGEST_ID) for field in msgspec.structs.fields(kind)])


def _wide_in_practice(kind: type[Callback]) -> Callback:
    """Two ids of the largest size, and times, dates or pages after them."""
    fields = msgspec.structs.fields(kind)
    return kind(*[_wide(field.type, BIGGEST_ID if at < 2 else 4_224_000_000) for at, field in enumerate(fields)])


def _wide(kind: object, number: int) -> int | str | Ids:
    return LONGEST_TOKEN if kind is str else MOST_IDS if kind == Ids else True if kind is bool else number


def _decode(data: str) -> Pressed | None:
    found = dispatcher.presses.find(data)
    return None if found is None else found[1]


def test_so_many_ids_go_into_one_field() -> None:
    data = pack_button(NEAR(MOST_IDS, 0), "zzz")
    assert len(data.split(":")[1]) == MAX_IDS_CHARS
    assert ids_fit(MOST_IDS)
    assert ids_fit((BIGGEST_ID,))
    assert not ids_fit(())
    assert not ids_fit((BIGGEST_ID, BIGGEST_ID))
    # a single one is written as it always was: keyboards of before stay good
    assert NEAR((7,), 0).pack() == "1c.near:7:0"


@pytest.mark.parametrize("prefix", sorted(CALLBACKS))
def test_every_button_fits_and_comes_back(prefix: str) -> None:
    callback = _wide_in_practice(CALLBACKS[prefix])
    data = pack_button(callback, "zzz", UPDATE)
    assert len(data.encode()) <= MAX_BYTES
    assert _decode(data) == Pressed(callback, UPDATE, "zzz")


@pytest.mark.parametrize("prefix", sorted(CALLBACKS))
def test_buttons_of_notices_say_so(prefix: str) -> None:
    kind = CALLBACKS[prefix]
    pressed = _decode(pack_button(_widest(kind), NOTICE)) if len(kind.__struct_fields__) <= 2 else None
    assert pressed is None or pressed.fingerprint == NOTICE


@pytest.mark.parametrize(
    "data",
    [
        "",
        "1",
        "~",
        "1home",  # the current form has a fingerprint, an older one does not: read as none
        "0home~abc",
        "2home~abc",
        "1nowhere~abc",
        "1b.card~abc",  # an id is missing
        "1b.card:1:2~abc",  # one too many
        "1b.card:~abc",
        "1b.card:-1~abc",
        "1b.card:1.5~abc",
        "1b.card:ABC~abc",
        "1b.card:zzzzzzzzzzz~abc",  # beyond 2**53
        "1b.card:١~abc",  # digits of another script
        "1c.setl:en'--~abc",
        "1c.near:1-:0~abc",
        "1c.near:-1:0~abc",
        "1c.near:1--2:0~abc",
        "1c.near:1-X:0~abc",
        "1c.near:111-111-111-111-111:0~abc",
        "1b.card:1!~abc",
        "1b.card:1!!1~abc",
        "1b.card:" + "0" * 60 + "~abc",
        "\x00\x01",
        "1home~" + "a" * 80,
    ],
)
def test_what_no_screen_could_have_made_is_unknown(data: str) -> None:
    pressed = _decode(data)
    assert pressed is None or pressed.fingerprint == ""
