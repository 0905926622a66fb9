"""What a Redis is asked before it is trusted: whether it is a real server, and what each of the three users may do.

Nothing of it is assumed from the file that the operator was given. Commands are asked about inside MULTI, where the
server checks a user's rights and only queues, and then discarded: none is ever carried out.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from backend.contract.redis import USERS, User, command_rules, key_prefixes, redis_key, url_for
from backend.kit.redis import RedisDown, RedisRefused
from backend.kit.redis_link import RedisLink
from backend.kit.resp import Value
from gateway.errors import NotAnswering, Unreachable

OLDEST = (6, 2)
_SERVERS = ("redis", "valkey")
# commands that a connection leaves MULTI with, or that may not be said inside
_NOT_QUEUED = frozenset({"multi", "exec", "discard", "watch", "unwatch", "quit", "reset", "hello", "auth"})
_SLUG = "check"
_RELOAD = "load the users that `slotgate redis-acl` prints, made with the same SLOTGATE_INTERNAL_KEY."


class Command(NamedTuple):
    """A command as the server describes it: `name|part` for a part of one, with at least so many words and its categories."""

    name: str
    words: int
    categories: frozenset[str]


class ExaminedRedis(NamedTuple):
    """A server that can be used. `excess`: for each user, what it may do beyond its rights; empty where that was not asked."""

    server: str
    policy: str  # what it does when its memory is full; empty where it does not say
    excess: Mapping[User, tuple[str, ...]]


async def check_redis(url: str, internal_key: str, *, timeout_s: float = 2.0) -> None:
    """Raise Unreachable, with a sentence, unless this is a real server with the three users, none of which reads other keys.

    Commands beyond a user's rights are the doctor's to tell: an older list of users must not keep a gateway from starting.
    """
    await examine_redis(url, internal_key, timeout_s=timeout_s)


async def examine_redis(url: str, internal_key: str, *, timeout_s: float = 2.0) -> ExaminedRedis:
    """Ask the server what it is, and try every command of its own list as each user. Raises Unreachable as `check_redis`.

    An address with credentials of its own has no users of ours: then the server alone is examined.
    """
    where = _without_secrets(url)
    excess: dict[User, tuple[str, ...]] = {}
    server, policy, commands = "", "", list[Command]()
    # the backend first, since only it may ask for the list of commands
    for user in sorted(USERS, key=lambda name: name != "backend"):
        address = url_for(url, user, internal_key)
        link = RedisLink(address, timeout_s=timeout_s)
        try:
            await link.connect()
            if not server:
                server, policy = await _identify(link, where)
                commands = _read_commands(await link.call_all([(b"COMMAND",)]))
            if address != url:
                excess[user] = await _compare_rights(link, user, commands)
        except RedisDown as error:
            if error.code in ("WRONGPASS", "NOAUTH", "ERR"):
                raise Unreachable(f"Redis refuses the user {user}: {_RELOAD}") from None
            raise NotAnswering(f"Redis does not answer at {where}: {error}.") from None
        finally:
            await link.close()
    return ExaminedRedis(server, policy, excess)


async def _identify(link: RedisLink, where: str) -> tuple[str, str]:
    """Return the server's name with its version, and its policy for a full memory. Raises Unreachable for no real one."""
    hello, info, memory = await link.call_all([(b"HELLO",), (b"INFO", b"server"), (b"INFO", b"memory")])
    greeting = dict(zip(hello[::2], hello[1::2], strict=False)) if isinstance(hello, list) else {}
    name = _text(greeting.get(b"server"))
    facts = _read_info(info)
    version = facts.get("valkey_version") or facts.get("redis_version") or _text(greeting.get(b"version"))
    # a managed server may keep either to itself
    known = name in _SERVERS or _is_denied(hello)
    if not known or not (_is_denied(info) or {"run_id", "process_id"} <= facts.keys()):
        called = f" (it calls itself {name[:40]!r})" if name and not known else ""
        raise Unreachable(f"What answers at {where} is no real Redis or Valkey{called}; 6.2 or later is needed.")
    if version and _version_numbers(version) < OLDEST:
        raise Unreachable(f"The Redis at {where} has version {version}; 6.2 or later is needed.")
    title = "Valkey" if "valkey_version" in facts or name == "valkey" else "Redis"
    return f"{title} {version}", _read_info(memory).get("maxmemory_policy", "")


async def _compare_rights(link: RedisLink, user: User, commands: list[Command]) -> tuple[str, ...]:
    """Return the commands that a user may say beyond its rights.

    Raises Unreachable if it may not do all that it needs, or reaches keys of others.
    """
    allowed = dict(await _try_commands(link, commands))
    wanted = {command.name for command in commands if _is_granted(command, command_rules(user))}
    needed = {rule[1:] for rule in command_rules(user) if rule[0] == "+" and "@" not in rule}
    missing = sorted(name for name, ok in allowed.items() if not ok and name in (wanted & needed))
    own = key_prefixes(user)
    foreign = (
        {prefix for other in USERS for prefix in key_prefixes(other)}
        - set(own)
        - ({""} if user == "backend" else set())
    )
    reached = await _try_keys(link, (*own, *sorted(foreign)))
    if missing or not reached.issuperset(own):
        what = f" (it may not say {', '.join(missing)})" if missing else ""
        raise Unreachable(f"Redis does not give the user {user} the rights that it needs{what}: {_RELOAD}")
    if reached & foreign:
        raise Unreachable(f"Redis lets the user {user} reach keys of others: {_RELOAD}")
    return tuple(sorted(name for name, ok in allowed.items() if ok and name not in wanted))


async def _try_commands(link: RedisLink, commands: list[Command]) -> Iterable[tuple[str, bool]]:
    """Return which commands a user may say."""
    asked = [command for command in commands if command.name not in _NOT_QUEUED]
    words = [
        (*(part.encode() for part in c.name.split("|")), *[b"x"] * (c.words - 1 - c.name.count("|"))) for c in asked
    ]
    replies = (await link.call_all([(b"MULTI",), *words, (b"DISCARD",)]))[1:-1]
    answered = zip(asked, replies, strict=True)
    return [(command.name, not _is_forbidden(reply)) for command, reply in answered if not _is_unasked(reply)]


async def _try_keys(link: RedisLink, prefixes: Iterable[str]) -> set[str]:
    """Return the prefixes whose keys a user reaches."""
    names = list(prefixes)
    words = [(b"GET", redis_key(prefix, _SLUG).encode()) for prefix in names]
    replies = (await link.call_all([(b"MULTI",), *words, (b"DISCARD",)]))[1:-1]
    return {name for name, reply in zip(names, replies, strict=True) if not isinstance(reply, RedisRefused)}


def _is_denied(reply: Value) -> bool:
    return isinstance(reply, RedisRefused) and reply.code == "NOPERM"


def _is_forbidden(reply: Value) -> bool:
    """Whether the command itself is denied; that the key `x` is another's says nothing about it."""
    return _is_denied(reply) and "to run" in str(reply)


def _is_unasked(reply: Value) -> bool:
    """Whether something else than the user's rights was in the way.

    Some commands may not be said inside MULTI (SAVE, SHUTDOWN), some are switched off for everybody (DEBUG).
    """
    return isinstance(reply, RedisRefused) and reply.code == "ERR"


def _is_granted(command: Command, rules: Iterable[str]) -> bool:
    """Return what an ACL's rules, of which the last that fits decides, say about a command."""
    granted = False
    for rule in rules:
        sign, about = rule[0] == "+", rule[1:]
        if about == "@all" or about in (command.name, command.name.partition("|")[0]) or about in command.categories:
            granted = sign
    return granted


def _read_commands(replies: list[Value]) -> list[Command]:
    """Return every command of a server's COMMAND, in parts where it has parts.

    A 6.2 does not tell its parts.
    """
    rows = replies[0] if isinstance(replies[0], list) else []
    found: list[Command] = []
    for row in rows:
        assert isinstance(row, list)
        parts = row[9] if len(row) > 9 and isinstance(row[9], list) else []
        found += [_read_command(part) for part in parts if isinstance(part, list)] or [_read_command(row)]
    return [command for command in found if command.words > 0]


def _read_command(row: list[Value]) -> Command:
    categories = row[6] if isinstance(row[6], list) else []
    words = abs(row[1]) if isinstance(row[1], int) else 0
    return Command(_text(row[0]).lower(), words, frozenset(map(_text, categories)))


def _read_info(reply: Value) -> dict[str, str]:
    lines = _text(reply).splitlines()
    return {name: value for name, colon, value in (line.partition(":") for line in lines) if colon}


def _version_numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) if number.isdigit() else 0 for number in version.split(".")[:2])


def _text(value: Value) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else ""


def _without_secrets(url: str) -> str:
    """Return the address without credentials and query."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2].partition('?')[0]}"
