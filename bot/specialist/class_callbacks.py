"""The buttons of a class: its people, who came, words to all. `start` is in epoch minutes."""

from bot.ui.callbacks import Callback


class ClassList(Callback, prefix="s.cls"):
    """Those who start a group's service together; `start` is in epoch minutes."""

    service_id: int
    specialist_id: int
    start: int
    page: int = 0


class TickArrived(Callback, prefix="s.tick"):
    """Somebody of a class is here, or is not after all; `place` is that of the class among the booking's services."""

    booking_id: int
    place: int
    page: int = 0


class CountCame(Callback, prefix="s.came"):
    """So many of a booking's places are taken by somebody who is here; `place` as in `TickArrived`."""

    booking_id: int
    place: int
    came: int
    page: int = 0


class WriteToClass(Callback, prefix="s.clsm"):
    """Type words to everybody of a class."""

    service_id: int
    specialist_id: int
    start: int


class SendToClass(Callback, prefix="s.clsy"):
    """Send the typed words to everybody of a class."""

    service_id: int
    specialist_id: int
    start: int
