"""Comparisons with libraries that are no part of the development setup."""
