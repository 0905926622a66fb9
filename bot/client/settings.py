"""What belongs to the person: the language, and the data that are kept about them."""

import msgspec

from backend.contract.bookings import Booking
from backend.contract.people import UpdateMe
from bot.client.callbacks import (
    AskErase,
    ClientHome,
    EraseMe,
    ExportCalendar,
    ExportJson,
    LanguageChoice,
    MyBookings,
    MyData,
    SetLanguage,
    SetNews,
)
from bot.fsm import drop_draft
from bot.home import home_screen
from bot.request import Request
from bot.router import Router
from bot.ui import cards
from bot.ui.callbacks import Home
from bot.ui.i18n import known_locales, words_for
from bot.ui.keyboards import Button, Row, Screen, button_grid, button_to
from bot.ui.labels import without_marks
from bot.ui.text import escape
from bot.ui.times import parse

_AHEAD = ("held", "pending", "confirmed", "arrived")
_SHOWN_AHEAD = 5

router = Router()


@router.press(LanguageChoice)
async def show_languages(request: Request, _: LanguageChoice) -> Screen:
    """Show each language in its own words."""
    return _languages_screen(request)


def _languages_screen(request: Request) -> Screen:
    names = [
        button_to(words_for(locale).label("language-name"), SetLanguage(locale=locale)) for locale in known_locales()
    ]
    back = button_to(request.t.label("button-back"), Home())
    return Screen(request.t.html("language-ask"), [*button_grid(names, 2), [back]])


@router.press(SetLanguage)
async def set_language(request: Request, callback: SetLanguage) -> Screen:
    """Change the language of the chat, notices and reminders included."""
    if callback.locale not in known_locales():
        return _languages_screen(request)
    change = msgspec.convert({"locale": callback.locale}, UpdateMe)
    await request.refresh_person(await request.api.update_me(change, key=request.idempotency_key("locale")))
    screen = await home_screen(request)
    return screen._replace(toast=request.t.label("language-set"))


@router.press(MyData)
async def show_my_data(request: Request, _: MyData) -> Screen:
    """Show what is kept about the person, in words."""
    return await _my_data_screen(request)


async def _my_data_screen(request: Request) -> Screen:
    data = await request.api.export_me()
    none = request.t.label("data-none")
    months = data.retention_months
    kept = request.t.html("data-kept-months", count=months) if months else request.t.html("data-kept")
    text = request.t.html(
        "data",
        name=data.person.name or none,
        phone=data.person.phone or none,
        username=f"@{data.username}" if data.username else none,
        language=words_for(request.locale).label("language-name"),
        since=request.times.when(data.created_at),
        bookings=len(data.bookings),
    )
    rows: list[Row] = [
        [
            button_to(request.t.label("button-export-json"), ExportJson()),
            button_to(request.t.label("button-export-ics"), ExportCalendar()),
        ],
        [_news_button(request, on=data.person.news)],
        [button_to(request.t.label("button-erase"), AskErase(), style="danger")],
        [button_to(request.t.label("button-home"), ClientHome())],
    ]
    lines = [text, "", kept, request.t.html("data-kept-words")]
    if data.note or data.team_note or data.tags:
        lines.insert(1, request.t.html("data-noted"))
    return Screen("\n".join(lines), rows)


def _news_button(request: Request, *, on: bool) -> Button:
    """Return the button that turns broadcasts off, or on again."""
    return button_to(request.t.label("button-news-off" if on else "button-news-on"), SetNews(on=not on))


@router.press(SetNews)
async def set_news(request: Request, callback: SetNews) -> Screen:
    """Turn broadcasts on or off."""
    me = await request.api.update_me(UpdateMe(news=callback.on), key=request.idempotency_key("news"))
    screen = await _my_data_screen(request)
    return screen._replace(toast=request.t.label("news-on" if me.news else "news-off"))


@router.press(ExportJson)
async def export_json(request: Request, _: ExportJson) -> None:
    """Send everything as a file."""
    content = msgspec.json.format(msgspec.json.encode(await request.api.export_me()), indent=2)
    await request.send_file("my-data.json", content, request.t.label("data-caption"))


@router.press(ExportCalendar)
async def export_calendar(request: Request, _: ExportCalendar) -> None:
    """Send all bookings as a calendar."""
    content = await request.api.get_own_calendar()
    await request.send_file("my-bookings.ics", content, request.t.label("data-calendar-caption"))


@router.press(AskErase)
async def ask_erase(request: Request, _: AskErase) -> Screen:
    """Say what goes and what stays before it cannot be undone; where something must be settled first, say that instead."""
    data = await request.api.export_me()
    keep = button_to(request.t.label("button-keep"), MyData())
    lines = [request.t.html("erase-ask"), "", request.t.html("erase-goes"), request.t.html("erase-stays")]
    if set(data.person.roles) != {"client"}:
        lines.append(request.t.html("erase-role"))
    if not data.keeps_from_erasing:
        yes = button_to(request.t.label("button-yes-erase"), EraseMe(), style="danger")
        return Screen("\n".join(lines), [[yes], [keep]])
    rows: list[Row] = []
    lines += ["", request.t.html("erase-first")]
    if "upcoming" in data.keeps_from_erasing:
        lines += [f"• {request.t.html('erase-first-upcoming')}", *_lines_ahead(request, data.bookings)]
        rows.append([button_to(request.t.label("button-my-bookings"), MyBookings(past=False, page=0))])
    if "last_admin" in data.keeps_from_erasing:
        lines.append(f"• {request.t.html('erase-first-admin')}")
    return Screen("\n".join(lines), [*rows, [keep]])


def _lines_ahead(request: Request, bookings: list[Booking]) -> list[str]:
    """Return the first of the bookings that have not ended."""
    ahead = [each for each in bookings if each.status in _AHEAD and parse(each.end) > request.times.now]
    lines = [f"   {escape(without_marks(cards.booking_label(request, each)))}" for each in ahead[:_SHOWN_AHEAD]]
    more = len(ahead) - _SHOWN_AHEAD
    return [*lines, request.t.html("and-more", count=more)] if more > 0 else lines


@router.press(EraseMe)
async def erase_me(request: Request, _: EraseMe) -> Screen:
    """Erase the person's data; somebody who comes back is new here."""
    await drop_draft(request.state)
    await request.api.erase_me(key=request.idempotency_key("erase"))
    await request.refresh_person()
    return Screen(request.t.html("erased"), [[button_to(request.t.label("button-start-again"), ClientHome())]])
