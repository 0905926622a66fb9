"""Lua scripts that Redis runs, one file each, loaded when this is imported."""

from importlib import resources

from backend.kit.redis_link import Script


def _load(name: str) -> Script:
    return Script(resources.files("gateway.scripts").joinpath(f"{name}.lua").read_text())


ADMIT, FINISH, RENEW, CHARGE = map(_load, ("admit", "finish", "renew", "charge"))
SCRIPTS = (ADMIT, FINISH, RENEW, CHARGE)
