"""An owner opens for business with nothing but the bot, in both languages: every tap and every typed word counted."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.bot_chats import ADMIN, CLIENT, BotChats

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "none": "Ready to open: 0 of 6",
        "soon": "opening soon",
        "address": "Zone and address",
        "phone": "Phone for clients",
        "zone": "Time zone: Moscow, UTC+3",
        "services": "Services",
        "minutes": "45 min",
        "price": "1,500",
        "next_staff": "Next: staff",
        "does": "What does Anna do?",
        "next_hours": "Next: working hours",
        "shape": "Mon–Fri: 10:00–19:00",
        "week": "Mon–Fri: 10:00–19:00\nSat–Sun: Day off",
        "home": "Home",
        "four": "Ready to open: 4 of 6",
        "test": "A test booking",
        "slot": "Today 10:00",
        "confirm": "Confirm",
        "booked": "You're booked",
        "my_day": "To my day",
        "five": "Ready to open: 5 of 6",
        "share": "Share the link and QR code",
        "link": "Your clients book here:",
        "today": "Today: 1 booking, first 10:00",
        "welcome": "What would you like to book?",
    },
    "ru": {
        "none": "Готово к открытию: 0 из 6",
        "soon": "скоро откроется",
        "address": "Часовой пояс и адрес",
        "phone": "Телефон для клиентов",
        "zone": "Часовой пояс: Москва, UTC+3",
        "services": "Услуги",
        "minutes": "45 мин",
        "price": "1 500",
        "next_staff": "Дальше: сотрудники",
        "does": "Что делает Anna?",
        "next_hours": "Дальше: часы работы",
        "shape": "пн–пт: 10:00–19:00",
        "week": "пн–пт: 10:00–19:00\nсб–вс: Выходной",
        "home": "На главную",
        "four": "Готово к открытию: 4 из 6",
        "test": "Пробная запись",
        "slot": "Сегодня, 10:00",
        "confirm": "Подтвердить",
        "booked": "Вы записаны",
        "my_day": "К моему дню",
        "five": "Готово к открытию: 5 из 6",
        "share": "Ссылка и QR-код",
        "link": "Здесь записываются ваши клиенты:",
        "today": "Сегодня: 1 запись, первая в 10:00",
        "welcome": "на что записать вас?",
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
    """Sixteen taps and four typed texts from an empty bot to a shared link; then the day is home."""
    chats: BotChats = await open_chats(locale=locale, business="")
    say, owner = WORDS[locale], Owner(chats)
    await chats.admin()
    assert say["soon"] in await chats.say(CLIENT, "/start")
    assert say["none"] in await chats.say(ADMIN, "/start")

    assert say["zone"] in await owner.tap(say["address"])
    await owner.type("Lenina 5, Moscow")
    await owner.tap(say["phone"])
    await owner.type("+7 495 000-00-00")
    await owner.tap(say["services"])
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

    assert say["link"] in await owner.tap(say["share"])
    assert f"https://t.me/{chats.bot.username}" in chats.text(ADMIN)
    await chats.press(ADMIN, "QR")
    picture = chats.live(ADMIN)[-1]
    assert picture.content["photo"]
    assert say["today"] in await chats.say(ADMIN, "/start")
    assert (owner.taps, owner.words) == (16, 4)
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
    assert "Massage is on sale" in await chats.say(ADMIN, "2 500,50")
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
