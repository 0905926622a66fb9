"""What the gateway serves besides webhooks and the public API: its content types, and refusals as problems."""

from email.message import Message
from pathlib import Path

import msgspec
import pytest

from backend.contract.versions import describe_program
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


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics"])
async def test_head_answers_as_get_without_its_body(app: GatewayApp, path: str) -> None:
    get, head = await request(app, "GET", path), await request(app, "HEAD", path)
    assert (head.status, head.content) == (get.status, b"")
    if path != "/metrics":  # whose figures go on
        assert head.headers == get.headers


async def test_it_says_what_runs(app: GatewayApp) -> None:
    shown = msgspec.json.decode((await request(app, "GET", "/health/live")).content)
    assert shown.items() >= describe_program().items()
    page = (await request(app, "GET", "/metrics")).content.decode()
    (line,) = [line for line in page.splitlines() if line.startswith("slotgate_build_info{")]
    assert all(f'{name}="{value}"' in line for name, value in describe_program().items())


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
