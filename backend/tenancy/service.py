"""The business: what its file says, what an admin decides, and what its people see of it."""

import re

import msgspec
from sqlalchemy import Connection

from backend import clock
from backend.audit.queries import Entry, append_entries
from backend.audit.service import record
from backend.auth.actor import TenantRow, encode_policies
from backend.auth.queries import load_tenant
from backend.contract.tenancy import Checklist, PutTenant, Tenant, UpdateTenant
from backend.errors import Invalid, NotFound
from backend.kit.phones import MAX_LENGTH, MAX_PHONES, join_phones, split_phones
from backend.kit.text import clean_line
from backend.tenancy import queries, zones
from backend.transactions import UnitOfWork

_SLUG = re.compile(r"\A[a-z0-9][a-z0-9-]{1,31}\Z")


def check_file(slug: str, body: PutTenant) -> None:
    """Raise Invalid where the file's name is no slug or its time zone is not known."""
    if not _SLUG.match(slug):
        raise Invalid("X-Tenant must be a slug: lower-case letters, digits and dashes.", field="X-Tenant")
    clock.load_zone(body.timezone)


def differs_from_file(tenant: TenantRow, body: PutTenant) -> bool:
    """Return whether the file says something else than is stored."""
    return any(getattr(tenant, name) != value for name, value in _file_values(body).items())


def put_tenant(
    conn: Connection, slug: str, body: PutTenant, now: int, *, recorded_as: str = "gateway", request_id: str = ""
) -> int:
    """Create the business or bring it to what its file says, and return its id. What the file does not say stays.

    Two callers at once create one. `recorded_as` is who did it in the audit log."""
    values = _file_values(body)
    tenant_id = queries.insert_tenant(conn, slug, values, now)
    if tenant_id is not None:
        action, detail = "tenant.created", dict[str, object](slug=slug)
    else:
        row = queries.lock_tenant(conn, slug)
        assert row is not None, "a business is never deleted"
        tenant_id = row.id
        different = {name: value for name, value in values.items() if getattr(row, name) != value}
        if not different:
            return tenant_id
        queries.update_tenant(conn, tenant_id, different)
        if "timezone" in different:
            zones.change_zone(conn, slug, row, now)
        action, detail = "tenant.changed", {"fields": sorted(different)}
    append_entries(conn, tenant_id, [Entry(now, recorded_as, action, f"tenant:{tenant_id}", detail, request_id)])
    return tenant_id


def _file_values(body: PutTenant) -> dict[str, object]:
    """Return the columns that the file says; without a bot's name, the one that is known stays."""
    values = msgspec.structs.asdict(body)
    if body.bot_username is None:
        del values["bot_username"]
    return values


def load_business(conn: Connection, tenant: TenantRow) -> Tenant:
    """Return the business as its people see it. Raises NotFound."""
    return Tenant(
        slug=tenant.slug,
        name=tenant.name,
        timezone=tenant.timezone,
        locale=tenant.locale,
        currency=tenant.currency,
        address=tenant.address,
        phone=tenant.phone,
        phones=split_phones(tenant.phone),
        bot_username=tenant.bot_username,
        policies=tenant.policies,
        checklist=load_checklist(conn, tenant.id),
        zone_change=zones.render_change(tenant),
    )


def reload_business(conn: Connection, slug: str) -> Tenant:
    """Return the business as it is after a change. Raises NotFound."""
    tenant = load_tenant(conn, slug)
    if tenant is None:
        raise NotFound()
    return load_business(conn, tenant)


def load_checklist(conn: Connection, tenant_id: int) -> Checklist:
    """Return what is done of the first steps. Raises NotFound."""
    steps = queries.find_steps(conn, tenant_id)
    if steps is None:
        raise NotFound()
    return Checklist(
        address=steps.address,
        services=steps.services,
        staff=steps.staff,
        hours=steps.weekly or steps.dated,
        test_booking=steps.tested,
        shared=steps.shared,
    )


def update_business(unit: UnitOfWork, body: UpdateTenant) -> Tenant:
    """Change address, phone or policies; bookings keep the policies that they were made with."""
    values: dict[str, object] = {}
    if body.address is not None:
        values["address"] = clean_line(body.address, 300)
    phones = split_phones(body.phone) if body.phones is None and body.phone is not None else body.phones
    if phones is not None:
        values["phone"] = join_phones(_check_phones(phones))
    if body.policies is not None:
        values |= encode_policies(body.policies)._asdict()
    queries.update_tenant(unit.conn, unit.tenant_id, values)
    if values:
        record(
            unit, "tenant.changed", f"tenant:{unit.tenant_id}", {"fields": sorted(values.keys() - {"added_policies"})}
        )
    return reload_business(unit.conn, unit.tenant.slug)


def _check_phones(phones: list[str]) -> list[str]:
    """Return the business's numbers as they are stored; words such as an extension may stand. Raises Invalid."""
    cleaned = [clean_line(phone, 200) for phone in phones]
    if len(cleaned) > MAX_PHONES or any(len(phone) > MAX_LENGTH or split_phones(phone) != [phone] for phone in cleaned):
        raise Invalid(f"At most {MAX_PHONES} numbers, each of at most {MAX_LENGTH} characters.", field="phones")
    return list(dict.fromkeys(cleaned))


def mark_shared(unit: UnitOfWork) -> Tenant:
    """Record that an admin has shared the bot's link, the last of the first steps."""
    if not load_checklist(unit.conn, unit.tenant_id).shared:
        queries.update_tenant(unit.conn, unit.tenant_id, {"shared_at": unit.now})
        record(unit, "tenant.shared", f"tenant:{unit.tenant_id}")
    return reload_business(unit.conn, unit.tenant.slug)
