"""Callback data: every route fits into 64 bytes, comes back as it was, and nothing forged is taken."""

import pytest

import bot.dispatcher  # noqa: F401  every scenario registers its routes
from bot.ui.callbacks import MAX_BYTES, MAX_IDS_CHARS, NOTICE, ROUTES, Ids, Route, decode, encode, fit

BIGGEST_ID = 2**53 - 1
LONGEST_TOKEN = "A" * 22
UPDATE = 2**31 - 1
# 18 characters, as many as one argument takes
MOST_IDS = (36**5 - 1, 36**5 - 1, 36**6 - 1)


def _widest(route: Route) -> tuple[int | str | Ids, ...]:
    """Ids as large as the contract lets them be; days, months and starts of the year 9999."""
    return tuple(_wide(kind, BIGGEST_ID) for kind in route.kinds)


def _wide_in_practice(route: Route) -> tuple[int | str | Ids, ...]:
    """Two ids of the largest size, and times, dates or pages after them."""
    return tuple(_wide(kind, BIGGEST_ID if place < 2 else 4_224_000_000) for place, kind in enumerate(route.kinds))


def _wide(kind: object, number: int) -> int | str | Ids:
    return LONGEST_TOKEN if kind is str else MOST_IDS if kind == Ids else number


def test_so_many_ids_go_into_one_argument() -> None:
    data = encode("c.near", (MOST_IDS, 0), "zzz")
    assert len(data.split(":")[1]) == MAX_IDS_CHARS
    assert fit(MOST_IDS)
    assert fit((BIGGEST_ID,))
    assert not fit(())
    assert not fit((BIGGEST_ID, BIGGEST_ID))
    # a single one is written as it always was: keyboards of before stay good
    assert encode("c.near", ((7,), 0), "zzz") == encode("c.near", (7, 0), "zzz")


@pytest.mark.parametrize("name", sorted(ROUTES))
def test_every_route_fits_and_comes_back(name: str) -> None:
    route = ROUTES[name]
    args = _wide_in_practice(route)
    data = encode(name, args, "zzz", UPDATE)
    assert len(data.encode()) <= MAX_BYTES
    pressed = decode(data)
    assert pressed is not None
    assert (pressed.route, pressed.args, pressed.origin, pressed.fingerprint) == (route, args, UPDATE, "zzz")


@pytest.mark.parametrize("name", sorted(ROUTES))
def test_buttons_of_notices_say_so(name: str) -> None:
    pressed = decode(encode(name, _widest(ROUTES[name])[:2], NOTICE)) if len(ROUTES[name].kinds) <= 2 else None
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
    pressed = decode(data)
    assert pressed is None or pressed.fingerprint == ""
