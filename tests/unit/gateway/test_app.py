"""What the gateway serves besides webhooks and the public API: its content types, and refusals as problems."""

from email.message import Message
from pathlib import Path

import msgspec
import pytest

from gateway.app import GatewayApp, create_app
from gateway.settings import Settings
from tests.support.asgi import request


@pytest.fixture
def app(tmp_path: Path) -> GatewayApp:
    # nothing here asks Redis, so none is there
    redis = "redis://127.0.0.1:9"
    return create_app(Settings(tenants_dir=tmp_path, data_dir=tmp_path, internal_key="k" * 32, redis_url=redis))


async def test_the_metrics_have_one_charset(app: GatewayApp) -> None:
    answer = await request(app, "GET", "/metrics")
    assert answer.status == 200
    kind = answer.headers["content-type"]
    assert kind.count("charset") == 1
    parsed = Message()
    parsed["content-type"] = kind
    assert (parsed.get_content_type(), parsed.get_param("version")) == ("text/plain", "0.0.4")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/", 404, "not_found"),
        ("GET", "/v1/services", 404, "not_found"),
        ("GET", "//elsewhere/api", 404, "not_found"),
        ("POST", "/health/live", 405, "method_not_allowed"),
    ],
)
async def test_what_is_not_served_is_refused_as_a_problem(
    app: GatewayApp, method: str, path: str, status: int, code: str
) -> None:
    answer = await request(app, method, path)
    assert answer.status == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert msgspec.json.decode(answer.content)["code"] == code
