"""The Bot API's errors: a code, Telegram's own sentence and, for a flood, when to try again."""

from gateway.sandbox.model import Json


class BotApiError(Exception):
    """An error of the Bot API. `description` is word for word what Telegram answers."""

    def __init__(self, code: int, description: str, *, retry_after: int | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.retry_after = retry_after

    def body(self) -> Json:
        """Return the JSON answer: `{"ok": false, "error_code", "description", "parameters"?}`."""
        answer: Json = {"ok": False, "error_code": self.code, "description": self.description}
        if self.retry_after is not None:
            answer["parameters"] = {"retry_after": self.retry_after}
        return answer


class BadRequest(BotApiError):
    """A 400. As in Telegram, the sentence begins with a small letter unless it is a CONSTANT."""

    def __init__(self, sentence: str) -> None:
        head = sentence.split(" ", 1)[0].split(":", 1)[0]
        if sentence and not (head.isupper() and len(head) > 1):
            sentence = sentence[0].lower() + sentence[1:]
        super().__init__(400, f"Bad Request: {sentence}")


class EntityError(BotApiError):
    """A 400 of the parsers of `parse_mode`."""

    def __init__(self, sentence: str) -> None:
        super().__init__(400, f"Bad Request: can't parse entities: {sentence}")


class Unauthorized(BotApiError):
    """The 401 for a token that no bot has."""

    def __init__(self) -> None:
        super().__init__(401, "Unauthorized")


class Forbidden(BotApiError):
    """A 403."""

    def __init__(self, sentence: str) -> None:
        super().__init__(403, f"Forbidden: {sentence}")


class MethodNotFound(BotApiError):
    """The 404 for a method that the sandbox does not have."""

    def __init__(self) -> None:
        super().__init__(404, "Not Found: method not found")


class Conflict(BotApiError):
    """A 409."""

    def __init__(self, sentence: str) -> None:
        super().__init__(409, f"Conflict: {sentence}")


class TooManyRequests(BotApiError):
    """A 429 with the seconds to wait."""

    def __init__(self, seconds: int) -> None:
        super().__init__(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
