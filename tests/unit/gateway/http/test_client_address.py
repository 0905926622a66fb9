"""Who a public client is: the peer, unless a proxy that the operator trusts speaks for somebody."""

import pytest

from backend.kit.asgi import Scope
from gateway.errors import Misconfigured
from gateway.http.client_address import client_address
from gateway.settings import Settings


def seen(peer: str, *real_ips: bytes, trusted: str | None = None, others: tuple[tuple[bytes, bytes], ...] = ()) -> str:
    env = {} if trusted is None else {"SLOTGATE_TRUSTED_PROXIES": trusted}
    headers = [*others, *((b"x-real-ip", value) for value in real_ips)]
    scope: Scope = {"headers": headers, "client": (peer, 40000) if peer else None}
    return client_address(scope, Settings.from_env(env=env).trusted_proxies)


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", ""])
def test_by_default_this_machine_speaks_for_others(peer: str) -> None:
    assert seen(peer, b"203.0.113.9") == "203.0.113.9"
    assert seen(peer, b"2001:db8::9") == "2001:db8::9"


@pytest.mark.parametrize(
    "peer",
    ["172.99.1.1", "172.16.0.1", "10.1.2.3", "192.168.1.1", "fd00::1", "::ffff:10.0.0.1", "203.0.113.1", "1270.0.0.1"],
)
def test_nobody_else_does_near_or_far(peer: str) -> None:
    assert seen(peer, b"203.0.113.9") == peer


@pytest.mark.parametrize(
    ("trusted", "peer", "believed"),
    [
        ("10.0.3.0/24", "10.0.3.7", True),
        ("10.0.3.0/24", "::ffff:10.0.3.7", True),
        ("10.0.3.0/24", "10.0.4.7", False),
        ("10.0.3.0/24", "127.0.0.1", False),
        ("10.0.3.7", "10.0.3.7", True),
        ("fd00:1::/64, 10.0.3.0/24", "fd00:1::5", True),
        ("fd00:1::/64,10.0.3.0/24", "fd00:2::5", False),
        ("::ffff:10.0.3.0/120", "10.0.3.7", True),
        ("::ffff:10.0.3.0/120", "10.0.4.7", False),
        ("0.0.0.0/0", "fd00:1::5", False),
    ],
)
def test_the_networks_that_are_set(trusted: str, peer: str, believed: bool) -> None:
    assert seen(peer, b"203.0.113.9", trusted=trusted) == ("203.0.113.9" if believed else peer)


@pytest.mark.parametrize(
    "told", [(), (b"",), (b"nobody",), (b"1.2.3.4, 5.6.7.8",), (b"1.2.3.4", b"5.6.7.8"), (b"\xff",)]
)
def test_a_trusted_proxy_that_says_nothing_clear_speaks_for_itself(told: tuple[bytes, ...]) -> None:
    assert seen("127.0.0.1", *told) == "127.0.0.1"


def test_one_address_however_it_is_written() -> None:
    assert seen("127.0.0.1", b" ::ffff:203.0.113.9 ") == "203.0.113.9"
    assert seen("127.0.0.1", b"2001:DB8:0:0::9") == "2001:db8::9"


def test_forwarded_headers_are_never_believed() -> None:
    others = ((b"x-forwarded-for", b"203.0.113.9"), (b"forwarded", b"for=203.0.113.9"))
    assert seen("127.0.0.1", others=others) == "127.0.0.1"


@pytest.mark.parametrize("bad", ["nginx", "10.0.0.0/33", "10.0.3.7/24", "10.0.0.1,,10.0.0.2", "10.*", "::1/129", "²"])
def test_what_is_no_network_is_refused_with_a_sentence(bad: str) -> None:
    with pytest.raises(Misconfigured, match="SLOTGATE_TRUSTED_PROXIES must be addresses or networks such as"):
        Settings.from_env(env={"SLOTGATE_TRUSTED_PROXIES": bad})


def test_a_child_trusts_whom_its_parent_does() -> None:
    settings = Settings.from_env(env={"SLOTGATE_TRUSTED_PROXIES": "10.0.3.0/24, fd00:1::/64"})
    assert Settings.from_env(env=settings.to_env()).trusted_proxies == settings.trusted_proxies
