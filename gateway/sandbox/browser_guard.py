"""Keeps pages of other sites away from the sandbox, which asks nobody for a password.

A browser sends the requests of any page that is open beside the demo, and the tokens of the demo's bots are public. Programs
send none of the headers that are looked at here, apart from Host.
"""

import ipaddress
import json
from urllib.parse import urlsplit

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send


class BrowserGuard:
    """Wraps the application: 403 for a foreign Host or page, 404 for a path that no file and no route can have."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request, or hand on what is none (ASGI)."""
        if scope["type"] == ScopeType.WEBSOCKET:
            await send({"type": "websocket.close", "code": 1008, "reason": ""})
            return
        refusal = _find_refusal(scope) if scope["type"] == ScopeType.HTTP else None
        if refusal is None:
            await self._app(scope, receive, send)
            return
        status, reason = refusal
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps({"error": reason}).encode(), "more_body": False})


def _find_refusal(scope: HTTPScope) -> tuple[int, str] | None:
    """Return the status and the reason for which a request is refused, or None."""
    headers: dict[bytes, list[bytes]] = {}
    for name, value in scope["headers"]:
        headers.setdefault(name, []).append(value)
    hosts = headers.get(b"host", [])
    if len(hosts) != 1 or not _is_this_machine(hosts[0]):
        # the name of another site may lead here (DNS rebinding), and its page would count as ours
        return 403, "open the sandbox as http://127.0.0.1 or http://localhost"
    if any(origin.lower() != b"http://" + hosts[0].lower() for origin in headers.get(b"origin", [])):
        return 403, "pages of other sites may not use the sandbox"
    if any(site not in (b"same-origin", b"none") for site in headers.get(b"sec-fetch-site", [])):
        # a link on another page may lead to the chat page
        is_navigation = headers.get(b"sec-fetch-mode") == [b"navigate"] and headers.get(b"sec-fetch-dest") == [
            b"document"
        ]
        if scope["method"] != "GET" or scope["path"] != "/" or not is_navigation:
            return 403, "pages of other sites may not use the sandbox"
    if any(char < " " or char == "\x7f" for char in scope["path"]):
        return 404, "Not Found"
    return None


def _is_this_machine(host: bytes) -> bool:
    try:
        name = urlsplit("//" + host.decode("ascii")).hostname or ""
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
