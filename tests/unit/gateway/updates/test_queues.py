"""Queues: first in, first out per person; others are not held up; caps."""

import asyncio

import pytest

from gateway.updates.fair_gate import Overloaded
from gateway.updates.queues import PerUserQueue


async def test_a_persons_updates_take_turns_in_the_order_of_arrival() -> None:
    queue, order = PerUserQueue(), []
    tickets = [queue.join("shop", 1) for _ in range(5)]

    async def work(number: int) -> None:
        await tickets[number].wait_turn()
        order.append(number)
        await asyncio.sleep(0)
        order.append(number)
        tickets[number].leave()

    # begun in another order than they arrived
    await asyncio.gather(*(work(n) for n in (4, 2, 0, 3, 1)))
    assert order == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    assert queue.count == 0


async def test_leaving_without_a_turn_keeps_the_order() -> None:
    queue = PerUserQueue()
    first, second, third = (queue.join("shop", 1) for _ in range(3))
    second.leave()
    assert not third.is_first
    turn = asyncio.create_task(third.wait_turn())
    await asyncio.sleep(0)
    assert not turn.done()
    first.leave()
    await asyncio.wait_for(turn, 20)
    third.leave()
    assert queue.count == 0


async def test_a_cancelled_wait_holds_nobody_up() -> None:
    queue = PerUserQueue()
    first, second, third = (queue.join("shop", 1) for _ in range(3))
    waiting = asyncio.create_task(second.wait_turn())
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    second.leave()
    first.leave()
    await asyncio.wait_for(third.wait_turn(), 1)
    third.leave()


async def test_other_people_and_other_shops_do_not_wait() -> None:
    queue = PerUserQueue()
    queue.join("shop", 1)
    assert queue.join("shop", 2).is_first
    assert queue.join("clinic", 1).is_first


async def test_the_cap_of_a_person_refuses_and_is_freed_again() -> None:
    queue = PerUserQueue(per_user=2)
    one, two = queue.join("a", 1), queue.join("a", 1)
    with pytest.raises(Overloaded):
        queue.join("a", 1)
    three = queue.join("a", 2)
    for ticket in (one, two, three):
        ticket.leave()
    queue.join("a", 1).leave()
    await asyncio.wait_for(queue.wait_empty(), 1)


async def test_a_long_stream_is_no_deep_queue() -> None:
    queue = PerUserQueue(per_user=2)
    last = queue.join("a", 1)
    for _ in range(10):
        following = queue.join("a", 1)
        last.leave()
        last = following
    last.leave()
    assert queue.count == 0
