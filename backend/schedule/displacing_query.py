"""What the query of a request says of bookings that a change leaves without their place."""

from typing import Annotated

from litestar.params import QueryParameter

from backend.contract.schedule import Handling, PreviewMode

Bookings = Annotated[
    Handling,
    QueryParameter(
        name="bookings", description="What becomes of the bookings that cannot take place as booked any more."
    ),
]
Preview = Annotated[
    PreviewMode,
    QueryParameter(
        name="preview",
        description="`true`: answer what would be, and change nothing. `if_displaced`: only where bookings lose their place.",
    ),
]
