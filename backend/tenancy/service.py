"""The business: what its file says, what an admin decides, and what its people see of it."""

import re
from collections.abc import Mapping

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection

from backend import clock
from backend.audit.queries.chain import Entry, append_entries
from backend.audit.service import record
from backend.auth.actor import TenantRow, encode_policies
from backend.auth.queries import load_tenant
from backend.bookings.trials import remove_trials
from backend.contract.tenancy import Checklist, Policies, PutTenant, Sources, Tenant, UpdateTenant
from backend.errors import Invalid, NotFound
from backend.kit.phones import FEWEST_DIGITS, MAX_LENGTH, MAX_PHONES, can_be_called, join_phones, split_phones
from backend.kit.text import clean_line
from backend.tenancy import basics, queries, zones
from backend.tenancy.queries import FileRow, Steps
from backend.transactions import UnitOfWork

_SLUG = re.compile(r"\A[a-z0-9][a-z0-9-]{1,31}\Z")


def check_file(slug: str, body: PutTenant) -> None:
    """Raise Invalid where the file's name is no slug or its time zone is not known."""
    if not _SLUG.match(slug):
        raise Invalid("X-Tenant must be a slug: lower-case letters, digits and dashes.", field="X-Tenant")
    if body.timezone is not None:
        clock.load_zone(body.timezone)


def differs_from_file(conn: Connection, slug: str, body: PutTenant) -> bool:
    """Return whether the business is unknown as yet, or its file changes something of what is stored."""
    row = queries.find_file_row(conn, slug)
    return row is None or bool(_file_changes(conn, row, body))


def put_tenant(
    conn: Connection, slug: str, body: PutTenant, now: int, *, recorded_as: str = "gateway", request_id: str = ""
) -> int:
    """Create the business or bring it to what its file says, and return its id. What the file does not say stays.

    Two callers at once create one. `recorded_as` is who did it in the audit log."""
    tenant_id = queries.insert_tenant(conn, slug, basics.new_values(slug, body), now)
    if tenant_id is not None:
        action, detail = "tenant.created", dict[str, object](slug=slug)
    else:
        row = queries.lock_tenant(conn, slug)
        assert row is not None, "a business is never deleted"
        tenant_id = row.id
        different = _file_changes(conn, row, body)
        if not different:
            return tenant_id
        queries.update_tenant(conn, tenant_id, different)
        if "timezone" in different:
            zones.change_zone(conn, slug, row, now)
        action, detail = "tenant.changed", {"fields": _recorded_fields(different)}
    append_entries(conn, tenant_id, [Entry(now, recorded_as, action, f"tenant:{tenant_id}", detail, request_id)])
    return tenant_id


def _file_changes(conn: Connection, row: FileRow, body: PutTenant) -> dict[str, object]:
    steps = queries.find_steps(conn, row.id)
    return basics.changed_values(row, body, booked=steps is not None and steps.booked)


def _recorded_fields(values: Mapping[str, object]) -> list[str]:
    """Return what the log calls these columns: each field once, by its name."""
    return sorted({name.removesuffix("_source") for name in values} - {"added_policies"})


def load_business(conn: Connection, tenant: TenantRow) -> Tenant:
    """Return the business as its people see it. Raises NotFound."""
    steps = queries.find_steps(conn, tenant.id)
    if steps is None:
        raise NotFound()
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
        checklist=_checklist(steps),
        sources=Sources(
            name=steps.name_source,
            timezone=steps.timezone_source,
            locale=steps.locale_source,
            currency=steps.currency_source,
        ),
        currency_locked=steps.booked,
        zone_change=zones.render_change(tenant),
    )


def reload_business(conn: Connection, slug: str) -> Tenant:
    """Return the business as it is after a change. Raises NotFound."""
    tenant = load_tenant(conn, slug)
    if tenant is None:
        raise NotFound()
    return load_business(conn, tenant)


def _checklist(steps: Steps) -> Checklist:
    """Return what is done of the first steps."""
    return Checklist(
        address=steps.address,
        services=steps.services,
        staff=steps.staff,
        hours=steps.weekly or steps.dated,
        test_booking=steps.booked or steps.tested,
        shared=steps.shared,
    )


def update_business(unit: UnitOfWork, body: UpdateTenant) -> Tenant:
    """Change address, phone, policies or basics; bookings keep the policies that they were made with.

    Another zone moves the bookings ahead as one in the file does: they keep their wall times."""
    row = queries.lock_tenant(unit.conn, unit.tenant.slug)
    steps = queries.find_steps(unit.conn, unit.tenant_id)
    assert row is not None, "a business is never deleted"
    assert steps is not None, "a business is never deleted"
    values = basics.typed_values(body, steps)
    if body.address is not None:
        values["address"] = clean_line(body.address, 300)
    phones = split_phones(body.phone) if body.phones is None and body.phone is not None else body.phones
    if phones is not None:
        values["phone"] = join_phones(_check_phones(phones))
    if body.policies is not None:
        policies = replace(body.policies, consent_text=clean_line(body.policies.consent_text, 300))
        values |= encode_policies(policies)._asdict()
    queries.update_tenant(unit.conn, unit.tenant_id, values)
    if values.get("timezone", row.timezone) != row.timezone:
        zones.change_zone(unit.conn, unit.tenant.slug, row, unit.now)
    if values:
        changed = {} if body.policies is None else _changed_policies(unit.tenant.policies, body.policies)
        detail = {"fields": _recorded_fields(values), **changed}
        record(unit, "tenant.changed", f"tenant:{unit.tenant_id}", detail)
    return reload_business(unit.conn, unit.tenant.slug)


def _changed_policies(before: Policies, after: Policies) -> dict[str, list[object]]:
    """Return what was changed, before and after; the words that clients agree to are no matter of the log."""
    old, new = msgspec.to_builtins(before), msgspec.to_builtins(after)
    return {name: [old[name], new[name]] for name in old if old[name] != new[name] and name != "consent_text"}


def _check_phones(phones: list[str]) -> list[str]:
    """Return the business's numbers as they are stored; words such as an extension may stand. Raises Invalid."""
    cleaned = [clean_line(phone, 200) for phone in phones]
    if len(cleaned) > MAX_PHONES or any(len(phone) > MAX_LENGTH or split_phones(phone) != [phone] for phone in cleaned):
        raise Invalid(f"At most {MAX_PHONES} numbers, each of at most {MAX_LENGTH} characters.", field="phones")
    if not all(map(can_be_called, cleaned)):
        raise Invalid(f"A phone number has at least {FEWEST_DIGITS} digits.", field="phones")
    return list(dict.fromkeys(cleaned))


def mark_shared(unit: UnitOfWork) -> Tenant:
    """Record that an admin has shared the bot's link, the last of the first steps; their test bookings go."""
    steps = queries.find_steps(unit.conn, unit.tenant_id)
    assert steps is not None, "a business is never deleted"
    if not steps.tested and remove_trials(unit):
        queries.update_tenant(unit.conn, unit.tenant_id, {"tested_at": unit.now})
    if not steps.shared:
        queries.update_tenant(unit.conn, unit.tenant_id, {"shared_at": unit.now})
        record(unit, "tenant.shared", f"tenant:{unit.tenant_id}")
    return reload_business(unit.conn, unit.tenant.slug)
