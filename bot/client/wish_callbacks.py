"""The buttons of a request for another time."""

from bot.ui.callbacks import Callback


class AskWish(Callback, prefix="m.wish"):
    """Type which other time would suit."""

    booking_id: int


class WithdrawWish(Callback, prefix="m.keep"):
    """Take a request for another time back."""

    booking_id: int
