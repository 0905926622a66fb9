"""The policies as an admin meets them: words, presets, how a typed value is read. To add one: a line in `FIELDS`."""

from collections.abc import Callable
from typing import Any, NamedTuple

from backend.contract.tenancy import DAY_MIN, Policies
from bot.request import Request
from bot.ui import typed_values

Say = Callable[[Request, Any], str]


class Field(NamedTuple):
    """`label` names it, `question` explains it, `preset` says a value; `read` understands a typed one (None: taps only)."""

    name: str
    label: str
    question: str
    presets: tuple[Any, ...]
    preset: Say
    read: Callable[[str], Any] | None = None
    example: str = ""

    def said(self, request: Request, policies: Policies) -> str:
        """The value as it is now."""
        if self.name == "ask_phone":
            return self.preset(request, policies.ask_phone + policies.phone_required)
        if self.name == "quiet_hours":
            quiet = policies.quiet_hours
            return self.preset(request, None if quiet is None else (quiet.start, quiet.end))
        value = getattr(policies, self.name)
        return self.preset(request, tuple(value) if isinstance(value, list) else value)

    def values(self, value: Any) -> dict[str, Any]:
        """The fields of the policies that the value sets."""
        if self.name == "ask_phone":
            return {"ask_phone": value > 0, "phone_required": value > 1}
        if self.name == "quiet_hours" and value:
            return {"quiet_hours": {"start": value[0], "end": value[1]}}
        if self.name == "quiet_hours":
            return {"quiet_hours": None}
        return {self.name: list(value) if isinstance(value, tuple) else value}


def _span(request: Request, value: int) -> str:
    if value and value % DAY_MIN == 0 and value > DAY_MIN:
        return request.t.label("days", count=value // DAY_MIN)
    return request.times.span(value) if value else request.t.label("at-once")


def _until_start(request: Request, value: int) -> str:
    return _span(request, value) if value else request.t.label("until-start")


def _days(request: Request, value: int) -> str:
    return request.t.label("days", count=value)


def _count(request: Request, value: int) -> str:  # noqa: ARG001  each takes the request
    return str(value)


def _yes(request: Request, value: bool) -> str:
    return request.t.label("yes" if value else "no")


def _approval(request: Request, value: bool) -> str:
    return request.t.label("approval-by-hand" if value else "approval-at-once")


def _phone(request: Request, value: int) -> str:
    return request.t.label(("phone-not-asked", "phone-asked", "phone-must")[min(value, 2)])


def _reminders(request: Request, value: tuple[int, ...]) -> str:
    return ", ".join(_span(request, one) for one in sorted(value, reverse=True)) or request.t.label("none-sent")


def _quiet(request: Request, value: tuple[str, str] | None) -> str:
    return f"{value[0]}–{value[1]}" if value else request.t.label("no")


def _read_days(text: str) -> int | None:
    return typed_values.read_number(text.split()[0] if text.split() else "", 0, 400)


def _read_count(text: str) -> int | None:
    return typed_values.read_number(text, 1, 1000)


def _read_span(text: str) -> int | None:
    """Also `3 d`, beyond the day that `typed.minutes` ends with."""
    number, _, unit = text.strip().lower().partition(" ")
    if unit[:1] in ("d", "д"):
        days = typed_values.read_number(number, 0, 400)
        return None if days is None else days * DAY_MIN
    return typed_values.read_minutes(text)


def _read_quiet(text: str) -> tuple[str, str] | None:
    found = typed_values.read_shifts(text)
    if not found or len(found) > 1:
        return None
    start, _, end = found[0].partition("-")
    return start, end.replace("24:00", "00:00")


def _read_reminders(text: str) -> tuple[int, ...] | None:
    found = [_read_span(part.strip()) for part in text.split(",")]
    return tuple(one for one in found if one) if all(found) and len(found) <= 5 else None


FIELDS: tuple[Field, ...] = (
    Field(
        "slot_step_min",
        "policy-step",
        "policy-step-ask",
        (10, 15, 20, 30, 60, 120),
        _span,
        typed_values.read_minutes,
        "eg-minutes",
    ),
    Field(
        "min_notice_min",
        "policy-notice",
        "policy-notice-ask",
        (0, 30, 60, 120, 240, 720, 1440, 2880),
        _span,
        _read_span,
        "eg-span",
    ),
    Field(
        "horizon_days", "policy-horizon", "policy-horizon-ask", (7, 14, 30, 60, 90, 180), _days, _read_days, "eg-number"
    ),
    Field(
        "cancel_until_min",
        "policy-cancel",
        "policy-cancel-ask",
        (0, 60, 120, 360, 720, 1440, 2880),
        _until_start,
        _read_span,
        "eg-span",
    ),
    Field(
        "hold_min",
        "policy-hold",
        "policy-hold-ask",
        (5, 10, 15, 20, 30),
        _span,
        typed_values.read_minutes,
        "eg-minutes",
    ),
    Field("approval", "policy-approval", "policy-approval-ask", (False, True), _approval),
    Field(
        "reminders_min",
        "policy-reminders",
        "policy-reminders-ask",
        ((1440, 120), (1440,), (120,), (2880, 1440, 120), ()),
        _reminders,
        _read_reminders,
        "eg-reminders",
    ),
    Field(
        "max_active_per_client",
        "policy-limit",
        "policy-limit-ask",
        (1, 2, 3, 5, 10, 20),
        _count,
        _read_count,
        "eg-number",
    ),
    Field(
        "quiet_hours",
        "policy-quiet",
        "policy-quiet-ask",
        (None, ("22:00", "08:00"), ("21:00", "09:00"), ("23:00", "07:00")),
        _quiet,
        _read_quiet,
        "eg-quiet",
    ),
    Field("ask_phone", "policy-phone", "policy-phone-ask", (0, 1, 2), _phone),
    Field("buffers_within_hours", "policy-buffers", "policy-buffers-ask", (False, True), _yes),
)

# Every policy there is can be set here: a new one must not be forgotten.
assert {one.name for one in FIELDS} | {"phone_required"} == set(Policies.__struct_fields__)
