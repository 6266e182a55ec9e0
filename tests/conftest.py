"""What all tests need: Ctrl-C reaches the commands they start."""

import signal

# A shell that runs the tests in the background has Ctrl-C ignored, and children inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
