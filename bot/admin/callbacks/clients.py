"""The buttons of the clients' list and cards."""

from bot.ui.callbacks import Callback

# The place of a tag's key where no tag is meant.
ANY_TAG = "-"


class ClientList(Callback, prefix="a.cls"):
    """Clients by name, page by page; with the key of a tag those who have it."""

    page: int = 0
    tag: str = ANY_TAG


class TagList(Callback, prefix="a.tgs"):
    """The tags by which the list of clients can be narrowed."""

    page: int = 0


class ClientTagList(Callback, prefix="a.tg"):
    """A client's tags and those of others, page by page."""

    client_id: int
    page: int = 0


class AddClientTag(Callback, prefix="a.tga"):
    """Give a client a tag that others have."""

    client_id: int
    tag: str


class RemoveClientTag(Callback, prefix="a.tgx"):
    """Take a tag from a client."""

    client_id: int
    tag: str


class AskClientTag(Callback, prefix="a.tgn"):
    """Type a new tag of a client."""

    client_id: int


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
    """One client; the way back leads to the booking from which one came (0: to the list)."""

    client_id: int
    booking_id: int = 0


class ClientBookings(Callback, prefix="a.clv"):
    """A client's bookings, page by page."""

    client_id: int
    page: int


class AskClientNote(Callback, prefix="a.clt"):
    """Type the note about a client for the admins, or the one for the whole team."""

    client_id: int
    for_team: bool
    booking_id: int = 0


class ForgetClientNote(Callback, prefix="a.cltx"):
    """Remove one of the notes about a client."""

    client_id: int
    for_team: bool
    booking_id: int = 0


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


class AddTypedClient(Callback, prefix="a.clny"):
    """Enter the client whose name was typed to look for them, as the draft has it."""


class AddClient(Callback, prefix="a.cln"):
    """Type the name and number of a new client."""
