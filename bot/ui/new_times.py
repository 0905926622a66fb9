"""The times that a client is offered whose booking cannot take place as booked: a text and buttons, on a notice or the menu."""

from collections.abc import Callable

from backend.contract.bookings import Booking
from backend.contract.tasks import NewTime, NewTimes
from bot.ui import cards
from bot.ui.callbacks import Callback
from bot.ui.keyboards import Row, button_to
from bot.ui.text import DOT, one_line
from bot.ui.times import epoch_minutes

# Makes the callback that takes a time: the specialist's id (0: any who is free) and the start in epoch minutes.
Take = Callable[[int, int], Callback]


def new_times_lines(voice: cards.Voice, booking: Booking, offered: NewTimes) -> list[str]:
    """Return `Sam is away on Fri 12 Dec.`, what is offered instead, and the booking that it is about."""
    start, name = booking.start, one_line(offered.name)
    day = voice.times.day(voice.times.local(start).date())
    key = f"new-times-{offered.cause.replace('_', '-')}"
    if offered.cause in ("time_off", "hours", "service") and not name:
        key = "new-times-asked"
    lines: list[str] = [
        voice.t.html(key, name=name, day=day, time=voice.times.clock(start), service=cards.service_names(booking))
    ]
    same = offered.same_time
    if same is not None:
        time, price = voice.times.clock(same.start), _price(voice, same)
        key = "new-times-same" if price else "new-times-same-free"
        lines.append(voice.t.html(key, name=one_line(same.specialist_name), time=time, price=price))
    elif offered.others:
        lines.append(voice.t.html("new-times-others"))
    else:
        lines.append(voice.t.html("new-times-none"))
    return [*lines, "", cards.booking_text(voice, booking)]


def new_times_rows(voice: cards.Voice, offered: NewTimes, take: Take) -> list[Row]:
    """Return Take it, and the nearest other times, each a button."""
    rows: list[Row] = []
    same = offered.same_time
    if same is not None:
        take_it = take(same.specialist_id or 0, epoch_minutes(same.start))
        rows.append([button_to(voice.t.label("button-take-it"), take_it, style="success")])
    for time in offered.others:
        parts = (voice.times.relative(time.start), one_line(time.specialist_name, 24), _price(voice, time))
        label = DOT.join(part for part in parts if part)
        rows.append([button_to(label, take(time.specialist_id or 0, epoch_minutes(time.start)))])
    return rows


def _price(voice: cards.Voice, time: NewTime) -> str:
    return cards.price_text(voice, time.price, time.currency, at_least=time.price_from)
