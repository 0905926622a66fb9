"""`slotgate tenants doctor` beside a living backend and a living Bot API: what it calls well, and what it does not."""

from pathlib import Path

import msgspec
import pytest

from gateway.cli.doctor import Finding, examine
from gateway.settings import Settings
from tests.support.bot_stage import KEY, backend_served
from tests.support.sandbox_play import TOKEN, playing

TENANT = f"name: Barber House\nbot_token: '{TOKEN}'\ntimezone: Europe/Moscow\nlocale: ru\ncurrency: RUB\n"


def _found(findings: list[Finding]) -> dict[str, Finding]:
    return {finding.what: finding for finding in findings}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "barber.yaml").write_text(TENANT)
    return tmp_path


async def test_a_key_that_the_backend_refuses_is_found(place: Path, sqlite_url: str) -> None:
    async with backend_served(sqlite_url) as (backend, _), playing() as sandbox:
        right = Settings(tenants_dir=place, backend_url=backend, internal_key=KEY, telegram_api_url=sandbox.url)
        assert all(finding.ok for finding in await examine(right, None))
        wrong = msgspec.structs.replace(right, internal_key="f" * 64)
        found = _found(await examine(wrong, None))["backend and database"]
        assert (found.ok, found.code) == (False, 3)
        assert "SLOTGATE_INTERNAL_KEY" in found.seen
        assert wrong.internal_key not in found.seen + found.remedy


async def test_a_webhook_is_missed_only_where_the_business_is_on(place: Path, sqlite_url: str) -> None:
    async with backend_served(sqlite_url) as (backend, _), playing() as sandbox:
        chosen = Settings(
            tenants_dir=place,
            backend_url=backend,
            internal_key=KEY,
            telegram_api_url=sandbox.url,
            public_url="https://bots.example",
        )
        assert not _found(await examine(chosen, None))["barber: webhook"].ok
        (place / "barber.yaml").write_text(TENANT + "enabled: false\n")
        assert _found(await examine(chosen, None))["barber: webhook"].ok
