"""The chain and its seal. Pure.

A row's hash covers the row and the hash before it, so that an altered or removed row shows. The head (the last row's
number and hash) carries an HMAC with a key that the database does not hold, so that a cut-off tail shows as well.
"""

import hashlib
import hmac

import msgspec

GENESIS = bytes(32)


def seal_key(internal_key: str) -> bytes:
    """The key of the seals: derived, so that it is of no use for anything else."""
    return hmac.new(internal_key.encode(), b"audit-seal", hashlib.sha256).digest()


def row_hash(
    previous: bytes,
    tenant_id: int,
    seq: int,
    at: int,
    actor: str,
    action: str,
    object_: str,
    detail: str,
    request_id: str,
) -> bytes:
    """SHA-256 over the hash before and the row as a JSON array: no two rows have the same bytes."""
    row = msgspec.json.encode([tenant_id, seq, at, actor, action, object_, detail, request_id])
    return hashlib.sha256(previous + row).digest()


def seal(key: bytes, tenant_id: int, seq: int, hash_: bytes) -> bytes:
    """The HMAC of a head."""
    return hmac.new(key, msgspec.json.encode([tenant_id, seq]) + hash_, hashlib.sha256).digest()


def sealed(key: bytes, tenant_id: int, seq: int, hash_: bytes, found: bytes) -> bool:
    """Whether a head carries its own seal, compared in constant time."""
    return hmac.compare_digest(seal(key, tenant_id, seq, hash_), found)
