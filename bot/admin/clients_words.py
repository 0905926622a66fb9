"""How a client reads to staff, and what staff type about one."""

import re

from backend.contract.people import Client, Clients
from bot.request import Request
from bot.ui.text import clean_text, one_line

NAME_MAX = 64
# The backend takes so long a query.
QUERY_MAX = 64
_PHONE = re.compile(r"\+?\(?\d[\d ()\-./]{3,30}\d")


def name_of(request: Request, name: str) -> str:
    """The name, or words for none."""
    return one_line(name) or request.t.label("client-nameless")


def client_label(request: Request, client: Client) -> str:
    """`Maria Petrova · +7 900 123-45-67`"""
    parts = [name_of(request, one_line(client.name, 36)), one_line(client.phone or "", 24)]
    if client.blocked:
        parts.append(request.t.label("client-blocked-mark"))
    return " · ".join(part for part in parts if part)


def name_and_phone(text: str) -> tuple[str, str | None]:
    """What somebody typed of a client: the name, and the phone number if there is one in it."""
    line = " ".join(clean_text(text, 500).split())
    found = _PHONE.search(line)
    if found is None:
        return line[:NAME_MAX].strip(), None
    rest = f"{line[: found.start()]} {line[found.end() :]}"
    return " ".join(rest.split()).strip(" ,;:")[:NAME_MAX].strip(), found[0].strip()[:32]


async def find(request: Request, query: str = "", limit: int = 9, cursor: str | None = None) -> Clients:
    """Clients by name or phone, those that begin with it first."""
    return await request.api.list_clients(query[:QUERY_MAX], limit=limit, cursor=cursor)


async def client_of(request: Request, client_id: int) -> Client:
    """One client as this member of staff may see them."""
    return await request.api.get_client(client_id)
