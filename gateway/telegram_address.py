"""Which addresses Telegram sends updates to, and how it is reached through a proxy."""

import ipaddress
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from backend.kit.addresses import BadAddress, proxy_address

PORTS = (443, 80, 88, 8443)
_PATH = re.compile(r"\A(?:/[A-Za-z0-9._~-]+)*/?\Z")
_NAME = re.compile(r"\A(?:[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]\Z")
_PRIVATE_ENDS = (".local", ".localhost", ".internal", ".lan", ".home.arpa", ".test", ".invalid")


def describe_unreachable(url: str) -> str:
    """Return why Telegram would send nothing to this base of webhooks, as the end of a sentence; empty where it would."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme != "https":
        return "must begin with https://: Telegram sends updates to nothing else"
    if (parts.port or 443) not in PORTS:
        return f"must have one of the ports {', '.join(map(str, PORTS))}: Telegram knows no other"
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        if not _NAME.match(host) or host.lower().endswith(_PRIVATE_ENDS):
            return "must name a host that the internet knows, in ASCII (xn--…)"
    else:
        if address.version == 6 or not address.is_global:
            return "must name a host that the internet knows; Telegram reaches no private and no IPv6 address"
    if not _PATH.match(parts.path) or any(set(step) == {"."} for step in parts.path.split("/") if step):
        return "may have a path of letters, digits and ._~- only"
    return ""


def find_proxy(url: str, environment: Mapping[str, str]) -> tuple[str, str] | None:
    """Return the variable that names a proxy for this address, and its value: those that other programs know.

    NO_PROXY lists the hosts that are reached without; this machine is one of them.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    without = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    if host == "localhost" or _is_loopback(host) or _is_listed(host, without):
        return None
    names = [f"{parts.scheme}_proxy", "all_proxy"]
    found = [
        (name, environment[name]) for low in names for name in (low, low.upper()) if environment.get(name, "").strip()
    ]
    return found[0] if found else None


def choose_proxy(url: str, own: str | None, environment: Mapping[str, str]) -> str | None:
    """Return the proxy to Telegram: our own setting, else the environment's. Raises BadAddress, whose words name the variable."""
    name, value = ("SLOTGATE_TELEGRAM_PROXY", own) if own else find_proxy(url, environment) or ("", "")
    try:
        return proxy_address(value.strip()) if value else None
    except BadAddress as problem:
        raise BadAddress(f"{name} {problem}") from None


def _is_listed(host: str, without: str) -> bool:
    names = [name.strip().lower().lstrip(".") for name in without.split(",")]
    return "*" in names or any(name and (host == name or host.endswith(f".{name}")) for name in names)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
