"""Tests of the role-play; a package, so that its modules can share a dialogue."""
