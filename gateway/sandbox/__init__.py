"""A local Telegram for one machine: a strict Bot API, people to play, a chat page. Knows nothing of the gateway."""

from .app import create_app
from .control import Alone, Control
from .model import Bot, Person
from .serve import serving
from .world import Sandbox

__all__ = ["Alone", "Bot", "Control", "Person", "Sandbox", "create_app", "serving"]
