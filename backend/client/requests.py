"""One request to the backend and what may come of it: an answer of a known shape, a refusal, or silence."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

import msgspec

from backend.contract.errors import Code, Problem

T = TypeVar("T")
Query = Sequence[tuple[str, str | int]]
# (method, path with query, headers, body) -> (status, body)
Send = Callable[[str, str, dict[str, str], bytes | None], Awaitable[tuple[int, bytes]]]

_encoder = msgspec.json.Encoder()
_decoders: dict[type, msgspec.json.Decoder[Any]] = {}
_problem = msgspec.json.Decoder(Problem)


class BackendRefused(Exception):
    """The backend understood and said no. `problem` says why; `code` is its stable name."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.code = problem.code
        super().__init__(f"{problem.status} {problem.code}")


class BackendUnavailable(Exception):
    """The backend did not answer, or could not: nothing is known to have been saved; try again with the same key."""

    def __init__(self, reason: str, retry_after_s: int | None = None) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(reason)


class Exchange:
    """Requests with the same headers, which say who asks; the key is among them: never log or show them."""

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
        """Any route: the decoded answer (None when `answer` is None)."""
        data = await self.content(path, method=method, query=query, body=body, key=key)
        if answer is None:
            return None  # type: ignore[return-value]  # the caller asked for no answer
        decoder = _decoders.get(answer)
        if decoder is None:
            decoder = _decoders[answer] = msgspec.json.Decoder(answer)
        try:
            return decoder.decode(data)  # type: ignore[no-any-return]  # the decoder of exactly this type
        except msgspec.DecodeError as error:
            raise BackendUnavailable(f"{method} {path.split('?')[0]}: an answer of another shape ({error})") from error

    async def content(
        self,
        path: str,
        *,
        method: str = "GET",
        query: Query = (),
        body: msgspec.Struct | None = None,
        key: str | None = None,
    ) -> bytes:
        """The answer's bytes as they are: a file, say."""
        if query:
            path = f"{path}?{urlencode(query)}"
        headers = dict(self.headers)
        content = None
        if body is not None:
            content = _encoder.encode(body)
            headers["Content-Type"] = "application/json"
        if key is not None:
            headers["Idempotency-Key"] = key
        status, data = await self._send(method, path, headers, content)
        if status >= 300:
            raise _failure(status, data)
        return data


def _failure(status: int, data: bytes) -> Exception:
    """The exception for an answer that is no success."""
    try:
        problem = _problem.decode(data)
    except msgspec.DecodeError:
        return BackendUnavailable(f"the backend answered {status} without a problem")
    if status >= 500 or problem.code is Code.IDEM_IN_PROGRESS:
        return BackendUnavailable(f"the backend answered {status} {problem.code}", problem.retry_after_s)
    return BackendRefused(problem)
