"""What visitors may hold together: an attack leaves the calendar open, a visitor who means it gets through."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from backend.contract.notices import VISITORS_HOLD_MUCH
from backend.db import tables
from backend.holds import rules
from tests.support.booking_page import ELEVEN, PHONE, TEN, TWELVE, Page, claim, verify
from tests.support.business import Business
from tests.support.business_rows import ADMIN, CLIENT, OTHER

DAYS = [f"2026-06-{day:02}" for day in range(2, 6)]


async def free_by_day(business: Business) -> Counter[str]:
    """What a client in Telegram is offered."""
    slots = await business.client.slots(business.services["Haircut"], day=DAYS[0], to=DAYS[-1])
    return Counter(slot["local"][:10] for slot in slots)


async def alarms(business: Business) -> list[Any]:
    return await business.rows(tables.outbox, tables.outbox.c.text == VISITORS_HOLD_MUCH)


def later(business: Business, seconds: int) -> None:
    business.api.clock.shift_s += seconds


@pytest.mark.parametrize("addresses", [5, 50])
async def test_an_attack_from_many_addresses_leaves_every_day_open(
    barber: Business, page: Page, addresses: int
) -> None:
    before = await free_by_day(barber)
    assert set(before) == set(DAYS)
    opened: Counter[str] = Counter()
    blocked: Counter[str] = Counter()
    rounds = 8
    for _ in range(rounds):
        slots = await barber.client.slots(barber.services["Haircut"], day=DAYS[0], to=DAYS[-1])
        wanted = [slot["start"] for slot in slots][:: max(1, len(slots) // (addresses * 2))]
        for start in wanted[: addresses * 2]:
            answer = await page.hold(start)
            assert answer.status == 201 or answer.code in ("limit_reached", "slot_taken"), answer
        free = await free_by_day(barber)
        for day in DAYS:
            assert free[day] >= before[day] / 4, (day, free, before)
        opened.update(free)
        offered = {slot["start"] for slot in await barber.client.slots(barber.services["Haircut"], day=DAYS[0])}
        blocked.update({slot["start"] for slot in slots if slot["start"][:10] == DAYS[0]} - offered)
        later(barber, rules.FIRST_S + 1)
    assert sum(opened.values()) >= sum(before.values()) * rounds / 2
    # one who knows the business books what they see, and the admins hear of it once
    start = (await barber.client.slots(barber.services["Haircut"], day=DAYS[0]))[0]["start"]
    await barber.client.booked(barber.services["Haircut"], start=start)
    told = await alarms(barber)
    if addresses == 50:
        assert {row.person_id for row in told} == {barber.people[ADMIN]}
    assert len(told) == len({row.dedupe_key for row in told})


async def test_a_hold_is_short_until_its_link_is_followed(barber: Business, page: Page) -> None:
    held = await page.held()
    assert held["hold_until"] == "2026-06-01T09:03:00Z"
    later(barber, 170)
    taken = (await claim(barber, held["token"])).body
    assert taken["hold_until"] == "2026-06-01T09:12:50Z"
    later(barber, 300)
    assert (await barber.other.book(barber.services["Haircut"], start=TEN)).code == "slot_taken"
    assert (await barber.client.step(taken, "confirm")).body["status"] == "confirmed"


async def test_one_who_knows_the_business_takes_what_was_left_and_the_visitor_sees_others(
    barber: Business, page: Page
) -> None:
    held = await page.held()
    assert (await page.state(held))["alternatives"] == []
    assert (await barber.client.book(barber.services["Haircut"], start=TEN)).code == "slot_taken"
    later(barber, 180)
    # nobody has taken it: the visitor may still have it
    state = await page.state(held)
    assert (state["status"], len(state["alternatives"])) == ("expired", 3)
    assert TEN in [each["start"] for each in state["alternatives"]]
    await barber.client.booked(barber.services["Haircut"], start=TEN)
    state = await page.state(held)
    assert TEN not in [each["start"] for each in state["alternatives"]]
    assert len(state["alternatives"]) == 3
    for name, body in (("code", {"phone": PHONE}), ("confirm", {"code": "123456"})):
        refused = await page.step(held, name, body)
        assert refused.code in ("slot_taken", "bad_code"), refused
    asked = await page.step(held, "code", {"phone": PHONE})
    assert (asked.code, len(asked.body["alternatives"])) == ("slot_taken", 3)
    assert (await page.held(ELEVEN))["status"] == "held"


async def test_while_a_code_is_out_nobody_takes_the_place(barber: Business, page: Page) -> None:
    await verify(barber)
    held = await page.held()
    later(barber, 170)
    asked = (await page.step(held, "code", {"phone": PHONE})).body
    assert asked["good_until"] == "2026-06-01T09:12:50Z"
    for seconds in (30, 300, 260):
        later(barber, seconds)
        assert (await barber.other.book(barber.services["Haircut"], start=TEN)).code == "slot_taken"
    (message,) = await barber.rows(tables.outbox, tables.outbox.c.kind == "code")
    assert (await page.step(held, "confirm", {"code": message.text})).body["status"] == "confirmed"


async def test_asking_again_and_again_keeps_no_place_for_long(barber: Business, page: Page) -> None:
    held = await page.held()
    until = []
    for _ in range(3):
        until.append((await page.step(held, "code", {"phone": "+44 20 7946 0000"})).body["good_until"])
        later(barber, 200)
    # as if the code had been asked for in the last of the three minutes
    assert until == ["2026-06-01T09:10:00Z", "2026-06-01T09:13:00Z", "2026-06-01T09:13:00Z"]
    later(barber, 200)
    await barber.client.booked(barber.services["Haircut"], start=TEN)


async def test_taking_over_races_with_the_code_and_one_wins(barber: Business, page: Page) -> None:
    await verify(barber)
    service = barber.services["Haircut"]
    for start in (TEN, "2026-06-03T10:00:00Z", "2026-06-04T10:00:00Z"):
        held = await page.held(start)
        await page.step(held, "code", {"phone": PHONE})
        code = (await barber.rows(tables.outbox, tables.outbox.c.booking_id == held["id"]))[-1].text
        answers = await asyncio.gather(
            *(page.step(held, "confirm", {"code": code}) for _ in range(3)),
            claim(barber, held["token"], OTHER),
            *(barber.other.book(service, start=start) for _ in range(3)),
        )
        rows = await barber.rows(tables.bookings, tables.bookings.c.id == held["id"])
        owner = rows[0].client_id
        assert [answer.status for answer in answers[:4]].count(200) == 1
        assert owner == (barber.people[OTHER] if answers[3].status == 200 else barber.people[CLIENT])
        assert {answer.code for answer in answers[4:]} == {"slot_taken"}


async def test_a_lapsing_hold_a_client_and_a_code_at_once_give_one_booking(barber: Business, page: Page) -> None:
    await verify(barber)
    service = barber.services["Haircut"]
    for day in DAYS:
        start = f"{day}T12:00:00Z"
        held = await page.held(start)
        later(barber, 180)
        asked, *booked = await asyncio.gather(
            page.step(held, "code", {"phone": PHONE}), *(barber.other.book(service, start=start) for _ in range(3))
        )
        assert asked.code == "slot_taken"
        assert sorted(answer.status for answer in booked) == [201, 409, 409]


async def test_visitors_hold_a_share_of_a_specialists_day_and_always_one_place(barber: Business, page: Page) -> None:
    held = []
    refused = None
    for hour in range(7, 18):
        answer = await page.hold(f"2026-06-02T{hour:02}:00:00Z")
        if answer.status == 201:
            held.append(answer.body)
        elif answer.code == "limit_reached":
            refused = answer
    assert refused is not None
    assert "Telegram" in refused.body["detail"]
    free = await free_by_day(barber)
    assert free[DAYS[0]] > 0
    assert 1 < len(held) <= 6
    # another day is another share
    await page.held(f"{DAYS[1]}T10:00:00Z")
    # what somebody has made their own is no visitor's any more
    assert (await claim(barber, held[0]["token"])).status == 200


async def test_of_a_full_day_visitors_still_get_the_last_place(barber: Business, page: Page) -> None:
    service = barber.services["Haircut"]
    while slots := await barber.admin.slots(service, day=DAYS[0]):
        if len(slots) == 1:
            break
        await barber.admin.booked(service, start=slots[0]["start"], client_id=barber.people[CLIENT])
    assert len(slots) == 1
    await page.held(slots[0]["start"])


async def test_a_place_held_again_and_again_is_left_to_others(barber: Business, page: Page) -> None:
    for _ in range(rules.REPEATS):
        await page.held()
        later(barber, rules.FIRST_S)
    refused = await page.hold()
    assert (refused.code, len(refused.body["alternatives"])) == ("slot_taken", 3)
    # given back counts like lapsed; another place is not meant
    for _ in range(rules.REPEATS):
        held = await page.held(TWELVE)
        await page.step(held, "cancel")
    assert (await page.hold(TWELVE)).code == "slot_taken"
    await page.held("2026-06-02T14:00:00Z")
    # those who know the business book it meanwhile, and after an hour a visitor may again
    booking = await barber.client.booked(barber.services["Haircut"], start=TEN)
    await barber.client.step(booking, "cancel")
    later(barber, rules.REPEATED_WITHIN_S)
    await page.held()


async def test_the_admins_hear_of_it_once_in_a_while(
    barber: Business, studio: Business, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "ALARM_HOLDS", 4)
    for number in range(12):
        await page.held(
            f"2026-06-{number + 2:02}T10:00:00Z"
            if number < 3
            else f"2026-06-0{number % 3 + 2}T1{number // 3 + 1}:30:00Z"
        )
        later(barber, rules.FIRST_S)
        assert len(await alarms(barber)) == (number >= 3)
    (told,) = await alarms(barber)
    assert (told.person_id, told.role, told.kind) == (barber.people[ADMIN], "admin", "text")
    assert not await alarms(studio)
    later(barber, rules.ALARM_EVERY_S)
    for hour in range(10, 14):
        await page.held(f"2026-06-05T{hour}:00:00Z")
        later(barber, rules.FIRST_S)
    assert len(await alarms(barber)) == 2


async def test_what_a_client_books_in_telegram_raises_no_alarm(
    barber: Business, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "ALARM_HOLDS", 2)
    for hour in (10, 12):
        held = await page.held(f"2026-06-02T{hour}:00:00Z")
        await claim(barber, held["token"], OTHER)
        await barber.other.step(held, "confirm")
        await barber.client.booked(barber.services["Haircut"], start=f"2026-06-03T{hour}:00:00Z")
    await page.held(f"{DAYS[2]}T10:00:00Z")
    assert not await alarms(barber)
