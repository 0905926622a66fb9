"""The whole product with one business, whose backend and gateway a test starts."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.own_redis import OwnRedis
from tests.support.whole_product import WholeProduct, whole_product


@pytest.fixture
async def product(tmp_path: Path, gateway_redis: OwnRedis) -> AsyncIterator[WholeProduct]:
    await gateway_redis.flush()
    async with whole_product(tmp_path, gateway_redis) as product:
        product.open_shop("barber", 1)
        yield product
