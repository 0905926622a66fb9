"""What is the client's own: the language, and the data that is kept about them."""

import msgspec

from backend.contract.people import UpdateMe
from bot.client.calendar import calendar_file
from bot.home import home
from bot.request import Request
from bot.ui.callbacks import route
from bot.ui.i18n import locales, words
from bot.ui.keyboards import Button, Row, Screen, go, grid


@route("c.lang")
async def language(request: Request) -> Screen:
    """Each language in its own words."""
    rows = grid([go(words(one).label("language-name"), "c.setl", one) for one in locales()], 2)
    return Screen(request.t.html("language-ask"), [*rows, [go(request.t.label("button-back"), "home")]])


@route("c.setl")
async def set_language(request: Request, locale: str) -> Screen:
    """From now on in that language, notices and reminders too."""
    if locale not in locales():
        return await language(request)
    change = msgspec.convert({"locale": locale}, UpdateMe)
    await request.person_changed(await request.api.update_me(change, key=request.key("locale")))
    screen = await home(request)
    return screen._replace(toast=request.t.label("language-set"))


@route("c.data")
async def my_data(request: Request) -> Screen:
    """What is kept about the person, in words."""
    data = await request.api.export_me()
    none = request.t.label("data-none")
    text = request.t.html(
        "data",
        name=data.person.name or none,
        phone=data.person.phone or none,
        username=f"@{data.username}" if data.username else none,
        language=words(request.locale).label("language-name"),
        since=request.times.when(data.created_at),
        visits=len(data.bookings),
    )
    rows: list[Row] = [
        [go(request.t.label("button-export-json"), "c.exj"), go(request.t.label("button-export-ics"), "c.exi")],
        [_news_button(request, on=data.person.news)],
        [go(request.t.label("button-erase"), "c.era", style="danger")],
        [go(request.t.label("button-home"), "c.home")],
    ]
    return Screen(text, rows)


def _news_button(request: Request, *, on: bool) -> Button:
    """Whether the business may write to everybody, them among them."""
    return go(request.t.label("button-news-off" if on else "button-news-on"), "c.news", int(not on))


@route("c.news")
async def set_news(request: Request, on: int) -> Screen:
    """News on or off."""
    me = await request.api.update_me(UpdateMe(news=bool(on)), key=request.key("news"))
    return (await my_data(request))._replace(toast=request.t.label("news-on" if me.news else "news-off"))


@route("c.exj")
async def export_json(request: Request) -> Screen | None:
    """Everything, as a file."""
    content = msgspec.json.format(msgspec.json.encode(await request.api.export_me()), indent=2)
    await request.send_file("my-data.json", content, request.t.label("data-caption"))
    return None


@route("c.exi")
async def export_calendar(request: Request) -> Screen | None:
    """All visits, as a calendar."""
    tenant = await request.api.get_tenant()
    found = await request.api.list_bookings(
        status=("pending", "confirmed", "arrived", "completed"), client_id=request.person.id, order="desc", limit=100
    )
    await request.send_file(
        "my-visits.ics", calendar_file(tenant, found.items, request.now), request.t.label("data-caption")
    )
    return None


@route("c.era")
async def ask_erase(request: Request) -> Screen:
    """Before it cannot be undone."""
    rows: list[Row] = [
        [go(request.t.label("button-yes-erase"), "c.eray", style="danger")],
        [go(request.t.label("button-keep"), "c.data")],
    ]
    return Screen(request.t.html("erase-ask"), rows)


@route("c.eray")
async def erase(request: Request) -> Screen:
    """Forgotten. Whoever comes back is new here."""
    await request.dialog.end()
    await request.api.erase_me(key=request.key("erase"))
    await request.person_changed()
    return Screen(request.t.html("erased"), [[go(request.t.label("button-start-again"), "c.home")]])
