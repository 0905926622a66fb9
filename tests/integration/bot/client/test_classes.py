"""A class in the bot: places left on each time, 1 to 4 places in one booking, and the staff's one row for all of them."""

from collections.abc import Callable
from typing import Any

import pytest

from backend.contract.catalog import UpdateService
from backend.contract.tenancy import Policies, UpdateTenant
from bot.ui.i18n import words_for
from tests.support.bot_chats import ADMIN, BUSINESS, CLIENT, SPECIALIST, BotChats

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "time": "Today 10:00 · Anna · 8 places left",
        "ask": "How many places?",
        "three": "3 places · RUB 2,700",
        "confirm": "Confirm",
        "booked": "You're booked.",
        "home": "Home",
        "mine": "My bookings",
        "line": "Mon 7 Dec 10:00 · Yoga",
        "places": "Number of places",
        "changed": "The number of places has been changed.",
        "two": "2 places · RUB 1,800",
        "left": "Today 10:00 · Anna · 6 places left",
        "row": "10:00 · Yoga · 2 of 8",
        "count": "2 of 8 places taken · 0 came",
        "came": "2 of 8 places taken · 2 came",
        "half": "2 of 8 places taken · 1 came",
        "one_came": "came: 1",
        "two_came": "came: 2",
        "person": "2 places",
        "card": "1 of 2 came",
        "all": "Write to all",
        "send": "Send",
        "reads": "1 person will read:",
        "sent": "Sent: 1. Not reached: 0.",
        "told": "Another number of places",
        "start": "How it starts",
        "any": "At any time",
        "at_any": "Each starts at any time",
    },
    "ru": {
        "time": "Сегодня, 10:00 · Anna · осталось 8 мест",
        "ask": "Сколько мест?",
        "three": "3 места · 2 700",
        "confirm": "Подтвердить",
        "booked": "Вы записаны.",
        "home": "На главную",
        "mine": "Мои записи",
        "line": "пн 7 дек, 10:00 · Yoga",
        "places": "Число мест",
        "changed": "Число мест изменено.",
        "two": "2 места · 1 800",
        "left": "Сегодня, 10:00 · Anna · осталось 6 мест",
        "row": "10:00 · Yoga · 2 из 8",
        "count": "Занято мест: 2 из 8 · пришли: 0",
        "came": "Занято мест: 2 из 8 · пришли: 2",
        "half": "Занято мест: 2 из 8 · пришли: 1",
        "one_came": "пришли: 1",
        "two_came": "пришли: 2",
        "person": "2 места",
        "card": "Пришли: 1 из 2",
        "all": "Написать всем",
        "send": "Отправить",
        "reads": "Получит 1 человек:",
        "sent": "Отправлено: 1. Не дошло: 0.",
        "told": "Изменилось число мест",
        "start": "Как начинают",
        "any": "В любое время",
        "at_any": "Каждый начинает в любое время",
    },
}


STUDIO = BUSINESS.replace(
    "specialists:", '  - {name: Yoga, price: "900.00", duration: 1h, capacity: 8}\nspecialists:'
).replace("- name: Anna\n    services: [", "- name: Anna\n    services: [Yoga, ")


async def open_studio(open_chats: Callable[..., Any], locale: str) -> tuple[BotChats, int]:
    chats: BotChats = await open_chats(locale=locale, business=STUDIO)
    admin = await chats.open_business()
    yoga = next(service for service in (await admin.list_services()).items if service.name == "Yoga")
    assert (yoga.capacity, yoga.starts) == (8, "together")
    return chats, yoga.id


@pytest.mark.parametrize("locale", ["en", "ru"])
async def test_places_are_chosen_changed_and_seen_by_staff(open_chats: Callable[..., Any], locale: str) -> None:
    """One place costs no tap more; another number costs one, before Confirm or after."""
    w = WORDS[locale]
    chats, yoga = await open_studio(open_chats, locale)
    await chats.hire(SPECIALIST, 1)
    for person in (SPECIALIST, ADMIN):
        await chats.say(person, "/start")
    await chats.say(CLIENT, f"/start s_{yoga}")
    assert w["ask"] in await chats.press(CLIENT, w["time"])
    assert chats.labels(CLIENT)[:5] == [w["confirm"], "✓ 1", "2", "3", "4"]
    assert w["three"] in (await chats.press(CLIENT, "3")).replace("\u00a0", " ").replace("\u202f", " ")
    assert (await chats.press(CLIENT, w["confirm"])).startswith(w["booked"])

    await chats.press(CLIENT, w["home"])
    await chats.press(CLIENT, w["mine"])
    await chats.press(CLIENT, w["line"])
    assert w["ask"] in await chats.press(CLIENT, w["places"])
    text = (await chats.press(CLIENT, "2")).replace("\u00a0", " ").replace("\u202f", " ")
    assert w["changed"] in text
    assert w["two"] in text
    await chats.say(CLIENT, f"/start s_{yoga}")
    assert w["left"] in chats.labels(CLIENT)
    await chats.deliver()
    told = [str(message.content) for message in (*chats.live(ADMIN), *chats.live(SPECIALIST))]
    assert any(w["told"] in text for text in told), told

    for person in (SPECIALIST, ADMIN):
        await chats.say(person, "/start")
        assert w["row"] in chats.labels(person)
    assert w["count"] in await chats.press(SPECIALIST, w["row"])
    assert not {"▫", "✓"} & set(chats.labels(SPECIALIST)), "an hour before nobody can have come"
    await chats.press(SPECIALIST, w["all"])
    preview = await chats.say(SPECIALIST, "Bring a mat <3")
    assert w["reads"] in preview
    assert "Bring a mat <3" in preview
    assert w["sent"] in await chats.press(SPECIALIST, w["send"])
    await chats.deliver()
    assert any("Bring a mat <3" in str(message.content.get("text")) for message in chats.live(CLIENT))

    chats.shift(1801)
    await chats.say(SPECIALIST, "/start")
    await chats.press(SPECIALIST, w["row"])
    assert w["came"] in await chats.press(SPECIALIST, "▫")
    # one of the two has not come: one more press
    one, two = w["one_came"], w["two_came"]
    assert chats.labels(SPECIALIST).count(f"✓ {two}") == 1
    assert w["half"] in await chats.press(SPECIALIST, one)
    assert {f"✓ {one}", two} <= set(chats.labels(SPECIALIST))
    client = next(label for label in chats.labels(SPECIALIST) if w["person"] in label)
    assert w["card"] in await chats.press(SPECIALIST, client)
    await chats.say(SPECIALIST, "/start")
    await chats.press(SPECIALIST, w["row"])
    assert w["count"] in await chats.press(SPECIALIST, "✓")
    assert one not in chats.labels(SPECIALIST)


async def test_another_time_keeps_the_places(open_chats: Callable[..., Any]) -> None:
    chats, yoga = await open_studio(open_chats, "en")
    await chats.say(CLIENT, f"/start s_{yoga}")
    await chats.press(CLIENT, "Today 10:00 · Anna · 8 places left")
    await chats.press(CLIENT, "3")
    await chats.press(CLIENT, "Change time")
    other = next(label for label in chats.labels(CLIENT) if "places left" in label and "10:00" not in label)
    assert "3 places" in await chats.press(CLIENT, other)
    assert "✓ 3" in chats.labels(CLIENT)


@pytest.mark.parametrize(
    ("locale", "time", "change", "said", "add", "alone"),
    [
        (
            "en",
            "Today 10:00 · Anna · 8 places left",
            "Change time",
            ("For 3 places", "3 places are not possible here. The booking is for 2 places now."),
            "Add a service",
            "2 places are not possible here. The booking is for 1 place now.",
        ),
        (
            "ru",
            "Сегодня, 10:00 · Anna · осталось 8 мест",
            "Другое время",
            ("На 3 места", "Здесь нельзя занять 3 места. Теперь запись на 2 места."),
            "Добавить услугу",
            "Здесь нельзя занять 2 места. Теперь запись на 1 место.",
        ),
    ],
)
async def test_fewer_places_than_were_held_are_said(
    open_chats: Callable[..., Any], locale: str, time: str, change: str, said: tuple[str, str], add: str, alone: str
) -> None:
    chats, yoga = await open_studio(open_chats, locale)
    admin = await chats.admin()
    await chats.say(CLIENT, f"/start s_{yoga}")
    await chats.press(CLIENT, time)
    await chats.press(CLIENT, "3")
    assert said[0] in await chats.press(CLIENT, change)
    await admin.update_service(yoga, UpdateService(capacity=2), key="fewer")
    # the screen from before is pressed again: Back, and once more
    await chats.press(CLIENT, chats.labels(CLIENT)[-1])
    assert said[1] in await chats.press(CLIENT, change)
    await chats.press(CLIENT, next(label for label in chats.labels(CLIENT) if " · Anna · " in label))
    assert "✓ 2" in chats.labels(CLIENT)
    await chats.press(CLIENT, add)
    assert alone in await chats.press(CLIENT, next(label for label in chats.labels(CLIENT) if "Haircut" in label))


@pytest.mark.parametrize(
    ("locale", "refusal"),
    [("en", "Please ask it for more places."), ("ru", "Чтобы занять больше мест, напишите администратору.")],
)
async def test_more_places_than_were_approved_are_asked_for(
    open_chats: Callable[..., Any], locale: str, refusal: str
) -> None:
    chats, yoga = await open_studio(open_chats, locale)
    admin = await chats.admin()
    w = WORDS[locale]
    await chats.say(CLIENT, f"/start s_{yoga}")
    await chats.press(CLIENT, w["time"])
    await chats.press(CLIENT, w["confirm"])
    await admin.update_tenant(UpdateTenant(policies=Policies(approval=True)), key="approval")
    await chats.press(CLIENT, w["home"])
    await chats.press(CLIENT, w["mine"])
    await chats.press(CLIENT, next(label for label in chats.labels(CLIENT) if "Yoga" in label))
    await chats.press(CLIENT, w["places"])
    assert refusal in await chats.press(CLIENT, "2")


async def test_what_is_not_there_is_not_taken(open_chats: Callable[..., Any]) -> None:
    """A client who wants more places than are left keeps what they hold, and reads why."""
    chats, yoga = await open_studio(open_chats, "en")
    admin = await chats.admin()
    await admin.update_service(yoga, UpdateService(capacity=3), key="smaller")
    await chats.say(CLIENT, f"/start s_{yoga}")
    await chats.press(CLIENT, "Today 10:00 · Anna · 3 places left")
    assert chats.labels(CLIENT)[1:4] == ["✓ 1", "2", "3"]
    await chats.say(1003, f"/start s_{yoga}")
    await chats.press(1003, "Today 10:00 · Anna · 2 places left")
    assert "There are not so many places left at this time." in await chats.press(1003, "3")
    assert "✓ 1" in chats.labels(1003)
    assert "There are not so many" not in await chats.press(1003, "2")
    await chats.press(1003, "Confirm")


@pytest.mark.parametrize("locale", ["en", "ru"])
async def test_an_admin_says_how_a_group_starts(open_chats: Callable[..., Any], locale: str) -> None:
    w = WORDS[locale]
    chats, yoga = await open_studio(open_chats, locale)
    await chats.say(ADMIN, "/start")
    mark = str(chats.menu(ADMIN).markup).rsplit("~", 1)[1][:3]
    await chats.forge(ADMIN, f"1a.sv:{yoga}~{mark}")
    await chats.press(ADMIN, w["start"])
    assert w["at_any"] in await chats.press(ADMIN, w["any"])


@pytest.mark.parametrize(
    ("locale", "silent", "coming", "unmarked"),
    [
        ("en", "… no answer yet: 2", "+ coming: 1 · … no answer yet: 1", "! without a mark: 2"),
        ("ru", "… ещё не ответили: 2", "+ придут: 1 · … ещё не ответили: 1", "! без отметки: 2"),
    ],
)
async def test_the_row_of_a_class_counts_who_has_not_answered_and_has_no_mark(
    open_chats: Callable[..., Any], locale: str, silent: str, coming: str, unmarked: str
) -> None:
    w, other = WORDS[locale], 1003
    chats, yoga = await open_studio(open_chats, locale)
    await chats.hire(SPECIALIST, 1)
    for person in (CLIENT, other):
        await chats.say(person, f"/start s_{yoga}")
        await chats.press(person, next(label for label in chats.labels(person) if "12:00" in label))
        await chats.press(person, w["confirm"])
    row = w["row"].replace("10:00", "12:00")

    async def check(marks: str, line: str) -> list[str]:
        """Return the people of the class as staff see them, once the row and the lines above have been read."""
        for person in (ADMIN, SPECIALIST):
            await chats.say(person, "/today")
            label = f"{row} · {marks}" if marks else row
            assert label in chats.labels(person)
            assert line in chats.text(person)
            assert line in await chats.press(person, label)
        buttons = map(words_for(locale).label, ("button-back", "button-book-for"))
        others = {"▫", "✓", w["all"], *buttons}
        return [label for label in chats.labels(SPECIALIST) if label not in others]

    assert [label[-1] in "…+!" for label in await check("", "")] == [False, False]
    chats.shift(3600 + 60)
    await chats.deliver()
    assert [label[-1] for label in await check("…2", silent)] == ["…", "…"]
    await chats.press(CLIENT, words_for(locale).label("button-coming"))
    assert sorted(label[-1] for label in await check("+1 …1", coming)) == ["+", "…"]
    chats.shift(3 * 3600)
    assert [label[-1] for label in await check("!2", unmarked)] == ["!", "!"]
