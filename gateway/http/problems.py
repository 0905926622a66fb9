"""The gateway's own refusals, ready as bytes: problem details (RFC 9457), each by its HTTP status."""

from functools import cache
from http import HTTPStatus

from backend.contract.errors import Code
from backend.kit.problems import encode_status_problem

_PROBLEMS: dict[int, tuple[Code, str]] = {
    HTTPStatus.BAD_REQUEST: (Code.INVALID, "The body cannot be understood."),
    HTTPStatus.UNAUTHORIZED: (Code.UNAUTHORIZED, "A valid secret is required."),
    HTTPStatus.FORBIDDEN: (Code.FORBIDDEN, "This page may not do that."),
    HTTPStatus.NOT_FOUND: (Code.NOT_FOUND, "There is no such thing here."),
    HTTPStatus.METHOD_NOT_ALLOWED: (Code.METHOD_NOT_ALLOWED, "This method is not allowed here."),
    HTTPStatus.REQUEST_TIMEOUT: (Code.INVALID, "The body did not arrive in time."),
    HTTPStatus.GONE: (Code.TENANT_DISABLED, "This business is switched off at the moment."),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (Code.TOO_LARGE, "The body is too large."),
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: (Code.UNSUPPORTED_TYPE, "The body must be application/json."),
    HTTPStatus.TOO_MANY_REQUESTS: (Code.RATE_LIMITED, "Too many requests."),
    HTTPStatus.SERVICE_UNAVAILABLE: (
        Code.UNAVAILABLE,
        "The service cannot answer at the moment; nothing was saved.",
    ),
}


@cache
def problem_body(status: int, detail: str = "") -> bytes:
    """Return the body for a status, with the usual sentence of that status unless `detail` is given."""
    code, usual = _PROBLEMS[status]
    return encode_status_problem(status, code, detail or usual)
