"""A program that has imported the `slotgate` command and forks a process for each call of it.

Each call is a process of its own, with its own environment, folder, output and exit code, and the command runs in it from
its first line; what is spared is the import, which takes ten times as long as most commands. A command that becomes the
backend's goes on in its process, by the same launcher, arguments and environment.
"""

import gc
import importlib
import json
import os
import runpy
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn

# what the commands import on their way
PRELOADED = (
    "rich_click",
    "alembic.command",
    "alembic.config",
    "alembic.script",
    "asyncpg",
    "backend.cli.archive",
    "backend.cli.audit",
    "backend.cli.data",
    "backend.cli.migrate",
    "backend.cli.serve",
    "gateway.cli.backend",
    "gateway.cli.failures",
    "gateway.cli.serve",
    "gateway.cli.tenants",
    "gateway.cli.tenants_new",
)


def wait_for_call() -> None:
    """Answer each call (a line of JSON) with the exit code of a child; return in each child, which has its call's things."""
    for line in sys.stdin:
        call = json.loads(line)
        child = os.fork()
        if child == 0:
            os.chdir(call["cwd"])
            os.environ.clear()
            os.environ.update(call["env"])
            for descriptor, path in enumerate([os.devnull, *call["output"]]):
                opened = os.open(path, os.O_RDWR)
                os.dup2(opened, descriptor)
                os.close(opened)
            sys.argv = ["slotgate", *call["arguments"]]
            return
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        os.write(1, b"%d\n" % code)
    os._exit(0)


def run_in_this_process(_interpreter: str, command: Sequence[str], env: Mapping[str, str]) -> NoReturn:
    """Stand where `os.execve` does for a process of ours: run it without a new interpreter, and end with its exit code."""
    os.environ.clear()
    os.environ.update(env)
    # what the system hands over is bytes
    launcher, *arguments = (os.fsdecode(os.fsencode(word)) for word in command[command.index("-P") + 1 :])
    sys.argv = [launcher, *arguments]
    run_to_end(lambda: runpy.run_path(launcher, run_name="__main__"))


def run_to_end(program: Callable[[], object]) -> NoReturn:
    """Run a program and end with its exit code, without taking apart all that has been imported: that is the others' too."""
    code: object = 0
    try:
        program()
    except SystemExit as ended:
        code = ended.code
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else code is not None)


for module in PRELOADED:
    importlib.import_module(module)
# a collector that looked at what is shared would copy it
gc.freeze()
wait_for_call()
os.execve = run_in_this_process  # type: ignore[assignment]  # of what we start, not of all that can be
run_to_end(lambda: runpy.run_module("gateway", run_name="__main__", alter_sys=True))
