"""A program that has imported the `slotgate` command and forks a process for each call of it.

Each call is a process of its own, with its own environment, folder, output and exit code, and the command runs in it from
its first line; what is spared is the import, which takes ten times as long as most commands.
"""

import importlib
import json
import os
import runpy
import sys

# what the commands import on their way
PRELOADED = (
    "rich_click",
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


for module in PRELOADED:
    importlib.import_module(module)
wait_for_call()
runpy.run_module("gateway", run_name="__main__", alter_sys=True)
