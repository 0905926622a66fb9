"""The tenants as this process's settings and environment describe them, and what the backend's commands learn of one."""

import os
from collections.abc import Callable
from pathlib import Path

import msgspec

from gateway.errors import Misconfigured
from gateway.settings import Settings
from gateway.tenants.directory import LoadedTenants, load_tenants
from gateway.tenants.file import BASICS, Tenant


def load_configured_tenants(settings: Settings) -> LoadedTenants:
    """Read the folder of tenants as the gateway does. Raises Misconfigured if there is no such folder.

    The internal key may be missing: only secrets that are derived from it need one.
    """
    return load_tenants(
        settings.tenants_dir,
        env=os.environ,
        internal_key=settings.internal_key,
        literals_allowed=settings.literals_allowed,
    )


def tenant_variables(settings: Settings, slug: str, write_problem: Callable[[str], None]) -> dict[str, str]:
    """Return SLOTGATE_TENANT_JSON (`contract.tenancy.PutTenant`), with which the backend creates the tenant if needed.

    So init-admin and import work before any gateway ran. Empty if the tenant has no usable file, whose problems are
    written: the backend knows the tenant already then, or reports that it does not.
    """
    try:
        loaded = load_configured_tenants(settings)
    except Misconfigured:
        return {}
    tenant = loaded.tenants.get(slug)
    if tenant is None:
        for problem in loaded.problems:
            if Path(problem.file).stem == slug:
                write_problem(str(problem))
        return {}
    return {"SLOTGATE_TENANT_JSON": msgspec.json.encode(backend_fields(tenant)).decode()}


def backend_fields(tenant: Tenant) -> dict[str, object]:
    """Return what the backend learns of a tenant's file (`contract.tenancy.PutTenant`)."""
    said = {field: getattr(tenant, field) for field in BASICS if field not in tenant.left_out}
    return {**said, "enabled": tenant.enabled}
