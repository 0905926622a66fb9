"""Times as people write them, and wall times that are skipped or come twice."""

import pytest

from backend.clock import (
    AdjustableClock,
    day_start,
    format_local,
    format_utc,
    format_wall,
    load_zone,
    local_date,
    parse_date,
    parse_instant,
    parse_start,
    parse_wall,
    wall_to_epoch,
)
from backend.errors import Invalid, NonexistentTime

BERLIN = load_zone("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "epoch"),
    [
        ("2026-06-01T09:00:00Z", 1_780_304_400),
        ("2026-06-01t09:00:00z", 1_780_304_400),
        ("2026-06-01T12:00:00+03:00", 1_780_304_400),
        ("2026-06-01T12:00:00.999+03:00", 1_780_304_400),
        ("2026-06-01T14:45:00+05:45", 1_780_304_400),
        ("1970-01-01T00:00:00Z", 0),
    ],
)
def test_rfc_3339_is_read(text: str, epoch: int) -> None:
    assert parse_instant(text) == epoch


@pytest.mark.parametrize(
    "text",
    [
        "", "now", "2026-06-01", "2026-06-01T09:00:00", "2026-06-01T09:00Z", "2026-06-01 09:00:00Z",
        "2026-02-30T09:00:00Z", "2026-06-01T24:00:00Z", "2026-06-01T09:60:00Z", "2026-06-01T09:00:60Z",
        "2026-06-01T09:00:00+24:00", "2026-06-01T09:00:00+0300", "2026-06-01T09:00:00Z\n", "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-12:00", "1969-12-31T23:59:59Z", "２026-06-01T09:00:00Z",
    ],
)  # fmt: skip
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        parse_instant(text, "start")


def test_formats_are_read_back() -> None:
    at = parse_instant("2026-07-01T10:30:00+02:00")
    assert format_utc(at) == "2026-07-01T08:30:00Z"
    assert format_local(at, BERLIN) == "2026-07-01T10:30:00+02:00"
    assert format_wall(at, BERLIN) == "2026-07-01T10:30"
    assert parse_instant(format_local(at, BERLIN)) == at


def test_a_skipped_wall_time_moves_forward() -> None:
    half_past_two = parse_wall("2026-03-29T02:30")
    for end in (False, True):
        assert format_local(wall_to_epoch(half_past_two, BERLIN, end=end), BERLIN) == "2026-03-29T03:30:00+02:00"


def test_a_repeated_wall_time_is_the_first_as_a_start_and_the_second_as_an_end() -> None:
    twice = parse_wall("2026-10-25T02:30")
    assert format_local(wall_to_epoch(twice, BERLIN), BERLIN) == "2026-10-25T02:30:00+02:00"
    assert format_local(wall_to_epoch(twice, BERLIN, end=True), BERLIN) == "2026-10-25T02:30:00+01:00"


def test_midnight_that_comes_twice_is_the_first() -> None:
    havana = load_zone("America/Havana")
    midnight = parse_wall("2026-11-01T00:00")
    assert wall_to_epoch(midnight, havana, end=True) == wall_to_epoch(midnight, havana)
    assert format_utc(day_start(midnight.date(), havana)) == "2026-11-01T04:00:00Z"


def test_a_day_whose_midnight_is_skipped_begins_later() -> None:
    cairo = load_zone("Africa/Cairo")
    start = day_start(parse_date("2026-04-24"), cairo)
    assert format_local(start, cairo) == "2026-04-24T01:00:00+03:00"
    assert local_date(start - 1, cairo).isoformat() == "2026-04-23"


def test_a_start_written_for_the_skipped_hour_does_not_exist() -> None:
    for text in ("2026-03-29T02:30:00+01:00", "2026-03-29T02:30:00+02:00"):
        with pytest.raises(NonexistentTime):
            parse_start(text, BERLIN)
    assert format_local(parse_start("2026-03-29T01:30:00Z", BERLIN), BERLIN) == "2026-03-29T03:30:00+02:00"
    # another machine's clock shows that time
    assert parse_start("2026-03-29T02:30:00+03:00", BERLIN) == parse_instant("2026-03-28T23:30:00Z")


@pytest.mark.parametrize("name", ["", "Mars/Base", "../etc/passwd", "/etc/localtime", "Europe", "localtime", "a\x00b"])
def test_an_unknown_zone_is_refused(name: str) -> None:
    with pytest.raises(Invalid):
        load_zone(name)


@pytest.mark.parametrize("text", ["2026-13-01", "2026-1-1", "20260601", "2026-06-31", "0001-01-01", "2026-06-01\n", ""])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        parse_date(text)


def test_wall_times_are_read_strictly() -> None:
    assert parse_wall("2026-06-01T10:00").isoformat() == "2026-06-01T10:00:00"
    for text in ("2026-06-01T10:00:00", "2026-06-01T24:00", "2026-06-01 10:00", "2026-06-01T10:00Z"):
        with pytest.raises(Invalid):
            parse_wall(text)


def test_a_clock_that_was_set_goes_on_from_there() -> None:
    base = [100.0]
    clock = AdjustableClock(lambda: base[0])
    clock.set(1000)
    base[0] += 5
    assert clock() == 1005
