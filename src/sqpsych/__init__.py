"""Questionnaires become synthetic therapy dialogues, on your own machines, with evidence."""

__version__ = "0.1.0"
__all__ = ["__version__"]
