"""The staff's morning: today's bookings at no tap, and what can be done with each."""

from collections.abc import Callable
from typing import Any

from tests.support.bot_chats import ADMIN, BUSINESS, CLIENT, SPECIALIST, BotChats


async def test_specialist_and_admin_see_today(open_chats: Callable[..., Any]) -> None:
    """A specialist their own, an admin everybody's; arrived is one tap away."""
    chats: BotChats = await open_chats()
    await chats.open_business()
    await chats.hire(SPECIALIST, 1)
    assert "Today: no bookings" in await chats.say(SPECIALIST, "/start")
    await chats.say(CLIENT, "/start p_2")
    await chats.press(CLIENT, "Today 12:00")
    await chats.press(CLIENT, "Confirm")
    await chats.say(CLIENT, "/start s_1")
    await chats.press(CLIENT, "Today 10:00")
    await chats.press(CLIENT, "Confirm")
    assert await chats.say(SPECIALIST, "/start") == "Today: 1 booking, first 10:00\nWorking 10:00–14:00\nFree: 3 h"
    text = await chats.say(ADMIN, "/start")
    assert text.startswith("Today: 2 bookings, first 10:00")
    assert "Anna: 1 booking\nWorking 10:00–14:00\nFree: 3 h" in text
    await chats.press(SPECIALIST, "10:00 · Haircut · Alex")
    # an hour before nobody has arrived; half an hour before they may have; nobody is missed before the start
    assert not {"Arrived", "No-show"} & set(chats.labels(SPECIALIST))
    chats.shift(1801)
    await chats.say(SPECIALIST, "/start")
    await chats.press(SPECIALIST, "10:00 · Haircut · Alex")
    assert [one for one in chats.labels(SPECIALIST) if one in ("Arrived", "No-show")] == ["Arrived"]
    chats.shift(1800)
    await chats.say(SPECIALIST, "/start")
    await chats.press(SPECIALIST, "10:00 · Haircut · Alex")
    assert [one for one in chats.labels(SPECIALIST) if one in ("Arrived", "No-show")] == ["Arrived", "No-show"]
    assert "Arrived" in await chats.press(SPECIALIST, "Arrived")
    await chats.press(SPECIALIST, "Back")
    assert "10:00 · Haircut · Alex ✓" in "|".join(chats.labels(SPECIALIST)).replace(" Morgan", "")
    await chats.press(ADMIN, "12:00")
    await chats.press(ADMIN, "Cancel")
    await chats.press(ADMIN, "Yes, cancel")
    await chats.press(ADMIN, "Undo")
    await chats.press(ADMIN, "Back")
    assert await chats.press(ADMIN, "›")
    await chats.press(ADMIN, "Manage")
    assert "What would you like to book?" in await chats.press(ADMIN, "See it as a client")


NIGHTS = BUSINESS.replace('mon: ["10:00-14:00"]', 'mon: ["20:00-00:30"], sun: ["20:00-00:30"]')


async def test_a_night_is_one_shift_and_what_is_held_is_counted(open_chats: Callable[..., Any]) -> None:
    """The night stands whole on the day of its start; the tail of the last one is over. Counted is what is shown."""
    chats: BotChats = await open_chats(business=NIGHTS)
    await chats.open_business()
    await chats.hire(SPECIALIST, 1)
    await chats.say(CLIENT, "/start p_1")
    await chats.press(CLIENT, "Haircut")
    await chats.press(CLIENT, "20:00")
    assert await chats.say(SPECIALIST, "/start") == (
        "Today: no bookings, 1 held, first 20:00\nWorking 20:00–00:30 next day\nFree: 3 h 30 min"
    )
    await chats.say(ADMIN, "/start")
    text = await chats.press(ADMIN, "To my day")
    assert text.startswith("Today: no bookings, 1 held, first 20:00")
    assert "Anna: no bookings, 1 held\nWorking 20:00–00:30 next day\nFree: 3 h 30 min" in text
    assert any(label.startswith("20:00 · Haircut · Alex") and "(held)" in label for label in chats.labels(ADMIN))
    assert "21:00–00:30 free" in chats.labels(ADMIN)
    # the rest of the night stands on Monday, not on Tuesday as well
    assert "Working until 00:30, 10:00–18:00" in await chats.press(ADMIN, "›")
    assert "00:00–00:30 free" not in chats.labels(ADMIN)


async def test_a_lost_role_is_explained(open_chats: Callable[..., Any]) -> None:
    """At the next press, although the context was cached."""
    chats: BotChats = await open_chats()
    admin = await chats.admin()
    await chats.hire(SPECIALIST, 1)
    await chats.say(SPECIALIST, "/start")
    stale = await chats.context(SPECIALIST)
    member = next(one for one in (await _staff(admin)) if one.tg_id == SPECIALIST)
    await admin.revoke_role(member.person_id, "specialist", key="fire")
    text = await chats.press_as(stale, SPECIALIST, "›")
    assert "not on the staff here any more" in text
    assert "What would you like to book?" in text


async def test_a_lost_role_is_explained_also_where_it_is_known_already(open_chats: Callable[..., Any]) -> None:
    """The gateway has forgotten the role, the chat still shows the day, or waits for a reason to be typed."""
    chats: BotChats = await open_chats()
    admin = await chats.admin()
    for person, calendar in ((SPECIALIST, 1), (CLIENT, 2)):
        await chats.hire(person, calendar)
        await chats.say(person, "/today")
        if person == CLIENT:
            await chats.press(person, "Day off")
            await chats.press(person, "Tomorrow")
            await chats.press(person, "Reason")
        member = next(one for one in (await _staff(admin)) if one.tg_id == person)
        await admin.revoke_role(member.person_id, "specialist", key=f"fire-{person}")
        text = await (chats.press(person, "Week") if person == SPECIALIST else chats.say(person, "holiday"))
        assert "not on the staff here any more" in text
        assert "What would you like to book?" in text


async def test_an_invitation_is_shown_before_it_is_taken(open_chats: Callable[..., Any]) -> None:
    """By link and by typed code; a used one is not valid any more."""
    chats: BotChats = await open_chats()
    admin = await chats.admin()
    invitation = await chats.invite(admin, 1)
    assert "as Anna" in await chats.say(SPECIALIST, f"/start i_{invitation.token}")
    assert "Welcome to the team!" in await chats.press(SPECIALIST, "Accept")
    assert "not valid" in await chats.say(CLIENT, f"/start i_{invitation.token}")
    other = await chats.invite(admin, 2)
    assert "as Boris" in await chats.say(CLIENT, other.code.lower())


async def _staff(admin: Any) -> Any:

    return (await admin.list_staff()).items


async def test_what_nobody_has_marked_is_a_tap_away(open_chats: Callable[..., Any]) -> None:
    chats: BotChats = await open_chats()
    await chats.open_business()
    await chats.hire(SPECIALIST, 1)
    await chats.say(CLIENT, "/start s_1")
    await chats.press(CLIENT, "Today 10:00")
    await chats.press(CLIENT, "Confirm")
    await chats.say(SPECIALIST, "/start")
    assert not [label for label in chats.labels(SPECIALIST) if "Did they come" in label]
    chats.shift(6 * 3600)
    for person in (SPECIALIST, ADMIN):
        await chats.say(person, "/start")
        assert "1 booking" in await chats.press(person, "Did they come? 1")
    await chats.press(ADMIN, "Haircut")
    assert "Arrived" in await chats.press(ADMIN, "Arrived")
    # the specialist's list is a press behind
    await chats.say(SPECIALIST, "/start")
    assert not [label for label in chats.labels(SPECIALIST) if "Did they come" in label]
