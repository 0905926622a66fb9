"""RFC 9457 problem details: how every refusal looks on the wire."""

import msgspec

from backend.contract.errors import Problem
from backend.errors import Refused

MEDIA_TYPE = "application/problem+json"
_encode = msgspec.json.Encoder().encode


def problem(refused: Refused) -> Problem:
    """The body of a refusal. Equal refusals have equal bytes: nothing of the request is in them."""
    return Problem(
        type=f"urn:slotgate:problem:{refused.code}",
        title=str(refused.code).replace("_", " ").capitalize(),
        status=refused.status,
        code=refused.code,
        detail=refused.detail,
        field=refused.field,
        alternatives=refused.alternatives,
        retry_after_s=refused.retry_after_s,
    )


def problem_bytes(refused: Refused) -> bytes:
    """The body as it is sent, and as it is stored for a repeated request."""
    return _encode(problem(refused))


def headers(refused: Refused) -> dict[str, str]:
    """`Retry-After` where coming again may help."""
    return {} if refused.retry_after_s is None else {"Retry-After": str(refused.retry_after_s)}
