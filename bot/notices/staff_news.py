"""What admins are told of the team and of clients who say they come: one message for what happens together."""

from datetime import date, datetime, timedelta

from backend.contract.notices import StaffNews
from bot.admin.callbacks.staff import StaffList
from bot.specialist.callbacks import DaysOff, StaffCard
from bot.ui import cards
from bot.ui.keyboards import Button, Row, Screen, button_to
from bot.ui.labels import cuttable_name
from bot.ui.text import DOT, one_line, visible_name

# Clients who come can be many: so many have a line and a button of their own.
MAX_LINES = 20
MAX_BUTTONS = 6


def compose_staff_news(voice: cards.Voice, news: list[StaffNews]) -> Screen:
    """Return the message, with a button to each of the things that it tells of, up to six."""
    t = voice.t
    if not news:  # what it told of does not hold any more
        return Screen(t.html("team-news-over"), [])
    lines = [t.html("team-news"), "", *(_line(voice, item) for item in news[:MAX_LINES])]
    if len(news) > MAX_LINES:
        lines.append(t.html("and-more", count=len(news) - MAX_LINES))
    buttons = {button.callback: button for item in news for button in [_button(voice, item)]}
    rows: list[Row] = [[button] for button in list(buttons.values())[:MAX_BUTTONS]]
    return Screen("\n".join(lines), rows)


def _line(voice: cards.Voice, item: StaffNews) -> str:
    name = visible_name(item.name) or voice.t.label("client-nameless")
    if item.what == "joined":
        return voice.t.html("team-joined-admin" if item.role == "admin" else "team-joined", name=name)
    if item.start is not None:
        when, services = voice.times.when(item.start), " + ".join(map(one_line, item.services))
        return voice.t.html("team-coming", name=name, when=when, services=services)
    key = "team-off" if item.what == "off" else "team-back"
    return voice.t.html(key, name=name, when=_stretch(voice, item.local_start, item.local_end))


def _button(voice: cards.Voice, item: StaffNews) -> Button:
    name = visible_name(item.name) or voice.t.label("client-nameless")
    if item.start is not None:
        return button_to(f"{voice.times.when(item.start)}{DOT}{cuttable_name(name)}", StaffCard(booking_id=item.id))
    if item.what == "joined":
        return button_to(voice.t.label("button-staff"), StaffList())
    return button_to(voice.t.label("button-days-off-of", name=cuttable_name(name)), DaysOff(specialist_id=item.id))


def _stretch(voice: cards.Voice, start: str, end: str) -> str:
    """Return `Fri 12 Dec`, `Fri 12 Dec – Sun 14 Dec`, or with times where it is not whole days. Local wall times."""
    first, last = datetime.fromisoformat(start), datetime.fromisoformat(end)
    whole = start.endswith("T00:00") and end.endswith("T00:00")
    if whole:
        days = [first.date(), (last - timedelta(days=1)).date()]
        return " – ".join(map(voice.times.day, dict.fromkeys(days)))
    begins = _wall(voice, first.date(), start)
    ends = voice.times.wall_time(end[11:]) if first.date() == last.date() else _wall(voice, last.date(), end)
    return f"{begins}–{ends}"


def _wall(voice: cards.Voice, day: date, local: str) -> str:
    return f"{voice.times.day(day)} {voice.times.wall_time(local[11:])}"
