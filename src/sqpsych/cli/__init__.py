"""The command line: one file a verb, each parses, calls a room, and prints."""

from sqpsych.cli.app import main

__all__ = ["main"]
