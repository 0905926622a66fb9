"""How an update is answered, and what its sender is told where it is not worked on."""

import math

import msgspec

from backend.contract.people import LOCALES, Locale, Person
from gateway.tenants.snapshot import TenantSnapshot
from gateway.updates.admission import Admission, Verdict
from gateway.updates.envelope import Envelope, User

_SLOW_DOWN: dict[Locale, str] = {
    "en": "That was a bit fast. Please wait a moment and try again.",
    "ru": "Слишком быстро. Подождите немного и попробуйте ещё раз.",
}
_SET_ASIDE: dict[Locale, str] = {
    "en": "Something went wrong on our side. Please start again: /start",
    "ru": "У нас что-то пошло не так. Начните, пожалуйста, заново: /start",
}
_encode = msgspec.json.Encoder().encode
_person = msgspec.json.Decoder(Person)


class Answer(msgspec.Struct, frozen=True):
    """How it ended. `body` is a Bot API call to be carried out in the answer; `retry_after` is in seconds."""

    status: int
    outcome: str
    body: bytes = b""
    retry_after: int = 0
    detail: str | None = None


IGNORED = Answer(200, "ignored")
REPEATED = Answer(200, "repeated")
LOADING = Answer(503, "loading", retry_after=2)
DRAINING = Answer(503, "draining", retry_after=2)
OVERLOADED = Answer(503, "overloaded", retry_after=2)
DONE = Answer(200, "done")


def sent_away(admission: Admission, served: TenantSnapshot, envelope: Envelope, user: User) -> Answer:
    """The answer to one that was not admitted."""
    match admission.verdict:
        case Verdict.REPEATED:
            return REPEATED
        case Verdict.TENANT_LIMITED:
            return Answer(429, "tenant_limited", retry_after=max(1, math.ceil(admission.wait_ms / 1000)))
        case Verdict.PERSON_LIMITED:
            return Answer(200, "person_limited", _slow_down(admission, served, envelope, user))
        case _:
            return Answer(503, "in_progress", retry_after=max(1, min(math.ceil(admission.wait_ms / 1000), 5)))


def _slow_down(admission: Admission, served: TenantSnapshot, envelope: Envelope, user: User) -> bytes:
    """Said once in their language, as a call in the webhook's answer: it costs no connection of its own.

    A press is answered each time, with nothing where it has been said: else its button would go on turning."""
    locale = _locale(admission.context, served, user)
    return _said(_SLOW_DOWN.get(locale, _SLOW_DOWN["en"]) if admission.tell else "", envelope)


def set_aside(context: bytes | None, served: TenantSnapshot, envelope: Envelope, user: User) -> bytes:
    """What the sender is told, in the same way, when their update has been put into quarantine."""
    return _said(_SET_ASIDE.get(_locale(context, served, user), _SET_ASIDE["en"]), envelope)


def _said(text: str, envelope: Envelope) -> bytes:
    said = {"text": text} if text else {}
    if envelope.kind == "callback_query":
        return _encode({"method": "answerCallbackQuery", "callback_query_id": envelope.query_id, **said})
    if envelope.kind == "message" and text:
        return _encode({"method": "sendMessage", "chat_id": envelope.chat_id, **said})
    return b""


def _locale(context: bytes | None, served: TenantSnapshot, user: User) -> Locale:
    if context is not None:
        try:
            return _person.decode(context).locale
        except msgspec.MsgspecError:
            pass  # written by another version: as if it were not there
    for locale in LOCALES:
        if (user.language_code or "").startswith(locale):
            return locale
    return served.tenant.locale
