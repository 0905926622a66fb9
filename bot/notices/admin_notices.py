"""What admins should know of and the bot words: a changed zone, two clients who may be one, a broadcast not sent."""

from backend.contract.notices import BROADCAST_LATE, INSTANTS_KEPT, SAME_PERSON, STAFF_NEWS, ZONE_CHANGED, Notice
from backend.contract.people import ClientJoin
from bot.admin.callbacks.broadcasts import BroadcastCard
from bot.admin.callbacks.business import ZoneChangeCard
from bot.admin.callbacks.clients import ClientJoinCard
from bot.admin.clients import client_label
from bot.notices.callbacks import SamePersonHere, TwoPeopleHere
from bot.notices.staff_news import compose_staff_news
from bot.ui import cards
from bot.ui.keyboards import Row, Screen, button_to
from bot.ui.text import escape
from bot.ui.times import Times

_CHANGED_PARTS, _JOIN_PARTS, _LATE_PARTS = 4, 2, 2


def join_id_of(notice: Notice) -> int | None:
    """Return the id of the join that the notice asks for, or None."""
    words = (notice.text or "").split() if notice.kind == "text" and notice.booking is None else []
    return int(words[1]) if len(words) == _JOIN_PARTS and words[0] == SAME_PERSON else None


def compose_admin_notice(voice: cards.Voice, notice: Notice, join: ClientJoin | None) -> Screen | None:
    """Return the notice, or None where its text is nothing that the bot words."""
    if notice.kind != "text" or notice.booking is not None:
        return None
    if join_id_of(notice) is not None:
        return _compose_join(voice, join)
    words = (notice.text or "").split()
    if len(words) == _LATE_PARTS and words[0] == BROADCAST_LATE:
        card = BroadcastCard(broadcast_id=int(words[1]))
        return Screen(voice.t.html("admin-broadcast-late"), [[button_to(voice.t.label("button-open"), card)]])
    if words[:1] == [STAFF_NEWS]:
        return compose_staff_news(voice, notice.news)
    if len(words) != _CHANGED_PARTS or words[0] not in (ZONE_CHANGED, INSTANTS_KEPT):
        return None
    kind, old, new, count = words
    now = voice.times.now.timestamp()
    zones = {name: Times(zone, voice.locale, now).zone_name() for name, zone in (("old", old), ("new", new))}
    if kind == INSTANTS_KEPT:
        return Screen(voice.t.html("admin-instants-kept", count=int(count), **zones), [])
    row = [button_to(voice.t.label("button-zone-change"), ZoneChangeCard())]
    return Screen(voice.t.html("admin-zone-changed", count=int(count), **zones), [row])


def _compose_join(voice: cards.Voice, join: ClientJoin | None) -> Screen:
    """Return the question with both people; what is decided already asks nothing."""
    if join is None or join.status != "proposed":
        return Screen(voice.t.html("join-outdated"), [])
    lines = [
        voice.t.html("join-asked"),
        "",
        f"{voice.t.html('join-walk-in')} {escape(client_label(voice, join.walk_in))}",
        f"{voice.t.html('join-client')} {escape(client_label(voice, join.client))}",
    ]
    rows: list[Row] = [
        [
            button_to(voice.t.label("button-same-person"), SamePersonHere(join_id=join.id), style="success"),
            button_to(voice.t.label("button-two-people"), TwoPeopleHere(join_id=join.id)),
        ],
        [button_to(voice.t.label("button-open"), ClientJoinCard(join_id=join.id))],
    ]
    return Screen("\n".join(lines), rows)
