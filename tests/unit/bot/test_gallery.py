"""The gallery of every screen (`uv run poe pictures`): what it would leave out."""

from bot.dispatcher import dispatcher
from tests.gallery.topics import choose_screens, list_handlers_without_screen, topic_of
from tests.support.recorded_screens import RecordedScreen


def recorded(source: str, text: str, locale: str = "en") -> RecordedScreen:
    return RecordedScreen(source=source, role="client", locale=locale, content={"text": text})


def test_each_scenario_has_a_sheet() -> None:
    handlers = [entry.handle for entry in dispatcher.presses.handlers.values()]
    taken = [handler.callback for router in dispatcher.chain_tail for handler in router.message.handlers]
    modules = {handler.__module__ for handler in [*handlers, *taken]}
    assert len(modules) > 60
    roles = ("client", "specialist", "admin")
    assert [module for module in sorted(modules) for role in roles if topic_of(f"{module}.handle", role) is None] == []


def test_a_handler_shows_its_fullest_screen_and_the_fullest_that_begins_otherwise() -> None:
    screens = [
        recorded("bot.client.book.change_time", text)
        for text in ("Gone.", "Gone.\nFor 5 days", "Welcome", "Welcome\nto us\nall")
    ]
    other = recorded("bot.client.book.change_time", "Привет", locale="ru")
    chosen = [(screen.locale, screen.text) for screen in choose_screens([*screens, other])]
    assert chosen == [("en", "Welcome\nto us\nall"), ("en", "Gone.\nFor 5 days"), ("ru", "Привет")]


def test_handlers_without_a_screen_are_named() -> None:
    names = list_handlers_without_screen([recorded("bot.client.book.show_specialists", "Anna")])
    assert "bot.client.book.change_time" in names
    assert "bot.client.book.show_specialists" not in names
