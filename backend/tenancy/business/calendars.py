"""Reading the calendars of a business file: shifts, dates, time off, closures."""

import yaml

from backend.kit.strict_yaml import Reader
from backend.tenancy.business import rules
from backend.tenancy.business.structs import Shift, TimeOff

MAX_CLOSURES, MAX_DATES, MAX_SHIFTS, MAX_TIME_OFF = 5_000, 2_000, 24, 1_000


def read_shifts(reader: Reader, node: yaml.Node, what: str) -> list[Shift]:
    """Return the shifts of one date or weekday in order; those that overlap are reported."""
    found: list[Shift] = []
    for item in reader.read_list(node, what, MAX_SHIFTS):
        shift = reader.convert_text(item, what, rules.parse_shift)
        if shift is None:
            continue
        if clash := rules.find_overlap([*found, shift]):
            first, second = (rules.format_shift(*s) for s in clash)
            reader.report(item, "", f"{what}: the shifts {first} and {second} overlap")
        else:
            found.append(shift)
    return sorted(found)


def read_dates(reader: Reader, node: yaml.Node) -> dict[str, list[Shift]]:
    """Return the shifts of single dates."""
    found: dict[str, list[Shift]] = {}
    entries = reader.read_entries(node, "dates", None)
    if len(entries) > MAX_DATES:
        reader.report(node, "", f"dates must have at most {MAX_DATES} entries, not {len(entries)}")
        return found
    for key_node, value in entries.values():
        date = reader.convert_key(key_node, "dates:", rules.parse_day)
        shifts = read_shifts(reader, value, "dates" if date is None else date)
        if date is not None:
            found[date] = shifts
    return found


def read_time_off(reader: Reader, node: yaml.Node) -> tuple[TimeOff, ...]:
    """Return the stretches off, each once."""
    found: dict[tuple[str, str], TimeOff] = {}
    for item in reader.read_list(node, "time_off", MAX_TIME_OFF):
        reason = None
        where: yaml.Node = item
        if isinstance(item, yaml.MappingNode):
            entry = reader.read_entries(item, "a time off", ("period", "reason"))
            if "period" not in entry:
                reader.report(item, "", "a time off needs a `period`")
                continue
            where = entry["period"][1]
            reason = (
                reader.convert_text(entry["reason"][1], "reason", rules.text_within(200)) if "reason" in entry else None
            )
        period = reader.convert_text(where, "time_off", rules.parse_period)
        if period is None:
            continue
        if period in found:
            reader.report(item, "", "this time off was given before")
        found[period] = TimeOff(start=period[0], end=period[1], reason=reason)
    return tuple(found.values())


def read_closures(reader: Reader, node: yaml.Node) -> tuple[str, ...]:
    """Return the closed dates in order, each once."""
    found: list[str] = []
    for item in reader.read_list(node, "closures", MAX_CLOSURES):
        date = reader.convert_text(item, "a closure", rules.parse_day, also="timestamp")
        if date in found:
            reader.report(item, "", f"the closure {date} was given before")
        elif date is not None:
            found.append(date)
    return tuple(sorted(found))
