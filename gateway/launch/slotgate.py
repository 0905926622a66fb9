"""The `slotgate` command, and every Python process that it starts: runs this distribution's own code from any folder.

Installed, `backend`, `bot` and `gateway` lie inside the folder `slotgate`, where they meet no other distribution's
packages of these names, and this file is that folder's `__init__.py`. It puts the folder first on the path, and takes
off what depends on the current one. See `gateway/decisions/own-code.md`.
"""

import atexit
import gc
import os
import runpy
import sys
from pathlib import Path

_PROGRAMS = ("backend", "gateway")


def main() -> None:
    """Run the command line and exit; after `-m backend` or `-m gateway`, that program of ours."""
    _calm_collector()
    _use_own_code()
    program = "gateway"
    if sys.argv[1:2] == ["-m"] and sys.argv[2:3] and sys.argv[2] in _PROGRAMS:
        program = sys.argv[2]
        del sys.argv[1:3]
    runpy.run_module(program, run_name="__main__", alter_sys=True)


def _use_own_code() -> None:
    """Have this process and those that it starts import our packages from where this file is installed."""
    _forget_relative_entries()
    # a process that starts with `-c`, as those of multiprocessing do, would put the current folder first
    os.environ["PYTHONSAFEPATH"] = "1"
    own = next(folder for folder in Path(__file__).resolve().parents if (folder / "gateway" / "__main__.py").is_file())
    sys.path.insert(0, str(own))


def _calm_collector() -> None:
    """Have the collector of garbage look seldom, and not at the end: that would take a third of a short command's time.

    What is imported stays, and what runs leaves few cycles behind; the system takes a process's memory back as a whole.
    """
    gc.set_threshold(20_000, 20, 20)
    atexit.register(gc.freeze)


def _forget_relative_entries() -> None:
    """Take those entries of PYTHONPATH off the path that mean another folder wherever a command is called."""
    entries = os.environ.pop("PYTHONPATH", "").split(os.pathsep)
    kept = [entry for entry in entries if Path(entry).is_absolute()]
    if kept:
        os.environ["PYTHONPATH"] = os.pathsep.join(kept)
    if entries not in (kept, [""]):
        # the interpreter has made them absolute
        meant = {os.path.abspath(entry) for entry in entries} - set(kept)  # noqa: PTH100  as the interpreter does it
        sys.path[:] = [entry for entry in sys.path if entry not in meant]


if __name__ == "__main__":
    main()
