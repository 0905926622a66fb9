"""The wire: structs and error codes shared by the backend and its callers. Imports msgspec only.

Conventions, everywhere: an `id` is an opaque positive integer below 2**53; a time is RFC 3339 with its offset
(answers use UTC, `…Z`); a date is `YYYY-MM-DD` of the business's own calendar; a wall time of a shift is `HH:MM`;
money is a decimal string with two places ("1500.00") in the tenant's currency; durations carry their unit in the
name (`_min`, `_s`). Requests refuse unknown fields (`Request`); answers may grow (`Answer`).
"""

import msgspec


class Request(msgspec.Struct, forbid_unknown_fields=True):
    """A body that is sent to the backend: an unknown field is an error, never ignored."""


class Answer(msgspec.Struct):
    """A body that the backend answers with: readers ignore fields that they do not know."""


class Done(Answer):
    """It is done, and there is no more to say: `{}`."""
