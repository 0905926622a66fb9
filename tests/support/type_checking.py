"""Ask mypy about source that is not in the repository: a file with a mistake put into it, or a snippet."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[2]


def replaced(path: str, old: str, new: str) -> str:
    """Return the text of a file of the repository with every `old` replaced. Fails where there is none."""
    text = (ROOT / path).read_text()
    assert old in text, f"{path} has no {old}"
    return text.replace(old, new)


def type_errors(changed: Mapping[str, str], snippet: str | None = None) -> list[str]:
    """Return mypy's errors for files of the repository, as they would be with these texts, and for a snippet.

    `changed` maps paths from the root to whole texts. A line of the answer is `path:line: error: message  [code]`; the
    snippet's path is `snippet.py`. Ask for several mistakes at once: a run takes a second or two beside mypy's cache,
    which it shares with the static gate, and some more without.
    """
    with TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "mypy", "--no-error-summary", "--hide-error-context"]
        for number, (path, text) in enumerate(changed.items()):
            copy = Path(folder, f"{number}.py")
            copy.write_text(text)
            command += ["--shadow-file", path, str(copy)]
        command += changed
        if snippet is not None:
            own = Path(folder, "snippet.py")
            own.write_text(snippet)
            command.append(str(own))
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode in (0, 1), done.stderr or done.stdout
    return [line.removeprefix(f"{folder}/") for line in done.stdout.splitlines() if ": error: " in line]
