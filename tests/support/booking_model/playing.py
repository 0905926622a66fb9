"""The model of a business and the real one, step by step: each step must answer what the model says."""

import random

from tests.support.backend_api import Api
from tests.support.booking_model import booking_steps, life_steps, schedule_steps, task_steps, zone_steps
from tests.support.booking_model.comparison import Comparison, open_comparison
from tests.support.booking_model.state import compare_state

# A business is as old as this when the next one opens: its four days are over.
LIFE = 250
# How often each step is taken, beside those that ask nobody.
STEPS = {
    booking_steps.book: 10,
    booking_steps.move: 5,
    booking_steps.change_places: 2,
    life_steps.take_step: 10,
    life_steps.wait: 2,
    schedule_steps.change_hours: 1,
    schedule_steps.change_date: 1,
    schedule_steps.take_time_off: 2,
    schedule_steps.take_time_off_back: 1,
    schedule_steps.close: 1,
    schedule_steps.open_again: 2,
    task_steps.take_new_time: 3,
    task_steps.place_with_others: 1,
    task_steps.settle_by_hand: 2,
    task_steps.deliver_messages: 3,
    zone_steps.correct_zone: 2,
    zone_steps.keep_all_instants: 1,
}


async def play(comparison: Comparison, unasked: int) -> None:
    """Take one random step; so many of them ask nobody."""
    steps = {**STEPS, booking_steps.book_unasked: unasked}
    (step,) = comparison.dice.choices(list(steps), list(steps.values()))
    await step(comparison)
    await life_steps.tend_tasks(comparison)


async def compare_with_model(backend: Api, dice: random.Random, operations: int, unasked: int = 2) -> None:
    """Take so many steps, in one business after the other. Raises AssertionError where backend and model differ."""
    comparison = await open_comparison(backend, dice)
    for number in range(operations):
        if number and number % LIFE == 0:
            comparison = await open_comparison(backend, dice)
        await play(comparison, unasked)
        if number % 50 == 49:
            await compare_state(comparison)
    await compare_state(comparison)
