"""The business file: what it says, and every way in which it can be wrong, each at its place."""

import gc
import time
from math import inf

import pytest
import yaml

from backend.contract.tenancy import Policies, QuietHours
from backend.tenancy.business import load_business
from backend.tenancy.business.policies import dump_policies
from backend.tenancy.business.rules import format_duration, format_shift, parse_duration, parse_shift
from tests.support.business_file import EXAMPLE


def problems(text: str) -> list[str]:
    business, found = load_business(text, "b.yaml")
    assert (business is None) == bool(found)
    return [str(problem) for problem in found]


def test_the_example_of_the_contract_is_read() -> None:
    business, found = load_business(EXAMPLE, "b.yaml")
    assert found == []
    assert business is not None
    assert business.policies == Policies()
    assert business.services is not None
    assert [(s.name, s.price, s.duration_min, s.rooms) for s in business.services] == [
        ("Haircut", 150_000, 45, ("Chair",)),
        ("Colour", 250_000, 120, ()),
    ]
    assert business.specialists is not None
    anna = business.specialists[0]
    assert anna.hours == {0: [(540, 780), (840, 1080)], 4: [(1320, 1560)], 6: [(0, 1440)]}
    assert anna.dates == {"2026-12-31": [(600, 840)], "2027-01-02": []}
    assert [(o.service, o.price, o.duration_min) for o in anna.offers] == [
        ("Haircut", None, None),
        ("Colour", 300_000, 90),
    ]
    assert business.closures == ("2027-01-01",)


def test_what_the_file_does_not_have_is_not_spoken_of() -> None:
    business, _ = load_business("address: X\n", "b.yaml")
    assert business is not None
    assert (business.services, business.specialists, business.policies, business.closures) == (None,) * 4


def test_quiet_hours_and_phones_are_policies_too() -> None:
    text = 'policies: {quiet_hours: {start: "22:00", end: "08:00"}, ask_phone: true, phone_required: false}'
    business, found = load_business(text, "b.yaml")
    assert found == []
    assert business is not None
    assert business.policies is not None
    assert business.policies.quiet_hours == QuietHours(start="22:00", end="08:00")
    assert business.absent_policies == {"retention_months", "consent_text", "consent_link", "specialists_see_contacts"}
    private = '{retention_months: 24, consent_text: "I agree", consent_link: "https://barber.example/privacy"}'
    business, found = load_business(f"policies: {private}", "b.yaml")
    assert (found, business is not None) == ([], True)
    assert business is not None
    assert business.policies is not None
    assert yaml.safe_load(private).items() <= dump_policies(business.policies).items()


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("adress: X", "1:1", "did you mean `address`"),
        ("policies: {consent_link: 'http://a.example'}", "1:26", "such as https://barber.example/privacy"),
        ("policies: {retention_months: 121}", "1:30", "120"),
        ("address: X\naddress: Y", "2:1", "given before, on line 1"),
        ("address: no", "1:10", "quotes"),
        ("phone: 0123", "1:8", "quotes"),
        ("address: &a X", "1:10", "anchors"),
        ("phone: *a", "1:8", "aliases"),
        ("address: !!str X", "1:10", "tags"),
        ("address: [", "2:1", "not YAML"),
        ("- address", "1:1", "mapping"),
        ("", "1:1", "mapping"),
        ("address: X\n---\nphone: y", "2:1", "one document"),
        ("policies: {slot_step: 30}", "1:23", "unit"),
        ("policies: {slot_step: 4m}", "1:23", "between 5m and 3h"),
        ("policies: {slot_step: 181m}", "1:23", "between"),
        ("policies: {horizon: 401d}", "1:21", "between"),
        ("policies: {horizon: 36h}", "1:21", "whole days"),
        ("policies: {min_notice: 401d}", "1:24", "between"),
        ("policies: {approval: yes}", "1:22", "true or false"),
        ("policies: {max_active_per_client: 05}", "1:35", "whole number"),
        ("policies: {max_active_per_client: 1_0}", "1:35", "whole number"),
        ("policies: {reminders: [24h, 1d]}", "1:29", "given before"),
        ('policies: {quiet_hours: {start: "22:00"}}', "1:25", "needs a `start` and an `end`"),
        ("rooms: [{name: Chair, count: 0}]", "1:30", "from 1 to 1000"),
        ("services: [{name: A, duration: 12:30}]", "1:32", "unit"),
        ("services: [{name: A, duration: 25h}]", "1:32", "between 1m and 24h"),
        ("services: [{name: A, duration: -5m}]", "1:32", "whole number"),
        ("services: [{name: A, duration: ١٠m}]", "1:32", "whole number"),
        ("services: [{name: A}]", "1:12", "needs a `duration`"),
        ("services: [{duration: 1h}]", "1:12", "needs a `name`"),
        ("services: [{name: A, duration: 1h, price: 0123}]", "1:43", "amount"),
        ("services: [{name: A, duration: 1h, price: '1.234'}]", "1:43", "amount"),
        ("services: [{name: A, duration: 1h, price: '-1'}]", "1:43", "amount"),
        ("services: [{name: A, duration: 1h, capacity: 0}]", "1:46", "from 1 to 1000"),
        ("services: [{name: A, duration: 1h, capacity: 8, starts: often}]", "1:57", "`together` or `any`"),
        ("services: [{name: A, duration: 1h, starts: together}]", "1:44", "for a group"),
        ("services: [{name: A, duration: 1h}, {name: A, duration: 2h}]", "1:37", "given before"),
        ("services: [{name: A, duration: 1h, rooms: [Chair]}]", "1:44", "no room `Chair`"),
        (f"services: [{{name: {'x' * 65}, duration: 1h}}]", "1:19", "64 characters"),
        ('services: [{name: "a\\u202eb", duration: 1h}]', "1:19", "invisible"),
        ("specialists: [{name: Anna, services: [Cut]}]", "1:39", "no service `Cut`"),
        ('specialists: [{name: A, hours: {mon: ["09:00-13:00", "12:59-18:00"]}}]', "1:54", "overlap"),
        ('specialists: [{name: A, hours: {mon: ["23:00-23:00", "23:30-23:45"]}}]', "1:54", "overlap"),
        ('specialists: [{name: A, hours: {mon: ["9:00-13:00"]}}]', "1:39", "must be a shift"),
        ('specialists: [{name: A, hours: {mon: ["09:00-24:01"]}}]', "1:39", "must be a shift"),
        ("specialists: [{name: A, hours: {funday: []}}]", "1:33", "unknown key"),
        ('specialists: [{name: A, dates: {"2026-02-29": []}}]', "1:33", "calendar"),
        ('specialists: [{name: A, time_off: ["2027-02-08T09:00/2027-02-01T18:00"]}]', "1:36", "after it starts"),
        ('specialists: [{name: A, time_off: ["2027-02-08 09:00/2027-02-09T18:00"]}]', "1:36", "must be a period"),
        ('closures: ["2027-01-01", 2027-01-01]', "1:26", "given before"),
        ('closures: ["2027-13-01"]', "1:12", "calendar"),
        ('services: [{name: "\\u3164", duration: 1h}]', "1:19", "must show something"),
        ("services: [{name: A, duration: 1h, price: '1', price_from: '2'}]", "1:60", "not both"),
        (f"services: [{{name: A, duration: 1h, category: {'x' * 65}}}]", "1:46", "64 characters"),
        ("services: [{name: A, duration: 1h, price_from: cheap}]", "1:48", "amount"),
        ('phones: ["1", "2", "3", "4", "5", "6"]', "1:9", "at most 5"),
        ('phones: ["1, 2"]', "1:10", "without a comma"),
        (f"phones: ['{'1' * 33}']", "1:10", "32 characters"),
        ("phones: '12345'", "1:9", "must be a list"),
        ("phones: ['1']\nphone: '2'", "2:8", "leave `phone` out"),
    ],
)
def test_each_fault_is_told_at_its_place(text: str, place: str, words: str) -> None:
    found = problems(text)
    assert found, text
    assert found[0].startswith(f"b.yaml:{place}: "), found
    assert words in found[0]


def test_all_faults_are_told_at_once_in_order() -> None:
    text = "address: no\nphon: x\nservices:\n  - {name: A, duration: 25h}\n  - {duration: x}\n"
    assert [line.split(" ")[0] for line in problems(text)] == [
        "b.yaml:1:10:",
        "b.yaml:2:1:",
        "b.yaml:4:25:",
        "b.yaml:5:5:",
        "b.yaml:5:16:",
    ]


@pytest.mark.parametrize("text", ["[" * 100_000, "\x00", "a: \ud800", "{" * 5000, "? [a]\n: b", "%YAML 1.1\n--- a"])
def test_hostile_files_end_in_problems(text: str) -> None:
    assert problems(text)


def test_a_bomb_of_aliases_is_not_built() -> None:
    """Doubled sixty times, no machine could: that this ends is the proof."""
    bomb = "a0: &a0 [x, x]\n" + "\n".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]" for i in range(1, 61))
    assert any("aliases" in problem for problem in problems(bomb))


def test_ten_times_as_many_services_take_about_ten_times_as_long() -> None:
    spent = {}
    for count in (300, 3000):
        lines = [f"  - {{name: S{i}, price: '10', duration: 1h}}" for i in range(count)]
        spent[count] = inf
        for _ in range(3):
            # whatever else this process holds is not to be collected just now
            gc.disable()
            started = time.process_time()
            assert problems("services:\n" + "\n".join(lines)) == []
            spent[count] = min(spent[count], time.process_time() - started)
            gc.enable()
    # quadratic would be a hundred times; the margin is for a loaded machine
    assert spent[3000] < 40 * spent[300]


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("09:00-18:00", (540, 1080)), ("22:00-02:00", (1320, 1560)), ("09:00-09:00", (540, 1980)),
     ("00:00-24:00", (0, 1440)), ("22:00-24:00", (1320, 1440))],
)  # fmt: skip
def test_shifts_read_and_show_alike(text: str, minutes: tuple[int, int]) -> None:
    assert parse_shift(text) == minutes
    assert format_shift(*minutes) == text


@pytest.mark.parametrize("minutes", [0, 1, 45, 60, 90, 120, 1439, 1440, 1441, 2880, 86_400])
def test_durations_read_and_show_alike(minutes: int) -> None:
    assert parse_duration(format_duration(minutes), 0, 400 * 1440) == minutes
