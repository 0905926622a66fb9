"""The buttons of the clients' list and cards."""

from bot.ui.callbacks import Callback


class ClientList(Callback, prefix="a.cls"):
    """Clients by name, page by page."""

    page: int = 0


class ClientJoinList(Callback, prefix="a.jns"):
    """The walk-ins that may be, or became, somebody in Telegram, page by page."""

    page: int = 0


class ClientJoinCard(Callback, prefix="a.jn"):
    """One walk-in with the client whom they may be."""

    join_id: int


class AcceptClientJoin(Callback, prefix="a.jny"):
    """Make one client of both."""

    join_id: int


class RefuseClientJoin(Callback, prefix="a.jnx"):
    """Keep both apart."""

    join_id: int


class UndoClientJoin(Callback, prefix="a.jnu"):
    """Part both again."""

    join_id: int


class ClientCard(Callback, prefix="a.cl"):
    """One client."""

    client_id: int


class ClientBookings(Callback, prefix="a.clv"):
    """A client's bookings, page by page."""

    client_id: int
    page: int


class AskClientNote(Callback, prefix="a.clt"):
    """Type a note about a client."""

    client_id: int


class ForgetClientNote(Callback, prefix="a.cltx"):
    """Remove the note about a client."""

    client_id: int


class AskClientName(Callback, prefix="a.clp"):
    """Type another name or phone number of a client."""

    client_id: int


class AskBlockClient(Callback, prefix="a.clq"):
    """Ask before a client is blocked."""

    client_id: int


class SetClientBlocked(Callback, prefix="a.clb"):
    """Block or unblock a client."""

    client_id: int
    blocked: bool


class FindClient(Callback, prefix="a.clf"):
    """Type a part of a client's name or number."""


class AddClient(Callback, prefix="a.cln"):
    """Type the name and number of a new client."""
