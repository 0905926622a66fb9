"""How the Bot API refuses: a code, Telegram's own sentence and, for a flood, when to come back."""

from typing import Any


class Refusal(Exception):
    """One refusal of the Bot API. `description` is word for word what Telegram would say."""

    def __init__(self, code: int, description: str, *, retry_after: int | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.retry_after = retry_after

    def body(self) -> dict[str, Any]:
        """The JSON answer: `{"ok": false, "error_code", "description", "parameters"?}`."""
        answer: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        if self.retry_after is not None:
            answer["parameters"] = {"retry_after": self.retry_after}
        return answer


def bad_request(sentence: str) -> Refusal:
    """A 400. As in Telegram, the sentence starts small unless it is a CONSTANT."""
    head = sentence.split(" ", 1)[0].split(":", 1)[0]
    if sentence and not (head.isupper() and len(head) > 1):
        sentence = sentence[0].lower() + sentence[1:]
    return Refusal(400, f"Bad Request: {sentence}")


def cant_parse(sentence: str) -> Refusal:
    """A 400 of the entity parser."""
    return Refusal(400, f"Bad Request: can't parse entities: {sentence}")


def forbidden(sentence: str) -> Refusal:
    """A 403."""
    return Refusal(403, f"Forbidden: {sentence}")


def conflict(sentence: str) -> Refusal:
    """A 409."""
    return Refusal(409, f"Conflict: {sentence}")


def too_many(seconds: int) -> Refusal:
    """A 429 that says when to come back."""
    return Refusal(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


def unauthorized() -> Refusal:
    """No such bot."""
    return Refusal(401, "Unauthorized")


def unknown_method() -> Refusal:
    """No such method, or one that the sandbox does not have."""
    return Refusal(404, "Not Found: method not found")
