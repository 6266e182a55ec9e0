"""Forks `sqpsych` commands from a process that has the libraries loaded already.

Run as: python launcher.py, then on standard input for each command
    {"arguments": ["generate", ...], "log": "output.txt"}   starts it
    kill  or  wait                                          kills it with SIGKILL, or lets it end
and read its exit code from standard output. Starting an interpreter takes seconds on a busy
machine, and a run writes nothing meanwhile.
"""

import json
import os
import signal
import sys
from collections.abc import Sequence

import py3langid

import sqpsych.intake
import sqpsych.roleplay  # noqa: F401
from sqpsych.cli import main


def run(arguments: Sequence[str], log: str) -> None:
    """What the forked process does: one command, its output in a file."""
    with open(log, "a", encoding="utf-8") as file:  # noqa: PTH123
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    sys.argv = ["sqpsych", *arguments]
    code = 1
    try:
        main()
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 1
    finally:
        sys.stdout.flush()
        os._exit(code)


if __name__ == "__main__":
    py3langid.classify("The model is loaded once, before the first fork.")
    while line := sys.stdin.readline():
        if (pid := os.fork()) == 0:
            run(**json.loads(line))
        if sys.stdin.readline().strip() == "kill":
            os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)
