"""The gateway's own refusals, ready as bytes: RFC 9457, each by its HTTP status."""

from functools import cache
from http import HTTPStatus

import msgspec

from backend.contract.errors import Code, Problem

NOT_AN_UPDATE = 400
UNAUTHORIZED = 401
FORBIDDEN = 403
NOT_FOUND = 404
NOT_ALLOWED = 405
SLOW = 408
DISABLED = 410
TOO_LARGE = 413
NOT_JSON = 415
LIMITED = 429
UNAVAILABLE = 503

_SAID: dict[int, tuple[Code, str]] = {
    NOT_AN_UPDATE: (Code.INVALID, "The body cannot be understood."),
    UNAUTHORIZED: (Code.UNAUTHORIZED, "A valid secret is required."),
    FORBIDDEN: (Code.FORBIDDEN, "This page may not do that."),
    NOT_FOUND: (Code.NOT_FOUND, "There is no such thing here."),
    NOT_ALLOWED: (Code.METHOD_NOT_ALLOWED, "This method is not allowed here."),
    SLOW: (Code.INVALID, "The body did not arrive in time."),
    DISABLED: (Code.TENANT_DISABLED, "This business is switched off at the moment."),
    TOO_LARGE: (Code.TOO_LARGE, "The body is too large."),
    NOT_JSON: (Code.UNSUPPORTED_TYPE, "The body must be application/json."),
    LIMITED: (Code.RATE_LIMITED, "Too many requests."),
    UNAVAILABLE: (Code.UNAVAILABLE, "The service cannot answer at the moment; nothing was saved."),
}


@cache
def body_for(status: int, said: str = "") -> bytes:
    """The problem body of a status, with a sentence of its own where there is one."""
    code, usual = _SAID[status]
    detail = said or usual
    title = HTTPStatus(status).phrase
    return msgspec.json.encode(Problem("about:blank", title, status, code, detail))
