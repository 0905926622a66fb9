"""What public clients (a page's form, another program) may do: one table, and nothing outside it is allowed.

The bot is not a public client: it is called in this process, and the backend judges its requests by the person's role.
To open a route, add its line here; a test compares the table with the backend's own routes.
"""

import re
from typing import Literal

import msgspec

from gateway.limits.rate import Rate


class Rule(msgspec.Struct, frozen=True):
    """A method and a path; `{id}` stands for digits. `query` and `headers` name the parameters and headers that go on.

    `to` is the backend's path below `/v1` if it differs. `rates` hold besides the tenant's own rate for public clients,
    for what costs the business or its people something; rules with the same one share it.
    """

    method: Literal["GET", "POST"]
    path: str
    query: tuple[str, ...] = ()
    to: str = ""
    headers: tuple[str, ...] = ()
    rates: tuple[Rate, ...] = ()

    @property
    def target(self) -> str:
        """The pattern of the backend's path."""
        return self.to or self.path


# Two holds a minute on average, ten at once: enough for a person who tries a few times, and for some behind one address.
# What one address can hold at a time stays below what the backend lets visitors hold together (`holds.rules.MAX_OPEN`).
HOLDS = Rate(20, 600, 10)
# Rarer, since each code is a message to a person who may not have asked for it.
CODES = Rate(6, 900, 3)
CODES_A_DAY = Rate(20, 86_400, 20)
_TOKEN = ("Hold-Token",)


PUBLIC: tuple[Rule, ...] = (
    Rule("GET", "/tenant"),
    Rule("GET", "/services", ("specialist_id",)),
    Rule("GET", "/services/{id}"),
    Rule("GET", "/specialists", ("service_id",)),
    Rule("GET", "/specialists/{id}"),
    Rule("GET", "/slots", ("service_id", "specialist_id", "from", "to", "limit")),
    Rule("GET", "/days", ("service_id", "specialist_id", "from", "to")),
    Rule("POST", "/bookings", to="/holds", rates=(HOLDS,)),
    Rule("GET", "/bookings/{id}", to="/holds/{id}", headers=_TOKEN),
    Rule("POST", "/bookings/{id}/cancel", to="/holds/{id}/cancel", headers=_TOKEN),
    Rule("POST", "/bookings/{id}/code", to="/holds/{id}/code", headers=_TOKEN, rates=(CODES, CODES_A_DAY)),
    Rule("POST", "/bookings/{id}/confirm", to="/holds/{id}/confirm", headers=_TOKEN),
)

_PATTERNS = {
    rule: re.compile(r"\A" + re.escape(rule.path).replace(r"\{id\}", r"([0-9]{1,16})") + r"\Z") for rule in PUBLIC
}


def public_rule(method: str, path: str) -> Rule | None:
    """Return the rule that allows a public client's request, or None. HEAD is treated as GET."""
    method = "GET" if method == "HEAD" else method
    return next((rule for rule in PUBLIC if rule.method == method and _PATTERNS[rule].match(path)), None)


def backend_path(rule: Rule, path: str) -> str:
    """Return the backend's path below `/v1` for a request that the rule allows: the rule's, with the id of `path`."""
    match = _PATTERNS[rule].match(path)
    assert match is not None, "the rule does not allow this path"
    return rule.target.replace("{id}", match[1]) if match.groups() else rule.target


def public_methods(path: str) -> list[str]:
    """Return the methods that a public client may use on a path; none if it is not a public path."""
    return [rule.method for rule in PUBLIC if _PATTERNS[rule].match(path)]
