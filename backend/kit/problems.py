"""Problem details (RFC 9457): the body of every refusal, the backend's and the gateway's own."""

from collections.abc import Sequence
from http import HTTPStatus

import msgspec

from backend.contract.errors import STATUS, Alternative, BookingInTheWay, Code, Problem

MEDIA_TYPE = "application/problem+json"
CONTENT_TYPE = (b"content-type", MEDIA_TYPE.encode())
_encode = msgspec.json.Encoder().encode


def encode_problem(
    code: Code,
    detail: str,
    *,
    field: str | None = None,
    alternatives: Sequence[Alternative] | None = None,
    retry_after_s: int | None = None,
    booking: BookingInTheWay | None = None,
) -> bytes:
    """Return the body of a refusal that has a code. Equal refusals have equal bytes: nothing of the request is in them."""
    return _encode(
        Problem(
            type=f"urn:slotgate:problem:{code}",
            title=str(code).replace("_", " ").capitalize(),
            status=STATUS[code],
            code=code,
            detail=detail,
            field=field,
            alternatives=None if alternatives is None else list(alternatives),
            retry_after_s=retry_after_s,
            booking=booking,
        )
    )


def encode_status_problem(status: int, code: Code, detail: str) -> bytes:
    """Return the body of a refusal that its HTTP status tells; `code` is the nearest of the stable ones."""
    return _encode(Problem("about:blank", HTTPStatus(status).phrase, status, code, detail))
