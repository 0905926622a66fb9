"""Puts the launcher at the top of a wheel's folder. An editable installation finds it through the path instead."""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class LauncherHook(BuildHookInterface[Any]):
    """Hatchling's hook; its configuration cannot tell a wheel from an editable installation."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the launcher to a wheel."""
        if version == "standard":
            build_data["force_include"]["gateway/launch/slotgate.py"] = "slotgate/__init__.py"
