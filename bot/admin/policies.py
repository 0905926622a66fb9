"""The policies as an admin meets them: words, presets, how a typed value is read. To add one: a line in `FIELDS`."""

from collections.abc import Callable
from operator import attrgetter
from typing import Generic, NamedTuple, TypeVar

import msgspec
from msgspec.structs import replace

from backend.contract.tenancy import DAY_MIN, Policies, QuietHours
from bot.request import Request
from bot.ui import typed_values
from bot.ui.typed_hours import read_hours

V = TypeVar("V")
MAX_REMINDERS = 5
Minutes = tuple[int, ...]
ClockSpan = tuple[str, str] | None


class PolicyField(NamedTuple, Generic[V]):
    """One policy, or two that are set as one.

    `label` names it, `question` explains it; `get` and `put` read and set it, `text` words a value. `read` understands a
    typed value and returns None for what it cannot read; without it there are taps only."""

    names: tuple[str, ...]
    label: str
    question: str
    presets: tuple[V, ...]
    text: Callable[[Request, V], str]
    get: Callable[[Policies], V]
    put: Callable[[Policies, V], Policies]
    read: Callable[[str], V | None] | None = None
    example: str = ""

    def value_text(self, request: Request, policies: Policies) -> str:
        """Return the present value in words."""
        return self.text(request, self.get(policies))

    def preset_labels(self, request: Request) -> list[str]:
        """Return the labels of the presets, in order."""
        return [self.text(request, preset) for preset in self.presets]

    def put_preset(self, policies: Policies, place: int) -> Policies:
        """Return the policies with the preset at that place, the last one where there are fewer."""
        return self.put(policies, self.presets[min(place, len(self.presets) - 1)])

    def put_typed(self, policies: Policies, text: str) -> Policies | None:
        """Return the policies with a typed value; None where it cannot be read or is out of bounds."""
        value = None if self.read is None else self.read(text)
        if value is None:
            return None
        try:
            return msgspec.convert(msgspec.to_builtins(self.put(policies, value)), Policies)
        except msgspec.ValidationError:
            return None


AnyPolicyField = PolicyField[int] | PolicyField[bool] | PolicyField[Minutes] | PolicyField[ClockSpan]


def _number_field(
    name: str,
    label: str,
    question: str,
    presets: tuple[int, ...],
    text: Callable[[Request, int], str],
    read: Callable[[str], int | None],
    example: str,
) -> PolicyField[int]:
    """Return the field of a policy that is one number."""

    def put(policies: Policies, value: int) -> Policies:
        return replace(policies, **{name: value})

    return PolicyField((name,), label, question, presets, text, attrgetter(name), put, read, example)


def _switch_field(name: str, label: str, question: str, text: Callable[[Request, bool], str]) -> PolicyField[bool]:
    """Return the field of a policy that is on or off."""

    def put(policies: Policies, value: bool) -> Policies:
        return replace(policies, **{name: value})

    return PolicyField((name,), label, question, (False, True), text, attrgetter(name), put)


def _span_text(request: Request, minutes: int) -> str:
    if minutes > DAY_MIN and minutes % DAY_MIN == 0:
        return request.t.label("days", count=minutes // DAY_MIN)
    return request.times.span(minutes) if minutes else request.t.label("at-once")


def _until_start_text(request: Request, minutes: int) -> str:
    return _span_text(request, minutes) if minutes else request.t.label("until-start")


def _days_text(request: Request, days: int) -> str:
    return request.t.label("days", count=days)


def _count_text(_: Request, count: int) -> str:
    return str(count)


def _yes_text(request: Request, value: bool) -> str:
    return request.t.label("yes" if value else "no")


def _approval_text(request: Request, by_hand: bool) -> str:
    return request.t.label("approval-by-hand" if by_hand else "approval-at-once")


def reminders_text(request: Request, reminders: Minutes) -> str:
    """Return `1 day, 2 h`: how long before, the earliest first."""
    spans = [_span_text(request, minutes) for minutes in sorted(reminders, reverse=True)]
    return ", ".join(spans) or request.t.label("none-sent")


def _quiet_text(request: Request, quiet: ClockSpan) -> str:
    return "–".join(map(request.times.wall_time, quiet)) if quiet else request.t.label("no")


def _phone_text(request: Request, level: int) -> str:
    return request.t.label(("phone-not-asked", "phone-asked", "phone-must")[min(level, 2)])


def _get_reminders(policies: Policies) -> Minutes:
    return tuple(policies.reminders_min)


def _put_reminders(policies: Policies, reminders: Minutes) -> Policies:
    return replace(policies, reminders_min=list(reminders))


def _get_quiet(policies: Policies) -> ClockSpan:
    quiet = policies.quiet_hours
    return None if quiet is None else (quiet.start, quiet.end)


def _put_quiet(policies: Policies, quiet: ClockSpan) -> Policies:
    return replace(policies, quiet_hours=None if quiet is None else QuietHours(start=quiet[0], end=quiet[1]))


def _get_phone(policies: Policies) -> int:
    return policies.ask_phone + policies.phone_required


def _put_phone(policies: Policies, level: int) -> Policies:
    return replace(policies, ask_phone=level > 0, phone_required=level > 1)


def _read_count(text: str) -> int | None:
    return typed_values.read_number(text, 1, 1000)


def _read_quiet(text: str) -> ClockSpan:
    """Return the two times; `10-8` is a night here."""
    hours = read_hours(text)
    shifts = [] if hours is None else hours.other or hours.shifts
    if len(shifts) != 1:
        return None
    start, _, end = shifts[0].partition("-")
    return start, end.replace("24:00", "00:00")


def _read_reminders(text: str) -> Minutes | None:
    spans = typed_values.read_spans(text)
    return spans if spans is None or len(spans) <= MAX_REMINDERS else None


# A button carries the place in this list: new ones go to the end.
FIELDS: tuple[AnyPolicyField, ...] = (
    _number_field(
        "slot_step_min",
        "policy-step",
        "policy-step-ask",
        (10, 15, 20, 30, 60, 120),
        _span_text,
        typed_values.read_minutes,
        "eg-minutes",
    ),
    _number_field(
        "min_notice_min",
        "policy-notice",
        "policy-notice-ask",
        (0, 30, 60, 120, 240, 720, 1440, 2880),
        _span_text,
        typed_values.read_span,
        "eg-span",
    ),
    _number_field(
        "horizon_days",
        "policy-horizon",
        "policy-horizon-ask",
        (7, 14, 30, 60, 90, 180),
        _days_text,
        typed_values.read_days,
        "eg-number",
    ),
    _number_field(
        "cancel_until_min",
        "policy-cancel",
        "policy-cancel-ask",
        (0, 60, 120, 360, 720, 1440, 2880),
        _until_start_text,
        typed_values.read_span,
        "eg-span",
    ),
    _number_field(
        "hold_min",
        "policy-hold",
        "policy-hold-ask",
        (5, 10, 15, 20, 30),
        _span_text,
        typed_values.read_minutes,
        "eg-minutes",
    ),
    _switch_field("approval", "policy-approval", "policy-approval-ask", _approval_text),
    PolicyField[Minutes](
        ("reminders_min",),
        "policy-reminders",
        "policy-reminders-ask",
        ((1440, 120), (1440,), (120,), (2880, 1440, 120), ()),
        reminders_text,
        _get_reminders,
        _put_reminders,
        _read_reminders,
        "eg-reminders",
    ),
    _number_field(
        "max_active_per_client",
        "policy-limit",
        "policy-limit-ask",
        (1, 2, 3, 5, 10, 20),
        _count_text,
        _read_count,
        "eg-number",
    ),
    PolicyField[ClockSpan](
        ("quiet_hours",),
        "policy-quiet",
        "policy-quiet-ask",
        (None, ("22:00", "08:00"), ("21:00", "09:00"), ("23:00", "07:00")),
        _quiet_text,
        _get_quiet,
        _put_quiet,
        _read_quiet,
        "eg-quiet",
    ),
    PolicyField[int](
        ("ask_phone", "phone_required"),
        "policy-phone",
        "policy-phone-ask",
        (0, 1, 2),
        _phone_text,
        _get_phone,
        _put_phone,
    ),
    _switch_field("buffers_within_hours", "policy-buffers", "policy-buffers-ask", _yes_text),
    _number_field(
        "request_expiry_min",
        "policy-request-expiry",
        "policy-request-expiry-ask",
        (120, 240, 480, 720, 1440, 2880),
        _span_text,
        typed_values.read_span,
        "eg-span",
    ),
    _switch_field("specialists_see_contacts", "policy-contacts", "policy-contacts-ask", _yes_text),
)

# every policy there is can be set here, or on the screen of privacy
_PRIVACY = {"retention_months", "consent_text", "consent_link"}
assert {name for field in FIELDS for name in field.names} | _PRIVACY == set(Policies.__struct_fields__)
