"""The child process that serves a folder of weights with transformers' own server.

It stands behind the egress guard, as all of ours, and ends with its parent however that ends: it
watches its own standard input.
"""

import os
import signal
import sys
import threading

from sqpsych.language_models.egress import install_guard


def main() -> None:
    """Run the command of transformers that the arguments say, until the parent is gone."""
    install_guard()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    from transformers.cli.transformers import app

    app()


def _end_with_parent() -> None:
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
