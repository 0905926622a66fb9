"""What Telegram answered about a bot, as a line for people, as JSON, and as a problem of the tenant's file."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import yaml

from backend.kit.files import open_regular_file
from backend.kit.yaml_document import MAX_BYTES, Document, FileProblem


class BotStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One bot. `code` is the exit code that the answer calls for: 0, 3 (a bad token) or 4 (no answer).

    `problem` (`said` in JSON) and `remedy` are empty for code 0, the other fields for any other code.
    """

    slug: str
    code: int = 0
    problem: str = msgspec.field(default="", name="said")
    remedy: str = ""
    username: str | None = None
    webhook: str | None = None
    waiting: int = 0
    last_error: str | None = None
    last_error_at: int = 0  # epoch seconds

    def __str__(self) -> str:
        if self.code:
            return f"{self.slug}: {self.problem}; {self.remedy}"
        line = f"{self.slug}: @{self.username}, "
        line += f"webhook {self.webhook}" if self.webhook else "no webhook yet: a running gateway registers it"
        line += f", {self.waiting} waiting" if self.waiting else ""
        return line + (f", last error: {self.last_error}" if self.last_error else "")


def token_problems(statuses: Sequence[BotStatus], directory: Path) -> list[FileProblem]:
    """Return a problem for each refused token, at its place in the tenant's file."""
    return [_token_problem(directory / f"{status.slug}.yaml", status) for status in statuses if status.code == 3]


def _token_problem(file: Path, status: BotStatus) -> FileProblem:
    document = Document(str(file))
    try:
        with open_regular_file(file) as opened:
            root = document.compose(opened.read(MAX_BYTES + 1))
    except (OSError, ValueError):  # removed meanwhile; the problem is worth reporting all the same
        root = None
    nodes: dict[str, yaml.Node] = {} if root is None else {str(key.value): value for key, value in root.value}
    report = Document(str(file))
    report.report(nodes.get("bot_token"), "bot_token", f"{status.problem}; {status.remedy}")
    return report.problems[0]
