"""The buttons of notices that are answered on the notice itself."""

from bot.ui.callbacks import Callback


class ConfirmComing(Callback, prefix="n.come"):
    """The client of a reminder will come."""

    booking_id: int


class TakeNewTimeHere(Callback, prefix="n.here"):
    """Take one of the times that a notice offers."""

    booking_id: int
    specialist_id: int
    start: int


class SetNewsHere(Callback, prefix="n.news"):
    """Turn news off or on, on a broadcast; the service or specialist that its Book button leads to, 0 for none."""

    on: bool
    service_id: int = 0
    specialist_id: int = 0


class ApproveHere(Callback, prefix="n.appr"):
    """Accept a booking that waits for approval."""

    booking_id: int


class AcceptMoveHere(Callback, prefix="n.move"):
    """Move a booking to the time that its client asks for."""

    booking_id: int


class KeepTimeHere(Callback, prefix="n.keep"):
    """Keep a booking where it is, though its client asks for another time."""

    booking_id: int


class DeclineHere(Callback, prefix="n.decl"):
    """Decline a booking that waits for approval."""

    booking_id: int


class SamePersonHere(Callback, prefix="n.same"):
    """A walk-in and a client in Telegram are one person."""

    join_id: int


class TwoPeopleHere(Callback, prefix="n.two"):
    """A walk-in and a client in Telegram are two people."""

    join_id: int


class AnswerWords(Callback, prefix="n.answ"):
    """Type the answer to a client's words."""

    message_id: int


class ReplyWords(Callback, prefix="n.repl"):
    """Type a reply to what the business has written about a booking."""

    booking_id: int


class SendWords(Callback, prefix="c.send"):
    """Send what the client has written to the business."""


class DropWords(Callback, prefix="c.forg"):
    """Forget what the client has written and not sent."""


class UnsentWords(Callback, prefix="c.uns"):
    """What the client has written and not sent."""
