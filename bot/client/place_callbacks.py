"""The buttons of how many places of a group a booking takes."""

from bot.ui.callbacks import Callback


class HoldPlaces(Callback, prefix="c.plc"):
    """Let a held booking take so many places."""

    booking_id: int
    places: int


class AskPlaces(Callback, prefix="b.plc"):
    """Choose another number of places for a booking."""

    booking_id: int


class ChangePlaces(Callback, prefix="b.pls"):
    """Let a booking take so many places."""

    booking_id: int
    places: int
