"""One tenant file: what is read, what is refused, and in which words."""

import os
import re
from pathlib import Path

import pytest

from backend.kit.yaml_document import MAX_BYTES
from gateway.limits.rate import Rate
from gateway.tenants.environment import backend_fields
from gateway.tenants.file import PublicApi, RateLimits, TenantFile, parse_tenant
from gateway.tenants.places import find_place

KEY = "an internal key of the tests"
TOKEN = "123456789:AAE-a_real-looking-token-0123456789"
ENV = {"BARBER_BOT_TOKEN": TOKEN, "BARBER_SECRET": "s3cret_-"}
GOOD = """\
name: Barber House
bot_token: env:BARBER_BOT_TOKEN
webhook_secret: env:BARBER_SECRET
timezone: Europe/Moscow
locale: ru
currency: RUB
enabled: true
rate_limits:
  per_user: 30/minute burst 60
  per_tenant: 1200/hour
  public: 5/second
public:
  enabled: true
  origins: ["https://barber.example", "http://localhost:8080"]
"""
LEAST = "name: B\nbot_token: env:BARBER_BOT_TOKEN\ntimezone: UTC\nlocale: en\ncurrency: EUR\n"


def read(
    text: str | bytes, *, name: str = "barber.yaml", literals: bool = False, folder: Path = Path("t")
) -> TenantFile:
    data = text if isinstance(text, bytes) else text.encode()
    return parse_tenant(folder / name, data, env=ENV, internal_key=KEY, literals_allowed=literals)


def problems(text: str | bytes, *, name: str = "barber.yaml", literals: bool = False) -> list[str]:
    found = read(text, name=name, literals=literals)
    assert (found.tenant is None) == bool(found.problems)
    return [str(problem).removeprefix("t/") for problem in found.problems]


def test_everything_that_a_file_may_say() -> None:
    tenant = read(GOOD).tenant
    assert tenant is not None
    assert (tenant.slug, tenant.name, tenant.token, tenant.webhook_secret) == (
        "barber",
        "Barber House",
        TOKEN,
        "s3cret_-",
    )
    assert (tenant.timezone, tenant.locale, tenant.currency, tenant.enabled) == ("Europe/Moscow", "ru", "RUB", True)
    assert tenant.rate_limits == RateLimits(Rate(30, 60, 60), Rate(1200, 3600, 1200), Rate(5, 1, 5))
    assert tenant.public == PublicApi(True, ("https://barber.example", "http://localhost:8080"))
    assert tenant.bot_id == 123456789


def test_what_may_be_left_out() -> None:
    tenant = read(LEAST).tenant
    assert tenant is not None
    assert tenant.enabled
    assert tenant.rate_limits == RateLimits(Rate(30, 60, 30), Rate(1200, 60, 1200), Rate(60, 60, 60))
    assert tenant.public == PublicApi(False, ())


def test_a_derived_webhook_secret_is_the_same_every_time_and_telegrams_alphabet() -> None:
    first, again, other = (read(LEAST, name=name).tenant for name in ("barber.yaml", "barber.yaml", "other.yaml"))
    assert first is not None
    assert again is not None
    assert other is not None
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,256}", first.webhook_secret)
    assert first.webhook_secret == again.webhook_secret != other.webhook_secret


def test_secrets_appear_in_no_repr_and_change_the_fingerprint() -> None:
    tenant = read(GOOD).tenant
    assert tenant is not None
    assert TOKEN not in repr(tenant)
    assert "s3cret" not in repr(tenant)
    renewed = parse_tenant(
        Path("t/barber.yaml"),
        GOOD.encode(),
        env={**ENV, "BARBER_BOT_TOKEN": TOKEN + "x"},
        internal_key=KEY,
        literals_allowed=False,
    ).tenant
    assert renewed is not None
    assert renewed.fingerprint != tenant.fingerprint


def test_all_problems_come_at_once_in_the_order_of_the_file() -> None:
    text = """\
nme: Barber
name: 12:30
name: Barber
bot_token: 123456789:AAE-a_real-looking-token-0123456789
timezone: Europe/Moskow
locale: no
currency: RUBB
enabled: yes
rate_limits: {per_user: 30/min, per_person: 1/hour}
public: {enabled: "true", origins: ["https://Barber.example", "*", 5]}
"""
    assert problems(text) == [
        "barber.yaml:1:1: nme: unknown key; did you mean name?",
        "barber.yaml:2:7: name: must be text; YAML reads this as something else, so put it in quotes",
        "barber.yaml:3:1: name: this key was given before, on line 2",
        "barber.yaml:4:12: bot_token: must be env:NAME or file:PATH: a secret itself may stand here only in the demo",
        "barber.yaml:5:11: timezone: must be a zone such as Europe/Moscow, not Europe/Moskow; "
        "did you mean Europe/Moscow?",
        "barber.yaml:6:9: locale: must be ru or en",
        "barber.yaml:7:11: currency: must be an ISO code such as RUB, not RUBB; did you mean RUB?",
        "barber.yaml:8:10: enabled: must be true or false",
        "barber.yaml:9:25: rate_limits.per_user: must read N/second, N/minute or N/hour, "
        "optionally with a burst: 30/minute burst 60",
        "barber.yaml:9:33: rate_limits.per_person: unknown key; did you mean per_user?",
        "barber.yaml:10:19: public.enabled: must be true or false",
        "barber.yaml:10:37: public.origins[0]: must be an origin as browsers send it, such as https://barber.example, "
        "not https://Barber.example: write https://barber.example",
        "barber.yaml:10:63: public.origins[1]: must be an origin as browsers send it, such as https://barber.example, not *",
        "barber.yaml:10:68: public.origins[2]: must be text; YAML reads this as something else, so put it in quotes",
    ]


@pytest.mark.parametrize(
    ("origin", "meant"),
    [
        ("https://x.example:443", "https://x.example"),
        ("http://localhost:80", "http://localhost"),
        ("https://x.example:8443", None),
        ("https://x.example:0443", "https://x.example"),
        ("https://x.example:08443", "https://x.example:8443"),
        ("https://x.example:", "https://x.example"),
        ("HTTPS://X.Example", "https://x.example"),
        ("https://x.example/", "https://x.example"),
        ("https://x.example/book?a=1#b", "https://x.example"),
        ("https://me:pw@x.example", "https://x.example"),
        (" https://x.example ", "https://x.example"),
        ("x.example", "https://x.example"),
        ("https://стрижка.рф", "https://xn--80alfj1afh.xn--p1ai"),
        ("https://Bücher.example:443/", "https://xn--bcher-kva.example"),
        ("https://[::1]:8080", None),
        ("http://x.example", ""),
        ("https://x..example", ""),
        ("https://x.example:70000", ""),
        ("ftp://x.example", ""),
        ("null", "https://null"),
    ],
)
def test_an_origin_that_no_browser_sends_is_refused_with_what_was_meant(origin: str, meant: str | None) -> None:
    """`meant` None: it is right as it is; empty: nobody can tell what was meant."""
    found = problems(f'{LEAST}public: {{enabled: true, origins: ["{origin}"]}}\n')
    if meant is None:
        assert found == []
        return
    (problem,) = found
    assert problem.startswith("barber.yaml:6:35: public.origins[0]: must be an origin as browsers send it")
    assert problem.endswith(f": write {meant}") if meant else ": write" not in problem


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "barber.yaml:1:1: the file is empty"),
        (b"- a\n", "barber.yaml:1:1: the file must be a mapping of keys to values, such as `name: Barber House`"),
        (b"name: \xff", "barber.yaml:1:7: the file must be UTF-8"),
        (b'locale: ru\nname: "a\x07"\n', "barber.yaml:2:9: a character that YAML does not allow"),
        (b"a: 1\n---\nb: 2\n", "barber.yaml:2:1: this is not valid YAML: but found another document"),
        (b"a: [1\nb: 2", "barber.yaml:2:2: this is not valid YAML: did not find expected ',' or ']'"),
        (b"a: &x 1\nb: 2\n", "barber.yaml:1:4: anchors (&name) are not allowed here"),
        (b"name: !!str 1\n", "barber.yaml:1:7: tags (!name) are not allowed here"),
        (b"name: !!python/object/apply:os.system [id]\n", "barber.yaml:1:7: tags (!name) are not allowed here"),
        (b"[" * 60_000, "barber.yaml:1:21: values are nested deeper than 20 levels"),
        (b"- " * 30_000, "barber.yaml:1:41: values are nested deeper than 20 levels"),
        (b"#" * (MAX_BYTES + 1), "barber.yaml:1:1: the file is over 64 KiB"),
    ],
)
def test_what_is_not_a_plain_document(data: bytes, expected: str) -> None:
    assert problems(data) == [expected]


def test_a_bomb_of_aliases_is_refused_before_it_grows() -> None:
    levels = ["a0: &a0 [x, x]"] + [f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]" for i in range(1, 60)]
    found = problems("\n".join(levels))
    assert found[0] == "barber.yaml:1:5: anchors (&name) are not allowed here"
    assert any("aliases (*name) are not allowed here" in problem for problem in found)


@pytest.mark.parametrize("name", ["Bad.yaml", "b.yaml", "-x.yaml", "a b.yaml", "barber\n.yaml", "x" * 33 + ".yaml"])
def test_a_bad_slug_is_refused_by_the_files_name(name: str) -> None:
    assert any("the file's name is the tenant's slug" in problem for problem in problems(LEAST, name=name))


@pytest.mark.parametrize(
    "rate", ["0/minute", "30 / minute", "30/day", "-1/hour", "1e3/hour", "30", "30/minute burst 0"]
)
def test_rates_that_are_none(rate: str) -> None:
    found = problems(LEAST + f"rate_limits: {{per_user: {rate!r}}}\n")
    assert len(found) == 1
    assert "rate_limits.per_user: must " in found[0]


class TestSecrets:
    def test_an_unset_variable_is_named(self) -> None:
        text = LEAST.replace("env:BARBER_BOT_TOKEN", "env:NOT_THERE")
        assert problems(text) == ["barber.yaml:2:12: bot_token: the environment variable NOT_THERE is not set"]

    def test_a_file_is_read_beside_the_tenants_file_without_its_line_end(self, tmp_path: Path) -> None:
        (tmp_path / "token").write_text(TOKEN + "\n")
        tenant = read(LEAST.replace("env:BARBER_BOT_TOKEN", "file:token"), folder=tmp_path).tenant
        assert tenant is not None
        assert tenant.token == TOKEN

    @pytest.mark.parametrize(
        ("content", "said"),
        [(None, "No such file"), (b"", "is empty"), (b"x" * 5000, "over 4096"), (b"\xff\xfe", "not text")],
    )
    def test_a_file_that_cannot_be_used(self, tmp_path: Path, content: bytes | None, said: str) -> None:
        if content is not None:
            (tmp_path / "token").write_bytes(content)
        found = read(LEAST.replace("env:BARBER_BOT_TOKEN", "file:token"), folder=tmp_path).problems
        assert len(found) == 1
        assert (found[0].line, found[0].column, found[0].path) == (2, 12, "bot_token")
        assert said in found[0].message

    def test_a_pipe_or_a_device_is_no_secret_and_is_not_waited_for(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        for name in ("pipe", "/dev/zero", "/dev/stdin"):
            found = read(LEAST.replace("env:BARBER_BOT_TOKEN", f"file:{name}"), folder=tmp_path).problems
            assert "cannot be used" in found[0].message

    def test_a_secret_may_be_a_link_as_kubernetes_mounts_them(self, tmp_path: Path) -> None:
        (tmp_path / "..data").mkdir()
        (tmp_path / "..data" / "token").write_text(TOKEN)
        (tmp_path / "token").symlink_to("..data/token")
        assert read(LEAST.replace("env:BARBER_BOT_TOKEN", "file:token"), folder=tmp_path).tenant is not None

    def test_nothing_of_a_secrets_file_is_shown(self, tmp_path: Path) -> None:
        (tmp_path / "shadow").write_text("root:$6$hidden:19000:0\n")
        for key in ("bot_token", "webhook_secret"):
            text = LEAST.replace("bot_token: env:BARBER_BOT_TOKEN", "bot_token: file:shadow")
            found = read(
                text + ("" if key == "bot_token" else "webhook_secret: file:shadow\n"), folder=tmp_path
            ).problems
            assert found
            assert "hidden" not in "".join(map(str, found))

    def test_a_folder_is_no_secret(self, tmp_path: Path) -> None:
        found = read(LEAST.replace("env:BARBER_BOT_TOKEN", "file:."), folder=tmp_path).problems
        assert "not a regular file" in found[0].message

    def test_a_literal_only_beside_the_sandbox(self) -> None:
        text = LEAST.replace("env:BARBER_BOT_TOKEN", TOKEN)
        assert read(text, literals=True).tenant is not None
        assert "only in the demo" in problems(text)[0]

    def test_no_message_carries_a_secret_wherever_it_was_pasted(self) -> None:
        key = "0123456789abcdef" * 4
        pasted = LEAST.replace("UTC", key).replace("locale", key).replace("EUR", f"x{key}")
        assert key[:8] not in "".join(problems(pasted))
        text = LEAST.replace("UTC", TOKEN).replace("EUR", TOKEN).replace("locale: en", f"{TOKEN}: en")
        text += f"webhook_secret: {TOKEN}\nrate_limits: {{per_user: '{TOKEN}'}}\n"
        for literals in (True, False):
            assert TOKEN not in "\n".join(problems(text, literals=literals))

    def test_a_webhook_secret_outside_telegrams_alphabet(self) -> None:
        text = LEAST + 'webhook_secret: "пароль"\n'
        assert "Telegram takes no other" in problems(text, literals=True)[0]


def test_a_file_may_leave_out_what_the_bot_asks_for() -> None:
    tenant = read("bot_token: env:BARBER_BOT_TOKEN\ncurrency: EUR\n").tenant
    assert tenant is not None
    assert tenant.left_out == ("name", "timezone", "locale")
    assert backend_fields(tenant) == {"currency": "EUR", "enabled": True}
    whole = read(LEAST).tenant
    assert whole is not None
    assert whole.left_out == ()
    assert problems("name: B\n") == ["barber.yaml:1:1: bot_token: is missing"]
    # what is there must still be right, and what is empty is no leaving out
    assert problems("bot_token: env:BARBER_BOT_TOKEN\ntimezone: Moscow\ncurrency:\n") == [
        "barber.yaml:2:11: timezone: must be a zone such as Europe/Moscow, not Moscow; did you mean Europe/Moscow?",
        "barber.yaml:3:10: currency: must be an ISO code such as RUB",
    ]


def test_a_later_problem_is_told_at_its_place(tmp_path: Path) -> None:
    file = tmp_path / "barber.yaml"
    file.write_text(GOOD)
    assert str(find_place(file, "currency", "is settled")) == f"{file}:6:11: currency: is settled"
    assert str(find_place(tmp_path / "gone.yaml", "currency", "x")).endswith("gone.yaml:1:1: currency: x")
