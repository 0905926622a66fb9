"""Callback data: every route fits into 64 bytes, comes back as it was, and nothing forged is taken."""

import pytest

import bot.dispatcher  # noqa: F401  every scenario registers its routes
from bot.callbacks import MAX_BYTES, NOTICE, ROUTES, Route, decode, encode

BIGGEST_ID = 2**53 - 1
LONGEST_TOKEN = "A" * 22
UPDATE = 2**31 - 1


def _widest(route: Route) -> tuple[int | str, ...]:
    """Ids as large as the contract lets them be; days, months and starts of the year 9999."""
    return tuple(LONGEST_TOKEN if kind is str else BIGGEST_ID for kind in route.kinds)


def _wide_in_practice(route: Route) -> tuple[int | str, ...]:
    """Two ids of the largest size, and times, dates or pages after them."""
    return tuple(
        LONGEST_TOKEN if kind is str else BIGGEST_ID if place < 2 else 4_224_000_000
        for place, kind in enumerate(route.kinds)
    )


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
