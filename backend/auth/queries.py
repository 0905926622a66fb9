"""The business and the person behind a request, in one query: read with every request."""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import BigInteger, Connection, and_, bindparam, exists, select

from backend.auth.actor import TenantRow, choose_locale, decode_policies
from backend.contract.people import Locale, Person, Role, StaffNotices
from backend.db.compiled import CompiledQuery
from backend.db.rows import fetch_all
from backend.db.tables import people, roles, specialists, tenants

_T = tenants.c
# Telegram ids are above zero
_NOBODY = -1


class _TenantAndPerson(NamedTuple):
    """A business as it is stored; the person's columns are None where nobody is asked for, or nobody is known."""

    id: int
    slug: str
    name: str
    timezone: str
    locale: Locale
    currency: str
    enabled: bool
    address: str
    phone: str
    bot_username: str | None
    policies: str
    previous_timezone: str | None
    zone_changed_at: int | None
    added_policies: str
    person_id: int | None
    tg_id: int | None
    person_name: str | None
    person_phone: str | None
    person_locale: str | None
    language_code: str | None
    blocked: bool | None
    staff_notices: StaffNotices | None
    news: bool | None
    is_specialist: bool
    is_admin: bool
    specialist_id: int | None


_is = {
    role: exists().where(
        roles.c.tenant_id == people.c.tenant_id, roles.c.person_id == people.c.id, roles.c.role == role
    )
    for role in ("specialist", "admin")
}
_calendar = (
    select(specialists.c.id)
    .where(
        specialists.c.tenant_id == people.c.tenant_id,
        specialists.c.person_id == people.c.id,
        specialists.c.archived_at.is_(None),
    )
    .correlate(people)
    .scalar_subquery()
)
_PERSON = (
    people.c.id.label("person_id"),
    people.c.tg_id,
    people.c.name.label("person_name"),
    people.c.phone.label("person_phone"),
    people.c.locale.label("person_locale"),
    people.c.language_code,
    people.c.blocked,
    people.c.staff_notices,
    people.c.news,
    _is["specialist"].label("is_specialist"),
    _is["admin"].label("is_admin"),
    _calendar.label("specialist_id"),
)
_TENANT = (*(_T[name] for name in TenantRow.__struct_fields__), _T.added_policies)
_WITH_PERSON = select(*_TENANT, *_PERSON).select_from(
    tenants.outerjoin(people, and_(people.c.tenant_id == _T.id, people.c.tg_id == bindparam("tg_id", type_=BigInteger)))
)
_BY_SLUG = CompiledQuery(_TenantAndPerson, _WITH_PERSON.where(_T.slug == bindparam("slug")))
_BY_PERSON_ID = CompiledQuery(
    _TenantAndPerson,
    select(*_TENANT, *_PERSON)
    .select_from(people.join(tenants, _T.id == people.c.tenant_id))
    .where(people.c.tenant_id == bindparam("tenant_id"), people.c.id == bindparam("person_id")),
)


def load_tenant(conn: Connection, slug: str) -> TenantRow | None:
    """Return the business of that slug, whether enabled or not; None where there is none."""
    row = _BY_SLUG.first(conn, slug=slug, tg_id=_NOBODY)
    return None if row is None else _tenant(row)


def load_tenants(conn: Connection, tenant_ids: Collection[int]) -> dict[int, TenantRow]:
    """Return businesses by their ids."""
    statement = _WITH_PERSON.where(_T.id.in_(tenant_ids)).params(tg_id=_NOBODY)
    return {row.id: _tenant(row) for row in fetch_all(conn, _TenantAndPerson, statement)}


def load_tenant_and_person(conn: Connection, slug: str, tg_id: int | None) -> tuple[TenantRow, Person | None] | None:
    """Return the business and the person behind a Telegram id, with their roles as they are now."""
    row = _BY_SLUG.first(conn, slug=slug, tg_id=_NOBODY if tg_id is None else tg_id)
    return None if row is None else (_tenant(row), _person(row))


def load_person(conn: Connection, tenant_id: int, person_id: int) -> Person | None:
    """Return a person by id, or None."""
    row = _BY_PERSON_ID.first(conn, tenant_id=tenant_id, person_id=person_id)
    return None if row is None else _person(row)


def _tenant(row: _TenantAndPerson) -> TenantRow:
    return TenantRow(
        row.id,
        row.slug,
        row.name,
        row.timezone,
        row.locale,
        row.currency,
        bool(row.enabled),
        row.address,
        row.phone,
        row.bot_username,
        decode_policies(row.policies, row.added_policies),
        row.previous_timezone,
        row.zone_changed_at,
    )


def _person(row: _TenantAndPerson) -> Person | None:
    if row.person_id is None:
        return None
    held: list[Role] = ["client"]
    if row.is_specialist:
        held.append("specialist")
    if row.is_admin:
        held.append("admin")
    return Person(
        id=row.person_id,
        tg_id=row.tg_id,
        roles=held,
        locale=choose_locale(row.person_locale, row.language_code, row.locale),
        name=row.person_name or "",
        phone=row.person_phone,
        specialist_id=row.specialist_id,
        blocked=bool(row.blocked),
        staff_notices=row.staff_notices or "all",
        news=bool(row.news),
    )
