"""How an update is answered, and how its sender is notified if it is not processed."""

import math

import msgspec

from backend.contract.people import LOCALES, Locale, Person
from gateway.updates.admission import Admission, Verdict
from gateway.updates.envelope import Envelope
from gateway.updates.incoming import IncomingUpdate

_TOO_FAST: dict[Locale, str] = {
    "en": "That was a bit fast. Please wait a moment and try again.",
    "ru": "Слишком быстро. Подождите немного и попробуйте ещё раз.",
}
_FAILED: dict[Locale, str] = {
    "en": "Something went wrong on our side. Please start again: /start",
    "ru": "У нас что-то пошло не так. Начните, пожалуйста, заново: /start",
}
_encode = msgspec.json.Encoder().encode
_person_decoder = msgspec.json.Decoder(Person)


class UpdateResponse(msgspec.Struct, frozen=True):
    """How an update ended. `body` is a Bot API call to carry out in the answer; `retry_after` is in seconds."""

    status: int
    outcome: str
    body: bytes = b""
    retry_after: int = 0
    detail: str | None = None


IGNORED = UpdateResponse(200, "ignored")
REPEATED = UpdateResponse(200, "repeated")
LOADING = UpdateResponse(503, "loading", retry_after=2)
DRAINING = UpdateResponse(503, "draining", retry_after=2)
OVERLOADED = UpdateResponse(503, "overloaded", retry_after=2)
DONE = UpdateResponse(200, "done")


def refuse_update(update: IncomingUpdate, admission: Admission) -> UpdateResponse:
    """Return the response to an update that was not admitted."""
    match admission.verdict:
        case Verdict.REPEATED:
            return REPEATED
        case Verdict.TENANT_LIMITED:
            return limit_tenant(admission.wait_ms)
        case Verdict.PERSON_LIMITED:
            return UpdateResponse(200, "person_limited", _too_fast_notice(update, admission))
        case _:
            retry_after = max(1, min(math.ceil(admission.wait_ms / 1000), 5))
            return UpdateResponse(503, "in_progress", retry_after=retry_after)


def limit_tenant(wait_ms: int) -> UpdateResponse:
    """Return the response to an update of a tenant over its rate."""
    return UpdateResponse(429, "tenant_limited", retry_after=max(1, math.ceil(wait_ms / 1000)))


def _too_fast_notice(update: IncomingUpdate, admission: Admission) -> bytes:
    """Tell the sender once, in their language, as a call in the answer: it costs no connection of its own.

    A press is answered each time, without a text if the sender was notified before; else its button would keep spinning.
    """
    locale = _locale_of(update, admission.context)
    return _call_with_text(update.envelope, _TOO_FAST.get(locale, _TOO_FAST["en"]) if admission.notify else "")


def failure_notice(update: IncomingUpdate, context: bytes | None) -> bytes:
    """Return the call that tells the sender, in the answer too, that their update was put into quarantine."""
    return _call_with_text(update.envelope, _FAILED.get(_locale_of(update, context), _FAILED["en"]))


def _call_with_text(envelope: Envelope, text: str) -> bytes:
    content = {"text": text} if text else {}
    if envelope.kind == "callback_query":
        return _encode({"method": "answerCallbackQuery", "callback_query_id": envelope.query_id, **content})
    if envelope.kind == "message" and text:
        return _encode({"method": "sendMessage", "chat_id": envelope.chat_id, **content})
    return b""


def _locale_of(update: IncomingUpdate, context: bytes | None) -> Locale:
    if context is not None:
        try:
            return _person_decoder.decode(context).locale
        except msgspec.MsgspecError:
            pass  # written by another version: as if it were not there
    for locale in LOCALES:
        if (update.user.language_code or "").startswith(locale):
            return locale
    return update.tenant.locale
