"""Lanes: first in, first out per person; others are not held up; caps."""

import asyncio

import pytest

from gateway.updates.queues import Overloaded, PerUserQueue


async def test_a_persons_updates_take_turns_in_the_order_of_arrival() -> None:
    lanes, order = PerUserQueue(), []
    tickets = [lanes.enter("shop", 1) for _ in range(5)]

    async def work(number: int) -> None:
        await tickets[number].turn()
        order.append(number)
        await asyncio.sleep(0)
        order.append(number)
        tickets[number].leave()

    # begun in another order than they arrived
    await asyncio.gather(*(work(n) for n in (4, 2, 0, 3, 1)))
    assert order == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    assert lanes.count == 0


async def test_leaving_without_a_turn_keeps_the_order() -> None:
    lanes = PerUserQueue()
    first, second, third = (lanes.enter("shop", 1) for _ in range(3))
    second.leave()
    assert not third.first
    turn = asyncio.create_task(third.turn())
    await asyncio.sleep(0)
    assert not turn.done()
    first.leave()
    await asyncio.wait_for(turn, 20)
    third.leave()
    assert lanes.count == 0


async def test_a_cancelled_wait_holds_nobody_up() -> None:
    lanes = PerUserQueue()
    first, second, third = (lanes.enter("shop", 1) for _ in range(3))
    waiting = asyncio.create_task(second.turn())
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    second.leave()
    first.leave()
    await asyncio.wait_for(third.turn(), 1)
    third.leave()


async def test_other_people_and_other_shops_do_not_wait() -> None:
    lanes = PerUserQueue()
    lanes.enter("shop", 1)
    assert lanes.enter("shop", 2).first
    assert lanes.enter("clinic", 1).first


async def test_each_cap_refuses_and_is_freed_again() -> None:
    lanes = PerUserQueue(per_person=2, per_tenant=3, overall=4)
    one, two = lanes.enter("a", 1), lanes.enter("a", 1)
    with pytest.raises(Overloaded):
        lanes.enter("a", 1)
    three = lanes.enter("a", 2)
    with pytest.raises(Overloaded):
        lanes.enter("a", 3)
    four = lanes.enter("b", 1)
    with pytest.raises(Overloaded):
        lanes.enter("c", 1)
    for ticket in (one, two, three, four):
        ticket.leave()
    lanes.enter("c", 1).leave()
    await asyncio.wait_for(lanes.empty(), 1)


async def test_a_long_stream_is_no_deep_lane() -> None:
    lanes = PerUserQueue(per_person=2)
    last = lanes.enter("a", 1)
    for _ in range(10):
        following = lanes.enter("a", 1)
        last.leave()
        last = following
    last.leave()
    assert lanes.count == 0
