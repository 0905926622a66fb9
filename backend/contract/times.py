"""How times are written on the wire, as the OpenAPI document tells it."""

from typing import Annotated

from msgspec import Meta

# RFC 3339 with an offset; answers are in UTC (`…Z`) unless the field is a local one
Instant = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
# YYYY-MM-DD of the business's own calendar
Day = Annotated[str, Meta(extra_json_schema={"format": "date"})]
