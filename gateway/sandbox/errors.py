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


def bad_request(sentence: str) -> BotApiError:
    """Return a 400. As in Telegram, the sentence begins with a small letter unless it is a CONSTANT."""
    head = sentence.split(" ", 1)[0].split(":", 1)[0]
    if sentence and not (head.isupper() and len(head) > 1):
        sentence = sentence[0].lower() + sentence[1:]
    return BotApiError(400, f"Bad Request: {sentence}")


def entity_error(sentence: str) -> BotApiError:
    """Return a 400 of the parser of `parse_mode`."""
    return BotApiError(400, f"Bad Request: can't parse entities: {sentence}")


def forbidden(sentence: str) -> BotApiError:
    """Return a 403."""
    return BotApiError(403, f"Forbidden: {sentence}")


def conflict(sentence: str) -> BotApiError:
    """Return a 409."""
    return BotApiError(409, f"Conflict: {sentence}")


def too_many_requests(seconds: int) -> BotApiError:
    """Return a 429 with the seconds to wait."""
    return BotApiError(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


def unauthorized() -> BotApiError:
    """Return the 401 for a token that no bot has."""
    return BotApiError(401, "Unauthorized")


def method_not_found() -> BotApiError:
    """Return the 404 for a method that the sandbox does not have."""
    return BotApiError(404, "Not Found: method not found")
