"""Tests of fidelity."""
