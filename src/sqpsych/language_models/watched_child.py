"""The child process that runs a program of others, and ends it with us, and all that it started.

For programs that know nothing of us: it watches its own standard input, which the parent holds, and
leads the process group in which the program runs.

Run as: python -m sqpsych.language_models.watched_child PROGRAM ARGUMENT ...
"""

import os
import signal
import subprocess
import sys
import threading
import time

STOP_TIMEOUT_S = 10.0
"""How long a program may take to end when it is asked to."""


def main() -> None:
    """Run the program that the arguments name, and end as it ends."""
    program = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)  # noqa: S603  (our parent's)
    signal.signal(signal.SIGTERM, lambda number, frame: program.terminate())
    alone = threading.Event()
    threading.Thread(target=_end_with_parent, args=(program, alone), daemon=True).start()
    code = program.wait()
    if alone.is_set():
        os.killpg(os.getpgrp(), signal.SIGKILL)
    sys.exit(code if code >= 0 else 128 - code)


def _end_with_parent(program: "subprocess.Popen[bytes]", alone: threading.Event) -> None:
    """Ask the program to end when the parent is gone, and make it after a while."""
    sys.stdin.read()
    alone.set()
    program.terminate()
    time.sleep(STOP_TIMEOUT_S)
    program.kill()


if __name__ == "__main__":
    main()
