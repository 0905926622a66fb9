"""The policy table: held against the backend's own routes, and against paths that try to get around it."""

import re

import pytest

from backend.app import feature_handlers
from backend.auth import Access
from gateway.policy import PUBLIC, public_methods, public_rule


def backend_routes() -> set[tuple[str, str, bool]]:
    """(method, path as the table writes it, whether the backend itself would let the public in)."""
    found = set()
    for handler in feature_handlers():
        for path in handler.paths:
            if not path.startswith("/v1/"):
                continue
            shown = re.sub(r"\{[a-z_]+:(int|str|path)\}", "{id}", path.removeprefix("/v1"))
            for method in handler.http_methods:
                if method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
                    found.add((str(method), shown, handler.opt.get("access") is Access.PUBLIC))
    return found


def test_every_backend_route_is_in_the_public_list_or_refused() -> None:
    listed = {(rule.method, rule.path) for rule in PUBLIC}
    open_ = {(method, path) for method, path, public in backend_routes() if public}
    assert listed == open_
    for method, path, public in backend_routes():
        sample = path.replace("{id}", "7")
        assert (public_rule(method, sample) is not None) == public, (method, path)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "//services",
        "/services/",
        "/services//1",
        "/services/..",
        "/services/../bookings",
        "/./services",
        "/services%2f1",
        "/services/%31",
        "/services\r\nX: y",
        "/services\n",
        "/services/1\n",
        "/services;x=1",
        "/services?x",
        "/Services",
        "/v1/services",
        "/services/١",
        "/services/-1",
        "/services/1/2",
        "/bookings",
        "/people/me",
        "/notices/claim",
        "/clock",
        "https://elsewhere.example/services",
    ],
)
def test_no_other_path_gets_through(path: str) -> None:
    assert public_rule("GET", path) is None
    assert public_methods(path) == []


def test_head_is_as_get_and_other_methods_are_not() -> None:
    assert public_rule("HEAD", "/services") is not None
    for method in ("POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "get", ""):
        assert public_rule(method, "/services") is None
