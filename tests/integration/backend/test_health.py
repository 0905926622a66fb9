"""Health, and the clock that a sandbox moves."""

from backend.app import create_app
from backend.clock import AdjustableClock
from backend.contract.versions import describe_program
from backend.settings import Settings
from tests.support.backend_api import Api, serving_api
from tests.support.servers import INTERNAL_KEY


async def test_health_tells_the_truth(api: Api) -> None:
    assert (await api.send("GET", "/health/live")).body == {"status": "ok", **describe_program()}
    ready = await api.send("GET", "/health/ready")
    assert ready.status == 200
    assert ready.body.items() >= {"status": "ok", "database": "ok", "redis": "up"}.items()


async def test_the_clock_is_moved_only_where_it_may_be(sqlite_url: str) -> None:
    async with serving_api(sqlite_url) as api:
        moved = await api.call("PUT", "/v1/clock", json={"now": "2027-01-01T00:00:00Z"})
        assert moved.body["now"] == "2027-01-01T00:00:00Z"
        assert (await api.call("GET", "/v1/clock")).body["now"] == "2027-01-01T00:00:00Z"
        assert (await api.call("GET", "/v1/clock")).body["next_reminder"] is None
        assert (await api.call("PUT", "/v1/clock", json={"shift_s": 60})).body["shift_s"] == 60
        # the bot computes its own now from this header: rounded, it fell into the minute before
        api.clock.shift_s = 3600.0004
        assert float((await api.call("GET", "/v1/clock")).headers["X-Clock-Shift"]) == 3600.0004
        for body in ({}, {"now": "x"}, {"now": "2027-01-01T00:00:00Z", "shift_s": 1}, {"shift_s": 10**12}):
            refused = await api.call("PUT", "/v1/clock", json=body)
            assert (refused.status, refused.code) == (400, "invalid")
    app = create_app(Settings(database_url=sqlite_url, internal_key=INTERNAL_KEY))
    async with app.lifespan():
        missing = await Api(app, AdjustableClock()).call("GET", "/v1/clock", tenant=None)
        assert (missing.status, missing.code) == (404, "not_found")
