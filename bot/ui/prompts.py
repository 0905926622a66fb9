"""Asking for something typed: the question, the presets that save typing, and a way back."""

from typing import Any

from bot.request import Request
from bot.ui.keyboards import Button, Row, Screen
from bot.ui.text import Html


async def ask(
    request: Request, step: str, question: Html | str, back: Button, presets: list[Row] | None = None, /, **draft: Any
) -> Screen:
    """Waits at the step for a text. With Redis away nothing can be typed: the presets go on working, if there are some."""
    rows = [*(presets or []), [back]]
    if not await request.dialog.begin(step, **draft) and not presets:
        return Screen(request.t.html("start-over"), rows)
    return Screen(question, rows)


def above(sentence: str, screen: Screen) -> Screen:
    """The screen with a sentence over it: what was wrong with the text, or what has just been done."""
    return screen._replace(text=f"{sentence}\n\n{screen.text}")
