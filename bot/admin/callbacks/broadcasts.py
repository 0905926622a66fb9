"""The buttons of broadcasts: written, for whom, when, sent, stopped.

`kind` is a place in `KINDS` of `bot.admin.broadcast_audience`, `at` a local time as the ordinal of its date * 1440 + minutes."""

from bot.ui.callbacks import Callback


class BroadcastList(Callback, prefix="a.bc"):
    """The broadcasts."""

    page: int = 0


class WriteBroadcast(Callback, prefix="a.bcw"):
    """Type the text of a broadcast, or send it with a picture; 0 begins a new one."""

    broadcast_id: int


class BroadcastCard(Callback, prefix="a.bcv"):
    """One broadcast and how far it is."""

    broadcast_id: int


class TryBroadcast(Callback, prefix="a.bct"):
    """Send a broadcast to oneself."""

    broadcast_id: int


class AskSendBroadcast(Callback, prefix="a.bcq"):
    """Ask before a broadcast is sent."""

    broadcast_id: int


class SendBroadcast(Callback, prefix="a.bcs"):
    """Send a broadcast, or go on after a stop."""

    broadcast_id: int


class StopBroadcast(Callback, prefix="a.bcx"):
    """Stop a broadcast."""

    broadcast_id: int


class SendBroadcastHere(Callback, prefix="n.bcs"):
    """Go on with a broadcast, on the message that shows its progress."""

    broadcast_id: int


class StopBroadcastHere(Callback, prefix="n.bcx"):
    """Stop a broadcast, on the message that shows its progress."""

    broadcast_id: int


class AskPicture(Callback, prefix="a.bcp"):
    """Send a picture for a broadcast."""

    broadcast_id: int


class RemovePicture(Callback, prefix="a.bcpx"):
    """Send a broadcast without its picture."""

    broadcast_id: int


class AudienceKinds(Callback, prefix="a.bca"):
    """Whom a broadcast is for."""

    broadcast_id: int


class AudienceList(Callback, prefix="a.bcal"):
    """The services, specialists or tags to choose a broadcast's audience by, page by page."""

    broadcast_id: int
    kind: int
    page: int = 0


class AskUnseenDays(Callback, prefix="a.bcad"):
    """For how many days the clients of a broadcast have not been there."""

    broadcast_id: int


class SetAudience(Callback, prefix="a.bcas"):
    """Choose the audience; `value` is a service's id, a specialist's, days, or a tag's key as a number."""

    broadcast_id: int
    kind: int
    value: int = 0


class BookTargets(Callback, prefix="a.bcb"):
    """The services that the Book button of a broadcast may lead to, page by page."""

    broadcast_id: int
    page: int = 0


class SetBookTarget(Callback, prefix="a.bcbs"):
    """Let the Book button lead to this service; 0: to all of them."""

    broadcast_id: int
    service_id: int


class AskSendTime(Callback, prefix="a.bcl"):
    """When a broadcast is sent."""

    broadcast_id: int


class SetSendTime(Callback, prefix="a.bcls"):
    """Send a broadcast at this local time."""

    broadcast_id: int
    at: int


class CancelSendTime(Callback, prefix="a.bclx"):
    """Do not send a broadcast by itself."""

    broadcast_id: int
