"""The shared runtime layer: key names and the three Redis users, with exactly the rights that each needs.

Passwords are derived from the internal key, so that one secret is enough to run every service; an address that
carries credentials of its own is used as it is (a managed Redis without users, at the operator's choice).
"""

import hashlib
import hmac
from typing import Literal
from urllib.parse import quote, urlsplit, urlunsplit

User = Literal["bot", "gateway", "backend"]
USERS: tuple[User, ...] = ("bot", "gateway", "backend")

BOT_PREFIXES = ("fsm", "last_menu", "otp", "attempts")
GATEWAY_PREFIXES = ("ctx", "rate", "seen")
BACKEND_PREFIXES = ("slots", "locks")
# The gateway's copy of a business's basics lives so long.
BASICS_S = 600

# Each user starts from nothing. The bot never gets SORT, SCAN, KEYS, EVAL or the read category: SORT reads foreign
# keys through GET patterns and SCAN lists names. The backend owns every key, but none of the server's administration.
# A subcommand that a server does not know keeps it from starting (Redis 7.0 and `client|setinfo`): name old ones only.
_COMMANDS: dict[User, str] = {
    "bot": "+get +set +del +getdel +incr +incrby +expire +pexpire +pttl +ttl +exists +multi +exec +discard "
    "+evalsha +script|load +ping +hello +auth +select",
    "gateway": "+get +mget +set +del +exists +incr +incrby +expire +pexpire +pttl +ttl +time +hget +hset +hdel "
    "+hgetall +multi +exec +discard +evalsha +script|load +ping +hello +auth +select",
    "backend": "+@all -@admin -@dangerous +info",
}


def key_prefixes(user: User) -> tuple[str, ...]:
    """Return the prefixes of the keys that a user reaches."""
    own: dict[User, tuple[str, ...]] = {"bot": BOT_PREFIXES, "gateway": GATEWAY_PREFIXES}
    return own.get(user, (*BOT_PREFIXES, *GATEWAY_PREFIXES, *BACKEND_PREFIXES))


def command_rules(user: User) -> tuple[str, ...]:
    """Return what an ACL says about a user's commands, in its order: `+name`, `+name|part`, `+@category`, `-@category`."""
    return tuple(_COMMANDS[user].split())


def redis_key(prefix: str, slug: str, *parts: object) -> str:
    """Return `prefix:{slug}:part:part`. The braces are literal: they keep a tenant on one Redis Cluster slot."""
    return ":".join((prefix, "{" + slug + "}", *map(str, parts)))


def basics_key(slug: str) -> str:
    """Return the key of what the gateway knows of a business whose file leaves something out: `contract.tenancy.Basics`."""
    return redis_key("ctx", slug, "basics")


def redis_password(internal_key: str, user: User) -> str:
    """Return the password of a Redis user: 64 hexadecimal digits."""
    return hmac.new(internal_key.encode(), b"redis:" + user.encode(), hashlib.sha256).hexdigest()


def acl_lines(internal_key: str) -> list[str]:
    """Return the lines of the ACL file: the default user is off, the passwords appear as their SHA-256 only."""

    def line(user: User, keys: str) -> str:
        digest = hashlib.sha256(redis_password(internal_key, user).encode()).hexdigest()
        return f"user {user} on resetpass #{digest} resetchannels resetkeys {keys} -@all {_COMMANDS[user]}"

    return [
        # resetpass also takes `nopass` away: with it, protected mode refuses every connection from another machine,
        # although the user is off
        "user default off resetpass resetchannels resetkeys -@all",
        line("bot", " ".join(f"~{p}:*" for p in BOT_PREFIXES)),
        line("gateway", " ".join(f"~{p}:*" for p in GATEWAY_PREFIXES)),
        line("backend", "~*"),
    ]


def url_for(url: str, user: User, internal_key: str) -> str:
    """Return the address with the user's credentials, unless it carries some already."""
    parts = urlsplit(url)
    if "@" in parts.netloc or parts.scheme not in ("redis", "rediss", "unix"):
        return url
    netloc = f"{user}:{quote(redis_password(internal_key, user))}@{parts.netloc}"
    return urlunsplit(parts._replace(netloc=netloc))
