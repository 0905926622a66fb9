"""Tenants' files of a test, and the directory that reads them."""

import os
import time
from pathlib import Path

from gateway.tenants.directory import Directory

TENANT = "name: {name}\nbot_token: '{bot}:token-of-the-tests'\ntimezone: UTC\nlocale: en\ncurrency: EUR\n"


def write_tenant(folder: Path, slug: str, bot: int, name: str = "Shop", age_s: int = 0) -> Path:
    """Write a tenant's file, changed so many seconds ago, and return its path."""
    file = folder / f"{slug}.yaml"
    file.write_text(TENANT.format(name=name, bot=bot))
    moment = time.time() - age_s
    os.utime(file, (moment, moment))
    return file


def open_directory(folder: Path) -> Directory:
    """Return what reads the folder; tokens may stand in its files."""
    return Directory(folder, env=os.environ, internal_key="key", literals_allowed=True)
