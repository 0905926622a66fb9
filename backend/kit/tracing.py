"""Traces (OpenTelemetry) over all processes: off unless the standard variable OTEL_EXPORTER_OTLP_ENDPOINT is set.

Only what comes in from outside begins a trace (`begin_trace`); everything else joins the one that it belongs to or is
not traced at all, so that idle work (claims, probes) leaves no traces. While it is off every function here returns at
once, and OpenTelemetry is not even imported: it is the extra `tracing`.

Attributes say which route, which kind, which result, which business by its slug: never a person, a text, a token or an
address with one. Errors are named by their class, since their words may hold any of these.
"""

import os
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Literal

from backend.contract.versions import describe_program
from backend.kit.logging import log

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span, Tracer

Attribute = str | int
Kind = Literal["internal", "server", "client", "consumer"]
ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
# how long an ending process waits for its last spans to leave
FLUSH_S = 2.0
HEADER = "traceparent"
# ids of zeros alone stand for none
_TRACEPARENT = re.compile(r"\A00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}\Z")


class TracedPart:
    """What a `with` statement around a part of the work is given; this one, while nothing is traced, does nothing."""

    def __enter__(self) -> "TracedPart":
        """Return itself."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Do nothing."""

    def set(self, name: str, value: Attribute) -> None:
        """Add an attribute."""

    def rename(self, name: str) -> None:
        """Give it the name that is known only now."""


NOT_TRACED = TracedPart()


class _Recorded(TracedPart):
    def __init__(self, span: "Span") -> None:
        self._span = span

    def set(self, name: str, value: Attribute) -> None:
        self._span.set_attribute(name, value)

    def rename(self, name: str) -> None:
        self._span.update_name(name)


class _Tracing:
    """The tracer of this process while tracing is on."""

    tracer: "Tracer | None" = None
    provider: "TracerProvider | None" = None


def is_tracing() -> bool:
    """Return whether this process traces."""
    return _Tracing.tracer is not None


def start_tracing(service: str, environ: Mapping[str, str] = os.environ) -> None:
    """Trace from now on, if the environment says so. In a worker: a thread sends the spans.

    The SDK reads the standard variables itself: sampler, headers, time-outs, resource attributes.
    """
    if _Tracing.tracer is not None or not _is_wanted(environ):
        return
    try:
        # half a second of importing, and an extra that may not be installed
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        log.warning("tracing_not_installed", remedy="pip install 'slotgate[tracing]'")
        return
    attributes = {
        "service.name": environ.get("OTEL_SERVICE_NAME") or service,
        "service.version": describe_program()["version"],
        "service.instance.id": str(os.getpid()),
    }
    # ended by `stop_tracing`, which does not wait for a collector that is away
    provider = TracerProvider(resource=Resource.create(attributes), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    _Tracing.provider = provider
    _Tracing.tracer = provider.get_tracer("slotgate", describe_program()["version"])


def stop_tracing() -> None:
    """Send what is left, waiting FLUSH_S for it at most, and trace no more. Blocking."""
    provider, _Tracing.provider, _Tracing.tracer = _Tracing.provider, None, None
    if provider is not None:
        flush = threading.Thread(target=provider.shutdown, name="last-spans", daemon=True)
        flush.start()
        flush.join(FLUSH_S)


def _is_wanted(environ: Mapping[str, str]) -> bool:
    if not any(environ.get(name) for name in ENDPOINTS) or environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return False
    return environ.get("OTEL_TRACES_EXPORTER", "otlp") == "otlp"


def begin_trace(name: str, kind: Kind, attributes: Mapping[str, Attribute]) -> AbstractContextManager[TracedPart]:
    """Trace what comes in from outside, and from here on all that it causes."""
    if _Tracing.tracer is None:
        return NOT_TRACED
    return _record(_Tracing.tracer, name, kind, attributes, parent="")


def continue_trace(
    traceparent: str | None, name: str, kind: Kind, attributes: Mapping[str, Attribute]
) -> AbstractContextManager[TracedPart]:
    """Trace this as a part of the trace that a header or a row carries; without one it is not traced."""
    if _Tracing.tracer is None or not traceparent or not _TRACEPARENT.match(traceparent):
        return NOT_TRACED
    return _record(_Tracing.tracer, name, kind, attributes, parent=traceparent)


def trace_part(
    name: str, attributes: Mapping[str, Attribute], kind: Kind = "internal"
) -> AbstractContextManager[TracedPart]:
    """Trace this as a part of the work under way; outside of a trace it is not traced."""
    if _Tracing.tracer is None or current_traceparent() is None:
        return NOT_TRACED
    return _record(_Tracing.tracer, name, kind, attributes, parent=None)


def current_traceparent() -> str | None:
    """Return the W3C `traceparent` of the work under way, None outside of a trace."""
    if _Tracing.tracer is None:
        return None
    from opentelemetry.trace import get_current_span  # imported already

    context = get_current_span().get_span_context()
    if not context.is_valid:
        return None
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


@contextmanager
def _record(
    tracer: "Tracer", name: str, kind: Kind, attributes: Mapping[str, Attribute], *, parent: str | None
) -> Iterator[TracedPart]:
    """Record a span. `parent`: a traceparent, empty for none, None for the work under way."""
    # imported already
    from opentelemetry.context import Context
    from opentelemetry.trace import SpanKind, StatusCode
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    context = None
    if parent is not None:
        # an empty context: a trace that happens to be under way here is another one
        context = TraceContextTextMapPropagator().extract({HEADER: parent}, context=Context())
    with tracer.start_as_current_span(
        name,
        context=context,
        kind=SpanKind[kind.upper()],
        attributes=attributes,
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        try:
            yield _Recorded(span)
        except BaseException as error:
            span.set_attribute("error.type", type(error).__name__)
            span.set_status(StatusCode.ERROR)
            raise
