"""The rules about people: who is told what about whom, and what a change of roles must respect."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection

from backend import clock
from backend.auth.actor import Actor
from backend.auth.queries import load_person
from backend.contract.people import Client, Person, StaffMember
from backend.contract.redis import key
from backend.errors import InUse, Invalid, LastAdmin, NotFound
from backend.kit.text import clean_line, clean_lines, is_phone
from backend.locks import RedisDown, SharedRedis
from backend.notices import queries as notices
from backend.people import queries


def told_by_telegram(first_name: str, username: str | None, language_code: str | None) -> dict[str, Any]:
    """What Telegram says of a person, cleaned for keeping."""
    return {
        "name": clean_line(first_name, queries.NAME_MAX),
        "username": clean_line(username or "", 64) or None,
        "language_code": clean_line(language_code or "", 35) or None,
    }


def identify(conn: Connection, tenant_id: int, tg_id: int, told: dict[str, Any], now: int) -> int:
    """Gets or makes the person; whoever could not be reached can be again, and is reminded again."""
    known = queries.by_tg_id(conn, tenant_id, tg_id)
    person_id = queries.identify(conn, tenant_id, tg_id, told, now)
    if known is not None and known.unreachable_at is not None:
        notices.revive_reminders(conn, tenant_id, person_id, now)
    return person_id


def reach(conn: Connection, tenant_id: int, person_id: int, *, reachable: bool, now: int) -> None:
    """Telegram says that somebody has blocked the bot, or no longer does: what waits for them goes, or waits again."""
    if not reachable:
        notices.mark_unreachable(conn, tenant_id, person_id, now)
    elif queries.reached_again(conn, tenant_id, person_id):
        notices.revive_reminders(conn, tenant_id, person_id, now)


def person(conn: Connection, tenant_id: int, person_id: int) -> Person:
    """Somebody as the contract shows them. Raises NotFound."""
    found = load_person(conn, tenant_id, person_id)
    if found is None:
        raise NotFound()
    return found


def given_name(text: str) -> str:
    """A name that somebody typed. Raises Invalid where nothing can be seen of it."""
    name = clean_line(text, queries.NAME_MAX)
    if not name:
        raise Invalid("A name must not be empty.", field="name")
    return name


def given_phone(text: str) -> str | None:
    """A phone number as it is kept; an empty text removes it. Raises Invalid."""
    phone = clean_line(text, 32)
    if phone and not is_phone(phone):
        raise Invalid("This is not a phone number.", field="phone")
    return phone or None


def clients(conn: Connection, actor: Actor, rows: Iterable[queries.AnyRow], now: int) -> list[Client]:
    """Clients as this member of staff may see them: the note is the admins' own."""
    listed = list(rows)
    counted = queries.visits(conn, actor.tenant.id, [row.id for row in listed], now)
    found = []
    for row in listed:
        seen = counted.get(row.id)
        last = None if seen is None else seen.last_visit
        found.append(
            Client(
                id=row.id,
                name=row.name,
                tg_id=row.tg_id,
                username=row.username,
                phone=row.phone,
                note=row.note if actor.is_admin else "",
                blocked=row.blocked,
                unreachable=row.unreachable_at is not None,
                visits=0 if seen is None else int(seen.visits),
                no_shows=0 if seen is None else int(seen.no_shows),
                last_visit=None if last is None else clock.format_utc(last),
            )
        )
    return found


def client(conn: Connection, actor: Actor, person_id: int, now: int) -> Client:
    """One client. Raises NotFound, also for a specialist who never had a visit of theirs."""
    row = queries.by_id(conn, actor.tenant.id, person_id)
    own = actor.specialist_id
    if row is None:
        raise NotFound()
    if not actor.is_admin and (own is None or not queries.is_client_of(conn, actor.tenant.id, person_id, own)):
        raise NotFound()
    return clients(conn, actor, [row], now)[0]


def staff(conn: Connection, tenant_id: int) -> list[StaffMember]:
    """Everybody with a role, once each."""
    found: dict[int, StaffMember] = {}
    for row in queries.staff(conn, tenant_id):
        member = found.setdefault(
            row.id,
            StaffMember(
                person_id=row.id, tg_id=row.tg_id, name=row.name, roles=["client"], specialist_id=row.specialist_id
            ),
        )
        member.roles.append(row.role)
    return list(found.values())


def revoke(conn: Connection, tenant_id: int, person_id: int, role: str) -> int | None:
    """Takes a role from somebody; gives their Telegram id. Raises NotFound, LastAdmin.

    Call it in a write of this tenant: they come one after the other, so that of two the second sees the first."""
    row = queries.by_id(conn, tenant_id, person_id)
    if row is None or role not in queries.roles_of(conn, tenant_id, person_id):
        raise NotFound()
    if role == "admin" and queries.admins(conn, tenant_id) == [person_id]:
        raise LastAdmin()
    queries.revoke(conn, tenant_id, person_id, role)
    return None if row.tg_id is None else int(row.tg_id)


def erase(conn: Connection, tenant_id: int, person: Person, now: int) -> None:
    """Forgets a person. Raises InUse while a visit of theirs is to come, LastAdmin for the last admin."""
    if queries.has_visits_ahead(conn, tenant_id, person.id, now):
        raise InUse("Upcoming visits are in your name. Cancel them first.")
    for role in sorted(queries.roles_of(conn, tenant_id, person.id)):
        revoke(conn, tenant_id, person.id, role)
    notices.drop_for_person(conn, tenant_id, person.id, now)
    queries.erase(conn, tenant_id, person.id, now)


async def forget_context(redis: SharedRedis, slug: str, tg_ids: Iterable[int | None]) -> None:
    """The gateway's copies of these people's roles are dropped, so that menus follow at once.

    Fails open: rights never come from the copy, and it ends within 10 minutes by itself."""
    names = [key("ctx", slug, tg_id) for tg_id in tg_ids if tg_id is not None]
    if not names:
        return
    try:
        await redis.call(lambda r: r.delete(*names))
    except RedisDown:
        return


def given_note(text: str) -> str:
    """A note as it is kept."""
    return clean_lines(text)
