"""The rates that a process keeps by itself, for when Redis is away."""

from gateway.limits.gcra import MAX_KEYS, GcraRate, MemoryLimiter
from gateway.limits.rate import Rate


def test_a_burst_passes_and_then_the_rate() -> None:
    limiter, rate = MemoryLimiter(), GcraRate.from_rate(Rate(60, 60, 3))
    assert [limiter.charge("a", rate, now=100.0) for _ in range(4)] == [0, 0, 0, 1000]
    assert limiter.charge("a", rate, now=100.9) == 100
    assert limiter.charge("a", rate, now=101.0) == 0
    assert limiter.charge("a", rate, now=101.0) == 1000


def test_keys_do_not_touch_each_other() -> None:
    limiter, rate = MemoryLimiter(), GcraRate.from_rate(Rate(1, 60, 1))
    assert limiter.charge("a", rate, now=1.0) == 0
    assert limiter.charge("b", rate, now=1.0) == 0


def test_a_quarter_of_a_rate_still_lets_one_pass() -> None:
    assert GcraRate.from_rate(Rate(60, 60, 60), slower=4) == GcraRate(4_000_000, 14 * 4_000_000)
    assert GcraRate.from_rate(Rate(2, 60, 2), slower=4).tolerance == 0


def test_memory_is_bounded() -> None:
    limiter, rate = MemoryLimiter(), GcraRate.from_rate(Rate(1, 60, 1))
    for n in range(MAX_KEYS + 10):
        limiter.charge(n, rate, now=1.0)
    assert len(limiter._arrivals) == MAX_KEYS
