"""Tests of intake; a package, so that its modules share small_tables."""
