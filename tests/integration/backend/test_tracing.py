"""The backend's part of a trace: only where the caller brings one, on both databases, and nothing while it is off."""

import asyncio
import sqlite3
import subprocess
import sys
import time
from typing import Any

import pytest

from backend.db.sql_tracing import cursor_class
from backend.kit.tracing import NOT_TRACED, begin_trace, current_traceparent, is_tracing, start_tracing, stop_tracing
from tests.support.backend_api import StillClock, serving_api
from tests.support.business import open_salon
from tests.support.command_line import ROOT
from tests.support.ports import free_port
from tests.support.trace_collector import running_collector
from tests.support.waiting import until

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
TRACEPARENT = f"00-{TRACE}-{PARENT}-01"
COMMENT = "call me Ishmael"


async def test_a_booking_joins_the_trace_of_its_caller(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with running_collector() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
        async with serving_api(database_url, clock=StillClock()) as api:
            assert is_tracing()
            barber = await open_salon(api, "barber")
            haircut, start = barber.services["Haircut"], "2026-06-02T10:00:00Z"

            async def book(start: str, **sent: Any) -> Any:
                body = {"service_ids": [haircut], "start": start, "comment": COMMENT}
                return await barber.client.ok("POST", "/v1/bookings", json=body, **sent)

            booking = await book(start, key="the-key", headers={"traceparent": TRACEPARENT})
            # one that belongs to no trace, and one whose header is none
            await book("2026-06-02T11:00:00Z")
            await book("2026-06-02T12:00:00Z", headers={"traceparent": "nonsense"})
            claimed = await barber.gateway.claim("barber")
            told = {n["booking"]["id"]: n["traceparent"] for n in claimed}
            await until(lambda: any(span.parent == PARENT for span in collector.spans))
        assert not is_tracing()
    spans = collector.of_trace(TRACE)
    (request,) = [span for span in spans.values() if span.parent == PARENT]
    assert (request.name, request.service, request.kind) == ("POST /v1/bookings", "slotgate-backend", 2)
    assert request.attributes["http.response.status_code"] == "201"
    (transaction,) = [span for span in spans.values() if span.name == "write transaction"]
    assert transaction.parent == request.id
    statements = [span for span in spans.values() if span.parent == transaction.id]
    assert {"INSERT bookings", "INSERT outbox", "INSERT idempotency"} <= {span.name for span in statements}
    assert all(transaction.started_at <= s.started_at <= s.ended_at <= transaction.ended_at for s in statements)
    # the message carries the trace, those of the others do not
    trace, span_id = told[booking["id"]].split("-")[1:3]
    assert (trace, span_id in spans) == (TRACE, True)
    assert [value for number, value in told.items() if number != booking["id"]] == [None, None]
    sent = b"".join(collector.bodies)
    assert [word for word in (COMMENT, "the-key", "1001", "barber-token") if word.encode() in sent] == []


async def test_an_outsider_without_the_key_makes_no_trace(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with running_collector() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        async with serving_api(sqlite_url) as api:
            for path in ("/v1/services", "/health/ready", "/metrics", "/nowhere"):
                await api.send("GET", path, headers={"traceparent": TRACEPARENT})
        await asyncio.sleep(0)
    assert collector.spans == []


def test_while_it_is_off_nothing_is_imported_and_nothing_done(monkeypatch: pytest.MonkeyPatch) -> None:
    code = "import backend.app, gateway.worker, bot.telegram, sys; print('opentelemetry' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "False"
    assert cursor_class() is sqlite3.Cursor
    with begin_trace("update", "server", {}) as part:
        assert part is NOT_TRACED
        assert current_traceparent() is None


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": ""},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_SDK_DISABLED": "true"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_TRACES_EXPORTER": "none"},
    ],
)
def test_the_standard_variables_leave_it_off(environment: dict[str, str]) -> None:
    start_tracing("test", environment)
    assert not is_tracing()


def test_the_missing_extra_is_a_warning_and_no_end(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    start_tracing("test", {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"})
    assert not is_tracing()
    assert "slotgate[tracing]" in capfd.readouterr().err


def test_a_collector_that_is_away_holds_up_no_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{free_port()}")
    start_tracing("test")
    with begin_trace("update", "server", {}):
        assert current_traceparent() is not None
    began = time.monotonic()
    stop_tracing()
    assert time.monotonic() - began < 5
    assert not is_tracing()
