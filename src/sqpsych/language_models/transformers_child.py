"""The child process that serves a folder of weights with transformers' own server.

It stands behind the egress guard, as all of ours.
"""

from sqpsych.language_models.egress import install_guard


def main() -> None:
    """Run the command of transformers that the arguments say."""
    install_guard()
    from transformers.cli.transformers import app

    app()


if __name__ == "__main__":
    main()
