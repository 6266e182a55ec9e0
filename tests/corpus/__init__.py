"""Tests of the run directory; a package, so that its modules can share records."""
