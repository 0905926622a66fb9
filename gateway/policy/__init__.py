"""What each kind of client may do: one table, and nothing outside of it is allowed.

`internal` is the bot, called in this very process: the backend judges each of its requests by the person's role.
`public` is everybody else: a web page's form, another program. To open a route to them, add its line here; a test
holds the table against the backend's own routes.
"""

import re
from typing import Literal

import msgspec

ClientType = Literal["internal", "public"]


class Rule(msgspec.Struct, frozen=True):
    """A method and a path below `/v1`; `{id}` stands for digits. `query` names the parameters that go on."""

    method: Literal["GET", "POST"]
    path: str
    query: tuple[str, ...] = ()


PUBLIC: tuple[Rule, ...] = (
    Rule("GET", "/tenant"),
    Rule("GET", "/services", ("specialist_id",)),
    Rule("GET", "/services/{id}"),
    Rule("GET", "/specialists", ("service_id",)),
    Rule("GET", "/specialists/{id}"),
    Rule("GET", "/slots", ("service_id", "specialist_id", "from", "to", "limit")),
    Rule("GET", "/days", ("service_id", "specialist_id", "from", "to")),
)

_PATTERNS = {
    rule: re.compile(r"\A" + re.escape(rule.path).replace(r"\{id\}", r"[0-9]{1,16}") + r"\Z") for rule in PUBLIC
}


def public_rule(method: str, path: str) -> Rule | None:
    """The rule that lets a public client's request through; None refuses it. HEAD is as GET."""
    method = "GET" if method == "HEAD" else method
    return next((rule for rule in PUBLIC if rule.method == method and _PATTERNS[rule].match(path)), None)


def public_methods(path: str) -> list[str]:
    """The methods that a public client may use on a path; empty where there is nothing for them."""
    return [rule.method for rule in PUBLIC if _PATTERNS[rule].match(path)]
