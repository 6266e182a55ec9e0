"""`python -m sqpsych`: the command line, as `accelerate launch -m sqpsych` wants it."""

from sqpsych.cli import main

main()
