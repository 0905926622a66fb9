"""The chain of the audit log and its seal. Pure.

A line's hash covers the line and the hash before it, so that an altered or removed line shows. The head (the last
line's number and hash) carries an HMAC with a key that the database does not hold, so that a cut-off tail shows too.
"""

import hashlib
import hmac
from typing import NamedTuple

import msgspec

GENESIS = bytes(32)
# Ids have fewer: they fit into 63 bits.
MAX_DIGITS = 19
# Ids in a line's detail, and of what they are.
REFERENCES = {"specialist_id": "specialist", "invited_by": "person", "walk_in": "person", "booking": "booking"}


class Line(NamedTuple):
    """A line: a row of `audit`. Its hash covers the columns before it, in this order. `detail` is JSON text."""

    tenant_id: int
    seq: int
    at: int
    actor: str
    action: str
    object: str
    detail: str
    request_id: str
    hash: bytes = b""


class ChainEnd(NamedTuple):
    """The number and the hash of the last line."""

    seq: int
    hash: bytes


START = ChainEnd(0, GENESIS)


def seal_key(internal_key: str) -> bytes:
    """Return the key of the seals, derived so that it is of no use for anything else."""
    return hmac.new(internal_key.encode(), b"audit-seal", hashlib.sha256).digest()


def line_hash(previous: bytes, line: Line) -> bytes:
    """Return SHA-256 over the hash before and the line as a JSON array: no two lines have the same bytes."""
    return hashlib.sha256(previous + msgspec.json.encode(line[:-1])).digest()


def seal_of(key: bytes, tenant_id: int, seq: int, last_hash: bytes) -> bytes:
    """Return the HMAC of a head."""
    return hmac.new(key, msgspec.json.encode([tenant_id, seq]) + last_hash, hashlib.sha256).digest()


def is_sealed(key: bytes, tenant_id: int, seq: int, last_hash: bytes, seal: bytes) -> bool:
    """Return whether a head carries its own seal, compared in constant time."""
    return hmac.compare_digest(seal_of(key, tenant_id, seq, last_hash), seal)


def split_reference(reference: str) -> tuple[str, int | None]:
    """Return the kind and the number of `<kind>:<id>`; None where it has no number that could be an id."""
    kind, _, number = reference.partition(":")
    is_id = number.isascii() and number.isdecimal() and len(number) < MAX_DIGITS
    return kind, int(number) if is_id else None
