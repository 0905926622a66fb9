"""The staff's morning: today's visits at no tap, and what can be done with each."""

from collections.abc import Callable
from typing import Any

from tests.support.bot_stage import ADMIN, BUSINESS, CLIENT, SPECIALIST, Stage


async def test_specialist_and_admin_see_today(stages: Callable[..., Any]) -> None:
    """A specialist their own, an admin everybody's; arrived is one tap away."""
    on: Stage = await stages()
    await on.opened()
    await on.hire(SPECIALIST, 1)
    assert "Today: no bookings" in await on.say(SPECIALIST, "/start")
    await on.say(CLIENT, "/start p_2")
    await on.press(CLIENT, "Today 12:00")
    await on.press(CLIENT, "Confirm")
    await on.say(CLIENT, "/start s_1")
    await on.press(CLIENT, "Today 10:00")
    await on.press(CLIENT, "Confirm")
    assert await on.say(SPECIALIST, "/start") == "Today: 1 booking, first 10:00\nWorking 10:00–14:00"
    text = await on.say(ADMIN, "/start")
    assert text.startswith("Today: 2 bookings, first 10:00")
    assert "Anna: 1 booking\nWorking 10:00–14:00\nFree: 3 h" in text
    await on.press(SPECIALIST, "10:00 · Haircut · Alex")
    # an hour before nobody has arrived; half an hour before they may have; nobody is missed before the start
    assert not {"Arrived", "No-show"} & set(on.labels(SPECIALIST))
    on.shift(1801)
    await on.say(SPECIALIST, "/start")
    await on.press(SPECIALIST, "10:00 · Haircut · Alex")
    assert [one for one in on.labels(SPECIALIST) if one in ("Arrived", "No-show")] == ["Arrived"]
    on.shift(1800)
    await on.say(SPECIALIST, "/start")
    await on.press(SPECIALIST, "10:00 · Haircut · Alex")
    assert [one for one in on.labels(SPECIALIST) if one in ("Arrived", "No-show")] == ["Arrived", "No-show"]
    assert "Arrived" in await on.press(SPECIALIST, "Arrived")
    await on.press(SPECIALIST, "Back")
    assert "10:00 · Haircut · Alex ✓" in "|".join(on.labels(SPECIALIST)).replace(" Morgan", "")
    await on.press(ADMIN, "12:00")
    await on.press(ADMIN, "Cancel")
    await on.press(ADMIN, "Yes, cancel")
    await on.press(ADMIN, "Undo")
    await on.press(ADMIN, "Back")
    assert await on.press(ADMIN, "›")
    await on.press(ADMIN, "Manage")
    assert "What would you like to book?" in await on.press(ADMIN, "See it as a client")


NIGHTS = BUSINESS.replace('mon: ["10:00-14:00"]', 'mon: ["20:00-00:30"], sun: ["20:00-00:30"]')


async def test_a_night_is_one_shift_and_what_is_held_is_counted(stages: Callable[..., Any]) -> None:
    """The night stands whole on the day of its start; the tail of the last one is over. Counted is what is shown."""
    on: Stage = await stages(business=NIGHTS)
    await on.opened()
    await on.hire(SPECIALIST, 1)
    await on.say(CLIENT, "/start p_1")
    await on.press(CLIENT, "Haircut")
    await on.press(CLIENT, "20:00")
    assert await on.say(SPECIALIST, "/start") == (
        "Today: 0 bookings, 1 held, first 20:00\nWorking 20:00–00:30 next day"
    )
    await on.say(ADMIN, "/start")
    text = await on.press(ADMIN, "To my day")
    assert text.startswith("Today: 0 bookings, 1 held, first 20:00")
    assert "Anna: no bookings, 1 held\nWorking 20:00–00:30 next day\nFree: 3 h 30 min" in text
    assert any(label.startswith("20:00 · Haircut · Alex") and "(held)" in label for label in on.labels(ADMIN))
    assert "21:00–00:30 free" in on.labels(ADMIN)
    # the rest of the night stands on Monday, not on Tuesday as well
    assert "Working until 00:30, 10:00–18:00" in await on.press(ADMIN, "›")
    assert "00:00–00:30 free" not in on.labels(ADMIN)


async def test_a_lost_role_is_explained(stages: Callable[..., Any]) -> None:
    """At the next press, although the context was cached."""
    on: Stage = await stages()
    admin = await on.admin()
    await on.hire(SPECIALIST, 1)
    await on.say(SPECIALIST, "/start")
    stale = await on.context(SPECIALIST)
    member = next(one for one in (await _staff(admin)) if one.tg_id == SPECIALIST)
    await admin.revoke_role(member.person_id, "specialist", key="fire")
    text = await on.press_as(stale, SPECIALIST, "›")
    assert "not on the staff here any more" in text
    assert "What would you like to book?" in text


async def test_a_lost_role_is_explained_also_where_it_is_known_already(stages: Callable[..., Any]) -> None:
    """The gateway has forgotten the role, the chat still shows the day, or waits for a reason to be typed."""
    on: Stage = await stages()
    admin = await on.admin()
    for person, calendar in ((SPECIALIST, 1), (CLIENT, 2)):
        await on.hire(person, calendar)
        await on.say(person, "/today")
        if person == CLIENT:
            await on.press(person, "Day off")
            await on.press(person, "Tomorrow")
            await on.press(person, "Reason")
        member = next(one for one in (await _staff(admin)) if one.tg_id == person)
        await admin.revoke_role(member.person_id, "specialist", key=f"fire-{person}")
        text = await (on.press(person, "Week") if person == SPECIALIST else on.say(person, "holiday"))
        assert "not on the staff here any more" in text
        assert "What would you like to book?" in text


async def test_an_invitation_is_shown_before_it_is_taken(stages: Callable[..., Any]) -> None:
    """By link and by typed code; a used one is not valid any more."""
    on: Stage = await stages()
    admin = await on.admin()
    invitation = await on.invite(admin, 1)
    assert "as Anna" in await on.say(SPECIALIST, f"/start i_{invitation.token}")
    assert "Welcome to the team!" in await on.press(SPECIALIST, "Accept")
    assert "not valid" in await on.say(CLIENT, f"/start i_{invitation.token}")
    other = await on.invite(admin, 2)
    assert "as Boris" in await on.say(CLIENT, other.code.lower())


async def _staff(admin: Any) -> Any:

    return (await admin.list_staff()).items
