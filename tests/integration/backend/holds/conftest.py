"""A business's booking page, and no attempts that others have made."""

import pytest
import pytest_asyncio

from tests.support.booking_page import Page, forget_attempts
from tests.support.business import Business
from tests.support.servers import RedisServer


@pytest_asyncio.fixture(autouse=True)
async def no_attempts(redis_server: RedisServer) -> None:
    """Forget the attempts that other tests have counted in the same Redis."""
    await forget_attempts(redis_server)


@pytest.fixture
def page(barber: Business) -> Page:
    return Page(barber)
