"""Lua scripts that Redis runs, one file each."""

from importlib import resources

from backend.kit.redis import Script


def _load(name: str) -> Script:
    return Script(resources.files("gateway.scripts").joinpath(f"{name}.lua").read_text())


ADMIT, FINISH, RENEW, RATE = map(_load, ("admission", "finish", "renew", "rate"))
SCRIPTS = (ADMIT, FINISH, RENEW, RATE)
