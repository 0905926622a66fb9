"""The methods of the Bot API by name. A new one is a function with `@method("name")` in one of these files."""

import importlib
import pkgutil

from .registry import KNOWN, Call, call, method

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")

__all__ = ["KNOWN", "Call", "call", "method"]
