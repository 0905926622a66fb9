"""Litestar for msgspec's types alone: an application of it imports neither pydantic nor attrs."""

from litestar import Litestar
from litestar.plugins import PluginProtocol
from litestar.plugins.core import MsgspecDIPlugin
from typing_extensions import override


class MsgspecLitestar(Litestar):
    """An application whose routes take and return msgspec's structs, and what the standard library has."""

    @staticmethod
    @override
    def _get_default_plugins(plugins: list[PluginProtocol]) -> list[PluginProtocol]:
        # pydantic and attrs are installed for others; to import them would take a tenth of a start
        return [*plugins, MsgspecDIPlugin()]
