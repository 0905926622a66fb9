"""The buttons of notices that are answered on the notice itself."""

from bot.ui.callbacks import Callback


class ConfirmComing(Callback, prefix="n.come"):
    """The client of a reminder will come."""

    booking_id: int


class SetNewsHere(Callback, prefix="n.news"):
    """Turn news on or off."""

    on: bool


class ApproveHere(Callback, prefix="n.appr"):
    """Accept a booking that waits for approval."""

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
