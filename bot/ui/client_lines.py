"""How a client reads to staff, on a booking's card and on their own: who it is, how to reach them, what is noted."""

import re
from collections.abc import Iterable

from backend.contract.people import LONGEST_NOTES
from bot.ui.cards import Voice
from bot.ui.text import DOT, Html, clean_text, escape, one_line

# A note on a card; a longer one is a join of several.
_SHOWN_NOTE = 1200
_USERNAME = re.compile(r"[A-Za-z0-9_]{1,64}")


def contact_lines(voice: Voice, *, username: str | None, tg_id: int | None, phone: str | None) -> list[str]:
    """Return the link to write to somebody and their number, which a phone can be told to call.

    Without a username the link names the account: Telegram opens it for who has been in this chat. (A button may not carry
    that link: Telegram refuses the whole message where the person's privacy settings forbid it.)"""
    lines: list[str] = []
    if username and _USERNAME.fullmatch(username):
        lines.append(f'<a href="https://t.me/{username}">@{username}</a>')
    elif tg_id is not None:
        lines.append(f'<a href="tg://user?id={tg_id}">{voice.t.html("write-in-telegram")}</a>')
    if phone:
        lines.append(escape(one_line(phone)))
    return lines


def noted_lines(voice: Voice, *, tags: Iterable[str], team_note: str, private_note: str) -> list[str]:
    """Return the tags and the notes, where there are some."""
    lines: list[str] = []
    if names := tags_text(tags):
        lines.append(voice.t.html("client-tags", tags=Html(escape(names))))
    if team_note:
        lines.append(voice.t.html("client-team-note", note=_note(team_note)))
    if private_note:
        lines.append(voice.t.html("client-note", note=_note(private_note)))
    return lines


def tags_text(tags: Iterable[str]) -> str:
    """Return `VIP · nails`."""
    return DOT.join(one_line(tag) for tag in tags)


def _note(note: str) -> Html:
    return Html(escape(clean_text(note[:LONGEST_NOTES], _SHOWN_NOTE)))
