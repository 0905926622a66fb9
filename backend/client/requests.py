"""One request to the backend and its outcomes: a decoded answer, a refusal, or no answer."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlencode

import msgspec

from backend.contract.errors import Code, Problem
from backend.contract.schedule import Handling, PreviewMode
from backend.kit.http import Reply

T = TypeVar("T")
Query = Sequence[tuple[str, str | int]]
# (method, path with query, headers, body)
Send = Callable[[str, str, dict[str, str], bytes | None], Awaitable[Reply]]

_encoder = msgspec.json.Encoder()
_decoders: dict[type, msgspec.json.Decoder[Any]] = {}
_problem = msgspec.json.Decoder(Problem)


class BackendRefused(Exception):
    """The backend refused the request. `problem` says why; `code` is the stable name of the reason."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.code = problem.code
        super().__init__(f"{problem.status} {problem.code}")


class BackendUnavailable(Exception):
    """The backend did not answer, or answered that it cannot. A write may have been saved: repeat it with the same key."""

    def __init__(self, reason: str, retry_after_s: int | None = None) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(reason)


class Requester:
    """Sends requests with the same headers, which say who asks. They hold the internal key: never log or show them."""

    __slots__ = ("_send", "headers")

    def __init__(self, send: Send, headers: dict[str, str]) -> None:
        self._send = send
        self.headers = headers

    async def call(
        self,
        method: str,
        path: str,
        answer: type[T] | None,
        *,
        query: Query = (),
        body: msgspec.Struct | None = None,
        key: str | None = None,
    ) -> T:
        """Request a route and return its decoded answer (None when `answer` is None).

        `key` is the Idempotency-Key of a write. Raises BackendRefused and BackendUnavailable."""
        data = await self.read_bytes(path, method=method, query=query, body=body, key=key)
        if answer is None:
            return None  # type: ignore[return-value]  # the caller asked for no answer
        decoder = _decoders.get(answer)
        if decoder is None:
            decoder = _decoders[answer] = msgspec.json.Decoder(answer)
        try:
            return decoder.decode(data)  # type: ignore[no-any-return]  # the decoder of exactly this type
        except msgspec.DecodeError as error:
            raise BackendUnavailable(f"{method} {path.split('?')[0]}: an answer of another shape ({error})") from error

    async def read_bytes(
        self,
        path: str,
        *,
        method: str = "GET",
        query: Query = (),
        body: msgspec.Struct | None = None,
        key: str | None = None,
    ) -> bytes:
        """Request a route and return the bytes of its answer, such as a file."""
        if query:
            path = f"{path}?{urlencode(query)}"
        headers = dict(self.headers)
        content = None
        if body is not None:
            content = _encoder.encode(body)
            headers["Content-Type"] = "application/json"
        if key is not None:
            headers["Idempotency-Key"] = key
        reply = await self._send(method, path, headers, content)
        if reply.status >= 300:
            raise _failure(reply.status, reply.body)
        return reply.body


class Displacing(NamedTuple):
    """What becomes of the bookings that a change leaves without their place; see `PreviewMode`."""

    handling: Handling = "keep"
    preview: PreviewMode = "false"

    @property
    def query(self) -> Query:
        """As the routes of such changes take it."""
        return [("bookings", self.handling), ("preview", self.preview)]


KEEP = Displacing()


def _failure(status: int, data: bytes) -> Exception:
    """Return the exception that an unsuccessful answer stands for."""
    try:
        problem = _problem.decode(data)
    except msgspec.DecodeError:
        return BackendUnavailable(f"the backend answered {status} without a problem")
    if status >= 500 or problem.code is Code.IDEM_IN_PROGRESS:
        return BackendUnavailable(f"the backend answered {status} {problem.code}", problem.retry_after_s)
    return BackendRefused(problem)
