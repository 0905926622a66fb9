"""What staff do all day takes few taps: a client found, the next booking from a card, the same day, a new time for many."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from backend.contract.people import NewClient
from backend.contract.reports import HourFigures
from backend.contract.tenancy import Policies, UpdateTenant
from bot.admin.figures_span import hour_lines
from bot.request import Request
from bot.ui.i18n import words_for
from gateway.sandbox.people import send_content
from tests.support.admin_chat import LANGUAGES, AdminChat, open_admin_chat
from tests.support.bot_chats import ADMIN, BUSINESS, CLIENT, SPECIALIST, BotChats

HOUR_S, DAY_S = 3600, 86_400


async def _book_noon(chats: BotChats, locale: str = "en", service: str = "Haircut") -> None:
    """Have the client book Anna at noon of Monday 7 December."""
    t = words_for(locale)
    await chats.say(CLIENT, "/start p_1")
    await chats.press(CLIENT, service)
    await chats.press_time(CLIENT, "12:00")
    await chats.press(CLIENT, t.label("button-confirm"))


async def _open_shop(open_chats: Callable[..., Any], locale: str = "en", **more: Any) -> AdminChat:
    """Open a business with an admin, Anna as its specialist, and a client who was entered by hand."""
    chat = await open_admin_chat(open_chats, locale, **more)
    await chat.chats.hire(SPECIALIST, 1)
    admin = await chat.chats.open_business()
    await admin.create_client(NewClient(name="Maria Lopez", phone="+44 7700 900123"), key="maria")
    return chat


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize("typed", ["0123", "lopez", "+44 (0)7700 900 123"])
async def test_what_staff_type_anywhere_finds_a_client(open_chats: Callable[..., Any], locale: str, typed: str) -> None:
    chat = await _open_shop(open_chats, locale)
    await chat.say("/start")
    await chat.say(typed)
    assert [label for label in chat.labels if "Maria Lopez" in label]
    # the next words are looked for as well, and a card is one tap away
    await chat.say("maria")
    await chat.tap("Maria Lopez")
    assert chat.t.label("button-book-for-them") in chat.labels


async def test_what_finds_nobody_is_answered_as_before(open_chats: Callable[..., Any]) -> None:
    """A specialist does not find another's client; words about a booking of one's own go to the business."""
    chat = await _open_shop(open_chats)
    assert "Please use the buttons below." in await chat.say("no such person")
    assert "Please use the buttons below." in await chat.say("word " * 30)
    assert "Please use the buttons below." in await chat.chats.say(SPECIALIST, "lopez")
    assert "Please use the buttons below." in await chat.chats.say(CLIENT, "lopez")
    await _book_noon(chat.chats)
    await chat.chats.say(SPECIALIST, "ALEX")
    assert [label for label in chat.chats.labels(SPECIALIST) if label.startswith("Alex")]


@pytest.mark.parametrize("locale", LANGUAGES)
async def test_the_next_booking_is_made_from_the_card_of_the_last(open_chats: Callable[..., Any], locale: str) -> None:
    """While the client stands at the till: Book again, a time, Book. The specialist does it in their own time."""
    chat = await _open_shop(open_chats, locale)
    chats, t = chat.chats, chat.t
    await _book_noon(chats, locale)
    await chats.say(SPECIALIST, "/start")
    await chats.press(SPECIALIST, "12:00")
    assert t.label("button-book-again") not in chats.labels(SPECIALIST)
    chats.shift(4 * HOUR_S)
    await chats.say(SPECIALIST, "/start")
    await chats.press(SPECIALIST, "12:00")
    await chats.press(SPECIALIST, t.label("button-arrived"))
    await chats.press(SPECIALIST, t.label("button-book-again"))
    assert "Haircut · Anna" in chats.text(SPECIALIST)
    await chats.press(SPECIALIST, t.label("button-another-day"))
    await chats.press(SPECIALIST, "15")
    await chats.press(SPECIALIST, "16:00")
    await chats.press(SPECIALIST, t.label("button-book"))
    admin = chats.backend.act_as(chats.tenant.slug, ADMIN, "t")
    made = (await admin.list_bookings(client_id=(await chats.context(CLIENT)).person.id)).items
    assert [(one.start, one.status, one.specialist_id) for one in made] == [
        ("2026-12-07T09:00:00Z", "arrived", 1),
        ("2026-12-15T13:00:00Z", "confirmed", 1),
    ]


async def test_a_specialist_books_from_their_clients_card(open_chats: Callable[..., Any]) -> None:
    chat = await _open_shop(open_chats)
    await _book_noon(chat.chats)
    await chat.chats.say(SPECIALIST, "alex")
    await chat.chats.press(SPECIALIST, "Alex")
    await chat.chats.press(SPECIALIST, "Book for them")
    assert "Booking for Alex" in chat.chats.text(SPECIALIST)
    # on the specialist's own terms, not the business's RUB 2,500.50 and 2 h
    (colour,) = [label for label in chat.chats.labels(SPECIALIST) if label.startswith("Colour")]
    assert colour.replace("\u00a0", " ").endswith("RUB 3,000 · 1 h 30 min")
    await chat.chats.press(SPECIALIST, "Haircut")
    await chat.chats.press(SPECIALIST, "Tomorrow 10:00")
    assert "Book this for Alex" in chat.chats.text(SPECIALIST)


@pytest.mark.parametrize("person", [ADMIN, SPECIALIST])
async def test_a_booking_begun_on_a_later_day_is_for_that_day(open_chats: Callable[..., Any], person: int) -> None:
    """The day is kept through Back as well; from today any time will do."""
    chat = await _open_shop(open_chats)
    chats = chat.chats
    await chats.say(person, "/today")
    for _ in range(2):
        await chats.press(person, "›")
    await chats.press(person, "Book for a client")
    await chats.press(person, "Haircut")
    assert "Free times on Wed 9 Dec" in chats.text(person)
    await chats.press(person, "11:00")
    assert "Wed 9 Dec 11:00" in chats.text(person)
    await chats.press(person, "Back")
    assert "Free times on Wed 9 Dec" in chats.text(person)
    await chats.press(person, "Back")
    await chats.press(person, "Back")
    assert "Wed 9 Dec: no bookings" in chats.text(person)
    await chats.press(person, "Today")
    await chats.press(person, "Book for a client")
    await chats.press(person, "Haircut")
    assert "Nearest free times" in chats.text(person)


@pytest.mark.parametrize("locale", LANGUAGES)
async def test_another_time_on_the_same_day_is_two_taps(open_chats: Callable[..., Any], locale: str) -> None:
    """For the client who has not confirmed yet, for the one who moves, and for staff."""
    chats: BotChats = await open_chats(locale=locale)
    t = words_for(locale)
    await chats.admin()
    same_day = t.label("button-same-day", day="").strip()
    await chats.say(CLIENT, "/start p_1")
    await chats.press(CLIENT, "Haircut")
    await chats.press_time(CLIENT, "12:00", day="15")
    await chats.press(CLIENT, t.label("button-change-time"))
    await chats.press(CLIENT, same_day)
    assert "15" in chats.text(CLIENT)
    await chats.press(CLIENT, "15:00")
    await chats.press(CLIENT, t.label("button-confirm"))
    await chats.press(CLIENT, t.label("button-move"))
    await chats.press(CLIENT, same_day)
    await chats.press(CLIENT, "16:00")
    await chats.press(CLIENT, t.label("button-yes-move"))
    (booking,) = (await chats.backend.act_as(chats.tenant.slug, CLIENT, "t").list_bookings(status=["confirmed"])).items
    assert booking.start == "2026-12-15T13:00:00Z"


async def test_nobody_is_asked_to_choose_the_only_specialist(open_chats: Callable[..., Any]) -> None:
    chats: BotChats = await open_chats()
    await chats.say(CLIENT, "/start s_2")
    assert "Another day" in chats.labels(CLIENT)
    assert "Choose specialist" not in chats.labels(CLIENT)
    await chats.say(CLIENT, "/start s_1")
    assert "Choose specialist" in chats.labels(CLIENT)


@pytest.mark.parametrize("locale", LANGUAGES)
async def test_from_one_that_needs_a_new_time_to_all_of_them(open_chats: Callable[..., Any], locale: str) -> None:
    """After a day off, from a card, and after one is settled."""
    chat = await _open_shop(open_chats, locale)
    chats, t = chat.chats, chat.t
    await _book_noon(chats, locale)
    await chats.say(SPECIALIST, "/start")
    await chats.press(SPECIALIST, t.label("button-day-off"))
    await chats.press(SPECIALIST, t.label("today"))
    await chats.press(SPECIALIST, t.label("button-offer-times"))
    everything = t.label("button-all-tasks")
    await chats.press(SPECIALIST, everything)
    await chats.press(SPECIALIST, "12:00")
    await chats.press(SPECIALIST, everything)
    await chats.press(SPECIALIST, "12:00")
    await chats.press(SPECIALIST, t.label("button-told"))
    await chats.press(SPECIALIST, everything)
    assert str(t.html("tasks-none")) in chats.text(SPECIALIST)


@pytest.mark.parametrize("locale", LANGUAGES)
async def test_a_request_of_another_day_stands_on_the_admins_home(open_chats: Callable[..., Any], locale: str) -> None:
    chat = await _open_shop(open_chats, locale)
    admin = chat.chats.backend.act_as(chat.chats.tenant.slug, ADMIN, "t")
    await admin.update_tenant(UpdateTenant(policies=Policies(approval=True)), key="approval")
    await chat.chats.say(CLIENT, "/start p_1")
    await chat.chats.press(CLIENT, "Haircut")
    await chat.chats.press_time(CLIENT, "12:00", day="15")
    await chat.chats.press(CLIENT, chat.t.label("button-confirm"))
    await chat.say("/start")
    await chat.press("button-waiting", count=1)
    await chat.tap("Haircut")
    await chat.press("button-approve")
    await chat.say("/start")
    assert chat.t.label("button-waiting", count=1) not in chat.labels


@pytest.mark.parametrize("locale", LANGUAGES)
async def test_a_broadcast_that_was_left_is_found_again(open_chats: Callable[..., Any], locale: str) -> None:
    chat = await _open_shop(open_chats, locale)
    await chat.say("/manage")
    await chat.press("button-broadcast")
    await chat.press("button-write")
    await chat.say("Half price on Sunday")
    await chat.say("/manage")
    await chat.press("button-broadcast")
    await chat.press("label-draft", what="Half price on Sunday")
    assert "Half price on Sunday" in chat.chats.text(ADMIN)
    await chat.press("button-send", count=1)


async def test_an_address_typed_for_the_phone_is_not_taken(open_chats: Callable[..., Any]) -> None:
    chat = await _open_shop(open_chats)
    await chat.say("/manage")
    await chat.press("button-policies")
    await chat.press("button-phone")
    await chat.say("10 Downing Street")
    assert chat.says("phones-not-read", most=5)
    await chat.say("0113 496 0000")
    assert chat.says("saved")


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize("person", [ADMIN, SPECIALIST])
async def test_a_name_that_nobody_has_is_not_typed_twice(
    open_chats: Callable[..., Any], locale: str, person: int
) -> None:
    """A walk-in is looked for, not found, added with the number that was typed, and booked."""
    chat = await _open_shop(open_chats, locale)
    chats, t = chat.chats, chat.t
    await chats.say(person, "/today")
    await chats.press(person, t.label("button-book-for"))
    await chats.press(person, "Haircut")
    await chats.press(person, "12:00")
    await chats.say(person, "Zoe Walker 07700 900456")
    await chats.press(person, t.label("button-add-typed", name="Zoe Walker"))
    assert "Zoe Walker" in chats.text(person)
    assert "07700 900456" in chats.text(person)
    await chats.press(person, t.label("button-book"))
    assert t.label("client-offline") not in chats.text(person)
    # a number alone is no name
    await chats.say(person, "/start")
    await chats.say(person, "900456")
    assert t.label("button-new-client") in chats.labels(person)


@pytest.mark.parametrize("person", [ADMIN, SPECIALIST])
async def test_one_more_joins_a_class_from_its_list(open_chats: Callable[..., Any], person: int) -> None:
    """While it is ahead and has a place: tap, who, Book. The list of another class is not changed."""
    group = '  - {name: Yoga, price: "900.00", duration: 1h, capacity: 2}\nspecialists:'
    business = BUSINESS.replace("specialists:", group).replace(
        "- name: Anna\n    services: [", "- name: Anna\n    services: [Yoga, "
    )
    chat = await _open_shop(open_chats, business=business)
    chats = chat.chats
    await _book_noon(chats, service="Yoga")
    await chats.say(person, "/today")
    await chats.press(person, "12:00 · Yoga · 1 of 2")
    await chats.press(person, "Book for a client")
    await chats.say(person, "Zoe Walker")
    await chats.press(person, "Add “Zoe Walker”")
    await chats.press(person, "Book")
    await chats.say(person, "/today")
    await chats.press(person, "12:00 · Yoga · 2 of 2")
    assert "Book for a client" not in chats.labels(person), "it is full"


@pytest.mark.parametrize("person", [ADMIN, SPECIALIST])
async def test_staff_share_a_clients_contact(open_chats: Callable[..., Any], person: int) -> None:
    """From the address book of the phone: a known client is found, another is added with one tap or at once."""
    chat = await _open_shop(open_chats)
    chats = chat.chats

    async def share(first_name: str, phone: str) -> str:
        contact = {"phone_number": phone, "first_name": first_name, "last_name": "Walker"}
        send_content(chats.sandbox, chats.bot, person, {"contact": contact})
        await chats.pump()
        return chats.text(person)

    assert "Found for" in await share("Maria", "+447700900123")
    assert [label for label in chats.labels(person) if label.startswith("Maria Lopez")] or person == SPECIALIST
    await share("Zoe", "+447700900456")
    await chats.press(person, "Add “Zoe Walker”")
    assert "+447700900456" in chats.text(person)
    await chats.say(person, "/clients" if person == ADMIN else "/start")
    if person == SPECIALIST:
        await chats.press(person, "Clients")
    await chats.press(person, "New client")
    assert "Lena Walker" in await share("Lena", "447700900789")
    # a client shares their own number alone
    contact = {"phone_number": "+447700900123", "first_name": "Maria"}
    send_content(chats.sandbox, chats.bot, CLIENT, {"contact": contact})
    await chats.pump()
    assert "somebody else's contact" in chats.text(CLIENT)


def test_the_quietest_hours_are_none_of_the_best() -> None:
    """Many work on Sunday at noon: it is both busy and, in minutes, the freest. The share that is booked decides."""
    hours = [HourFigures(6, 12, 120, 480), HourFigures(6, 13, 100, 480), HourFigures(1, 17, 30, 60)]
    hours += [HourFigures(2, 9, 0, 60), HourFigures(3, 9, 0, 120), HourFigures(4, 9, 15, 60)]
    times = SimpleNamespace(day_names=lambda: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"], wall_time=str)
    best, free = hour_lines(cast("Request", SimpleNamespace(t=words_for("en"), times=times)), hours)
    assert best == "Best hours: Sun 12:00, Sun 13:00, Tue 17:00"
    assert free == "Quietest hours: Thu 09:00, Wed 09:00, Fri 09:00"
