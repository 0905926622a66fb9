"""The gate of a worker: turns between businesses, places that are lent, and limits that always come free again."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from gateway.updates.fair_gate import FairGate, GateLimits, Overloaded, Place, lent_place

LONG = 60.0


def open_gate(**limits: float) -> FairGate:
    return FairGate(GateLimits(**{"wait_s": LONG, "slow_s": LONG, **limits}))  # type: ignore[arg-type]  # ints are floats


class Crowd:
    """Tasks that enter in order, and say so; each stays until it is told to go."""

    def __init__(self, gate: FairGate) -> None:
        self._gate = gate
        self.entered: list[str] = []
        self.places: list[Place] = []

    async def send(self, *slugs: str) -> list[asyncio.Task[None]]:
        tasks = [asyncio.create_task(self._enter(slug)) for slug in slugs]
        await settle()
        return tasks

    async def _enter(self, slug: str) -> None:
        place = await self._gate.enter(slug)
        self.entered.append(slug)
        self.places.append(place)

    async def leave(self, number: int) -> None:
        self.places[number].leave()
        await settle()


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def assert_empty(gate: FairGate) -> None:
    assert (gate.inside, gate.waiting) == (0, 0)
    assert [gate._tenants, gate._turns, gate._working] == [{}, {}, {}]


async def test_businesses_take_turns_however_much_one_has_sent() -> None:
    gate = open_gate(working=2, working_per_tenant=2)
    crowd = Crowd(gate)
    tasks = await crowd.send(*"aaaaaa", *"bb", "c")
    assert crowd.entered == ["a", "a"]
    for number in range(len(tasks)):
        await crowd.leave(number)
    assert crowd.entered == ["a", "a", "a", "b", "c", "a", "b", "a", "a"]
    assert_empty(gate)


async def test_one_business_never_takes_all_places() -> None:
    gate = open_gate(working=3, working_per_tenant=2)
    crowd = Crowd(gate)
    await crowd.send(*"aaaa", "b")
    assert crowd.entered == ["a", "a", "b"]
    await crowd.leave(2)
    assert crowd.entered == ["a", "a", "b"]
    await crowd.leave(0)
    assert crowd.entered == ["a", "a", "b", "a"]


async def test_a_place_is_lent_while_an_update_waits_and_taken_back_at_once() -> None:
    gate = open_gate(working=1, working_per_tenant=1, inside_per_tenant=2)
    first = await gate.enter("a")
    second = asyncio.create_task(gate.enter("a"))
    with first, first:  # two calls at once
        await settle()
        assert second.done()
        third = asyncio.create_task(gate.enter("a"))
        with second.result():
            await settle()
            assert not third.done()  # nobody works, but as many are inside as may be
    # both are back, over the limit
    second.result().leave()
    await settle()
    assert not third.done()
    first.leave()
    await settle()
    (await third).leave()
    assert_empty(gate)


async def test_the_current_update_lends_its_own_place_and_after_it_is_done_none() -> None:
    gate = open_gate(working=1, working_per_tenant=1)
    with lent_place():
        pass  # outside of an update
    place = await gate.enter("a")
    with lent_place():
        (await asyncio.create_task(gate.enter("a"))).leave()
    left_behind = asyncio.create_task(_lend_later(lent_place))
    place.leave()
    await left_behind
    assert_empty(gate)


async def _lend_later(lend: Callable[[], AbstractContextManager[None]]) -> None:
    with lend():
        await asyncio.sleep(0)


async def test_slow_work_keeps_nobody_out() -> None:
    gate = open_gate(working=1, working_per_tenant=1, slow_s=0.02)
    slow = await gate.enter("a")
    others = [await asyncio.wait_for(gate.enter("a"), 5) for _ in range(3)]
    for place in (slow, *others):
        place.leave()
    assert_empty(gate)


async def test_waiting_ends_after_its_time_and_leaves_nothing() -> None:
    gate = open_gate(working=1, working_per_tenant=1, wait_s=0.01)
    place = await gate.enter("a")
    for slug in ("a", "b"):
        with pytest.raises(Overloaded):
            await gate.enter(slug)
    assert gate.waiting == 0
    place.leave()
    assert_empty(gate)


async def test_no_more_wait_than_may() -> None:
    gate = open_gate(working=1, working_per_tenant=1, waiting=3, waiting_per_tenant=2)
    crowd = Crowd(gate)
    tasks = await crowd.send("a", "a", "a")
    with pytest.raises(Overloaded):
        await gate.enter("a")
    tasks += await crowd.send("b")
    with pytest.raises(Overloaded):
        await gate.enter("b")
    for number in range(len(tasks)):
        await crowd.leave(number)
    assert crowd.entered == ["a", "a", "b", "a"]
    assert_empty(gate)


@pytest.mark.parametrize("granted", [False, True])
async def test_one_who_is_cancelled_while_waiting_leaves_the_place_to_the_next(granted: bool) -> None:
    gate = open_gate(working=1, working_per_tenant=1)
    place = await gate.enter("a")
    cancelled, following = asyncio.create_task(gate.enter("a")), asyncio.create_task(gate.enter("a"))
    await settle()
    if granted:
        place.leave()  # let in, but its task has not run yet
    cancelled.cancel()
    await settle()
    if not granted:
        place.leave()
    (await asyncio.wait_for(following, 5)).leave()
    assert cancelled.cancelled()
    assert_empty(gate)


async def test_a_closed_gate_refuses_those_who_wait_and_those_who_come() -> None:
    gate = open_gate(working=1, working_per_tenant=1)
    place = await gate.enter("a")
    waiting = asyncio.create_task(gate.enter("a"))
    await settle()
    gate.close()
    with pytest.raises(Overloaded):
        await asyncio.wait_for(waiting, 5)
    with pytest.raises(Overloaded):
        await gate.enter("b")
    place.leave()
    assert_empty(gate)
