"""The methods of the Bot API. To add one, decorate a function with `@api_method("name")` in a file here.

Every file here is imported on import of the package, so that its methods are registered.
"""

import importlib
import pkgutil

from gateway.sandbox.methods.registry import METHODS, Call, api_method, call_method

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")

__all__ = ["METHODS", "Call", "api_method", "call_method"]
