"""The origins that a tenant's file names: what browsers send, and what was meant where it is something else."""

import re
from urllib.parse import SplitResult, urlsplit

from gateway.settings import is_loopback


def meant_origin(text: str) -> str | None:
    """Return the origin of an address that somebody has pasted, or None where none can be told.

    Browsers send scheme and host in lower case, the host in ASCII, no path, and no port that is the scheme's own."""
    address = text.strip()
    try:
        parts = urlsplit(address if "://" in address else f"https://{address}")
        host = (
            (parts.hostname or "").encode("idna").decode() if not (parts.hostname or "").isascii() else parts.hostname
        )
        meant = f"{parts.scheme}://{_bracketed(host or '')}{_port_suffix(parts)}"
    except (ValueError, UnicodeError):
        return None
    return meant if is_origin(meant) else None


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _port_suffix(parts: SplitResult) -> str:
    """Return `:8443`, or nothing for the scheme's own port. Raises ValueError for what is no port."""
    port = parts.port
    return "" if port is None or port == {"https": 443, "http": 80}.get(parts.scheme) else f":{port}"


def is_origin(origin: str) -> bool:
    """Return whether a text is a browser's `Origin`: scheme, host, an unusual port; plain HTTP only on this machine."""
    try:
        parts = urlsplit(origin)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or not re.match(r"\A[a-z0-9.-]+\Z|\A[0-9a-f:]+\Z", host):
        return False
    return (
        f"{parts.scheme}://{parts.netloc}" == origin
        and "@" not in origin
        and ".." not in host
        and _port_suffix(parts) == parts.netloc.removeprefix(_bracketed(host))
        and (parts.scheme == "https" or is_loopback(host))
        and origin == origin.lower()
    )
