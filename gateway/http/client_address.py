"""Whose address a public client's request is charged to: the peer's, or what a proxy that the operator trusts says."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address

from backend.kit.asgi import Scope, peer_address
from gateway.settings import Network


def client_address(scope: Scope, trusted: Sequence[Network]) -> str:
    """Return the peer's address; X-Real-IP instead where the peer is a trusted proxy, which must overwrite that header.

    X-Forwarded-For is never believed: what a client sent stands in it too. A peer without an address is on a socket of
    this machine.
    """
    peer = peer_address(scope)
    if not peer or is_trusted(peer, trusted):
        sent = [value for name, value in scope["headers"] if name == b"x-real-ip"]
        # more than one: the proxy has added its own to the client's, and nobody knows which is which
        if len(sent) == 1 and (told := _parse(sent[0].decode("latin-1").strip())) is not None:
            return str(told)
    return peer


def is_trusted(address: str, trusted: Sequence[Network]) -> bool:
    """Return whether the address lies in one of the networks; an IPv4-mapped one counts as the IPv4 address it is."""
    parsed = _parse(address)
    return parsed is not None and any(parsed in network for network in trusted)


def _parse(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address
