"""The policy table, compared with the backend's own routes and with paths that try to get around it."""

import re

import pytest

from backend.app import feature_handlers
from backend.auth.access import Access
from gateway.http.policy import PUBLIC, Rule, backend_path, public_methods, public_rule


def backend_routes() -> set[tuple[str, str, bool]]:
    """Return method, path as the table writes it, and whether the backend itself would allow public clients."""
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
    listed = {(rule.method, rule.target) for rule in PUBLIC}
    open_ = {(method, path) for method, path, public in backend_routes() if public}
    assert listed == open_
    reached = set()
    for rule in PUBLIC:
        sample = rule.path.replace("{id}", "7")
        assert public_rule(rule.method, sample) == rule
        reached.add((rule.method, backend_path(rule, sample).replace("7", "{id}")))
    assert reached == open_


def test_a_backend_path_is_public_under_its_public_name_only() -> None:
    named: dict[tuple[str, str], Rule] = {(rule.method, rule.path): rule for rule in PUBLIC}
    for method, path, _ in backend_routes():
        rule = public_rule(method, path.replace("{id}", "7"))
        assert rule == named.get((method, path)), (method, path)
        # where a public path is spelled like one of the backend's own, it leads to the visitors' route all the same
        assert rule is None or (method, rule.target, True) in backend_routes()


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
        "/bookings/",
        "/bookings/7/move",
        "/bookings/7/arrived",
        "/bookings/7/history",
        "/bookings/7/slots",
        "/bookings/7/days",
        "/bookings/7/code/",
        "/bookings/7/7/code",
        "/bookings/x/code",
        "/holds",
        "/holds/7",
        "/holds/claim",
        "/people/me",
        "/notices/claim",
        "/clock",
        "https://elsewhere.example/services",
    ],
)
def test_no_other_path_gets_through(path: str) -> None:
    assert public_rule("GET", path) is None
    assert public_methods(path) == []


def test_bookings_are_written_not_listed() -> None:
    assert public_rule("GET", "/bookings") is None
    assert public_methods("/bookings") == ["POST"]
    assert public_methods("/bookings/7") == ["GET"]
    rule = public_rule("POST", "/bookings/7/confirm")
    assert rule is not None
    assert backend_path(rule, "/bookings/7/confirm") == "/holds/7/confirm"


def test_head_is_as_get_and_other_methods_are_not() -> None:
    assert public_rule("HEAD", "/services") is not None
    for method in ("POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "get", ""):
        assert public_rule(method, "/services") is None
