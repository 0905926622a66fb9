"""Imports aiogram without building its four hundred models, which takes seconds and a hundred megabytes.

aiogram sets its models to be built when they are first used (`defer_build`), but then builds all of them as it is
imported: only there does it tell pydantic the names that their fields refer to. Here those names are kept until a model
is used. See `gateway/decisions/private-parts.md`.
"""

import sys
from collections.abc import Callable, Mapping
from typing import Any
from unittest.mock import patch

from pydantic import BaseModel


def import_aiogram() -> None:
    """Import aiogram with its models still to be built. Changes nothing where it has been imported before."""
    if "aiogram" in sys.modules:
        return
    names: dict[str, Any] = {}
    build: Callable[..., bool | None] = vars(BaseModel)["model_rebuild"].__func__

    def keep_names(_model: type[BaseModel], /, *, _types_namespace: Mapping[str, Any]) -> None:
        names.update(_types_namespace)

    def build_with_names(model: type[BaseModel], /, **options: Any) -> bool | None:
        """Build a model as pydantic does, which calls this when the model is first used."""
        return build(model, **{"_types_namespace": names, **options})

    # its methods do not say so themselves; those whose fields need no name would be built here
    deferred = patch.object(BaseModel, "model_config", {**BaseModel.model_config, "defer_build": True})
    with deferred, patch.object(BaseModel, "model_rebuild", classmethod(keep_names)):
        from aiogram.methods.base import Response, TelegramMethod
        from aiogram.types import TelegramObject, Update

    for base in (TelegramObject, TelegramMethod, Response):
        base.model_rebuild = classmethod(build_with_names)  # type: ignore[method-assign, assignment]  # another default
    # nearly every model is part of an update
    Update.model_rebuild()
