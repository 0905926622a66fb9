"""A local Telegram for one machine: a strict Bot API, people to play, a chat page. Knows nothing of the gateway."""

from gateway.sandbox.app import create_app
from gateway.sandbox.dependencies import NoProduct, ProductControl
from gateway.sandbox.model import Bot, Person
from gateway.sandbox.sandbox import Sandbox
from gateway.sandbox.server import serve_sandbox

__all__ = ["Bot", "NoProduct", "Person", "ProductControl", "Sandbox", "create_app", "serve_sandbox"]
