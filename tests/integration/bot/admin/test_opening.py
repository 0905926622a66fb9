"""An owner opens for business with nothing but the bot, in both languages: every tap and every typed word counted."""

from collections.abc import Callable
from typing import Any

import pytest

from bot.admin.callbacks.business import SetZone
from tests.support.bot_chats import ADMIN, CLIENT, BotChats

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "none": "Ready to open: 0 of 6",
        "soon": "opening soon",
        "address": "Zone and address",
        "zone": "Time zone: Moscow, UTC+3",
        "minutes": "45 min",
        "price": "1,500",
        "next_staff": "Next: staff",
        "does": "What does Anna do?",
        "next_hours": "Next: working hours",
        "shape": "Mon–Fri: 10:00–19:00",
        "week": "Mon–Fri: 10:00–19:00\nSat–Sun: day off",
        "home": "Home",
        "four": "Ready to open: 4 of 6",
        "test": "A test booking",
        "slot": "Today 10:00",
        "confirm": "Confirm",
        "booked": "You're booked",
        "my_day": "To my day",
        "five": "Ready to open: 5 of 6",
        "share": "Share the link and QR code",
        "welcome": "What would you like to book?",
    },
    "ru": {
        "none": "Готово к открытию: 0 из 6",
        "soon": "скоро откроется",
        "address": "Часовой пояс и адрес",
        "zone": "Часовой пояс: Москва, UTC+3",
        "minutes": "45 мин",
        "price": "1 500",
        "next_staff": "Дальше: сотрудники",
        "does": "Anna: какие услуги?",
        "next_hours": "Дальше: часы работы",
        "shape": "пн–пт: 10:00–19:00",
        "week": "пн–пт: 10:00–19:00\nсб–вс: выходной",
        "home": "На главную",
        "four": "Готово к открытию: 4 из 6",
        "test": "Пробная запись",
        "slot": "Сегодня, 10:00",
        "confirm": "Подтвердить",
        "booked": "Вы записаны",
        "my_day": "К моему дню",
        "five": "Готово к открытию: 5 из 6",
        "share": "Ссылка и QR-код",
        "welcome": "на что вас записать?",
    },
}


class Owner:
    """Presses and types as the admin, and counts."""

    def __init__(self, chats: BotChats) -> None:
        self.chats = chats
        self.taps = 0
        self.words = 0

    async def tap(self, label: str) -> str:
        self.taps += 1
        return await self.chats.press(ADMIN, label)

    async def type(self, text: str) -> str:
        self.words += 1
        return await self.chats.say(ADMIN, text)


@pytest.mark.parametrize("locale", ["en", "ru"])
async def test_an_empty_business_opens_within_the_bot(open_chats: Callable[..., Any], locale: str) -> None:
    """Fourteen taps and four typed texts, where the file says name, zone and currency; then the day is home, and empty."""
    chats: BotChats = await open_chats(locale=locale, business="")
    say, owner = WORDS[locale], Owner(chats)
    await chats.admin()
    assert say["soon"] in await chats.say(CLIENT, "/start")
    assert say["none"] in await chats.say(ADMIN, "/start")

    assert say["zone"] in await owner.tap(say["address"])
    await owner.type("Lenina 5, Moscow")
    await owner.type("+7 495 000-00-00")
    await owner.type("Haircut & <b>shave</b>")
    await owner.tap(say["minutes"])
    assert "Haircut &amp; &lt;b&gt;shave" not in await owner.tap(say["price"])
    await owner.tap(say["next_staff"])
    assert say["does"] in await owner.type("Anna")
    await owner.tap(say["next_hours"])
    assert say["week"] in await owner.tap(say["shape"])
    assert say["four"] in await owner.tap(say["home"])

    assert say["welcome"] in await owner.tap(say["test"])
    await owner.tap("Haircut & <b>shave</b>")
    await owner.tap(say["slot"])
    assert say["booked"] in await owner.tap(say["confirm"])
    await owner.tap(say["home"])
    assert say["five"] in await owner.tap(say["my_day"])

    assert ALONE[locale]["open"] in await owner.tap(say["share"])
    assert f"https://t.me/{chats.bot.username}" in chats.text(ADMIN)
    assert [message.content["photo"] for message in chats.live(ADMIN) if "photo" in message.content]
    await chats.press(ADMIN, "QR")
    assert chats.live(ADMIN)[-1].content["photo"]
    assert ALONE[locale]["empty"] in await chats.say(ADMIN, "/start")
    assert (owner.taps, owner.words) == (14, 4)
    assert "Haircut & <b>shave</b>" in " ".join(chats.labels(CLIENT)) or say["welcome"] in await chats.say(
        CLIENT, "/start"
    )


async def test_the_first_steps_can_be_left_and_come_back(open_chats: Callable[..., Any]) -> None:
    """The menu and the day are open from the start; what is typed wrongly is asked again; a draft too old starts over."""
    chats: BotChats = await open_chats(business="")
    await chats.admin()
    await chats.say(ADMIN, "/start")
    assert "Nobody works here yet" in await chats.press(ADMIN, "To my day")
    assert "what would you like to manage?" in await chats.press(ADMIN, "Manage")
    await chats.press(ADMIN, "Services")
    await chats.press(ADMIN, "Add a service")
    assert "how long does it take?" in await chats.say(ADMIN, "Massage")
    assert "could not read" in await chats.say(ADMIN, "a while")
    assert "what does it cost?" in await chats.say(ADMIN, "1 h 15 min")
    assert "could not read" in await chats.say(ADMIN, "cheap")
    assert "Massage has been added" in await chats.say(ADMIN, "2 500,50")
    assert "75 min" in await chats.press(ADMIN, "Open") or "1 h 15 min" in chats.text(ADMIN)
    await chats.say(ADMIN, "/start")
    await chats.press(ADMIN, "Manage")
    await chats.press(ADMIN, "Services")
    await chats.press(ADMIN, "Add a service")
    assert "one with this name" in await _named(chats, "Massage")


async def _named(chats: BotChats, name: str) -> str:
    await chats.say(ADMIN, name)
    await chats.press(ADMIN, "30 min")
    return await chats.press(ADMIN, "free")


ALONE: dict[str, dict[str, str]] = {
    "en": {
        "none": "Ready to open: 0 of 9",
        "name": "What is your business called?",
        "city": "London, UTC",
        "currency": "GBP, British Pound",
        "price": "50",
        "alone": "I work alone",
        "open": "You are open!",
        "empty": "Today: no bookings",
        "tested": "This was your test:",
    },
    "ru": {
        "none": "Готово к открытию: 0 из 9",
        "name": "Как называется ваш бизнес?",
        "city": "Москва, UTC+3",
        "currency": "RUB, российский рубль",
        "price": "1 500",
        "alone": "Работаю без сотрудников",
        "open": "Вы открыты!",
        "empty": "Сегодня: записей нет",
        "tested": "Это была пробная запись:",
    },
}


@pytest.mark.parametrize("locale", ["en", "ru"])
async def test_one_who_works_alone_opens_with_twelve_taps_and_four_typed_texts(
    open_chats: Callable[..., Any], locale: str
) -> None:
    """A file with nothing but a token: name, city, currency and all the rest are said in the bot, the test booking goes."""
    basics = ("name", "timezone", "locale", "currency")
    chats: BotChats = await open_chats(locale=locale, business="", left_out=basics)
    words, say, owner = ALONE[locale], WORDS[locale], Owner(chats)
    api = await chats.admin()
    assert words["none"] in await chats.say(ADMIN, "/start")
    assert words["name"] in chats.text(ADMIN)

    await owner.type("Corner <b>Shop</b>")
    await owner.tap(words["city"])
    await owner.tap(words["currency"])
    await owner.type("Lenina 5")
    await owner.type("+7 495 000-00-00")
    await owner.type("Haircut")
    await owner.tap(say["minutes"])
    await owner.tap(words["price"])
    await owner.tap(words["alone"])
    await owner.tap(say["shape"])
    await owner.tap(say["home"])
    await owner.tap(say["test"])
    await owner.tap("Haircut")
    await owner.tap("10:00")
    assert say["booked"] in await owner.tap(say["confirm"])
    await chats.deliver()
    assert any(say["booked"] in str(message.content.get("text")) for message in chats.live(ADMIN))
    assert words["open"] in await owner.tap(say["share"])
    # what the test has left in the chat says that it was one, and leads nowhere
    await chats.deliver()
    texts = {str(message.content.get("text")): message.markup for message in chats.live(ADMIN)}
    assert not [text for text in texts if say["booked"] in text]
    ((left, markup),) = [(text, markup) for text, markup in texts.items() if text.startswith(words["tested"])]
    assert "Haircut" in left
    assert not (markup or {}).get("inline_keyboard")
    assert (owner.taps, owner.words) == (12, 4)

    assert any("photo" in message.content for message in chats.live(ADMIN))
    assert words["empty"] in await chats.say(ADMIN, "/start")
    assert (await api.get_tenant()).locale == locale
    assert "Corner <b>Shop</b>" in await chats.say(CLIENT, "/start")


async def test_zone_and_currency_as_people_type_them(open_chats: Callable[..., Any]) -> None:
    """A city sets the zone; hours from UTC, a typing mistake and a sign of many countries are asked back."""
    chats: BotChats = await open_chats(business="", left_out=("name", "timezone", "locale", "currency"))
    api = await chats.admin()
    await chats.say(ADMIN, "/start")
    assert "Where is it?" in await chats.say(ADMIN, "Shop")
    assert "could not read" in await chats.say(ADMIN, "somewhere nice")
    assert "Which of these has the same time" in await chats.say(ADMIN, "UTC+3")
    assert "Moscow, UTC+3" in chats.labels(ADMIN)
    assert "Which of these has the same time" in await chats.say(ADMIN, "Mosow")
    assert "In which currency" in await chats.say(ADMIN, "Київ")
    assert chats.labels(ADMIN)[0].startswith("UAH")
    assert "Which of these do you mean?" in await chats.say(ADMIN, "$")
    assert "could not read" in await chats.say(ADMIN, "shells")
    assert "What is the address?" in await chats.say(ADMIN, "евро")
    tenant = await api.get_tenant()
    assert (tenant.timezone, tenant.currency) == ("Europe/Kyiv", "EUR")

    await chats.say(ADMIN, "/start")
    await chats.press(ADMIN, "Manage")
    assert "EUR, Euro" in await chats.press(ADMIN, "Settings")
    await chats.press(ADMIN, "Бот говорит по-русски")
    assert (await api.get_tenant()).locale == "ru"


async def test_what_the_file_says_has_no_button(open_chats: Callable[..., Any]) -> None:
    """What an operator has written is shown, and a press from before is told that it is settled."""
    chats: BotChats = await open_chats(left_out=("currency",))
    await chats.open_business()
    await chats.say(ADMIN, "/start")
    await chats.press(ADMIN, "Manage")
    assert "is set by the operator of the server" in await chats.press(ADMIN, "Settings")
    assert "Name" not in " ".join(chats.labels(ADMIN))
    await chats.press(ADMIN, "Currency")
    await chats.say(ADMIN, "/start")
    await chats.forge(ADMIN, SetZone(zone="Asia--Tokyo").pack())
    assert (await chats.backend.act_as(chats.tenant.slug, ADMIN, "r").get_tenant()).timezone == "Europe/Moscow"
