"""Privacy as an admin decides it: what clients agree to where they are asked for a number, and when old data leave."""

import re

from aiogram.filters import StateFilter
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import Message
from msgspec.structs import replace

from backend.client.api import BackendRefused
from backend.contract.errors import Code
from backend.contract.tenancy import Policies, Privacy, UpdateTenant
from bot.admin.callbacks.business import (
    AskConsent,
    AskRetention,
    ForgetConsent,
    PolicyList,
    PrivacySettings,
    SetRetention,
)
from bot.fsm import drop_draft, pause_draft
from bot.request import Request
from bot.router import Router
from bot.ui.cards import consent_lines, tick_text
from bot.ui.keyboards import Row, Screen, button_grid, button_to
from bot.ui.prompts import add_above, ask_for_text
from bot.ui.text import DOT, clean_text

CONSENT_MAX = 300
# A link in what was typed, whatever its protocol: only https is taken, and the others are said to be refused.
_LINK = re.compile(r"\b[A-Za-z][A-Za-z0-9+.-]*://\S+")
# A link as people write it: with a path or `www.`, or the last word: `barber.example/privacy`.
_HOST = r"(?:[a-z0-9-]+\.)+[a-z]{2,}"
_BARE_LINK = re.compile(rf"(?<![\w@./-])(?:www\.{_HOST}|{_HOST}(?=/|[\s.]*\Z))(?:/\S*)?", re.IGNORECASE)

router = Router(for_staff=True)


class PrivacyForm(StatesGroup):
    """What is typed about privacy."""

    consent = State()


@router.press(PrivacySettings)
async def show_privacy(request: Request, _: PrivacySettings) -> Screen:
    """Show both decisions, with what each choice of months would do now."""
    await pause_draft(request.state)
    return _privacy_screen(request, await request.api.get_privacy())


def _privacy_screen(request: Request, privacy: Privacy) -> Screen:
    t, policies, now = request.t, privacy.policies, privacy.policies.retention_months
    consent = consent_lines(t, policies.consent_text, policies.consent_link) or [t.html("privacy-no-consent")]
    after = t.html("privacy-after", count=now) if now else t.html("privacy-never")
    lines = [t.html("privacy-title"), "", t.html("privacy-consent"), *consent, "", after, t.html("privacy-explained")]
    never = button_to(f"{tick_text(on=not now)} {t.label('privacy-button-never')}", SetRetention(months=0))
    choices = [
        button_to(
            DOT.join(
                (
                    f"{tick_text(on=each.months == now)} {t.label('months', count=each.months)}",
                    t.label("clients-count", count=each.clients),
                )
            ),
            AskRetention(months=each.months),
        )
        for each in privacy.counts
    ]
    consent_row: Row = [button_to(t.label("button-consent"), AskConsent())]
    if policies.consent_text or policies.consent_link:
        consent_row.append(button_to(t.label("button-no-consent"), ForgetConsent()))
    back = button_to(t.label("button-back"), PolicyList())
    return Screen("\n".join(lines), [consent_row, *button_grid([never, *choices], 1), [back]])


@router.press(AskRetention)
async def ask_retention(request: Request, callback: AskRetention) -> Screen:
    """Say how many clients would be unlinked now, before it is decided."""
    privacy = await request.api.get_privacy()
    found = next((each.clients for each in privacy.counts if each.months == callback.months), None)
    if found is None:
        return _privacy_screen(request, privacy)
    yes = button_to(request.t.label("button-yes-retention"), SetRetention(months=callback.months), style="danger")
    keep = button_to(request.t.label("button-back"), PrivacySettings())
    months = request.t.label("months", count=callback.months)
    text = request.t.html("privacy-ask", months=months, count=found)
    return Screen(text, [[yes], [keep]])


@router.press(SetRetention)
async def set_retention(request: Request, callback: SetRetention) -> Screen:
    """Decide after how many months clients are unlinked."""
    privacy = await request.api.get_privacy()
    months = min(max(callback.months, 0), 120)
    return await _save(request, privacy, replace(privacy.policies, retention_months=months))


@router.press(AskConsent)
async def ask_consent(request: Request, _: AskConsent) -> Screen:
    """Ask for the sentence and the link."""
    back = button_to(request.t.label("button-back"), PrivacySettings())
    return await ask_for_text(request, PrivacyForm.consent, request.t.html("consent-ask"), back)


@router.message(StateFilter(PrivacyForm.consent))
async def take_consent(message: Message, request: Request) -> Screen:
    """Save the sentence with its link; what is no safe address is asked for again."""
    sentence, links = _split_links(clean_text(message.text or "", 2 * CONSENT_MAX))
    if len(links) != 1 or len(sentence) > CONSENT_MAX:
        return add_above(request.t.html("consent-not-read"), await ask_consent(request, AskConsent()))
    privacy = await request.api.get_privacy()
    policies = replace(privacy.policies, consent_text=sentence, consent_link=links[0])
    try:
        return await _save(request, privacy, policies)
    except BackendRefused as refusal:
        if refusal.code is not Code.INVALID:
            raise
        return add_above(request.t.html("consent-not-read"), await ask_consent(request, AskConsent()))


def _split_links(text: str) -> tuple[str, list[str]]:
    """Return the text without its links, and those; one without a protocol is https."""
    links = [link.rstrip(".,;)") for link in _LINK.findall(text)]
    if links:
        return " ".join(_LINK.sub(" ", text).split()), links
    links = [f"https://{link.rstrip('.,;)')}" for link in _BARE_LINK.findall(text)]
    return " ".join(_BARE_LINK.sub(" ", text).split()), links


@router.press(ForgetConsent)
async def forget_consent(request: Request, _: ForgetConsent) -> Screen:
    """Ask clients for no consent any more."""
    privacy = await request.api.get_privacy()
    return await _save(request, privacy, replace(privacy.policies, consent_text="", consent_link=""))


async def _save(request: Request, privacy: Privacy, policies: Policies) -> Screen:
    """Save the policies, and show them with the counts of before: they do not depend on what is decided."""
    change = UpdateTenant(policies=policies)
    tenant = await request.api.update_tenant(change, key=request.idempotency_key("privacy"))
    await drop_draft(request.state)
    shown = replace(privacy, policies=tenant.policies)
    return _privacy_screen(request, shown)._replace(toast=request.t.label("saved"))
