"""Asking for something typed: the question, the presets that save typing, and a way back."""

from aiogram.fsm.state import State

from bot.fsm import Draft, keep_draft
from bot.request import Request
from bot.ui.keyboards import Button, Row, Screen
from bot.ui.text import Html


async def ask_for_text(
    request: Request,
    step: State,
    question: Html | str,
    back: Button,
    presets: list[Row] | None = None,
    *,
    draft: Draft | None = None,
) -> Screen:
    """Return the question and wait at the step for a text.

    With Redis away nothing can be typed: the presets go on working, where there are some."""
    rows = [*(presets or []), [back]]
    if not await keep_draft(request.state, draft, step) and not presets:
        return Screen(request.t.html("start-over"), rows)
    return Screen(question, rows)


def more_lines(request: Request, count: int) -> list[str]:
    """Return `… and 5 more` for what a list does not show; nothing where it shows everything."""
    return [request.t.html("and-more", count=count)] if count > 0 else []


def add_above(sentence: str, screen: Screen) -> Screen:
    """Return the screen with a sentence over it: what was wrong with the text, or what has just been done."""
    return screen._replace(text=f"{sentence}\n\n{screen.text}")
