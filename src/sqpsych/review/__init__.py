"""The web app in which experts rate dialogues, blinded, or compare two of them."""

from sqpsych.review.creating import CreatedStudy, StudySettings, create_study
from sqpsych.review.store import ReviewStore, back_up, open_study

__all__ = [
    "CreatedStudy",
    "ReviewStore",
    "StudySettings",
    "back_up",
    "create_study",
    "open_study",
]
