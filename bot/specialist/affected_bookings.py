"""The bookings that a change leaves without their place: shown before it is made, and handled in one step."""

from collections.abc import Awaitable, Callable
from enum import IntEnum
from typing import TypeVar

from backend.client.requests import Displacing
from backend.contract.catalog import ChangedRoom, ChangedService, ChangedSpecialist, Removed
from backend.contract.schedule import Affected, Changed
from backend.contract.schedule import Handling as WireHandling
from bot.request import Request
from bot.specialist.card import all_tasks_button
from bot.ui.callbacks import Callback
from bot.ui.keyboards import Row, Screen, button_to
from bot.ui.prompts import add_above, more_lines
from bot.ui.text import escape, one_line, visible_name

LISTED = 10
PREVIEW = Displacing(preview="true")
# The change is made where no booking is in its way.
IF_NOBODY_IS_TOUCHED = Displacing(preview="if_displaced")
# The key of a preview, which changes nothing and is never remembered.
PREVIEW_KEY = "preview"

A = TypeVar("A", ChangedService, ChangedSpecialist, ChangedRoom, Removed)


class Handling(IntEnum):
    """What becomes of the bookings; a button carries the number."""

    KEEP = 0
    OFFER = 1
    CANCEL = 2
    # Nobody has chosen yet: the change is made where no booking is in its way.
    ASK = 3


_ON_THE_WIRE: dict[int, WireHandling] = {Handling.OFFER: "need_new_times", Handling.CANCEL: "cancel"}


def choose_handling(mode: int) -> Displacing:
    """Return what the backend is asked to do with the bookings; anything unknown keeps them."""
    return Displacing(_ON_THE_WIRE.get(mode, "keep"))


def affected_lines(request: Request, affected: list[Affected]) -> list[str]:
    """Return `3 bookings are affected:` and a line for each of the first."""
    lines = [escape(affected_label(request, booking)) for booking in affected[:LISTED]]
    return [request.t.html("affected", count=len(affected)), *lines, *more_lines(request, len(affected) - LISTED)]


def affected_label(request: Request, booking: Affected) -> str:
    """Return `Fri 12 Dec 14:30 · Haircut · Alex`."""
    services = " + ".join(map(one_line, booking.service_names))
    client = visible_name(booking.client_name, 20) or request.t.label("client-nameless")
    parts = [request.times.when(booking.start), services, client]
    return " · ".join(part for part in parts if part)


def handling_rows(request: Request, to: Callable[[Handling], Callback]) -> list[Row]:
    """Return a button for each way to handle the bookings; `to` makes its callback."""
    return [
        [button_to(request.t.label("button-offer-times"), to(Handling.OFFER), style="primary")],
        [button_to(request.t.label("button-keep-bookings"), to(Handling.KEEP))],
        [button_to(request.t.label("button-cancel-notify"), to(Handling.CANCEL), style="danger")],
    ]


def add_changed(request: Request, mode: int, changed: Changed, screen: Screen, done: str = "") -> Screen:
    """Say above the screen of a changed schedule what was `done` and what became of the bookings in the way."""
    lines = [done] if done else []
    lines += _handled_lines(request, mode, len(changed.affected), changed.handled, changed.unreached)
    screen = _add_way_to_tasks(request, mode, changed.handled, screen)
    return add_above("\n".join(lines), screen) if lines else screen


def _handled_lines(request: Request, mode: int, affected: int, handled: int, unreached: int) -> list[str]:
    """Return a sentence about what was done with the bookings; none where there were none.

    Clients whom no message reaches are counted."""
    if not affected:
        return []
    if mode not in (Handling.OFFER, Handling.CANCEL):
        return [request.t.html("affected-stay", count=affected)]
    sentences = []
    if handled > unreached:
        key = "affected-cancelled" if mode == Handling.CANCEL else "affected-offered"
        sentences.append(request.t.html(key, count=handled - unreached))
    if unreached:
        sentences.append(request.t.html("affected-missed", count=unreached))
    return [" ".join(sentences)] if sentences else []


def _add_way_to_tasks(request: Request, mode: int, handled: int, screen: Screen) -> Screen:
    """Add the way to the bookings that need a new time now: whom to call stands there, with their numbers."""
    if mode != Handling.OFFER or not handled:
        return screen
    return screen._replace(rows=[[all_tasks_button(request)], *screen.rows])


async def change_or_ask(
    request: Request,
    mode: int,
    change: Callable[[Displacing], Awaitable[A]],
    to: Callable[[Handling], Callback],
    back: Callback,
) -> A | Screen:
    """Make the change and return its answer; where bookings are in its way and `mode` is ASK, return the question instead.

    `to` makes the callback that makes the change with what has been chosen."""
    if mode != Handling.ASK:
        return await change(choose_handling(mode))
    touched: A = await change(IF_NOBODY_IS_TOUCHED)
    if not touched.displaced:
        return touched
    rows = [*handling_rows(request, to), [button_to(request.t.label("button-back"), back)]]
    return Screen("\n".join([request.t.html("change-ask"), "", *affected_lines(request, touched.displaced)]), rows)


def add_handled(
    request: Request, mode: int, changed: ChangedService | ChangedSpecialist | ChangedRoom | Removed, screen: Screen
) -> Screen:
    """Say above the screen what was done with the bookings in the way, where there were some."""
    lines = _handled_lines(request, mode, len(changed.displaced), changed.handled, changed.unreached)
    screen = _add_way_to_tasks(request, mode, changed.handled, screen)
    return add_above("\n".join(lines), screen) if lines else screen
