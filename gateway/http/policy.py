"""What each kind of client may do: one table, and nothing outside of it is allowed.

`internal` is the bot, called in this very process: the backend judges each of its requests by the person's role.
`public` is everybody else: a web page's form, another program. To open a route to them, add its line here; a test
holds the table against the backend's own routes.
"""

import re
from typing import Literal

import msgspec

from gateway.limits.rate import Rate

ClientType = Literal["internal", "public"]


class Rule(msgspec.Struct, frozen=True):
    """A method and a path; `{id}` stands for digits. `query` names the parameters that go on, and `headers` the headers.

    `to` is the backend's path below `/v1` where it differs. `rate` holds besides the tenant's own for public clients,
    for what costs the business or its people something; rules with the same `rate` share it."""

    method: Literal["GET", "POST"]
    path: str
    query: tuple[str, ...] = ()
    to: str = ""
    headers: tuple[str, ...] = ()
    rate: Rate | None = None

    @property
    def target(self) -> str:
        """The pattern of the backend's path."""
        return self.to or self.path


# Two holds a minute on average, ten at once: enough for whoever makes up their mind, and for a few behind one address;
# what one address can hold at a time stays below what the backend lets visitors hold together (`holds.rules.MAX_OPEN`).
HOLDS = Rate(20, 600, 10)
# A message to a person who has not asked for it: rarer.
CODES = Rate(6, 900, 3)
_TOKEN = ("Hold-Token",)


PUBLIC: tuple[Rule, ...] = (
    Rule("GET", "/tenant"),
    Rule("GET", "/services", ("specialist_id",)),
    Rule("GET", "/services/{id}"),
    Rule("GET", "/specialists", ("service_id",)),
    Rule("GET", "/specialists/{id}"),
    Rule("GET", "/slots", ("service_id", "specialist_id", "from", "to", "limit")),
    Rule("GET", "/days", ("service_id", "specialist_id", "from", "to")),
    Rule("POST", "/bookings", to="/holds", rate=HOLDS),
    Rule("GET", "/bookings/{id}", to="/holds/{id}", headers=_TOKEN),
    Rule("POST", "/bookings/{id}/cancel", to="/holds/{id}/cancel", headers=_TOKEN),
    Rule("POST", "/bookings/{id}/code", to="/holds/{id}/code", headers=_TOKEN, rate=CODES),
    Rule("POST", "/bookings/{id}/confirm", to="/holds/{id}/confirm", headers=_TOKEN),
)

_PATTERNS = {
    rule: re.compile(r"\A" + re.escape(rule.path).replace(r"\{id\}", r"([0-9]{1,16})") + r"\Z") for rule in PUBLIC
}


def public_rule(method: str, path: str) -> Rule | None:
    """The rule that lets a public client's request through; None refuses it. HEAD is as GET."""
    method = "GET" if method == "HEAD" else method
    return next((rule for rule in PUBLIC if rule.method == method and _PATTERNS[rule].match(path)), None)


def backend_path(rule: Rule, path: str) -> str:
    """Return the backend's path below `/v1` for a request that the rule lets through: the rule's, with the id of `path`."""
    found = _PATTERNS[rule].match(path)
    assert found is not None, "the rule has not let this path through"
    return rule.target.replace("{id}", found[1]) if found.groups() else rule.target


def public_methods(path: str) -> list[str]:
    """The methods that a public client may use on a path; empty where there is nothing for them."""
    return [rule.method for rule in PUBLIC if _PATTERNS[rule].match(path)]
