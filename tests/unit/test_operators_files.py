"""Files that the documents tell operators to make: git does not see them, and those who must read them can."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command_line import ROOT, SLOTGATE

DOCUMENTS: list[str | Path] = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "compose.yml", *ROOT.glob("*/docs/*.md")]
# what a command of the documents writes: into which file its output goes, or which file it is given
WRITES = re.compile(
    r"(?:[^-0-9&]>>?|slotgate backup|install -d -m \d+|mkdir -p|cp -n /dev/null|--output) +((?:[\w./~$(){}%+-]| \+)+)"
)
NGINX, REDIS, GATEWAY = 101, 999, 10001


def written_files() -> Iterator[tuple[str, str]]:
    """Return each file that a command of a document writes into the repository's folder, with the document."""
    for document in DOCUMENTS:
        text = (ROOT / document).read_text()
        blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL) or [
            line.removeprefix("#") for line in text.splitlines() if line.startswith("#   ")
        ]
        for line in "\n".join(blocks).splitlines():
            for name in WRITES.findall(line.partition(" # ")[0]):
                path = re.sub(r"\$\(.*?\)", "2026-11-28", name)
                if not path.startswith(("/", "~", "$", "-", "FILE")):
                    yield str(document), path


def test_what_the_documents_tell_to_make_is_ignored_by_git() -> None:
    found = sorted(set(written_files()))
    names = {name for _, name in found}
    assert {"secrets.env", "barber.yaml", "users.acl", "audit.jsonl", "before-upgrade.db", ".env", "secrets"} <= names
    for document, name in found:
        assert _is_ignored(name), f"{document} tells people to make {name}, which git would commit"


@pytest.mark.parametrize(
    "name",
    ["tenants/barber.yaml", "tenants/barber.token", "data/sqlite/booking.db", "booking-2026-11-28.db", "backend.log"],
)
def test_what_an_installation_makes_here_is_ignored_as_well(name: str) -> None:
    assert _is_ignored(name)


def _is_ignored(name: str) -> bool:
    """Whether git leaves a file of this name out, and what is in a folder of this name."""
    done = _git("check-ignore", "--", name, f"{name}/x")
    assert done.returncode in (0, 1), done.stderr
    return done.returncode == 0


def test_nothing_of_the_repository_is_ignored() -> None:
    done = _git("ls-files", "-ci", "--exclude-standard")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def _git(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run git in the repository; skip the test where git is missing or refuses this folder, whatever it is asked."""
    if shutil.which("git") is None or subprocess.run(["git", "rev-parse"], cwd=ROOT, capture_output=True).returncode:
        # an archive of the sources has no history, and git refuses a folder of another user's
        pytest.skip("no git here to ask")
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that everybody may enter, as a bind mount is."""
    path = Path(tempfile.mkdtemp(prefix="slotgate-compose-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="only root can be other users")
def test_every_container_reads_what_it_is_given_under_the_strictest_umask(folder: Path) -> None:
    """The commands of compose.yml's first lines, as written there, run as an operator with umask 077 runs them."""
    for name in ("fullchain.pem", "privkey.pem"):
        (folder / name).write_text("x")
    (folder / "gateway").mkdir(mode=0o755)
    shutil.copy(ROOT / "gateway" / "nginx.conf", folder / "gateway")
    (folder / "gateway" / "nginx.conf").chmod(0o600)
    (folder / "tenants").mkdir(mode=0o700)
    (folder / "tenants" / "barber.yaml").write_text("name: Barber House")
    (folder / "tenants" / "barber.yaml").chmod(0o600)
    head = (ROOT / "compose.yml").read_text().partition("\n\n")[0]
    commands = [
        line.removeprefix("#   ").replace("sudo ", "").replace("uv run --env-file .env slotgate", " ".join(SLOTGATE))
        for line in head.splitlines()
        if line.startswith("#   ") and not line.startswith(("#     ", "#   docker"))
    ]
    assert len(commands) == 7
    script = "\n".join(["set -e", "umask 077", *commands])
    environment = {"PATH": os.environ["PATH"], "SLOTGATE_INTERNAL_KEY": "k" * 32}
    done = subprocess.run(
        ["sh", "-c", script], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    readers = {
        "secrets/users.acl": (REDIS,),
        "secrets/tls/fullchain.pem": (NGINX,),
        "secrets/tls/privkey.pem": (NGINX,),
        "gateway/nginx.conf": (NGINX,),
        "tenants/barber.yaml": (GATEWAY,),
    }
    for name, uids in readers.items():
        assert all(_can_read(folder / name, uid) for uid in uids), f"{uids} cannot read {name}"
    assert (folder / "secrets" / "users.acl").read_text().startswith("user default off")
    assert not _can_read(folder / "secrets" / "tls" / "privkey.pem", GATEWAY)
    assert not _can_read(folder / ".env", GATEWAY)


def _can_read(path: Path, uid: int) -> bool:
    command = ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups", "cat", str(path)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
