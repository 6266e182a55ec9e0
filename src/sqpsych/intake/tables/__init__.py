"""Tables of answers in the files that they come in, read as text."""

from sqpsych.intake.tables.grid import Grid
from sqpsych.intake.tables.kinds import read_grid

__all__ = ["Grid", "read_grid"]
