"""Requests in the chats: the deadline before Confirm, an answer with a reason, what everybody's notice says afterwards."""

from collections.abc import Callable
from typing import Any

import pytest

from backend.contract.bookings import Move, NewBooking
from backend.contract.tenancy import Policies, UpdateTenant
from backend.people.queries.roles import grant_role
from bot.ui.i18n import words_for
from tests.support.admin_chat import LANGUAGES
from tests.support.bot_chats import ADMIN, CLIENT, SPECIALIST, BotChats
from tests.support.local_backend import MONDAY


class RequestChats:
    """A client, an admin (Anna's account too where it is hired) and Kim, the second admin, in one language."""

    def __init__(self, chats: BotChats, locale: str) -> None:
        self.chats, self.t = chats, words_for(locale)

    async def ask(self, clock: str) -> str:
        """Ask Anna for a time of today; return what stands before Confirm."""
        await self.chats.say(CLIENT, "/start p_1")
        await self.chats.press(CLIENT, "Haircut")
        shown = await self.chats.press_time(CLIENT, clock)
        await self.chats.press(CLIENT, self.label("button-confirm"))
        return shown

    def label(self, key: str, **args: Any) -> str:
        """Return the words of a key."""
        return self.t.label(key, **args)

    def notices(self, person: int) -> list[str]:
        """Return the texts of the person's messages that are not the menu."""
        menu = self.chats.menu(person).id
        live = [one for one in self.chats.live(person) if one.id != menu]
        return [str(one.content["text"]).replace("\u00a0", " ") for one in live]


async def open_requests(
    open_chats: Callable[..., Any], locale: str = "en", *, second_admin: bool = True, specialist_id: int = 1
) -> RequestChats:
    """Open the chats of a business that approves by hand; the sandbox's specialist is its second admin, or has a calendar."""
    chats: BotChats = await open_chats(locale=locale)
    admin = await chats.open_business()
    if second_admin:
        kim = (await chats.context(SPECIALIST)).person
        await chats.db.write(None, lambda conn: grant_role(conn, chats.tenant_id, kim.id, "admin", None, MONDAY))
    else:
        await chats.hire(SPECIALIST, specialist_id)
    await admin.update_tenant(UpdateTenant(policies=Policies(approval=True, min_notice_min=0)), key="approval")
    for person in (CLIENT, ADMIN, SPECIALIST):
        await chats.say(person, "/start")
    return RequestChats(chats, locale)


@pytest.mark.parametrize("locale", LANGUAGES)
async def test_the_deadline_stands_before_confirm(open_chats: Callable[..., Any], locale: str) -> None:
    chat = await open_requests(open_chats, locale)
    line = chat.label("request-deadline", business="Barber House", when="12:00").replace("\u00a0", " ")
    assert line in await chat.ask("13:00")
    line = chat.label("answers-by", when="12:00").replace("\u00a0", " ")
    assert any(line in text for text in chat.notices(CLIENT))


@pytest.mark.parametrize("locale", LANGUAGES)
async def test_a_reason_is_typed_and_read_with_other_times(open_chats: Callable[..., Any], locale: str) -> None:
    chat = await open_requests(open_chats, locale)
    await chat.ask("13:00")
    await chat.chats.deliver()
    # the reader's own presses lead to the menu; the notice stays until it is decided
    await chat.chats.press(ADMIN, chat.label("button-decline"))
    assert chat.label("button-decline-silently") in chat.chats.labels(ADMIN)
    await chat.chats.say(ADMIN, "We are <at> the seaside")
    await chat.chats.deliver()
    name = chat.chats.bot.people[ADMIN].first_name
    declined = chat.label("request-declined-by", name=name).replace("<b>", "").replace("</b>", "")
    for person in (ADMIN, SPECIALIST):
        assert any(declined in text for text in chat.notices(person)), chat.notices(person)
        assert chat.label("button-approve") not in str([chat.chats.labels_of(one) for one in chat.chats.live(person)])
    (told,) = [text for text in chat.notices(CLIENT) if "seaside" in text]
    # what the client had been sent says that too, not that somebody has cancelled
    assert any(text.endswith(f"{chat.label('status-declined')}.") for text in chat.notices(CLIENT))
    assert chat.label("status-declined") in chat.chats.text(ADMIN)
    assert "We are <at> the seaside" in told
    # one of three presses holds another time
    notice = chat.chats.holding(CLIENT, "12:00")
    assert len(chat.chats.labels_of(notice)) == 4
    await chat.chats.press(CLIENT, "12:00", message=notice)
    assert chat.label("button-confirm") in chat.chats.labels(CLIENT)


async def test_two_admins_read_the_same(open_chats: Callable[..., Any]) -> None:
    """Kim approves on her notice; the admin's old buttons say so and change nothing."""
    chat = await open_requests(open_chats)
    await chat.ask("13:00")
    await chat.chats.deliver()
    old = chat.chats.holding(ADMIN, "Approve")
    await chat.chats.press(SPECIALIST, "Approve")
    kim = chat.chats.bot.people[SPECIALIST].first_name
    assert any(f"Approved by {kim}" in text for text in chat.notices(SPECIALIST))
    await chat.chats.press(ADMIN, "Approve", message=old)
    assert any(f"Approved by {kim}" in text for text in chat.notices(ADMIN))
    assert chat.chats.answers[-1]["text"] == "This has been changed meanwhile."
    outcomes = await chat.chats.deliver()
    assert set(outcomes) == {"sent"}


async def test_an_expired_request_is_told_with_other_times(open_chats: Callable[..., Any]) -> None:
    chat = await open_requests(open_chats)
    await chat.ask("13:00")
    await chat.chats.deliver()
    chat.chats.shift(3 * 3600)
    # any write of the business, or the chore every few seconds
    await chat.chats.say(SPECIALIST, "/start p_2")
    await chat.chats.press(SPECIALIST, "Haircut")
    await chat.chats.press_time(SPECIALIST, "15:00")
    await chat.chats.deliver()
    assert any("was not answered in time" in text for text in chat.notices(CLIENT))
    assert any("the request has expired" in text for text in chat.notices(ADMIN))
    await chat.chats.say(CLIENT, "/start")
    assert (
        len([one for one in chat.chats.live(CLIENT) if chat.label("button-book-again") in chat.chats.labels_of(one)])
        == 1
    )


async def test_a_specialist_answers_what_is_theirs(open_chats: Callable[..., Any]) -> None:
    chat = await open_requests(open_chats, second_admin=False)
    await chat.ask("13:00")
    await chat.chats.deliver()
    await chat.chats.press(SPECIALIST, "Approve")
    name = chat.chats.bot.people[SPECIALIST].first_name
    await chat.chats.deliver()
    for person in (SPECIALIST, ADMIN):
        assert any(f"Approved by {name}" in text for text in chat.notices(person))


async def test_inside_the_cut_off_another_time_is_asked_for(open_chats: Callable[..., Any]) -> None:
    """The booking stays; the specialist moves it there with one press, and everybody reads it."""
    chats: BotChats = await open_chats()
    admin = await chats.open_business()
    await chats.hire(SPECIALIST, 1)
    for person in (CLIENT, ADMIN, SPECIALIST):
        await chats.say(person, "/start")
    await admin.update_tenant(UpdateTenant(policies=Policies(min_notice_min=0)), key="cut-off")
    await chats.say(CLIENT, "/start p_1")
    await chats.press(CLIENT, "Haircut")
    await chats.press(CLIENT, "12:00")
    await chats.press(CLIENT, "Confirm")
    await chats.deliver()
    chats.shift(1200)
    chat = RequestChats(chats, "en")
    await chats.say(CLIENT, "/start")
    await chats.press(CLIENT, "My bookings")
    await chats.press(CLIENT, "Haircut")
    await chats.press(CLIENT, "Ask for another time")
    asked = await chats.press_time(CLIENT, "13:00")
    assert "It is too late to move it by yourself" in asked
    shown = await chats.press(CLIENT, "Ask for this time")
    assert "This one stays until you have an answer" in shown
    assert "Keep my time" in chats.labels(CLIENT)
    await chats.deliver()
    await chats.press(SPECIALIST, "Move it there")
    await chats.deliver()
    name = chats.bot.people[SPECIALIST].first_name
    for person in (SPECIALIST, ADMIN):
        assert any(f"Moved by {name}" in text for text in chat.notices(person)), chat.notices(person)
    assert any("13:00" in text for text in chat.notices(CLIENT))


async def test_words_for_another_time_reach_the_staff(open_chats: Callable[..., Any]) -> None:
    chats: BotChats = await open_chats()
    await chats.open_business()
    for person in (CLIENT, ADMIN):
        await chats.say(person, "/start")
    await chats.say(CLIENT, "/start p_1")
    await chats.press(CLIENT, "Haircut")
    await chats.press_time(CLIENT, "13:00")
    await chats.press(CLIENT, "Confirm")
    await chats.deliver()
    await chats.say(CLIENT, "/start")
    await chats.press(CLIENT, "My bookings")
    await chats.press(CLIENT, "Haircut")
    await chats.press(CLIENT, "Move")
    await chats.press(CLIENT, "Write which time suits")
    assert "Your wish has been passed on." in await chats.say(CLIENT, "at six")
    assert "Your time stays as it was." in await chats.press(CLIENT, "Keep my time")
    await chats.press(CLIENT, "Move")
    await chats.press(CLIENT, "Write which time suits")
    assert "Your wish has been passed on." in await chats.say(CLIENT, "after the <school> run")
    await chats.deliver()
    chat = RequestChats(chats, "en")
    assert any("after the <school> run" in text for text in chat.notices(ADMIN))
    await chats.press(ADMIN, "Keep the time")
    await chats.say(ADMIN, "that evening is full")
    await chats.deliver()
    assert any("that evening is full" in text for text in chat.notices(CLIENT))


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize("specialist_id", [1, 2])
async def test_a_place_held_for_a_move_says_who_asks_for_it(
    open_chats: Callable[..., Any], locale: str, specialist_id: int
) -> None:
    """The press leads to the booking that would move; of one with a colleague the specialist reads the name alone."""
    chat = await open_requests(open_chats, locale, second_admin=False, specialist_id=specialist_id)
    chats, name = chat.chats, chat.chats.bot.people[CLIENT].first_name
    client, admin = (chats.backend.act_as(chats.tenant.slug, person, "r") for person in (CLIENT, ADMIN))
    new = NewBooking(service_ids=[1], specialist_id=1, start="2026-12-07T09:00:00Z")
    booking = await client.create_booking(new, key="book")
    await admin.approve_booking(booking.id, key="approve")
    # 13:00, with Anna or with Boris
    move = Move(start="2026-12-07T10:00:00Z", specialist_id=specialist_id)
    request = (await client.move_booking(booking.id, move, key="move")).move_request
    assert request is not None
    assert request.held
    asks = chat.label("label-asks-to-move", booking="|").split("|")[1].strip()

    def held(person: int) -> str:
        return next(label for label in chats.labels(person) if label.startswith("13:00 · ") and asks in label)

    await chats.say(ADMIN, "/start")
    if chat.label("button-my-day") in chats.labels(ADMIN):
        await chats.press(ADMIN, chat.label("button-my-day"))
    assert name in held(ADMIN)
    text = await chats.press(ADMIN, held(ADMIN))
    assert "12:00" in text
    assert chat.label("button-move-there") in chats.labels(ADMIN)
    await chats.say(SPECIALIST, "/start")
    assert name in held(SPECIALIST)
    await chats.press(SPECIALIST, held(SPECIALIST))
    assert (chat.label("button-move-there") in chats.labels(SPECIALIST)) is (specialist_id == 1)
    assert name in chats.text(SPECIALIST)
    await admin.approve_booking(booking.id, key="yes")
    assert (await client.get_booking(booking.id)).start == "2026-12-07T10:00:00Z"
