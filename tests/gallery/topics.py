"""Which sheet of the gallery shows which scenario of the bot, and which of the recorded screens it shows."""

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from bot.dispatcher import dispatcher
from tests.support.recorded_screens import RecordedScreen

# of each handler, in each role and language
VARIANTS = 2
# of one sheet
SCREENS = 20


class Topic(NamedTuple):
    """The scenarios of one sheet: `modules` are those of the package of its role."""

    role: str
    name: str
    about: str
    modules: str


TOPICS = (
    Topic("client", "start", "where clients start, what `/help` says, links, codes and places",
          "home links codes places contact phone"),
    Topic("client", "booking", "a service, a specialist, a time, Confirm",
          "book services several times confirm offer wish purpose"),
    Topic("client", "bookings", "a client's bookings: moved, cancelled, late, coming",
          "bookings move new_times late confirmation"),
    Topic("client", "settings", "language, reminders, own data, words to the business",
          "settings words"),
    Topic("specialist", "day", "a specialist's day, week and month, tasks, marks",
          "day calendar history unmarked marks tasks"),
    Topic("specialist", "booking", "the card of a booking, classes, requests, answers",
          "card classes decline client_message answer_words affected_bookings free_time"),
    Topic("specialist", "hours", "working hours, single dates, days off",
          "week_hours hours hours_changes days_off dates notice_settings"),
    Topic("admin", "start", "the first steps of a business, its menu",
          "opening basics menu"),
    Topic("admin", "day", "the day of all specialists, its gaps, the change log, exports",
          "day gaps audit reports"),
    Topic("admin", "bookings", "finding, making and changing bookings",
          "bookings new_booking"),
    Topic("admin", "clients", "clients: search, card, tags, notes, joining two of them",
          "clients client_search client_tags client_notes client_joins"),
    Topic("admin", "services", "services, their prices and rooms",
          "services new_service service_search service_staff service_fields offers rooms"),
    Topic("admin", "staff", "specialists, their hours, who has access",
          "staff new_specialist access schedules"),
    Topic("admin", "broadcasts", "a broadcast: words, audience, time, progress",
          "broadcast broadcast_audience broadcast_time broadcast_preview"),
    Topic("admin", "figures", "earned and planned, by week, month, specialist and service",
          "figures figures_chart figures_span"),
    Topic("admin", "settings", "the rules of booking, the zone, privacy",
          "settings policies zone_change privacy"),
    Topic("client", "notices", "what the bot tells clients by itself",
          ""),
    Topic("specialist", "notices", "what the bot tells specialists by itself",
          ""),
    Topic("admin", "notices", "what the bot tells admins by itself",
          ""),
)  # fmt: skip

_NOTICES = ("notice", "bot.notices.answers")
_EVERYBODYS = ("bot.home", "bot.commands", "bot.fallback")
_START = {"client": "start", "specialist": "day", "admin": "start"}
_BY_MODULE = {f"bot.{topic.role}.{module}": topic for topic in TOPICS for module in topic.modules.split()}
_BY_NAME = {(topic.role, topic.name): topic for topic in TOPICS}


def topic_of(source: str, role: str) -> Topic | None:
    """Return the topic that shows what a handler or a notice (see `RecordedScreen.source`) shows to a role; None for none."""
    module = source.rpartition(".")[0]
    if module in _NOTICES:
        return _BY_NAME[role, "notices"]
    if module in _EVERYBODYS:
        return _BY_NAME[role, _START[role]]
    return _BY_MODULE.get(module)


def choose_screens(recorded: Iterable[RecordedScreen]) -> list[RecordedScreen]:
    """Return the screens to show: of each handler the fullest, then the fullest of those that begin otherwise."""
    by_handler: dict[tuple[str, str, str], list[RecordedScreen]] = defaultdict(list)
    for screen in recorded:
        # a scenario's screens are alike in all roles; what is said to everybody differs
        role = screen.role if screen.source.rpartition(".")[0] in (*_NOTICES, *_EVERYBODYS) else ""
        by_handler[screen.source, role, screen.locale].append(screen)
    chosen: list[RecordedScreen] = []
    for _, screens in sorted(by_handler.items()):
        beginnings: set[str] = set()
        for screen in sorted(screens, key=_fullness, reverse=True):
            if len(beginnings) < VARIANTS and (beginning := _beginning(screen)) not in beginnings:
                beginnings.add(beginning)
                chosen.append(screen)
    return chosen


def list_handlers_without_screen(recorded: Iterable[RecordedScreen]) -> list[str]:
    """Return the names of the handlers of buttons of which no screen was recorded."""
    known = {screen.source for screen in recorded}
    handlers = [entry.handle for entry in dispatcher.presses.handlers.values()]
    return sorted({f"{handle.__module__}.{handle.__name__}" for handle in handlers} - known)


def _fullness(screen: RecordedScreen) -> tuple[int, str, str]:
    return len(screen.text) + 20 * len(screen.labels), screen.text, screen.answer


def _beginning(screen: RecordedScreen) -> str:
    words = re.sub(r"\d+", "0", screen.text or screen.answer)
    return words.partition("\n")[0]
