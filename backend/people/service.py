"""Who somebody is, what they say of themselves, and how they are forgotten."""

from sqlalchemy import Connection

from backend import clock
from backend.audit.service import record
from backend.auth.queries import load_person, load_tenant
from backend.bookings.queries.loading import BookingRow
from backend.bookings.view import render_bookings
from backend.broadcasts.queries.messages import drop_broadcasts_to
from backend.contract import Done
from backend.contract.bookings import Booking
from backend.contract.people import Identify, MyData, Obstacle, Person, UpdateMe
from backend.errors import InUse, NotFound, TenantDisabled
from backend.kit.text import clean_line
from backend.messages.queries import list_messages_of
from backend.messages.service import render_messages
from backend.outbox.queries import mark_unreachable, renew_notices_to, revive_reminders
from backend.people.forgetting import forget_person
from backend.people.joins import join_by_number
from backend.people.queries.clients import find_client, has_bookings_ahead, list_bookings_of
from backend.people.queries.people import (
    TelegramUser,
    find_by_tg_id,
    find_person,
    mark_reachable,
    set_name,
    set_phone,
    update_person,
    upsert_person,
)
from backend.people.queries.roles import find_admin_ids, find_roles
from backend.people.queries.tags import load_tags
from backend.people.rules import check_name, check_phone, full_name
from backend.people.staff import take_role
from backend.transactions import UnitOfWork

# Bookings that an export renders at a time.
PAGE = 50


def clean_identity(body: Identify) -> TelegramUser:
    """Return what Telegram says of a person as it is stored."""
    return TelegramUser(
        tg_id=body.tg_id,
        name=full_name(body.first_name, body.last_name),
        username=clean_line(body.username or "", 64) or None,
        language_code=clean_line(body.language_code or "", 35) or None,
    )


def find_unchanged(conn: Connection, slug: str, user: TelegramUser) -> tuple[int, Person | None]:
    """Return the business's id, and the person where `identify_person` would write nothing.

    Raises NotFound, TenantDisabled."""
    tenant = load_tenant(conn, slug)
    if tenant is None:
        raise NotFound()
    if not tenant.enabled:
        raise TenantDisabled()
    row = find_by_tg_id(conn, tenant.id, user.tg_id)
    if (
        row is None
        or row.unreachable_at is not None
        or (row.username, row.language_code) != (user.username, user.language_code)
        or (row.name != user.name and user.name and not row.name_set)
    ):
        return tenant.id, None
    return tenant.id, load_person(conn, tenant.id, row.id)


def identify_person(conn: Connection, tenant_id: int, user: TelegramUser, now: int) -> Person:
    """Get or create the person. One whom no message reached can be reached, and is reminded, again."""
    known = find_by_tg_id(conn, tenant_id, user.tg_id)
    person_id = upsert_person(conn, tenant_id, user, now)
    if known is not None and known.unreachable_at is not None:
        revive_reminders(conn, tenant_id, person_id, now)
    return load_known_person(conn, tenant_id, person_id)


def load_known_person(conn: Connection, tenant_id: int, person_id: int) -> Person:
    """Return a person. Raises NotFound."""
    person = load_person(conn, tenant_id, person_id)
    if person is None:
        raise NotFound()
    return person


def update_me(unit: UnitOfWork, body: UpdateMe) -> Person:
    """Change what the actor says of themselves. Raises Invalid.

    A phone counts as verified: the bot takes it from the person's own contact only."""
    conn, tenant_id, person_id = unit.conn, unit.tenant_id, unit.actor.person_id
    if body.name is not None:
        set_name(conn, tenant_id, person_id, check_name(body.name))
    if body.phone is not None:
        phone = check_phone(body.phone)
        set_phone(conn, tenant_id, person_id, phone, unit.now if phone else None)
        if phone:
            join_by_number(unit, person_id, phone)
    fields = ("locale", "staff_notices", "news")
    values = {name: value for name in fields if (value := getattr(body, name)) is not None}
    update_person(conn, tenant_id, person_id, values)
    if body.news is False:
        drop_broadcasts_to(conn, tenant_id, person_id, unit.now)
    if body.reachable is not None:
        _set_reachable(unit, body.reachable)
    return load_known_person(conn, tenant_id, person_id)


def _set_reachable(unit: UnitOfWork, reachable: bool) -> None:
    """Record whether messages reach the actor: what waits for them is dropped, or waits again."""
    conn, tenant_id, person_id = unit.conn, unit.tenant_id, unit.actor.person_id
    if not reachable:
        mark_unreachable(conn, tenant_id, person_id, unit.now)
    elif mark_reachable(conn, tenant_id, person_id):
        revive_reminders(conn, tenant_id, person_id, unit.now)
        renew_notices_to(conn, tenant_id, person_id, unit.now)


def export_me(unit: UnitOfWork) -> MyData:
    """Return everything that is kept about the actor. Raises NotFound."""
    person_id = unit.actor.person_id
    row = find_person(unit.conn, unit.tenant_id, person_id)
    noted = find_client(unit.conn, unit.tenant_id, person_id)
    if row is None or noted is None:
        raise NotFound()
    tags = load_tags(unit.conn, unit.tenant_id, [person_id]).get(person_id, ())
    return MyData(
        person=load_known_person(unit.conn, unit.tenant_id, person_id),
        username=row.username,
        created_at=clock.format_utc(row.created_at),
        bookings=_render_bookings(unit, list_bookings_of(unit.conn, unit.tenant_id, person_id)),
        messages=render_messages(unit.conn, unit.tenant_id, list_messages_of(unit.conn, unit.tenant_id, person_id)),
        retention_months=unit.tenant.policies.retention_months,
        keeps_from_erasing=_find_obstacles(unit),
        note=noted.note,
        team_note=noted.team_note,
        tags=[tag.tag for tag in tags],
        blocked=noted.blocked,
    )


def _find_obstacles(unit: UnitOfWork) -> list[Obstacle]:
    """Return what must be settled before the actor can be erased."""
    conn, tenant_id, person_id = unit.conn, unit.tenant_id, unit.actor.person_id
    found: list[Obstacle] = ["upcoming"] if has_bookings_ahead(conn, tenant_id, person_id, unit.now) else []
    if find_admin_ids(conn, tenant_id) == [person_id]:
        found.append("last_admin")
    return found


def _render_bookings(unit: UnitOfWork, rows: list[BookingRow]) -> list[Booking]:
    bookings: list[Booking] = []
    for start in range(0, len(rows), PAGE):
        bookings += render_bookings(unit.conn, unit.tenant, rows[start : start + PAGE], unit.actor, unit.now)
    # a time that was opened and left was never booked
    return [booking for booking in bookings if booking.status != "expired"]


def erase_me(unit: UnitOfWork) -> Done:
    """Forget the actor. Raises InUse while a booking of theirs is to come, LastAdmin for the last admin."""
    conn, tenant_id, person_id = unit.conn, unit.tenant_id, unit.actor.person_id
    if has_bookings_ahead(conn, tenant_id, person_id, unit.now):
        raise InUse("Upcoming bookings are in your name. Cancel them first.")
    for role in sorted(find_roles(conn, tenant_id, person_id)):
        take_role(conn, tenant_id, person_id, role)
    forget_person(conn, tenant_id, person_id, unit.now)
    record(unit, "person.erased", f"person:{person_id}")
    return Done()
