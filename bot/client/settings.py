"""What is the client's own: the language, and the data that is kept about them."""

import msgspec

from backend.contract.people import UpdateMe
from bot.client.calendar import calendar_file
from bot.home import home
from bot.request import Turn
from bot.ui.callbacks import route
from bot.ui.i18n import locales, words
from bot.ui.keyboards import Button, Row, Screen, go, grid


@route("c.lang")
async def language(turn: Turn) -> Screen:
    """Each language in its own words."""
    rows = grid([go(words(one).label("language-name"), "c.setl", one) for one in locales()], 2)
    return Screen(turn.t.html("language-ask"), [*rows, [go(turn.t.label("button-back"), "home")]])


@route("c.setl")
async def set_language(turn: Turn, locale: str) -> Screen:
    """From now on in that language, notices and reminders too."""
    if locale not in locales():
        return await language(turn)
    change = msgspec.convert({"locale": locale}, UpdateMe)
    await turn.person_changed(await turn.api.update_me(change, key=turn.key("locale")))
    screen = await home(turn)
    return screen._replace(toast=turn.t.label("language-set"))


@route("c.data")
async def my_data(turn: Turn) -> Screen:
    """What is kept about the person, in words."""
    data = await turn.api.export_me()
    none = turn.t.label("data-none")
    text = turn.t.html(
        "data",
        name=data.person.name or none,
        phone=data.person.phone or none,
        username=f"@{data.username}" if data.username else none,
        language=words(turn.locale).label("language-name"),
        since=turn.times.when(data.created_at),
        visits=len(data.bookings),
    )
    rows: list[Row] = [
        [go(turn.t.label("button-export-json"), "c.exj"), go(turn.t.label("button-export-ics"), "c.exi")],
        [_news_button(turn, on=data.person.news)],
        [go(turn.t.label("button-erase"), "c.era", style="danger")],
        [go(turn.t.label("button-home"), "c.home")],
    ]
    return Screen(text, rows)


def _news_button(turn: Turn, *, on: bool) -> Button:
    """Whether the business may write to everybody, them among them."""
    return go(turn.t.label("button-news-off" if on else "button-news-on"), "c.news", int(not on))


@route("c.news")
async def set_news(turn: Turn, on: int) -> Screen:
    """News on or off."""
    me = await turn.api.update_me(UpdateMe(news=bool(on)), key=turn.key("news"))
    return (await my_data(turn))._replace(toast=turn.t.label("news-on" if me.news else "news-off"))


@route("c.exj")
async def export_json(turn: Turn) -> Screen | None:
    """Everything, as a file."""
    content = msgspec.json.format(msgspec.json.encode(await turn.api.export_me()), indent=2)
    await turn.send_file("my-data.json", content, turn.t.label("data-caption"))
    return None


@route("c.exi")
async def export_calendar(turn: Turn) -> Screen | None:
    """All visits, as a calendar."""
    tenant = await turn.api.tenant()
    found = await turn.api.bookings(
        status=("pending", "confirmed", "arrived", "completed"), client_id=turn.person.id, order="desc", limit=100
    )
    await turn.send_file("my-visits.ics", calendar_file(tenant, found.items, turn.now), turn.t.label("data-caption"))
    return None


@route("c.era")
async def ask_erase(turn: Turn) -> Screen:
    """Before it cannot be undone."""
    rows: list[Row] = [
        [go(turn.t.label("button-yes-erase"), "c.eray", style="danger")],
        [go(turn.t.label("button-keep"), "c.data")],
    ]
    return Screen(turn.t.html("erase-ask"), rows)


@route("c.eray")
async def erase(turn: Turn) -> Screen:
    """Forgotten. Whoever comes back is new here."""
    await turn.dialog.end()
    await turn.api.erase_me(key=turn.key("erase"))
    await turn.person_changed()
    return Screen(turn.t.html("erased"), [[go(turn.t.label("button-start-again"), "c.home")]])
