"""Reading and writing the policies of a business file."""

from collections.abc import Callable
from typing import Any

import yaml

from backend.contract.tenancy import Policies, QuietHours
from backend.kit.strict_yaml import Reader
from backend.tenancy.business import rules
from backend.tenancy.business.rules import DAY

MAX_REMINDERS = 5
# What a file may leave out without resetting it.
OPTIONAL = frozenset(
    {"quiet_hours", "ask_phone", "phone_required", "retention_months", "consent_text", "consent_link"}
    | {"specialists_see_contacts"}
)
_DURATIONS: dict[str, tuple[str, Callable[[str], int]]] = {
    "slot_step": ("slot_step_min", rules.duration_within(5, 180)),
    "min_notice": ("min_notice_min", rules.duration_within(0, 400 * DAY)),
    "horizon": ("horizon_days", rules.parse_days),
    "cancel_until": ("cancel_until_min", rules.duration_within(0, 400 * DAY)),
    "hold": ("hold_min", rules.duration_within(1, DAY)),
    "request_expiry": ("request_expiry_min", rules.duration_within(60, 30 * DAY)),
}
_SWITCHES = ("approval", "buffers_within_hours", "ask_phone", "phone_required", "specialists_see_contacts")
_KNOWN = (*_DURATIONS, "approval", "buffers_within_hours", "reminders", "max_active_per_client", *sorted(OPTIONAL))


def read_policies(reader: Reader, node: yaml.Node) -> tuple[Policies, frozenset[str]]:
    """Return the policies, with the contract's defaults for those that are missing, and which of OPTIONAL are missing."""
    values: dict[str, Any] = {}
    found = reader.read_entries(node, "policies", _KNOWN)
    for key, (_, value) in found.items():
        if key in _DURATIONS:
            target, convert = _DURATIONS[key]
            values[target] = reader.convert_text(value, key, convert, also="int float")
        elif key in _SWITCHES:
            values[key] = reader.read_boolean(value, key)
        elif key == "max_active_per_client":
            values[key] = reader.read_whole_number(value, key, 1, 1000)
        elif key == "retention_months":
            values[key] = reader.read_whole_number(value, key, 0, 120)
        elif key == "consent_text":
            values[key] = reader.convert_text(value, key, rules.text_within(300))
        elif key == "consent_link":
            values[key] = reader.convert_text(value, key, rules.parse_https)
        elif key == "reminders":
            values["reminders_min"] = _reminders(reader, value)
        else:
            values[key] = _quiet_hours(reader, value)
    return Policies(**{key: value for key, value in values.items() if value is not None}), OPTIONAL - found.keys()


def _reminders(reader: Reader, node: yaml.Node) -> list[int]:
    found: list[int] = []
    for item in reader.read_list(node, "reminders", MAX_REMINDERS):
        lead = reader.convert_text(item, "a reminder", rules.duration_within(5, 60 * DAY), also="int float")
        if lead in found:
            reader.report(item, "", "this reminder was given before")
        elif lead is not None:
            found.append(lead)
    return found


def _quiet_hours(reader: Reader, node: yaml.Node) -> QuietHours | None:
    found = reader.read_entries(node, "quiet_hours", ("start", "end"))
    if isinstance(node, yaml.MappingNode) and len(found) < 2:
        reader.report(node, "", "quiet_hours needs a `start` and an `end`")
    times = {
        key: reader.convert_text(value, f"quiet_hours {key}", rules.parse_clock_time)
        for key, (_, value) in found.items()
    }
    start, end = times.get("start"), times.get("end")
    return None if start is None or end is None else QuietHours(start=start, end=end)


def dump_policies(policies: Policies) -> dict[str, Any]:
    """Return the policies as `read_policies` reads them."""
    found: dict[str, Any] = {
        "slot_step": rules.format_duration(policies.slot_step_min),
        "min_notice": rules.format_duration(policies.min_notice_min),
        "horizon": f"{policies.horizon_days}d",
        "cancel_until": rules.format_duration(policies.cancel_until_min),
        "hold": rules.format_duration(policies.hold_min),
        "approval": policies.approval,
        "buffers_within_hours": policies.buffers_within_hours,
        "reminders": [rules.format_duration(lead) for lead in policies.reminders_min],
        "max_active_per_client": policies.max_active_per_client,
        "request_expiry": rules.format_duration(policies.request_expiry_min),
        "specialists_see_contacts": policies.specialists_see_contacts,
    }
    if policies.quiet_hours is not None:
        found["quiet_hours"] = {"start": policies.quiet_hours.start, "end": policies.quiet_hours.end}
    if policies.ask_phone or policies.phone_required:
        found |= {"ask_phone": policies.ask_phone, "phone_required": policies.phone_required}
    said = ("retention_months", "consent_text", "consent_link")
    return found | {name: value for name in said if (value := getattr(policies, name))}
